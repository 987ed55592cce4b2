#pragma once

// QCustomPlot's header needs Qt's keywords, which are off here because they break others (QT_NO_KEYWORDS).
#define signals Q_SIGNALS
#define slots Q_SLOTS
#define foreach Q_FOREACH
#include <qcustomplot.h>
#undef signals
#undef slots
#undef foreach

#include "gui/widgets/theme.h"

// Small helpers for those .cpp files that draw with QCustomPlot; never included by another header.

namespace slimline::gui {

/// Log axis with powers of ten and at least the numbers 1, 2, 5 of each decade.
void make_logarithmic(QCPAxis& axis);

/// A plot with no interaction but zooming and moving, that announces itself to a screen reader by `name`.
QCustomPlot* make_plot(QWidget* parent, const QString& name);

/// The plot as vectors, in a rectangle of that size.
void draw_plot(QCustomPlot& plot, QPainter& painter, QSize size);

/// Series colour and shape number `index`.
QColor series_colour(std::size_t index);
QCPScatterStyle series_mark(std::size_t index, double size = 7);

}  // namespace slimline::gui

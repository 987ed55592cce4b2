#pragma once

#include <QString>
#include <QWidget>
#include <QtGlobal>

#include "gui/widgets/pareto_plot.h"
#include "gui/widgets/pareto_view.h"

namespace slimline::gui {

/// A widget of the window by its name; a test that asks for one that is not there ends.
template <class Widget>
Widget& part_of(const QWidget& window, const QString& name)
{
    auto* part = window.findChild<Widget*>(name);
    if (part == nullptr) {
        qFatal("no widget %s", qPrintable(name));
    }
    return *part;
}

/// What takes the mouse and the keys of a Pareto view.
inline QWidget& plot_of(const ParetoView& view)
{
    return *view.plot().focusProxy();
}

}  // namespace slimline::gui

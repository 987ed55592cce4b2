#pragma once

#include <array>
#include <string_view>

#include <QColor>
#include <QFont>
#include <QPalette>

class QCustomPlot;
class QCPAxisRect;

namespace slimline::gui {

/// Colours of everything that is drawn. Series are told apart by colour (Okabe and Ito's, safe for colour-blind eyes)
/// and by the shape of their marks.
struct Theme {
    std::string_view id{};
    std::string_view name{};
    QPalette palette{};
    QColor background{};
    QColor text{};
    QColor muted{};    // axes' text, hints
    QColor grid{};
    QColor accent{};
    QColor good{};
    QColor bad{};
    std::array<QColor, 7> series{};
    double line_width = 1.5;
};

std::array<const Theme*, 3> themes();

/// By id, the light one when there is none of that name.
const Theme& theme_named(std::string_view id);

/// What is applied now.
const Theme& theme();
double ui_scale();

/// Style, palette and font of the whole program; `scale` from 1 to 2 makes text, controls and marks larger.
void apply_theme(const Theme& theme, double scale);

/// The program's font, `times` as large as ordinary text.
QFont text_font(double times = 1, bool bold = false);

/// `pixels` at 100 %.
int scaled(double pixels);

/// Background, axes, grid and fonts of a plot by the theme.
void dress(QCustomPlot& plot);
void dress(QCPAxisRect& rect);

/// Registers the font that the program carries, so that a bare machine shows letters. Once, after QApplication.
void load_fonts();

}  // namespace slimline::gui

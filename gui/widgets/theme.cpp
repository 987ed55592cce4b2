#include "gui/widgets/theme.h"

#include <algorithm>

#include <QApplication>
#include <QFontDatabase>
#include <QPixmapCache>
#include <QProxyStyle>
#include <QStyleFactory>

#include "gui/widgets/plot.h"

namespace slimline::gui {

namespace {

constexpr double font_pixels = 13;

struct ThemeInk {
    QColor window, base, alternate, text, muted, button, accent, on_accent, border;
};

QPalette palette_of(const ThemeInk& ink)
{
    QPalette p;
    p.setColor(QPalette::Window, ink.window);
    p.setColor(QPalette::WindowText, ink.text);
    p.setColor(QPalette::Base, ink.base);
    p.setColor(QPalette::AlternateBase, ink.alternate);
    p.setColor(QPalette::Text, ink.text);
    p.setColor(QPalette::PlaceholderText, ink.muted);
    p.setColor(QPalette::Button, ink.button);
    p.setColor(QPalette::ButtonText, ink.text);
    p.setColor(QPalette::ToolTipBase, ink.base);
    p.setColor(QPalette::ToolTipText, ink.text);
    p.setColor(QPalette::BrightText, ink.text);
    p.setColor(QPalette::Highlight, ink.accent);
    p.setColor(QPalette::HighlightedText, ink.on_accent);
    p.setColor(QPalette::Link, ink.accent);
    p.setColor(QPalette::Light, ink.button.lighter(115));
    p.setColor(QPalette::Midlight, ink.button.lighter(107));
    p.setColor(QPalette::Mid, ink.border);
    p.setColor(QPalette::Dark, ink.border.darker(130));
    p.setColor(QPalette::Shadow, ink.border.darker(180));
    for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        p.setColor(QPalette::Disabled, role, ink.muted);
    }
    p.setColor(QPalette::Disabled, QPalette::Highlight, ink.border);
    return p;
}

Theme light()
{
    Theme t{.id = "light", .name = "Light"};
    t.background = QColor("#ffffff");
    t.text = QColor("#1b1f24");
    t.muted = QColor("#57606a");
    t.grid = QColor("#e3e6ea");
    t.accent = QColor("#0072b2");
    t.good = QColor("#00694d");
    t.bad = QColor("#b34700");
    t.series = {QColor("#0072b2"), QColor("#d55e00"), QColor("#009e73"), QColor("#cc79a7"), QColor("#e69f00"), QColor("#56b4e9"), QColor("#000000")};
    t.palette = palette_of({QColor("#f3f4f6"), t.background, QColor("#f6f8fa"), t.text, t.muted, QColor("#eceef1"), t.accent, QColor("#ffffff"), QColor("#b6bcc4")});
    return t;
}

Theme dark()
{
    Theme t{.id = "dark", .name = "Dark"};
    t.background = QColor("#16191d");
    t.text = QColor("#e6e9ed");
    t.muted = QColor("#9aa4af");
    t.grid = QColor("#2d333b");
    t.accent = QColor("#56b4e9");
    t.good = QColor("#4fc79f");
    t.bad = QColor("#ff9a4d");
    t.series = {QColor("#56b4e9"), QColor("#e69f00"), QColor("#2fbf94"), QColor("#cc79a7"), QColor("#f0e442"), QColor("#e8743b"), QColor("#f4f4f4")};
    t.palette = palette_of({QColor("#1e2227"), t.background, QColor("#1b1f24"), t.text, t.muted, QColor("#2a3038"), QColor("#2f81b7"), QColor("#ffffff"), QColor("#3d444d")});
    return t;
}

Theme contrast()
{
    Theme t{.id = "contrast", .name = "High contrast"};
    t.background = QColor("#000000");
    t.text = QColor("#ffffff");
    t.muted = QColor("#e0e0e0");
    t.grid = QColor("#606060");
    t.accent = QColor("#f0e442");
    t.good = QColor("#7dffcf");
    t.bad = QColor("#ffb000");
    t.series = {QColor("#56b4e9"), QColor("#ffb000"), QColor("#00e0a0"), QColor("#ff9ed2"), QColor("#f0e442"), QColor("#ffffff"), QColor("#ff8040")};
    t.line_width = 2.5;
    // Fusion draws edges darker than the window, which is black already: controls stand out by their own grey.
    t.palette = palette_of({t.background, QColor("#262626"), QColor("#3a3a3a"), t.text, t.muted, QColor("#5a5a5a"), t.accent, QColor("#000000"), QColor("#ffffff")});
    return t;
}

const Theme* applied = nullptr;
double applied_scale = 1;

/// Fusion, with its fixed sizes (slider handles, boxes, margins) made larger along with the text.
class ScaledFusion : public QProxyStyle {
 public:
    ScaledFusion() : QProxyStyle(QStyleFactory::create("Fusion")) {}

    int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override
    {
        const int pixels = QProxyStyle::pixelMetric(metric, option, widget);
        return pixels > 1 ? int(pixels * applied_scale) : pixels;
    }
};

void dress(QCPAxis& axis)
{
    const Theme& t = theme();
    const QFont font = text_font(0.92);
    axis.setBasePen(QPen(t.muted, 1));
    axis.setTickPen(QPen(t.muted, 1));
    axis.setSubTickPen(QPen(t.grid, 1));
    axis.setTickLabelColor(t.muted);
    axis.setLabelColor(t.text);
    axis.setTickLabelFont(font);
    axis.setLabelFont(font);
    axis.grid()->setPen(QPen(t.grid, 1));
    axis.grid()->setSubGridPen(QPen(t.grid, 1, Qt::DotLine));
    axis.grid()->setZeroLinePen(QPen(t.grid, 1));
}

}  // namespace

std::array<const Theme*, 3> themes()
{
    static const Theme all[] = {light(), dark(), contrast()};
    return {&all[0], &all[1], &all[2]};
}

const Theme& theme_named(std::string_view id)
{
    const auto all = themes();
    const auto found = std::ranges::find(all, id, &Theme::id);
    return found == all.end() ? *all.front() : **found;
}

const Theme& theme()
{
    return applied != nullptr ? *applied : *themes().front();
}

double ui_scale()
{
    return applied_scale;
}

void apply_theme(const Theme& theme, double scale)
{
    // Style and font follow the scale alone, and each takes all widgets a while. The style asks for the scale at each size:
    // one that is there already serves, once widgets that keep sizes are told.
    const double before = applied == nullptr ? 0 : applied_scale;
    applied = &theme;
    applied_scale = std::clamp(scale, 1.0, 2.0);
    if (applied_scale != before) {
        const bool dressed = dynamic_cast<ScaledFusion*>(QApplication::style()) != nullptr;
        if (!dressed) {
            QApplication::setStyle(new ScaledFusion);
            // Fusion keeps a picture of every control at every size, and their names for ever: half a megabyte for a
            // thousand random drags.
            QPixmapCache::setCacheLimit(0);
        }
        QApplication::setFont(text_font());
        for (QWidget* each : dressed ? QApplication::allWidgets() : QWidgetList{}) {
            QEvent sizes(QEvent::StyleChange);
            QCoreApplication::sendEvent(each, &sizes);
        }
    }
    QApplication::setPalette(theme.palette);
}

QFont text_font(double times, bool bold)
{
    QFont font("DejaVu Sans");
    font.setPixelSize(int(font_pixels * applied_scale * times + 0.5));
    font.setBold(bold);
    return font;
}

int scaled(double pixels)
{
    return int(pixels * applied_scale + 0.5);
}

void dress(QCPAxisRect& rect)
{
    for (QCPAxis* axis : rect.axes()) {
        dress(*axis);
    }
}

void dress(QCustomPlot& plot)
{
    const Theme& t = theme();
    plot.setBackground(t.background);
    for (QCPAxisRect* rect : plot.axisRects()) {
        dress(*rect);
    }
    if (plot.legend != nullptr) {
        plot.legend->setFont(text_font(0.92));
        plot.legend->setTextColor(t.text);
        plot.legend->setBrush(t.background);
        plot.legend->setBorderPen(QPen(t.grid, 1));
    }
}

void load_fonts()
{
    for (const char* file : {":/fonts/DejaVuSans.ttf", ":/fonts/DejaVuSans-Bold.ttf"}) {
        QFontDatabase::addApplicationFont(file);
    }
}

}  // namespace slimline::gui

#include "gui/widgets/plot.h"

namespace slimline::gui {

void make_logarithmic(QCPAxis& axis)
{
    axis.setScaleType(QCPAxis::stLogarithmic);
    axis.setTicker(QSharedPointer<QCPAxisTickerLog>::create());
    axis.setNumberFormat("gb");
    axis.setNumberPrecision(3);
    axis.grid()->setSubGridVisible(true);
}

QCustomPlot* make_plot(QWidget* parent, const QString& name)
{
    auto* plot = new QCustomPlot(parent);
    plot->setObjectName("plot." + name.toLower().replace(' ', '_'));
    plot->setAccessibleName(name);
    plot->setMinimumSize(60, 60);
    plot->setFocusPolicy(Qt::StrongFocus);
    plot->setPlottingHint(QCP::phFastPolylines, true);
    dress(*plot);
    return plot;
}

QColor series_colour(std::size_t index)
{
    return theme().series[index % theme().series.size()];
}

QCPScatterStyle series_mark(std::size_t index, double size)
{
    constexpr QCPScatterStyle::ScatterShape shapes[] = {
        QCPScatterStyle::ssDisc,    QCPScatterStyle::ssSquare,          QCPScatterStyle::ssTriangle, QCPScatterStyle::ssDiamond,
        QCPScatterStyle::ssCross,   QCPScatterStyle::ssTriangleInverted, QCPScatterStyle::ssPlus};
    const QColor colour = series_colour(index);
    return {shapes[index % std::size(shapes)], QPen(colour, 1.5), QBrush(colour), size * ui_scale()};
}

}  // namespace slimline::gui

#include "gui/widgets/plot.h"

#include <cmath>

namespace slimline::gui {

namespace {

/// 1, 2, 5 of each decade where there are few, else decades; 2000 is "2k".
class DecadeTicker : public QCPAxisTicker {
 protected:
    double getTickStep(const QCPRange& range) override { return std::log10(range.upper / range.lower); }
    int getSubTickCount(double) override { return 0; }

    QVector<double> createTickVector(double decades, const QCPRange& range) override
    {
        QVector<double> ticks;
        if (!(range.lower > 0) || !(decades < 40)) {
            return ticks;
        }
        const int every = decades > 8 ? 2 : 1;
        for (int power = int(std::floor(std::log10(range.lower))); power <= int(std::ceil(std::log10(range.upper))); ++power) {
            for (const double digit : {1.0, 2.0, 5.0}) {
                const bool shown = digit == 1 ? power % every == 0 : decades < 1.85;  // eightfold to both sides is 1.81
                if (shown) {
                    ticks << digit * std::pow(10.0, power);
                }
            }
        }
        return ticks;
    }

    QString getTickLabel(double tick, const QLocale&, QChar, int) override
    {
        for (const auto& [size, letter] : {std::pair{1e9, "G"}, std::pair{1e6, "M"}, std::pair{1e3, "k"}}) {
            if (tick >= size * 0.999) {
                return QString::number(tick / size, 'g', 3) + letter;
            }
        }
        return QString::number(tick, 'g', 3);
    }
};

}  // namespace

void make_logarithmic(QCPAxis& axis)
{
    axis.setScaleType(QCPAxis::stLogarithmic);
    axis.setTicker(QSharedPointer<DecadeTicker>::create());
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

void draw_plot(QCustomPlot& plot, QPainter& painter, QSize size)
{
    QPicture picture;
    QCPPainter recorder(&picture);
    recorder.setMode(QCPPainter::pmVectorized);
    plot.toPainter(&recorder, size.width(), size.height());
    recorder.end();
    picture.play(&painter);
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

#include "gui/widgets/chart_dots.h"

#include <algorithm>
#include <cmath>

namespace slimline::gui {

namespace {

QCPRange range_of(const std::vector<double>& values, bool& found)
{
    found = !values.empty();
    return found ? QCPRange(*std::ranges::min_element(values), *std::ranges::max_element(values)) : QCPRange();
}

}  // namespace

void ChartDots::set(std::vector<double> x, std::vector<double> y, std::vector<double> sizes,
                    const QCPScatterStyle& mark)
{
    x_ = std::move(x);
    y_ = std::move(y);
    sizes_ = std::move(sizes);
    mark_ = mark;
}

QCPRange ChartDots::getKeyRange(bool& found, QCP::SignDomain) const
{
    return range_of(x_, found);
}

QCPRange ChartDots::getValueRange(bool& found, QCP::SignDomain, const QCPRange&) const
{
    return range_of(y_, found);
}

QCPScatterStyle ChartDots::mark_of(std::size_t i) const
{
    QCPScatterStyle mark = mark_;
    if (i < sizes_.size()) {
        mark.setSize(sizes_[i]);
    }
    return mark;
}

void ChartDots::draw(QCPPainter* painter)
{
    applyScattersAntialiasingHint(painter);
    mark_.applyTo(painter, mPen);
    const QRectF seen = clipRect();
    for (std::size_t i = 0; i < x_.size() && i < y_.size(); ++i) {
        const QCPScatterStyle mark = mark_of(i);
        const QPointF at = coordsToPixels(x_[i], y_[i]);
        const double half = mark.size();
        if (std::isfinite(at.x()) && std::isfinite(at.y()) && seen.adjusted(-half, -half, half, half).contains(at)) {
            mark.drawShape(painter, at);
        }
    }
}

void ChartDots::drawLegendIcon(QCPPainter* painter, const QRectF& rect) const
{
    applyScattersAntialiasingHint(painter);
    mark_.applyTo(painter, mPen);
    QCPScatterStyle mark = mark_of(0);
    mark.setSize(std::min(mark.size(), std::min(rect.width(), rect.height()) - 2 * mark.pen().widthF()));
    mark.drawShape(painter, rect.center());
}

}  // namespace slimline::gui

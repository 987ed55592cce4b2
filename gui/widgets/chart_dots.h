#pragma once

#include <vector>

#include "gui/widgets/plot.h"

namespace slimline::gui {

/// Dots of many sizes in one series. A graph of QCustomPlot has marks of one size, and hundreds of graphs, made anew at every
/// step of a drag, cost more than all that they draw.
class ChartDots : public QCPAbstractPlottable {
 public:
    explicit ChartDots(QCustomPlot& plot) : QCPAbstractPlottable(plot.xAxis, plot.yAxis) {}

    /// `sizes` in pixels, one a point or none where all have the mark's own. The legend shows the first one.
    void set(std::vector<double> x, std::vector<double> y, std::vector<double> sizes, const QCPScatterStyle& mark);

    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }
    QCPRange getKeyRange(bool& found, QCP::SignDomain domain = QCP::sdBoth) const override;
    QCPRange getValueRange(bool& found, QCP::SignDomain domain = QCP::sdBoth,
                           const QCPRange& keys = QCPRange()) const override;

 protected:
    void draw(QCPPainter* painter) override;
    void drawLegendIcon(QCPPainter* painter, const QRectF& rect) const override;

 private:
    QCPScatterStyle mark_of(std::size_t i) const;

    std::vector<double> x_;
    std::vector<double> y_;
    std::vector<double> sizes_;
    QCPScatterStyle mark_;
};

}  // namespace slimline::gui

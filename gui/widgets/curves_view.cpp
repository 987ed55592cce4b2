#include "gui/widgets/curves_view.h"

#include <QGridLayout>

#include "gui/widgets/chart_view.h"

namespace slimline::gui {

CurvesView::CurvesView(Session& session, QWidget* parent) : SessionView(session, parent)
{
    auto* grid = new QGridLayout(this);
    grid->setContentsMargins(2, 2, 2, 2);
    grid->setSpacing(2);
    const std::array names{tr("Time to first token against prompt"), tr("Decode speed against context"), tr("Speed against bandwidth"), tr("Speed against compute")};
    for (std::size_t i = 0; i < charts_.size(); ++i) {
        charts_[i] = new ChartView(names[i], this);
        grid->addWidget(charts_[i], int(i / 2), int(i % 2));
    }
}

void CurvesView::show_state()
{
    charts_behind_ = charts_.size();
    show_more();
}

void CurvesView::show_more()
{
    charts_[next_]->show_chart(curve_chart(session().compared(), Curves(next_)));
    next_ = (next_ + 1) % charts_.size();
    charts_behind_ -= 1;
}

void CurvesView::settle()
{
    while (charts_behind_ > 0) {
        show_more();
    }
}

QString CurvesView::csv() const
{
    std::string all;
    for (const ChartView* chart : charts_) {
        all += slimline::gui::csv(chart->chart()) + "\n";
    }
    return QString::fromStdString(all);
}

}  // namespace slimline::gui

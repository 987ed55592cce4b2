#include "gui/widgets/breakdown_view.h"

#include <QHBoxLayout>

#include "gui/viewmodel/breakdown_charts.h"
#include "gui/widgets/chart_view.h"

namespace slimline::gui {

BreakdownView::BreakdownView(Session& session, QWidget* parent) : SessionView(session, parent)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(2, 2, 2, 2);
    row->setSpacing(2);
    prefill_ = new ChartView(tr("Time to first token by operator"), this);
    decode_ = new ChartView(tr("Time a token by operator"), this);
    memory_ = new ChartView(tr("Memory by context"), this);
    for (ChartView* chart : {prefill_, decode_, memory_}) {
        row->addWidget(chart, 1);
    }
}

void BreakdownView::show_state()
{
    const Prediction& p = session().prediction();
    prefill_->show_chart(pass_chart(breakdown(p.prefill, 0.01), "first token"));
    decode_->show_chart(pass_chart(breakdown(p.decode, 0.01), "a token"));
    memory_->show_chart(memory_chart(session().scenario(), p));
}

QString BreakdownView::csv() const
{
    return QString::fromStdString(operators_csv(session().prediction()));
}

}  // namespace slimline::gui

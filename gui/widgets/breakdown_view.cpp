#include "gui/widgets/breakdown_view.h"

#include <algorithm>

#include <QHBoxLayout>

#include "gui/viewmodel/breakdown_charts.h"
#include "gui/widgets/chart_view.h"
#include "gui/widgets/theme.h"

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
    for (ChartView* chart : {prefill_, decode_}) {
        connect(chart, &ChartView::picked, this, [this](const QString& key) { this->session().mark_operator(key.toStdString()); });
    }
}

void BreakdownView::show_state()
{
    const Prediction& p = session().prediction();
    // As many bars as have room for a line of text each, beside the axis and the legend.
    const int lines = prefill_->height() / QFontMetrics(text_font()).height();
    const auto bars = std::size_t(std::clamp(lines - 6, 4, 40));
    prefill_->show_chart(pass_chart(breakdown(p.prefill, 0.01, bars), "first token", session().marked_operator()));
    decode_->show_chart(pass_chart(breakdown(p.decode, 0.01, bars), "a token", session().marked_operator()));
    memory_->show_chart(memory_chart(session().scenario(), p));
}

void BreakdownView::resizeEvent(QResizeEvent* event)
{
    SessionView::resizeEvent(event);
    show_soon();
}

QString BreakdownView::csv() const
{
    return QString::fromStdString(operators_csv(session().prediction()));
}

}  // namespace slimline::gui

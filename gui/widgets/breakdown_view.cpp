#include "gui/widgets/breakdown_view.h"

#include <QHBoxLayout>

#include "base/text.h"
#include "explorer/memory_curve.h"
#include "gui/viewmodel/axis_unit.h"
#include "gui/widgets/plot.h"
#include "simulator/operators.h"

namespace slimline::gui {

namespace {

QString text(const std::string& words)
{
    return QString::fromStdString(words);
}

/// Powers of two up to four times what is asked for, at least to 32768.
std::vector<int> contexts_around(int asked)
{
    std::vector<int> contexts;
    for (int context = 256; context <= std::max(32768, 4 * std::min(asked, 1 << 20)); context *= 2) {
        contexts.push_back(context);
    }
    return contexts;
}

void add_legend_on_top(QCustomPlot& plot, bool wanted)
{
    plot.legend->setVisible(wanted);
    plot.axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignRight | Qt::AlignBottom);
}

/// A layer of the stacked areas: from the sum of those below it up to its own top.
QCPGraph* add_area(QCustomPlot& plot, const QString& name, const QVector<double>& x, const QVector<double>& top, std::size_t index)
{
    QCPGraph* graph = plot.addGraph();
    graph->setName(name);
    graph->setData(x, top, true);
    graph->setPen(QPen(series_colour(index), theme().line_width));
    QColor fill = series_colour(index);
    fill.setAlphaF(0.45f);
    graph->setBrush(fill);
    return graph;
}

}  // namespace

BreakdownView::BreakdownView(Session& session, QWidget* parent) : SessionView(session, parent)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(2, 2, 2, 2);
    prefill_ = make_plot(this, tr("Time to first token by operator"));
    decode_ = make_plot(this, tr("Time a token by operator"));
    memory_ = make_plot(this, tr("Memory by context"));
    for (QCustomPlot* plot : {prefill_, decode_, memory_}) {
        row->addWidget(plot, 1);
    }
}

void BreakdownView::show_bars(QCustomPlot& plot, const Breakdown& all, const QString& title)
{
    plot.clearPlottables();
    plot.clearItems();
    dress(plot);
    const AxisUnit unit = time_unit(all.bars.empty() ? 0 : all.bars.front().time.value);
    const auto ticker = QSharedPointer<QCPAxisTickerText>::create();
    QVector<double> places;
    for (std::size_t b = 0; b < all.bars.size(); ++b) {
        places.push_back(-double(b));
        ticker->addTick(-double(b), text(all.bars[b].name));
    }
    QCPBars* below = nullptr;
    for (std::size_t k = 0; k < all.kinds.size(); ++k) {
        auto* bars = new QCPBars(plot.yAxis, plot.xAxis);
        bars->setName(text(all.kinds[k]));
        bars->setPen(Qt::NoPen);
        bars->setBrush(series_colour(k));
        bars->setWidth(0.7);
        bars->setAntialiased(false);
        QVector<double> values;
        for (const OperatorBar& bar : all.bars) {
            values.push_back(bar.parts[k].value / unit.size);
        }
        bars->setData(places, values);
        if (below != nullptr) {
            bars->moveAbove(below);
        }
        below = bars;
    }
    plot.yAxis->setTicker(ticker);
    plot.yAxis->setSubTicks(false);
    plot.yAxis->setTickLength(0);
    plot.yAxis->grid()->setVisible(false);
    plot.yAxis->setRange(-double(all.bars.size()) + 0.4, 0.6);
    const double longest = all.bars.empty() ? 1 : all.bars.front().time.value / unit.size;
    plot.xAxis->setRange(0, longest * 1.05);
    plot.xAxis->setLabel(tr("%1, %2 in all [%3]").arg(title, text(display(all.time)), text(unit.name)));
    add_legend_on_top(plot, all.kinds.size() > 1);
    plot.setAccessibleDescription(all.bars.empty() ? QString{} : tr("longest: %1, %2").arg(text(all.bars.front().name), text(display(all.bars.front().time))));
    plot.replot(QCustomPlot::rpQueuedReplot);
}

void BreakdownView::show_memory()
{
    const Prediction& p = session().prediction();
    const auto curve = memory_against_context(session().scenario(), contexts_around(p.workload.context));
    memory_->clearPlottables();
    memory_->clearItems();
    dress(*memory_);
    const double most = std::max(curve.back().memory.total().value, p.memory_available.value);
    const AxisUnit unit = memory_unit(most);
    QVector<double> x;
    QVector<double> tops[3];
    for (const MemoryAtContext& at : curve) {
        x.push_back(at.context);
        double sum = at.memory.weights.value;
        tops[0].push_back(sum / unit.size);
        sum += at.memory.compute_buffer.value + at.memory.host.value;
        tops[1].push_back(sum / unit.size);
        sum += at.memory.kv_cache.value;
        tops[2].push_back(sum / unit.size);
    }
    QCPGraph* weights = add_area(*memory_, tr("weights"), x, tops[0], 0);
    QCPGraph* buffers = add_area(*memory_, tr("buffers"), x, tops[1], 1);
    QCPGraph* cache = add_area(*memory_, tr("KV cache"), x, tops[2], 2);
    buffers->setChannelFillGraph(weights);
    cache->setChannelFillGraph(buffers);
    if (p.memory_available.value > 0) {
        QCPGraph* capacity = memory_->addGraph();
        capacity->setName(tr("capacity"));
        capacity->setPen(QPen(theme().bad, theme().line_width, Qt::DashLine));
        capacity->setData({x.front(), x.back()}, QVector<double>(2, p.memory_available.value / unit.size));
    }
    QCPGraph* here = memory_->addGraph();
    here->setName(tr("this workload"));
    here->setLineStyle(QCPGraph::lsNone);
    here->setScatterStyle({QCPScatterStyle::ssDisc, QPen(theme().text), QBrush(theme().text), 8 * ui_scale()});
    here->setData({double(p.workload.context)}, {p.memory.total().value / unit.size});
    make_logarithmic(*memory_->xAxis);
    memory_->xAxis->setRange(x.front(), x.back());
    memory_->yAxis->setRange(0, most / unit.size * 1.08);
    memory_->xAxis->setLabel(tr("context [tokens]"));
    memory_->yAxis->setLabel(tr("memory [%1]").arg(text(unit.name)));
    memory_->legend->setVisible(true);
    memory_->axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignLeft | Qt::AlignTop);
    memory_->replot(QCustomPlot::rpQueuedReplot);
}

void BreakdownView::show_state()
{
    show_bars(*prefill_, breakdown(session().prediction().prefill), tr("first token"));
    show_bars(*decode_, breakdown(session().prediction().decode), tr("a token"));
    show_memory();
}

QString BreakdownView::csv() const
{
    QString rows = "phase,operator,layer_kind,class,repeats,time_s,share,bound,flops,bytes\n";
    const auto add = [&](const char* phase, const Pass& pass) {
        for (const OperatorTime& op : pass.operators) {
            rows += QString("%1,%2,%3,%4,%5,%6,%7,%8,%9,%10\n")
                        .arg(phase, text(op.name), text(op.layer_kind), text(std::string(word(op.kernel))))
                        .arg(op.repeats, 0, 'g', 17).arg(op.time.value, 0, 'g', 17).arg(op.share, 0, 'g', 17)
                        .arg(text(std::string(word(op.bound)))).arg(op.flops.value, 0, 'g', 17).arg(op.bytes().value, 0, 'g', 17);
        }
    };
    add("prefill", session().prediction().prefill);
    add("decode", session().prediction().decode);
    return rows;
}

}  // namespace slimline::gui

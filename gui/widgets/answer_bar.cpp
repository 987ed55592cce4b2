#include "gui/widgets/answer_bar.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include "base/text.h"
#include "gui/widgets/text.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

QString between(const Interval& interval)
{
    return QObject::tr("90 %: %1 to %2").arg(text(display(interval.low)), text(display(interval.high)));
}

}  // namespace

AnswerBar::AnswerBar(Session& session, QWidget* parent) : SessionView(session, parent)
{
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(8, 4, 8, 4);
    row->setSpacing(12);
    const std::array titles{tr("Time to first token"), tr("Time a token"), tr("Decode speed"), tr("Memory"), tr("Energy a token"), tr("Parameters")};
    for (std::size_t i = 0; i < titles.size(); ++i) {
        cells_[i] = add_cell(titles[i]);
    }
}

AnswerBar::Cell AnswerBar::add_cell(const QString& title)
{
    auto* box = new QVBoxLayout;
    box->setSpacing(0);
    Cell cell{new QLabel(title, this), new QLabel(this), new QLabel(this)};
    for (QLabel* label : {cell.title, cell.value, cell.detail}) {
        box->addWidget(label);
        label->setMinimumWidth(1);
        label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        label->setAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    }
    cell.value->setObjectName("answer." + title.toLower().replace(' ', '_'));
    cell.value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    static_cast<QHBoxLayout*>(layout())->addLayout(box, 1);
    return cell;
}

void AnswerBar::show_cell(Cell& cell, const QString& value, const QString& detail, bool bad)
{
    const QFont large = text_font(1.45, true);
    const QFont small = text_font(0.85);
    QPalette ink = palette();
    ink.setColor(QPalette::WindowText, bad ? theme().bad : theme().text);
    QPalette quiet = palette();
    quiet.setColor(QPalette::WindowText, bad ? theme().bad : theme().muted);
    // A tool bar does not ask again when a font grows: heights are said outright.
    cell.title->setFixedHeight(QFontMetrics(small).height());
    cell.detail->setFixedHeight(QFontMetrics(small).height());
    cell.value->setFixedHeight(QFontMetrics(large).height());
    cell.title->setFont(small);
    cell.title->setPalette(quiet);
    cell.value->setFont(large);
    cell.value->setPalette(ink);
    cell.value->setText(value);
    cell.value->setAccessibleName(cell.title->text() + ": " + value);
    cell.detail->setFont(small);
    cell.detail->setPalette(quiet);
    cell.detail->setText(detail);
    cell.detail->setToolTip(detail);
}

void AnswerBar::show_state()
{
    const Prediction& p = session().prediction();
    const int height_before = height();
    setFixedHeight(QFontMetrics(text_font(1.45, true)).height() + 2 * QFontMetrics(text_font(0.85)).height() + 8);
    show_cell(cells_[0], text(display(p.ttft)), between(p.ttft_90));
    show_cell(cells_[1], text(display(p.tpot)), between(p.tpot_90));
    show_cell(cells_[2], text(significant(p.decode_tokens_per_second())) + tr(" tokens/s"),
              tr("prefill %1 tokens/s").arg(text(significant(p.prefill_tokens_per_second(), 4))));
    const QString room = p.memory_available.value > 0 ? tr("of %1").arg(text(display(p.memory_available))) : tr("capacity unknown");
    show_cell(cells_[3], text(display(p.memory.total())), p.fits ? room + tr(": fits") : tr("DOES NOT FIT ") + room, !p.fits);
    show_cell(cells_[4], text(display(p.energy_per_token)), tr("prompt %1").arg(text(display(p.prefill_energy))));
    show_cell(cells_[5], text(display_count(p.parameters.total)), tr("active %1").arg(text(display_count(p.parameters.active))));
    if (height() != height_before) {
        lay_out();
    }
}

void AnswerBar::resizeEvent(QResizeEvent* event)
{
    SessionView::resizeEvent(event);
    lay_out();
}

/// Texts change at every step of a drag, places only with the size and the font: between these the layout rests.
void AnswerBar::lay_out()
{
    layout()->setEnabled(true);
    layout()->invalidate();
    layout()->activate();
    layout()->setEnabled(false);
}

}  // namespace slimline::gui

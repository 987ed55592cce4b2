#include "gui/widgets/chips_bar.h"

#include <QLabel>
#include <QPushButton>

#include "base/text.h"
#include "gui/viewmodel/search_form.h"
#include "gui/widgets/flow_layout.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

/// Limits of the question are filters too.
std::vector<std::pair<DesignMetric, QString>> limit_words(const SearchQuestion& q)
{
    std::vector<std::pair<DesignMetric, QString>> words;
    for (const Limit& limit : q.limits) {
        const Column column = column_of(limit.metric);
        const auto word = [&](double value) { return QString::fromStdString(display(column, value, q)); };
        const QString name = QString::fromStdString(std::string(label(column)));
        if (std::isfinite(limit.least)) {
            words.emplace_back(limit.metric, QObject::tr("Limit: %1 ≥ %2").arg(name, word(limit.least)));
        }
        if (std::isfinite(limit.most)) {
            words.emplace_back(limit.metric, QObject::tr("Limit: %1 ≤ %2").arg(name, word(limit.most)));
        }
    }
    return words;
}

/// "Fits 16.0 GiB"; empty where the memory is unknown or nothing is asked.
QString fits_words(const SearchWorkspace& workspace)
{
    const Scenario& s = workspace.session().scenario();
    const Bytes memory = memory_for(s.device, require_backend(s.device, s.backend));
    return workspace.text().empty() || memory.value <= 0 ? QString{} : QObject::tr("Fits %1").arg(QString::fromStdString(display(memory)));
}

}  // namespace

ChipsBar::ChipsBar(SearchWorkspace& workspace, QWidget* parent) : QWidget(parent), workspace_(workspace)
{
    setObjectName("chips");
    setAccessibleName(tr("Filters"));
    auto* flow = new FlowLayout(scaled(6));
    flow->setContentsMargins(scaled(4), scaled(2), scaled(4), scaled(2));
    setLayout(flow);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Preferred);  // the whole bar, so that a line of them is one
    connect(&workspace.brushes(), &Brushes::changed, this, &ChipsBar::show_chips);
    connect(&workspace, &SearchWorkspace::question_changed, this, &ChipsBar::show_chips);
    connect(&workspace.session(), &Session::changed, this, [this] {
        if (fits_ != fits_words(workspace_)) {
            show_chips();
        }
    });
    show_chips();
}

/// A filter that is on unless it was taken away: its button stays, so that a click brings it back.
void ChipsBar::add_fits()
{
    fits_ = fits_words(workspace_);
    if (fits_.isEmpty()) {
        return;
    }
    const bool on = workspace_.question().must_fit;
    auto* chip = new QPushButton(on ? fits_ + "  ✕" : "+  " + fits_, this);
    chip->setObjectName("chip.fits");
    const QString help = on ? tr("Remove the filter %1: show designs that are larger than the device's memory, too").arg(fits_)
                            : tr("Show only designs that the device's memory holds: %1").arg(fits_);
    chip->setAccessibleName(help);
    chip->setToolTip(help);
    connect(chip, &QPushButton::clicked, this, [this, on] { workspace_.change(with_must_fit(workspace_.text(), !on)); }, Qt::QueuedConnection);
    layout()->addWidget(chip);
}

void ChipsBar::show_chips()
{
    while (QLayoutItem* item = layout()->takeAt(0)) {
        if (QWidget* widget = item->widget()) {
            widget->hide();
            widget->deleteLater();
        }
        delete item;
    }
    add_fits();
    const int always = layout()->count();
    const SearchQuestion question = workspace_.question();
    const auto add = [this](const QString& words, const QString& help, std::function<void()> run) {
        auto* chip = new QPushButton(words, this);
        chip->setObjectName("chip");
        chip->setAccessibleName(help);
        chip->setToolTip(help);
        // The chip goes away with what it does, so that comes once its click is over.
        connect(chip, &QPushButton::clicked, this, std::move(run), Qt::QueuedConnection);
        layout()->addWidget(chip);
    };
    const std::vector<Chip> chips = workspace_.brushes().chips(question);
    for (const Chip& chip : chips) {
        const QString words = QString::fromStdString(chip.text);
        add(words + "  ✕", tr("Remove the filter %1").arg(words), [this, chip] { workspace_.brushes().remove(chip.column, chip.index); });
    }
    for (const auto& [metric, words] : limit_words(question)) {
        add(words + "  ✕", tr("Remove the %1").arg(words), [this, metric = metric] { workspace_.change(with_limit(workspace_.text(), {metric})); });
    }
    if (chips.size() > 1) {
        add(tr("Clear all"), tr("Remove all filters"), [this] { workspace_.brushes().clear(); });
    }
    if (layout()->count() == always) {
        auto* none = new QLabel(tr("Drag along an axis or over the plot to filter."), this);
        QPalette quiet = none->palette();
        quiet.setColor(QPalette::WindowText, theme().muted);
        none->setPalette(quiet);
        layout()->addWidget(none);
    }
    for (int i = 0; i < layout()->count(); ++i) {
        layout()->itemAt(i)->widget()->show();
    }
    setMinimumHeight(layout()->heightForWidth(room()));
    updateGeometry();
}

/// Before it is laid out it has no width of its own.
int ChipsBar::room() const
{
    return std::max(isVisible() ? width() : window()->width(), scaled(200));
}

void ChipsBar::resizeEvent(QResizeEvent*)
{
    setMinimumHeight(layout()->heightForWidth(room()));
}

}  // namespace slimline::gui

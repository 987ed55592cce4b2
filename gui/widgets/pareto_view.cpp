#include "gui/widgets/pareto_view.h"

#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "gui/viewmodel/design_table_model.h"
#include "gui/viewmodel/search_form.h"
#include "gui/widgets/colour_key.h"
#include "gui/widgets/flow_layout.h"
#include "gui/widgets/pareto_plot.h"
#include "gui/widgets/still_label.h"
#include "gui/widgets/text.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

Column chosen(const QComboBox& box)
{
    return Column(box.currentData().toInt());
}

void choose(QComboBox& box, Column column)
{
    const QSignalBlocker quiet(box);
    box.setCurrentIndex(box.findData(int(column)));
}

}  // namespace

ParetoView::ParetoView(SearchWorkspace& workspace, QWidget* parent) : SearchView(workspace, parent)
{
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins(4, 2, 4, 2);
    box->setSpacing(2);
    auto* row = new FlowLayout(scaled(6));
    box->addLayout(row);
    x_ = add_choice(tr("Across"), "x");
    y_ = add_choice(tr("Up"), "y");
    colour_ = add_choice(tr("Colour"), "colour");
    key_ = new ColourKey(this);
    row->addWidget(key_);
    dominated_ = add_switch(tr("Dominated"), "dominated", true, tr("Show designs that others beat, too"));
    logarithmic_ = add_switch(tr("Log"), "log", true, tr("Logarithmic axes where values span more than a factor of three"));
    limits_ = add_switch(tr("Limits"), "limits", false, tr("Lines to drag: nothing beyond them is on the front"));
    intervals_ = add_switch(tr("Intervals"), "intervals", true, tr("90 % intervals of predicted times, for some designs of the front"));
    for (const auto& [name, id, run] : {std::tuple<QString, QString, std::function<void()>>{tr("Knee"), "knee", [this] { this->workspace().select_knee(); }},
                                        {tr("Use design"), "use", [this] { if (!this->workspace().selection().empty()) { this->workspace().load(this->workspace().selection().current()); } }},
                                        {tr("Compare by these"), "compare", [this] { compare_by_axes(); }},
                                        {tr("Fit"), "fit", [this] { plot_->fit(); }}}) {
        auto* button = new QPushButton(name, this);
        button->setObjectName("pareto." + id);
        button->setAccessibleName(name);
        connect(button, &QPushButton::clicked, this, run);
        row->addWidget(button);
    }
    plot_ = new ParetoPlot(this);
    box->addWidget(plot_, 1);
    summary_ = new StillLabel(false, this);
    summary_->label().setObjectName("pareto.summary");
    box->addWidget(summary_);
    summary_->set_text(tr("The designs of the search are being made."));
    connect(plot_, &ParetoPlot::picked, this, [this](std::uint32_t at, bool add) {
        add ? this->workspace().selection().toggle(at) : this->workspace().selection().select(at);
    });
    connect(plot_, &ParetoPlot::opened, this, [this](std::uint32_t at) { this->workspace().load(at); });
    connect(plot_, &ParetoPlot::stepped, this, [this](int places) { this->workspace().step_on_front(places); });
    connect(plot_, &ParetoPlot::brushed, this, [this](Span x, Span y) {
        this->workspace().brushes().set(chosen(*x_), {x});
        this->workspace().brushes().set(chosen(*y_), {y});
    });
    connect(plot_, &ParetoPlot::brush_stepped, this, [this](int right, int up) {
        for (const auto& [column, steps] : {std::pair{chosen(*x_), right}, std::pair{chosen(*y_), up}}) {
            std::vector<Span> spans = this->workspace().brushes().of(column);
            for (Span& span : spans) {
                span = steps != 0 ? plot_->moved(column, span, steps) : span;
            }
            this->workspace().brushes().set(column, std::move(spans));
        }
    });
    connect(plot_, &ParetoPlot::limit_dragged, this, [this](Column column, double most) {
        this->workspace().change(with_limit(this->workspace().text(), {*metric_of(column), -std::numeric_limits<double>::infinity(), most}));
    });
    connect(&workspace, &SearchWorkspace::question_changed, this, &ParetoView::take_choice);
    connect(&session(), &Session::changed, this, [this](int parts) {
        if ((parts & Session::View) != 0) {
            take_choice();
        }
        // A change of the model alone makes no new frame, but moves its mark.
        if ((parts & Session::Design) != 0 && frame() && same_run(frame()->run, session().scenario())) {
            show_soon();
        }
    });
    take_choice();
}

QComboBox* ParetoView::add_choice(const QString& name, const QString& id)
{
    auto* holder = new QWidget(this);
    auto* pair = new QHBoxLayout(holder);
    pair->setContentsMargins(0, 0, 0, 0);
    auto* caption = new QLabel(name, holder);
    auto* box = new QComboBox(holder);
    box->setObjectName("pareto." + id);
    box->setAccessibleName(name);
    caption->setBuddy(box);
    for (const Column column : all_columns()) {
        if (metric_of(column) || id == "colour") {
            box->addItem(QString::fromStdString(std::string(slimline::gui::label(column))), int(column));
        }
    }
    pair->addWidget(caption);
    pair->addWidget(box);
    layout()->itemAt(0)->layout()->addWidget(holder);
    connect(box, &QComboBox::currentIndexChanged, this, [this, box] {
        session().set_view_value(box->objectName().toStdString(), std::string(slimline::gui::id(chosen(*box))));
        show_soon();
    });
    return box;
}

QCheckBox* ParetoView::add_switch(const QString& name, const QString& id, bool on, const QString& help)
{
    auto* box = new QCheckBox(name, this);
    box->setObjectName("pareto." + id);
    box->setAccessibleName(name);
    box->setToolTip(help);
    box->setChecked(on);
    layout()->itemAt(0)->layout()->addWidget(box);
    switches_.emplace_back(box, on);
    connect(box, &QCheckBox::toggled, this, [this, box](bool checked) {
        session().set_view_value(box->objectName().toStdString(), checked ? "on" : "off");
        show_soon();
    });
    return box;
}

/// What the session keeps; axes that nobody chose follow the first two objectives.
void ParetoView::take_choice()
{
    if (workspace().text().empty()) {
        return;
    }
    const auto kept = [&](const char* key) { return column_named(session().view_value(key)); };
    const auto metric = [&](const char* key, Column otherwise) {
        const auto column = kept(key);
        return column && metric_of(*column) ? *column : otherwise;
    };
    const std::vector<DesignMetric> objectives = workspace().question().objectives;
    const Column first = column_of(objectives.front());
    const Column second = objectives.size() > 1 ? column_of(objectives[1]) : first == Column::loss ? Column::tpot : Column::loss;
    const Column x = metric("pareto.x", first);
    const Column y = metric("pareto.y", second);
    choose(*x_, x);
    choose(*y_, y);
    choose(*colour_, kept("pareto.colour").value_or(x != Column::memory && y != Column::memory ? Column::memory : Column::parameters));
    for (const auto& [box, on] : switches_) {
        const QSignalBlocker quiet(box);
        const std::string value = session().view_value(box->objectName().toStdString());
        box->setChecked(value.empty() ? on : value == "on");
    }
    show_soon();
}

void ParetoView::compare_by_axes()
{
    std::vector<DesignMetric> objectives{*metric_of(chosen(*x_))};
    if (chosen(*x_) != chosen(*y_)) {
        objectives.push_back(*metric_of(chosen(*y_)));
    }
    workspace().change(with_objectives(workspace().text(), objectives));
}

void ParetoView::show_search()
{
    const auto& now = frame();
    ParetoScene scene{.frame = now,
                      .x = chosen(*x_),
                      .y = chosen(*y_),
                      .colour = chosen(*colour_),
                      .dominated = dominated_->isChecked(),
                      .logarithmic = logarithmic_->isChecked(),
                      .limit_lines = limits_->isChecked(),
                      .intervals = intervals_->isChecked(),
                      .cloud_passes = workspace().brushes().passing(now->cloud),
                      .front_passes = workspace().brushes().passing(now->front),
                      .selected = workspace().selection().rows(),
                      .session = workspace().of_session()};
    plot_->show_scene(std::move(scene));
    key_->show_range(plot_->colours(), chosen(*colour_), now->space->question());
    const QString what = !now->space->complete() ? tr("front of a sample, until the search has run")
                         : now->exact()          ? tr("exact front")
                                                 : tr("front of what is shown, the exact one follows");
    summary_->set_text(tr("%L1 designs on the %2; %L3 shown of %L4")
                           .arg(qulonglong(now->front.size()))
                           .arg(what)
                           .arg(qulonglong(now->cloud.size()))
                           .arg(qulonglong(now->space->size())) +
                       selected_words());
    plot_->setAccessibleName(tr("Pareto plot"));
    plot_->describe(summary_->label().text());
}

/// "; selected: a token 12.3 ms, loss 2.51, memory 1.2 GB"; nothing where nothing is.
QString ParetoView::selected_words() const
{
    if (workspace().selection().empty()) {
        return {};
    }
    const std::uint32_t row = workspace().selection().current();
    for (const DesignRows* rows : {&frame()->front, &frame()->cloud}) {
        const auto found = std::ranges::find(rows->rows, row);
        if (found != rows->rows.end()) {
            const auto i = std::size_t(found - rows->rows.begin());
            QStringList words;
            for (const Column column : {chosen(*x_), chosen(*y_), chosen(*colour_)}) {
                words << text(label(column)) + " " + text(display(column, (*rows)[column][i], frame()->space->question()));
            }
            words.removeDuplicates();
            return tr("; selected: %1").arg(words.join(", "));
        }
    }
    return {};
}

QString ParetoView::csv() const
{
    if (!frame()) {
        return {};
    }
    DesignTableModel table;
    table.show(frame(), workspace().brushes());
    return table.csv();
}

}  // namespace slimline::gui

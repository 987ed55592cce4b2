#include "gui/widgets/parallel_view.h"

#include <algorithm>

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "base/errors.h"
#include "gui/viewmodel/design_table_model.h"
#include "gui/viewmodel/view_values.h"
#include "gui/widgets/flow_layout.h"
#include "gui/widgets/text.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

bool varies(const std::vector<double>& values)
{
    return std::ranges::any_of(values, [&](double value) { return value != values.front(); });
}

}  // namespace

ParallelView::ParallelView(SearchWorkspace& workspace, QWidget* parent) : SearchView(workspace, parent)
{
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins(4, 2, 4, 2);
    box->setSpacing(2);
    auto* row = new FlowLayout(scaled(6));
    box->addLayout(row);
    plot_ = new ParallelPlot(workspace, this);
    axis_ = new QComboBox(this);
    axis_->setObjectName("parallel.axis");
    axis_->setAccessibleName(tr("Axis"));
    axis_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    auto* caption = new QLabel(tr("Axis"), this);
    caption->setBuddy(axis_);
    row->addWidget(caption);
    row->addWidget(axis_);
    add_button(tr("Invert"), "invert", tr("Turn the axis upside down (I)"), [this] { plot_->invert(plot_->current()); });
    add_button(tr("Log"), "log", tr("Logarithmic or linear (L)"), [this] { plot_->toggle_logarithmic(plot_->current()); });
    add_button(tr("Left"), "left", tr("Move the axis left (Ctrl+Left)"), [this] { plot_->move_axis(plot_->current(), -1); });
    add_button(tr("Right"), "right", tr("Move the axis right (Ctrl+Right)"), [this] { plot_->move_axis(plot_->current(), 1); });
    add_button(tr("Hide"), "hide", tr("Take the axis away"), [this] { plot_->hide_axis(plot_->current()); });
    more_ = new QComboBox(this);
    more_->setObjectName("parallel.more");
    more_->setAccessibleName(tr("Add an axis"));
    more_->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    row->addWidget(more_);
    front_only_ = new QCheckBox(tr("Front only"), this);
    front_only_->setObjectName("parallel.front_only");
    front_only_->setAccessibleName(tr("Front only"));
    row->addWidget(front_only_);
    box->addWidget(plot_, 1);
    setFocusProxy(plot_);
    connect(axis_, &QComboBox::activated, this, [this](int index) { plot_->set_current(index); });
    connect(more_, &QComboBox::activated, this, [this](int index) {
        if (index > 0) {
            plot_->show_axis(Column(more_->itemData(index).toInt()));
        }
    });
    connect(front_only_, &QCheckBox::toggled, this, [this](bool only) {
        session().set_view_value("parallel.front_only", only ? "on" : "off");
        plot_->set_front_only(only);
    });
    connect(plot_, &ParallelPlot::axes_changed, this, [this] {
        show_axes();
        if (const std::string now = axes_text(); !taking_ && now != taken_) {
            taken_ = now;
            if (plot_->axes().size() >= 2) {  // one is no plot, and no session may hold it
                kept_ = now;
                session().set_view_value("parallel.axes", now);
            }
        }
    });
    connect(&session(), &Session::changed, this, [this](int parts) { (parts & Session::View) != 0 ? take_choice() : void(); });
    take_choice();
}

void ParallelView::add_button(const QString& name, const QString& id, const QString& help, std::function<void()> run)
{
    auto* button = new QPushButton(name, this);
    button->setObjectName("parallel." + id);
    button->setAccessibleName(tr("Axis: %1").arg(name));
    button->setToolTip(help);
    layout()->itemAt(0)->layout()->addWidget(button);
    connect(button, &QPushButton::clicked, this, [run = std::move(run)] { run(); });
}

std::string ParallelView::axes_text() const
{
    std::vector<AxisLook> looks;
    for (const ParallelAxis& axis : plot_->axes()) {
        looks.push_back({axis.column, axis.inverted, axis.logarithmic});
    }
    return text_of(looks);
}

/// What the session keeps; axes that nobody set up are the question's.
void ParallelView::take_choice()
{
    front_only_->setChecked(session().view_value("parallel.front_only") == "on");
    const std::string kept = session().view_value("parallel.axes");
    if (kept == kept_) {
        return;
    }
    kept_ = kept;
    if (kept.empty()) {
        frame() ? take_question() : set_axes({});
        return;
    }
    try {
        std::vector<ParallelAxis> axes;
        for (const AxisLook& look : axes_of(kept)) {
            axes.push_back({.column = look.column, .inverted = look.inverted, .logarithmic = look.logarithmic});
        }
        set_axes(std::move(axes));
    } catch (const InputError&) {
        // Reading a session refuses such a text.
    }
}

/// Axes that a person did not set up here.
void ParallelView::set_axes(std::vector<ParallelAxis> axes)
{
    taking_ = true;
    plot_->set_axes(std::move(axes));
    taking_ = false;
    taken_ = axes_text();
}

/// What varies in the space: objectives first, then dimensions and formats.
void ParallelView::take_question()
{
    const DesignRows& cloud = frame()->cloud;
    std::vector<ParallelAxis> axes;
    const auto add = [&](Column column) {
        const bool there = std::ranges::find(axes, column, &ParallelAxis::column) != axes.end();
        if (!there && varies(cloud[column])) {
            const bool logarithmic = metric_of(column) && column != Column::loss && column != Column::loss_per_character;
            axes.push_back({.column = column, .inverted = false, .logarithmic = logarithmic});
        }
    };
    for (const DesignMetric objective : frame()->space->question().objectives) {
        add(column_of(objective));
    }
    add(Column::memory);
    for (std::size_t c = live_metric_count; c < column_count && axes.size() < 12; ++c) {
        add(Column(c));
    }
    if (axes.size() < 2) {
        axes = {{.column = Column::tpot}, {.column = Column::loss}};
    }
    set_axes(std::move(axes));
}

void ParallelView::show_axes()
{
    const QSignalBlocker quiet(axis_);
    axis_->clear();
    more_->clear();
    more_->addItem(tr("Add axis…"));
    for (const ParallelAxis& axis : plot_->axes()) {
        axis_->addItem(text(label(axis.column)));
    }
    axis_->setCurrentIndex(plot_->current());
    for (const Column column : all_columns()) {
        if (std::ranges::find(plot_->axes(), column, &ParallelAxis::column) == plot_->axes().end()) {
            more_->addItem(text(label(column)), int(column));
        }
    }
}

void ParallelView::show_search()
{
    // Axes that nobody set up follow the question, once its own designs are shown.
    if (plot_->axes().empty() || (kept_.empty() && asked_ != workspace().text() && !workspace().explorer().making_space())) {
        asked_ = workspace().text();
        take_question();
    }
    plot_->show_frame();
}

QString ParallelView::csv() const
{
    if (!frame()) {
        return {};
    }
    DesignTableModel table;
    table.show_all(!front_only_->isChecked());
    table.show(frame(), workspace().brushes());
    return table.csv();
}

}  // namespace slimline::gui

#include "gui/widgets/search_panel.h"

#include <cmath>

#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QVBoxLayout>

#include "base/errors.h"
#include "base/text.h"
#include "gui/widgets/file_dialog.h"
#include "gui/widgets/flow_layout.h"
#include "gui/widgets/text.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

std::string words(const QLineEdit& line)
{
    return line.text().toStdString();
}

void show_text(QLineEdit& line, const std::string& said)
{
    if (words(line) != said) {
        line.setText(text(said));
        line.setCursorPosition(0);
    }
}

/// Laws that give a loss, as a search needs one.
QStringList loss_laws()
{
    QStringList names;
    for (const std::string& id : law_ids()) {
        const LawGives gives = load_law(id).gives();
        if (gives == LawGives::loss || gives == LawGives::multiplier) {
            names += text(id);
        }
    }
    return names;
}

}  // namespace

SearchPanel::SearchPanel(SearchWorkspace& workspace, QWidget* parent) : SessionView(workspace.session(), parent), workspace_(workspace)
{
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto* scroll = new QScrollArea(this);
    scroll->setAccessibleName(tr("Question of the search"));
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* page = new QWidget(scroll);
    auto* grid = new QGridLayout(page);
    grid->setContentsMargins(scaled(6), scaled(4), scaled(6), scaled(4));
    grid->setVerticalSpacing(scaled(3));
    name_ = add_line(*grid, tr("Name"), "name", {});
    for (std::size_t d = 0; d < dimension_count; ++d) {
        dimensions_[d] = add_line(*grid, text(label(column_of(Dimension(d)))), text(word(Dimension(d))), tr("8..36 step 2, or 64, 128, or a formula"));
    }
    weights_ = add_line(*grid, tr("Weights"), "weights", tr("Q4_K_M, Q8_0"));
    kv_cache_ = add_line(*grid, tr("KV cache"), "kv_cache", tr("F16, Q8_0"));
    helpers_ = add_lines(*grid, tr("Helpers"), "helpers", tr("gqa = 1, 2, 4"));
    constraints_ = add_lines(*grid, tr("Constraints"), "constraints", tr("d_ffn >= d_model"));
    add_objectives(*grid);
    limits_ = add_lines(*grid, tr("Limits"), "limits", tr("tpot_s <= 0.02"));
    law_ = new QComboBox(page);
    law_->setObjectName("search.law");
    law_->setAccessibleName(tr("Quality law"));
    law_->addItems(loss_laws());
    law_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    law_->setMinimumContentsLength(8);
    grid->addWidget(new QLabel(tr("Quality law"), page), grid->rowCount(), 0);
    grid->addWidget(law_, grid->rowCount() - 1, 1);
    connect(law_, &QComboBox::activated, this, &SearchPanel::apply);
    tokens_ = add_line(*grid, tr("Training tokens"), "tokens", "1e12");
    grid->setRowStretch(grid->rowCount(), 1);
    grid->setColumnStretch(1, 1);
    scroll->setWidget(page);
    outer->addWidget(scroll, 1);
    add_buttons(*outer);
    connect(&workspace_, &SearchWorkspace::question_changed, this, [this] { show_soon(); });
    connect(&workspace_, &SearchWorkspace::failed, this, &SearchPanel::show_problem);
    connect(&workspace_, &SearchWorkspace::told, this, &SearchPanel::show_note);
    for (const auto signal : {&SearchJob::started, &SearchJob::progressed}) {
        connect(&workspace_.job(), signal, this, &SearchPanel::show_progress);
    }
    connect(&workspace_.job(), &SearchJob::finished, this, &SearchPanel::show_progress);
    connect(&workspace_.job(), &SearchJob::failed, this, &SearchPanel::show_progress);
}

QLineEdit* SearchPanel::add_line(QGridLayout& grid, const QString& name, const QString& id, const QString& hint)
{
    auto* caption = new QLabel(name, this);
    auto* line = new QLineEdit(this);
    line->setObjectName("search." + id);
    line->setAccessibleName(name);
    line->setPlaceholderText(hint);
    line->setMinimumWidth(scaled(60));
    caption->setBuddy(line);
    const int row = grid.rowCount();
    grid.addWidget(caption, row, 0);
    grid.addWidget(line, row, 1);
    connect(line, &QLineEdit::editingFinished, this, &SearchPanel::apply);
    connect(line, &QLineEdit::textEdited, this, &SearchPanel::count);
    return line;
}

QPlainTextEdit* SearchPanel::add_lines(QGridLayout& grid, const QString& name, const QString& id, const QString& hint)
{
    auto* caption = new QLabel(name, this);
    auto* lines = new QPlainTextEdit(this);
    lines->setObjectName("search." + id);
    lines->setAccessibleName(name);
    lines->setPlaceholderText(hint);
    lines->setTabChangesFocus(true);
    const int around = 2 * (lines->frameWidth() + int(std::ceil(lines->document()->documentMargin())));
    lines->setFixedHeight(3 * (QFontMetrics(text_font()).lineSpacing() + 1) + around + scaled(2));  // three lines without a scroll bar
    caption->setBuddy(lines);
    const int row = grid.rowCount();
    grid.addWidget(caption, row, 0, Qt::AlignTop);
    grid.addWidget(lines, row, 1);
    connect(lines, &QPlainTextEdit::textChanged, this, &SearchPanel::count);
    return lines;
}

void SearchPanel::add_objectives(QGridLayout& grid)
{
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
        auto* box = new QComboBox(this);
        box->setObjectName(QString("search.objective%1").arg(i + 1));
        box->setAccessibleName(tr("Objective %1").arg(i + 1));
        box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
        box->setMinimumContentsLength(8);
        box->addItem(i == 0 ? tr("choose one") : tr("none"), -1);
        for (std::size_t m = 0; m < live_metric_count; ++m) {
            box->addItem(text(label(Column(m))), int(m));
        }
        const int row = grid.rowCount();
        grid.addWidget(new QLabel(tr("Objective %1").arg(i + 1), this), row, 0);
        grid.addWidget(box, row, 1);
        connect(box, &QComboBox::activated, this, &SearchPanel::apply);
        objectives_[i] = box;
    }
}

void SearchPanel::add_buttons(QLayout& box)
{
    count_ = new QLabel(this);
    count_->setObjectName("search.count");
    count_->setWordWrap(true);
    message_ = new QLabel(this);
    message_->setObjectName("search.message");
    message_->setWordWrap(true);
    message_->setTextInteractionFlags(Qt::TextSelectableByMouse);
    message_->setAccessibleName(tr("Message of the search"));
    for (QLabel* label : {count_, message_}) {
        label->setContentsMargins(scaled(6), 0, scaled(6), 0);
    }
    progress_ = new QProgressBar(this);
    progress_->setObjectName("search.progress");
    progress_->setAccessibleName(tr("Progress of the search"));
    progress_->hide();
    box.addWidget(count_);
    box.addWidget(message_);
    box.addWidget(progress_);
    auto* row = new FlowLayout(scaled(6));
    const auto add = [&](const QString& name, const QString& id, auto&& run) {
        auto* button = new QPushButton(name, this);
        button->setObjectName("search." + id);
        button->setAccessibleName(name);
        connect(button, &QPushButton::clicked, this, run);
        row->addWidget(button);
        return button;
    };
    run_ = add(tr("Run search"), "run", [this] {
        apply();
        if (!is_problem_) {
            workspace_.run();
        }
    });
    cancel_ = add(tr("Cancel"), "cancel", [this] { workspace_.job().cancel(); });
    cancel_->setEnabled(false);
    add(tr("Open…"), "open", [this] { open_dialog(); });
    add(tr("Save…"), "save", [this] { save_dialog(); });
    auto* holder = new QWidget(this);
    row->setContentsMargins(scaled(6), 0, scaled(6), scaled(4));
    holder->setLayout(row);
    box.addWidget(holder);
}

SearchForm SearchPanel::form() const
{
    SearchForm form{.name = words(*name_), .weights = words(*weights_), .kv_cache = words(*kv_cache_)};
    for (std::size_t d = 0; d < dimension_count; ++d) {
        form.dimensions[d] = words(*dimensions_[d]);
    }
    form.helpers = helpers_->toPlainText().toStdString();
    form.constraints = constraints_->toPlainText().toStdString();
    form.limits = limits_->toPlainText().toStdString();
    for (const QComboBox* box : objectives_) {
        if (box->currentData().toInt() >= 0) {
            form.objectives.push_back(DesignMetric(box->currentData().toInt()));
        }
    }
    form.law = law_->currentText().toStdString();
    form.tokens = words(*tokens_);
    return form;
}

void SearchPanel::show_state()
{
    if (workspace_.text().empty()) {
        show_note(tr("No search is open: open a search/1 file, as examples/search-million.json."));
        return;
    }
    const SearchForm form = form_of(workspace_.text());
    show_text(*name_, form.name);
    for (std::size_t d = 0; d < dimension_count; ++d) {
        show_text(*dimensions_[d], form.dimensions[d]);
    }
    show_text(*weights_, form.weights);
    show_text(*kv_cache_, form.kv_cache);
    for (const auto& [edit, said] : {std::pair{helpers_, &form.helpers}, {constraints_, &form.constraints}, {limits_, &form.limits}}) {
        const QString lines = text(*said).trimmed();  // an empty last line would want room
        if (edit->toPlainText().trimmed() != lines) {
            const QSignalBlocker quiet(edit);
            edit->setPlainText(lines);
        }
    }
    for (std::size_t i = 0; i < objectives_.size(); ++i) {
        objectives_[i]->setCurrentIndex(i < form.objectives.size() ? int(form.objectives[i]) + 1 : 0);
    }
    law_->setCurrentIndex(std::max(0, law_->findText(text(form.law))));
    show_text(*tokens_, form.tokens);
    show_note(workspace_.notice());
    count();
}

void SearchPanel::apply()
{
    if (workspace_.text().empty()) {
        return;
    }
    try {
        const std::string next = with_form(workspace_.text(), form());
        is_problem_ = false;
        // What was typed may be the same question in other words.
        if (parse_json("form", next).root != parse_json("form", workspace_.text()).root) {
            workspace_.change(next);
        }
        if (!is_problem_) {
            show_note(workspace_.notice());
        }
    } catch (const InputError& error) {
        show_problem(text(error.what()));
    }
}

/// How many candidates the form as typed has; counted beside the window's thread.
void SearchPanel::count()
{
    std::string next;
    try {
        next = with_form(workspace_.text(), form());
    } catch (const InputError& error) {
        count_->setText(text(error.what()));
        return;
    }
    counting_.ask(
        [this, next](const std::stop_token&) {
            QString said;
            try {
                const SearchQuestion question = question_of("form", next);
                const double designs = design_count(question, product_of(question.space));
                said = tr("%1 candidates").arg(text(display_count(designs)));
                if (designs > most_live_designs) {
                    said += tr(": a sample is shown live, run the search for the front");
                }
            } catch (const std::exception& error) {
                said = text(error.what());
            }
            QMetaObject::invokeMethod(this, [this, said] { count_->setText(said); });
        },
        std::chrono::milliseconds(80));
}

void SearchPanel::show_progress()
{
    const SearchJob& job = workspace_.job();
    const SearchProgress& p = job.progress();
    progress_->setVisible(job.running());
    run_->setEnabled(!job.running());
    cancel_->setEnabled(job.running());
    progress_->setRange(0, 1000);
    progress_->setValue(int(1000 * p.share));
    progress_->setFormat(tr("%p %, %1 left").arg(text(display(Seconds{p.seconds_left}))));
    if (job.running()) {
        show_note(tr("%1 candidates/s; front %L2").arg(text(display_count(p.candidates_per_second))).arg(qulonglong(p.front)));
    }
}

QString SearchPanel::problem() const
{
    return is_problem_ ? message_->text() : QString{};
}

void SearchPanel::show_problem(const QString& message)
{
    is_problem_ = true;
    QPalette ink = palette();
    ink.setColor(QPalette::WindowText, theme().bad);
    message_->setPalette(ink);
    message_->setText(message);
    message_->setAccessibleName(tr("Problem: %1").arg(message));
}

void SearchPanel::show_note(const QString& message)
{
    is_problem_ = false;
    message_->setPalette(palette());
    message_->setText(message);
    message_->setAccessibleName(message.isEmpty() ? tr("Message of the search") : message);
}

void SearchPanel::open_dialog()
{
    const QStringList chosen = ask_files(*this, {.title = tr("Open a search"), .filters = tr("Searches (*.json)")});
    if (!chosen.isEmpty()) {
        workspace_.open_file(chosen.front().toStdString());
    }
}

void SearchPanel::save_dialog()
{
    const QStringList chosen =
        ask_files(*this, {.title = tr("Save the search"), .filters = tr("Searches (*.json)"), .name = "search.json", .write = true});
    if (!chosen.isEmpty()) {
        workspace_.save(chosen.front().toStdString());
    }
}

}  // namespace slimline::gui

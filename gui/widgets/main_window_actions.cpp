// What the frame's menus do.

#include <algorithm>

#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QDragEnterEvent>
#include <QInputDialog>
#include <QMenu>
#include <QMenuBar>
#include <QMimeData>
#include <QDockWidget>

#include "base/errors.h"
#include "gui/viewmodel/autosave.h"
#include "gui/viewmodel/copied_command.h"
#include "gui/viewmodel/opened_files.h"
#include "gui/viewmodel/report.h"
#include "gui/viewmodel/search_workspace.h"
#include "gui/viewmodel/session_json.h"
#include "gui/widgets/exporting.h"
#include "gui/widgets/file_dialog.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/palette.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

constexpr int scales[] = {100, 125, 150, 175, 200};

}  // namespace

void MainWindow::add_file_actions()
{
    const auto add = [&](const char* id, const QString& text, const QKeySequence& keys, std::function<void()> run, bool dialog) {
        actions_->add({.id = id, .menu = "File", .text = text, .shortcut = keys, .run = std::move(run), .opens_dialog = dialog});
    };
    add("file.open", tr("Open..."), QKeySequence::Open, [this] { ask_open(); }, true);
    recent_ = menuBar()->findChild<QMenu*>("File")->addMenu(tr("Open recent"));
    connect(recent_, &QMenu::aboutToShow, this, &MainWindow::show_recent);
    add("file.save", tr("Save session"), QKeySequence::Save, [this] { save(); }, true);
    add("file.save_as", tr("Save session as..."), QKeySequence("Ctrl+Shift+S"), [this] { ask_save(); }, true);
    add("file.export", tr("Export the view in front..."), QKeySequence("Ctrl+E"), [this] { ask_export(); }, true);
    add("file.example", tr("Open the worked example"), {}, [this] {
        SessionState example = worked_example();
        example.opening = new_opening({});
        session_.take_state(std::move(example), "example");
    }, false);
    add("file.quit", tr("Quit"), QKeySequence("Ctrl+Q"), [this] { close(); }, true);
}

void MainWindow::add_edit_actions()
{
    const auto add = [&](const char* id, const QString& text, const QKeySequence& keys, std::function<void()> run) {
        actions_->add({.id = id, .menu = "Edit", .text = text, .shortcut = keys, .run = std::move(run)});
    };
    add("edit.undo", tr("Undo"), QKeySequence("Ctrl+Z"), [this] { session_.undo(); });
    add("edit.redo", tr("Redo"), QKeySequence("Ctrl+Shift+Z"), [this] { session_.redo(); });
    add("edit.pin", tr("Pin this design"), QKeySequence("Ctrl+P"), [this] { pin_present(); });
    add("edit.unpin", tr("Unpin the last design"), QKeySequence("Ctrl+Shift+P"), [this] {
        session_.state().pinned.empty() ? void() : session_.unpin(session_.state().pinned.size() - 1);
    });
    add("edit.take_pinned", tr("Go back to the last pinned design"), {}, [this] {
        session_.state().pinned.empty() ? void() : session_.take_pinned(session_.state().pinned.size() - 1);
    });
    add("edit.reset", tr("Reset model and device"), {}, [this] {
        SessionState state = session_.state();
        state.scenario.arch = state.base_arch;
        state.scenario.device = state.base_device;
        session_.take_state(std::move(state), "reset");
    });
    add("edit.copy_command", tr("Copy as command"), QKeySequence("Ctrl+Shift+C"), [this] { copy_as_command(); });
    add("edit.copy_report", tr("Copy as Markdown report"), {}, [this] {
        QApplication::clipboard()->setText(QString::fromStdString(markdown_report(session_.state(), session_.prediction())));
    });
}

void MainWindow::add_view_actions()
{
    for (const Theme* each : themes()) {
        const std::string id(each->id);
        actions_->add({.id = QString::fromStdString("theme." + id), .menu = "View",
                       .text = tr("%1 theme").arg(QString::fromUtf8(each->name.data(), qsizetype(each->name.size()))),
                       .run = [this, id] { set_theme(id); }});
    }
    const auto step = [this](int direction) {
        const auto at = std::ranges::find(scales, session_.state().view.scale_percent) - std::begin(scales);
        set_scale(scales[std::clamp<std::ptrdiff_t>(at + direction, 0, std::ptrdiff_t(std::size(scales)) - 1)]);
    };
    actions_->add({.id = "view.larger", .menu = "View", .text = tr("Larger"), .shortcut = QKeySequence("Ctrl++"), .run = [step] { step(1); }});
    actions_->add({.id = "view.smaller", .menu = "View", .text = tr("Smaller"), .shortcut = QKeySequence("Ctrl+-"), .run = [step] { step(-1); }});
    actions_->add({.id = "view.usual_size", .menu = "View", .text = tr("Usual size"), .shortcut = QKeySequence("Ctrl+0"), .run = [this] { set_scale(100); }});
}

void MainWindow::add_help_actions()
{
    actions_->add({.id = "help.palette", .menu = "Help", .text = tr("Find a command..."), .shortcut = QKeySequence("Ctrl+K"),
                   .run = [this] { CommandPalette(*actions_, this).exec(); }, .opens_dialog = true});
    actions_->add({.id = "help.shortcuts", .menu = "Help", .text = tr("Shortcuts..."), .shortcut = QKeySequence("F1"),
                   .run = [this] { ShortcutList(*actions_, this).exec(); }, .opens_dialog = true});
}

void MainWindow::show_recent()
{
    recent_->clear();
    for (const std::string& file : recent_files(folder_)) {
        recent_->addAction(QString::fromStdString(file), this, [this, file] { take_files({file}); });
    }
    if (recent_->isEmpty()) {
        recent_->addAction(tr("none yet"))->setEnabled(false);
    }
}

void MainWindow::set_theme(const std::string& id)
{
    ViewState view = session_.state().view;
    view.theme = id;
    session_.set_view(std::move(view));
}

void MainWindow::set_scale(int percent)
{
    ViewState view = session_.state().view;
    view.scale_percent = percent;
    session_.set_view(std::move(view));
}

void MainWindow::pin_present()
{
    session_.pin(free_name(session_.state(), session_.scenario()));
}

QString MainWindow::copy_as_command()
{
    const SessionState& state = session_.state();
    const QWidget* front = view_in_front();
    if (front == view(tr("Compare")) && !state.pinned.empty()) {
        return copy(copied_comparison(state, files_of_commands()));
    }
    if (front == view(tr("Why"))) {
        return copy(copied_explanation(state.scenario, state.calibration_choice, files_of_commands()));
    }
    if (front == view(tr("Curves"))) {
        return copy(copied_curves(state, files_of_commands()));
    }
    return copy(copied_command(state.scenario, state.calibration_choice, files_of_commands()));
}

QString MainWindow::copy(const CopiedCommand& command)
{
    try {
        command.write_files();
    } catch (const std::exception& error) {
        show_message(QString::fromUtf8(error.what()));
        return {};
    }
    const QString text = QString::fromStdString(command.text());
    QApplication::clipboard()->setText(text);
    show_message(tr("copied: %1").arg(text));
    return text;
}

bool MainWindow::take_files(const std::vector<std::string>& paths)
{
    if (paths.empty()) {
        return false;
    }
    OpenedFiles opened;
    try {
        opened = open_files(session_.state(), paths);
    } catch (const InputError& error) {
        show_message(QString::fromUtf8(error.what()));
        return false;
    }
    if (!opened.session.empty()) {
        opened.state.opening = new_opening(opened.session);
    }
    if (!session_.take_state(std::move(opened.state), "open")) {
        return false;
    }
    if (!opened.session.empty()) {
        // By itself: docks and all that they show take as long as the rest, and neither is to hold the window up.
        QMetaObject::invokeMethod(this, [this] { restore_layout(); }, Qt::QueuedConnection);
    }
    if (opened.found) {
        search_->show_found(std::move(opened.found->designs));
        show_message(QString::fromStdString(opened.note));
    }
    remember_file(folder_, opened.session.empty() ? paths.front() : opened.session);
    if (opened.pinned) {
        raise_view(tr("Compare"));
    }
    return true;
}

int MainWindow::new_opening(const std::string& path)
{
    files_[++openings_] = path;
    return openings_;
}

std::string MainWindow::file() const
{
    const auto found = files_.find(session_.state().opening);
    return found == files_.end() ? std::string{} : found->second;
}

void MainWindow::save()
{
    const std::string path = file();
    path.empty() ? ask_save() : void(save_to(path));
}

bool MainWindow::save_to(const std::string& path)
{
    try {
        save_session(path, whole_state());
    } catch (const InputError& error) {
        show_message(QString::fromUtf8(error.what()));
        return false;
    }
    set_file(path);
    remember_file(folder_, path);
    show_message(tr("saved: %1").arg(QString::fromStdString(path)));
    return true;
}

QWidget* MainWindow::view_in_front() const
{
    for (QDockWidget* dock : docks_) {
        if (dock->isAncestorOf(QApplication::focusWidget())) {
            return dock->widget();
        }
    }
    return nullptr;
}

bool MainWindow::export_to(const std::string& path, double times)
{
    QWidget* front = view_in_front();
    try {
        export_file(front != nullptr ? *front : *this, session_, path, times);
    } catch (const InputError& error) {
        show_message(QString::fromUtf8(error.what()));
        return false;
    }
    show_message(tr("written: %1").arg(QString::fromStdString(path)));
    return true;
}

void MainWindow::ask_open()
{
    std::vector<std::string> paths;
    for (const QString& each : ask_files(*this, {.title = tr("Open sessions, models, devices or searches"),
                                                 .filters = tr("JSON and GGUF (*.json *.gguf);;All files (*)"),
                                                 .many = true})) {
        paths.push_back(each.toStdString());
    }
    take_files(paths);
}

void MainWindow::ask_save()
{
    const QStringList chosen = ask_files(*this, {.title = tr("Save session"), .filters = tr("Session (*.json)"), .name = "session.json", .write = true});
    if (!chosen.isEmpty()) {
        save_to(chosen.front().toStdString());
    }
}

void MainWindow::ask_export()
{
    const QString kinds = tr("Picture (*.png);;PDF (*.pdf);;SVG (*.svg);;Rows (*.csv);;Report (*.md)");
    const QStringList chosen = ask_files(*this, {.title = tr("Export"), .filters = kinds, .name = "slimline.png", .write = true});
    if (chosen.isEmpty()) {
        return;
    }
    const QString& path = chosen.front();
    bool wanted = true;
    int times = 1;
    if (path.endsWith(".png", Qt::CaseInsensitive)) {
        times = QInputDialog::getInt(this, tr("Export"), tr("Pixels in the picture for each on screen, 1 to 4:"), 2, 1, 4, 1, &wanted);
    }
    if (wanted) {
        export_to(path.toStdString(), times);
    }
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls()) {
        event->acceptProposedAction();
    }
}

void MainWindow::dropEvent(QDropEvent* event)
{
    std::vector<std::string> paths;
    for (const QUrl& url : event->mimeData()->urls()) {
        if (url.isLocalFile()) {
            paths.push_back(url.toLocalFile().toStdString());
        }
    }
    event->acceptProposedAction();
    paths.empty() ? show_message(tr("only files of this machine can be opened")) : void(take_files(paths));
}

}  // namespace slimline::gui

#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <QMainWindow>

#include "gui/viewmodel/session.h"
#include "gui/widgets/actions.h"

class QDockWidget;
class QMenu;

namespace slimline::gui {

class SearchWorkspace;
class StillLabel;
struct CopiedCommand;

/// Where a view's dock stands at first; people move them.
enum class Place { left, upper, lower };

/// The frame: docks of views, menus, files, status. Views know the session, not each other.
class MainWindow : public QMainWindow {
    Q_OBJECT

 public:
    explicit MainWindow(Session& session, QWidget* parent = nullptr);
    ~MainWindow() override;

    Session& session() { return session_; }
    Actions& actions() { return *actions_; }

    /// Puts a view into a dock of that name and adds an action that brings it to the front.
    QDockWidget& add_view(const QString& name, QWidget* view, Place place);
    const std::vector<QDockWidget*>& docks() const { return docks_; }
    QWidget* view(const QString& name) const;
    QStringList view_names() const;
    void raise_view(const QString& name);
    /// The one that the focus is in; nothing where it is in none.
    QWidget* view_in_front() const;

    /// A line in the status bar, for what went wrong until the next change, or for figures of a view.
    void show_message(const QString& message);
    void show_measure(const QString& measure);
    QString last_message() const { return message_; }

    /// Files that were dropped or named (open_files() says what becomes of several). Those that cannot be used change
    /// nothing, and the first of them says why.
    bool take_files(const std::vector<std::string>& paths);
    /// The file that "Save session" writes: the one that the present session was opened from or saved to; empty: none.
    std::string file() const;
    void set_file(std::string path) { files_[session_.state().opening] = std::move(path); }
    bool save_to(const std::string& path);
    bool export_to(const std::string& path, double times = 1);

    /// The session together with how the docks stand.
    SessionState whole_state() const;

    /// Where recent files and copied designs are kept.
    void set_folder(std::filesystem::path folder) { folder_ = std::move(folder); }

    /// The CLI call for what is on screen: for the view in front where that shows more than one prediction; writes the files
    /// that it names.
    QString copy_as_command();
    /// Writes what it names, and puts it on the clipboard; empty where that failed.
    QString copy(const CopiedCommand& command);
    std::filesystem::path files_of_commands() const { return folder_ / "commands"; }

 Q_SIGNALS:
    void first_painted();
    void closed();

 protected:
    void showEvent(QShowEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

 private:
    void add_core_views();
    void add_file_actions();
    void add_edit_actions();
    void add_view_actions();
    void add_help_actions();
    void put_into_menu(const ActionInfo& info, QAction& action);
    void show_recent();
    void show_state(int parts);
    void apply_view();
    void restore_layout();
    void set_theme(const std::string& id);
    void set_scale(int percent);
    void pin_present();
    int new_opening(const std::string& path);
    void save();
    void ask_open();
    void ask_save();
    void ask_export();
    QDockWidget* dock_named(const QString& name) const;

    Session& session_;
    Actions* actions_;
    std::vector<QDockWidget*> docks_;
    SearchWorkspace* search_ = nullptr;
    QDockWidget* first_upper_ = nullptr;
    QDockWidget* first_lower_ = nullptr;
    StillLabel* measure_ = nullptr;
    QMenu* recent_ = nullptr;
    std::filesystem::path folder_;
    std::map<int, std::string> files_;  // that each opening's session was read from or saved to
    int openings_ = 0;
    QString message_;
    bool laid_out_ = false;
    bool painted_ = false;
    std::string theme_;
    int scale_percent_ = 0;
};

}  // namespace slimline::gui

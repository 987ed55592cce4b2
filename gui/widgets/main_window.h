#pragma once

#include <functional>
#include <vector>

#include <QMainWindow>

#include "gui/viewmodel/session.h"
#include "gui/widgets/actions.h"

class QDockWidget;
class QLabel;

namespace slimline::gui {

/// Where a view's dock stands at first; people move them.
enum class Place { left, upper, lower };

/// The frame: docks of views, menus, status. Views know the session, not each other.
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
    void raise_view(const QString& name);

    /// A line in the status bar, for what went wrong until the next change, or for figures of a view.
    void show_message(const QString& message);
    void show_measure(const QString& measure);

 Q_SIGNALS:
    void first_painted();

 protected:
    void paintEvent(QPaintEvent* event) override;

 private:
    void add_core_views();
    void add_core_actions();
    void show_state(int parts);
    void apply_view();

    Session& session_;
    Actions* actions_;
    std::vector<QDockWidget*> docks_;
    QDockWidget* first_upper_ = nullptr;
    QDockWidget* first_lower_ = nullptr;
    QLabel* measure_ = nullptr;
    bool painted_ = false;
    std::string theme_;
    int scale_percent_ = 0;
};

}  // namespace slimline::gui

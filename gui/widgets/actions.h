#pragma once

#include <functional>
#include <string>
#include <vector>

#include <QKeySequence>
#include <QObject>
#include <QString>

class QAction;
class QWidget;

namespace slimline::gui {

/// Something that a person can do, as menus, the palette (Ctrl+K) and the list of shortcuts (F1) show it.
struct ActionInfo {
    QString id{};    // "view.undo"; unique
    QString menu{};  // "Edit"; empty: only in the palette
    QString text{};
    QKeySequence shortcut{};
    std::function<void()> run{};
    bool checkable = false;
    bool opens_dialog = false;  // waits for a person: a test that runs all actions leaves it out
};

/// The table of all actions. Every view registers its own here, so that nothing is reachable by mouse alone.
class Actions : public QObject {
    Q_OBJECT

 public:
    /// Shortcuts work in `window` and below it.
    explicit Actions(QWidget& window);

    /// The action, for a menu or a button; its name is the id.
    QAction& add(ActionInfo info);
    QAction* find(const QString& id) const;
    const std::vector<std::pair<ActionInfo, QAction*>>& all() const { return all_; }

 Q_SIGNALS:
    void added(const ActionInfo& info, QAction& action);

 private:
    QWidget& window_;
    std::vector<std::pair<ActionInfo, QAction*>> all_;
};

}  // namespace slimline::gui

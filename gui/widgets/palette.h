#pragma once

#include <QDialog>

class QLineEdit;
class QListWidget;

namespace slimline::gui {

class Actions;

/// Ctrl+K: every action by a few of its letters.
class CommandPalette : public QDialog {
    Q_OBJECT

 public:
    CommandPalette(Actions& actions, QWidget* parent);

 protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

 private:
    void show_matches(const QString& typed);
    void run_chosen();

    Actions& actions_;
    QLineEdit* typed_ = nullptr;
    QListWidget* list_ = nullptr;
};

/// F1: all actions with their shortcuts.
class ShortcutList : public QDialog {
    Q_OBJECT

 public:
    ShortcutList(Actions& actions, QWidget* parent);
};

}  // namespace slimline::gui

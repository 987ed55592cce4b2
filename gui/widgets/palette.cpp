#include "gui/widgets/palette.h"

#include <QAction>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QTableWidget>
#include <QTimer>
#include <QVBoxLayout>

#include "gui/widgets/actions.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/view_keys.h"

namespace slimline::gui {

namespace {

/// All words of what was typed are in the text, in any order.
bool matches(const QString& text, const QString& typed)
{
    for (const QString& word : typed.split(' ', Qt::SkipEmptyParts)) {
        if (!text.contains(word, Qt::CaseInsensitive)) {
            return false;
        }
    }
    return true;
}

}  // namespace

CommandPalette::CommandPalette(Actions& actions, QWidget* parent) : QDialog(parent), actions_(actions)
{
    setWindowTitle(tr("Commands"));
    setAccessibleName(tr("Commands"));
    typed_ = new QLineEdit(this);
    typed_->setAccessibleName(tr("Find a command"));
    typed_->setPlaceholderText(tr("type a few letters of what to do"));
    typed_->installEventFilter(this);
    list_ = new QListWidget(this);
    list_->setAccessibleName(tr("Commands that match"));
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(typed_);
    layout->addWidget(list_);
    resize(scaled(480), scaled(360));
    connect(typed_, &QLineEdit::textChanged, this, &CommandPalette::show_matches);
    connect(typed_, &QLineEdit::returnPressed, this, &CommandPalette::run_chosen);
    connect(list_, &QListWidget::itemActivated, this, &CommandPalette::run_chosen);
    show_matches({});
}

void CommandPalette::show_matches(const QString& typed)
{
    list_->clear();
    for (const auto& [info, action] : actions_.all()) {
        if (action->isEnabled() && matches(info.menu + " " + action->text(), typed)) {
            const QString keys = action->shortcut().toString(QKeySequence::NativeText);
            auto* item = new QListWidgetItem(action->text() + (keys.isEmpty() ? QString{} : "    " + keys), list_);
            item->setData(Qt::UserRole, info.id);
        }
    }
    list_->setCurrentRow(0);
}

// The action runs after this dialog is gone: it may open one of its own.
void CommandPalette::run_chosen()
{
    if (const QListWidgetItem* item = list_->currentItem()) {
        QAction* action = actions_.find(item->data(Qt::UserRole).toString());
        accept();
        QTimer::singleShot(0, action, &QAction::trigger);
    }
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == typed_ && event->type() == QEvent::KeyPress) {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Up || key == Qt::Key_Down) {
            const int row = list_->currentRow() + (key == Qt::Key_Up ? -1 : 1);
            list_->setCurrentRow(std::clamp(row, 0, std::max(0, list_->count() - 1)));
            return true;
        }
    }
    return QDialog::eventFilter(watched, event);
}

ShortcutList::ShortcutList(Actions& actions, QWidget* parent) : QDialog(parent)
{
    setWindowTitle(tr("Shortcuts"));
    setAccessibleName(tr("Shortcuts"));
    auto* table = new QTableWidget(int(actions.all().size() + view_keys().size()), 2, this);
    table->setAccessibleName(tr("Actions and their shortcuts"));
    table->setHorizontalHeaderLabels({tr("what it does"), tr("keys")});
    table->verticalHeader()->hide();
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setShowGrid(false);
    table->setTabKeyNavigation(false);
    int row = 0;
    for (const auto& [info, action] : actions.all()) {
        table->setItem(row, 0, new QTableWidgetItem((info.menu.isEmpty() ? QString{} : info.menu + ": ") + action->text()));
        table->setItem(row++, 1, new QTableWidgetItem(action->shortcut().toString(QKeySequence::NativeText)));
    }
    for (const ViewKeyInfo& info : view_keys()) {
        table->setItem(row, 0, new QTableWidgetItem(tr(info.text)));
        table->setItem(row++, 1, new QTableWidgetItem(QKeySequence(info.key).toString(QKeySequence::NativeText)));
    }
    table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* layout = new QVBoxLayout(this);
    layout->addWidget(table);
    layout->addWidget(buttons);
    resize(scaled(520), scaled(520));
}

}  // namespace slimline::gui

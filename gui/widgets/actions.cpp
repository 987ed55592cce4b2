#include "gui/widgets/actions.h"

#include <QAction>
#include <QWidget>

namespace slimline::gui {

Actions::Actions(QWidget& window) : QObject(&window), window_(window) {}

QAction& Actions::add(ActionInfo info)
{
    Q_ASSERT(find(info.id) == nullptr);
    auto* action = new QAction(info.text, &window_);
    action->setObjectName(info.id);
    action->setShortcut(info.shortcut);
    action->setShortcutContext(Qt::WindowShortcut);
    action->setCheckable(info.checkable);
    connect(action, &QAction::triggered, this, [run = info.run] { run(); });
    window_.addAction(action);
    all_.emplace_back(std::move(info), action);
    Q_EMIT added(all_.back().first, *action);
    return *action;
}

QAction* Actions::find(const QString& id) const
{
    for (const auto& [info, action] : all_) {
        if (info.id == id) {
            return action;
        }
    }
    return nullptr;
}

}  // namespace slimline::gui

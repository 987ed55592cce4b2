#include "gui/widgets/session_view.h"

#include <QEvent>
#include <QTimer>

namespace slimline::gui {

SessionView::SessionView(Session& session, QWidget* parent) : QWidget(parent), session_(session)
{
    connect(&session, &Session::changed, this, [this](int changed) {
        if ((changed & parts()) != 0) {
            show_soon();
        }
    });
}

bool SessionView::in_sight() const
{
    if (!isVisible() || !visibleRegion().isEmpty()) {
        return isVisible();
    }
    // Its own children may cover all of it.
    const QWidget* uppermost = window()->childAt(mapTo(window(), rect().center()));
    return !rect().isEmpty() && uppermost != nullptr && (uppermost == this || isAncestorOf(uppermost));
}

void SessionView::show_soon()
{
    behind_ = true;
    if (in_sight()) {
        plan();
    }
}

void SessionView::plan()
{
    if (!planned_) {
        planned_ = true;
        QTimer::singleShot(0, this, [this] {
            planned_ = false;
            if (!in_sight()) {
                return;
            }
            behind_ ? catch_up() : has_more() ? show_more() : void();
            if (has_more()) {
                plan();
            }
        });
    }
}

void SessionView::catch_up()
{
    if (behind_) {
        behind_ = false;
        show_state();
    }
}

void SessionView::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    plan();
}

void SessionView::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    const auto type = event->type();
    if (type == QEvent::PaletteChange || type == QEvent::FontChange || type == QEvent::StyleChange) {
        show_soon();
    }
}

}  // namespace slimline::gui

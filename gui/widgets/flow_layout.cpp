#include "gui/widgets/flow_layout.h"

#include <algorithm>

#include <QWidget>

namespace slimline::gui {

FlowLayout::~FlowLayout()
{
    for (QLayoutItem* item : items_) {
        delete item;
    }
}

QLayoutItem* FlowLayout::itemAt(int index) const
{
    return index >= 0 && index < count() ? items_[std::size_t(index)] : nullptr;
}

QLayoutItem* FlowLayout::takeAt(int index)
{
    QLayoutItem* item = itemAt(index);
    if (item != nullptr) {
        items_.erase(items_.begin() + index);
    }
    return item;
}

void FlowLayout::setGeometry(const QRect& rect)
{
    QLayout::setGeometry(rect);
    arrange(rect, true);
}

QSize FlowLayout::minimumSize() const
{
    QSize size;
    for (const QLayoutItem* item : items_) {
        size = size.expandedTo(item->minimumSize());
    }
    return size.grownBy(contentsMargins());
}

int FlowLayout::arrange(const QRect& outer, bool move) const
{
    const QMargins margins = contentsMargins();
    const QRect rect = outer.marginsRemoved(margins);
    int x = rect.x();
    int y = rect.y();
    std::vector<std::pair<QLayoutItem*, QRect>> line;
    int height = 0;
    const auto finish = [&] {
        for (auto& [item, place] : line) {
            place.moveTop(y + (height - place.height()) / 2);
            if (move) {
                item->setGeometry(place);
            }
        }
        line.clear();
    };
    for (QLayoutItem* item : items_) {
        if (item->isEmpty()) {
            continue;
        }
        const QSize size = item->sizeHint();
        if (x > rect.x() && x + size.width() > rect.right() + 1) {
            finish();
            x = rect.x();
            y += height + spacing() / 2;
            height = 0;
        }
        height = std::max(height, size.height());
        line.emplace_back(item, QRect(QPoint(x, y), size));
        x += size.width() + spacing();
    }
    finish();
    return y + height + margins.bottom() - outer.y();
}

}  // namespace slimline::gui

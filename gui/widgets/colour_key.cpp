#include "gui/widgets/colour_key.h"

#include <cmath>

#include <QPainter>

#include "gui/widgets/theme.h"

namespace slimline::gui {

ColourKey::ColourKey(QWidget* parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void ColourKey::show_range(const ColourRange& range, Column column, const SearchQuestion& question)
{
    const bool known = range.most >= range.least;
    least_ = known ? QString::fromStdString(display(column, range.least, question)) : QString{};
    most_ = known ? QString::fromStdString(display(column, range.most, question)) : QString{};
    setAccessibleName(tr("Colours: from %1 to %2").arg(least_, most_));
    // While a device moves it only grows: each new size makes the whole window ask for its places.
    const QSize room = room_for_texts();
    const bool other = column_ != column || scale_ != ui_scale();
    column_ = column;
    scale_ = ui_scale();
    if (other || room.width() > room_.width()) {
        room_ = room;
        updateGeometry();
    }
    update();
}

QSize ColourKey::room_for_texts() const
{
    const QFontMetrics metrics(text_font(0.92));
    return {metrics.horizontalAdvance(least_) + metrics.horizontalAdvance(most_) + scaled(90), metrics.height() + scaled(2)};
}

void ColourKey::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setFont(text_font(0.92));
    painter.setPen(theme().text);
    const QFontMetrics metrics(painter.font());
    const int left = metrics.horizontalAdvance(least_) + scaled(5);
    const int right = width() - metrics.horizontalAdvance(most_) - scaled(5);
    painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter, least_);
    painter.drawText(rect(), Qt::AlignRight | Qt::AlignVCenter, most_);
    const CloudColours colours = cloud_colours();
    for (int x = left; x < right; ++x) {
        painter.setPen(QColor(colours.scale[std::size_t(255 * (x - left) / std::max(1, right - left - 1))]));
        painter.drawLine(x, scaled(4), x, height() - scaled(4));
    }
}

}  // namespace slimline::gui

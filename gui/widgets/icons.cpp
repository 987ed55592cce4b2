#include "gui/widgets/icons.h"

#include <map>
#include <tuple>

#include <QPainter>
#include <QPainterPath>
#include <QPixmap>

#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

constexpr int size = 16;

template <class Draw>
QIcon drawn(const char* name, QColor colour, Draw&& draw)
{
    static std::map<std::tuple<std::string, std::string_view, double>, QIcon> made;
    QIcon& icon = made[{name, theme().id, ui_scale()}];
    if (icon.isNull()) {
        const double scale = ui_scale() * 2;
        QPixmap pixmap(int(size * scale), int(size * scale));
        pixmap.fill(Qt::transparent);
        QPainter painter(&pixmap);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.scale(scale, scale);
        painter.setPen(QPen(colour, 1.6, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
        draw(painter);
        painter.end();
        pixmap.setDevicePixelRatio(2);
        icon = QIcon(pixmap);
    }
    return icon;
}

}  // namespace

QIcon reset_icon()
{
    return drawn("reset", theme().muted, [](QPainter& p) {
        p.drawArc(QRectF(3, 3, 10, 10), 135 * 16, -285 * 16);
        p.drawPolyline(QPolygonF{{3.2, 1.8}, {4.2, 4.8}, {7.4, 4.6}});
    });
}

QIcon lock_icon(bool closed)
{
    return drawn(closed ? "locked" : "open", closed ? theme().accent : theme().muted, [closed](QPainter& p) {
        QPainterPath shackle;
        shackle.moveTo(5, 7);
        shackle.lineTo(5, 5);
        shackle.arcTo(QRectF(5, 2, 6, 6), 180, closed ? -180 : -140);
        if (closed) {
            shackle.lineTo(11, 7);
        }
        p.drawPath(shackle);
        closed ? p.fillRect(QRectF(3.5, 7.5, 9, 6.5), p.pen().color()) : p.drawRect(QRectF(3.5, 7.5, 9, 6.5));
    });
}

}  // namespace slimline::gui

#pragma once

#include <memory>
#include <string>
#include <vector>

#include <QWidget>

#include "gui/viewmodel/chart.h"
#include "gui/widgets/drawn.h"

namespace slimline::gui {

/// Draws charts, shows what the pointer is over, and lets handles be dragged, or moved with the keyboard (Tab chooses,
/// arrows move). The wheel zooms, a drag beside handles moves, a double click or Home goes back. The view around it shows its
/// chart again when theme or scale change.
class ChartView : public QWidget, public Drawn {
    Q_OBJECT

 public:
    ChartView(const QString& name, QWidget* parent);
    ~ChartView() override;

    void show_chart(Chart chart);
    const Chart& chart() const;

    void draw(QPainter& painter, QSize size, double ratio) override;

    /// Where a point of the chart is, in pixels of this widget: for tests.
    QPointF pixel(double x, double y) const;

    /// Where words lie that are shown beside points, in pixels of this widget: for tests.
    std::vector<QRectF> note_rects() const;

    QSize sizeHint() const override { return {300, 220}; }

 Q_SIGNALS:
    /// The handle is held at this point of the chart.
    void handle_moved(const QString& id, double x, double y);
    void handle_pressed(const QString& id);
    void handle_released(const QString& id);
    /// A click on a point that has a key, or on none of them.
    void picked(const QString& key);
    /// A step with the keyboard: up +1, down -1.
    void handle_stepped(const QString& id, int direction);

 protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

 private:
    struct Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace slimline::gui

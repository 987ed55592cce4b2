#pragma once

#include <optional>

#include <QWidget>

#include "gui/viewmodel/search_workspace.h"
#include "gui/widgets/cloud_raster.h"
#include "gui/widgets/drawn.h"

class QCustomPlot;
class QKeyEvent;
class QCPCurve;
class QCPGraph;
class QCPItemLine;
class QCPItemText;
class QRubberBand;

namespace slimline::gui {

/// What a Pareto plot draws.
struct ParetoScene {
    std::shared_ptr<const LiveFrame> frame{};
    Column x = Column::tpot;
    Column y = Column::loss;
    Column colour = Column::memory;
    bool dominated = true;
    bool logarithmic = true;
    bool limit_lines = false;
    bool intervals = true;
    std::vector<std::uint8_t> cloud_passes{};
    std::vector<std::uint8_t> front_passes{};
    Rows selected{};
    Measures session{};
};

/// The scatter itself: a cloud of squares, the front as a line with marks, its knee, the selection, the session's own
/// model, and limits as lines that are dragged. The keyboard has a cursor of its own: Shift with arrows moves it and says
/// where it is, Space sets the corners of a filter, Return picks the design there, Alt with arrows moves the filter.
class ParetoPlot : public QWidget, public Drawn {
    Q_OBJECT

 public:
    explicit ParetoPlot(QWidget* parent);

    void show_scene(ParetoScene scene);
    /// Shows everything again after the axes were zoomed or moved.
    void fit();
    void draw(QPainter& painter, QSize size, double ratio) override;
    QCustomPlot& plot() const { return *plot_; }
    const ColourRange& colours() const { return colours_; }

    /// Where a value of an axis is, in pixels of this widget (tests drag there).
    QPoint pixel_of(double x, double y) const;
    /// A filter of the axis that was moved by so many steps of the keyboard's; ends that are open stay so.
    Span moved(Column column, Span span, int steps) const;
    /// What is to be seen, for a screen reader; where the cursor is follows it.
    void describe(const QString& words);
    /// The place of a limit line, in base units.
    double limit(Column column) const;

 Q_SIGNALS:
    void picked(std::uint32_t row, bool add);
    void opened(std::uint32_t row);
    void brushed(slimline::gui::Span x, slimline::gui::Span y);
    void limit_dragged(slimline::gui::Column column, double most);
    void stepped(int places);
    /// The filter is to be moved by so many steps to the right and up.
    void brush_stepped(int right, int up);

 protected:
    bool eventFilter(QObject* object, QEvent* event) override;
    void changeEvent(QEvent* event) override;

 private:
    class Cloud;
    struct LimitLine {
        QCPItemLine* line = nullptr;
        QCPItemText* text = nullptr;
    };
    void dress_all();
    void set_ranges(bool force);
    void show_cloud();
    void show_front();
    void show_intervals();
    void show_marks();
    void show_limits();
    void place_limit(LimitLine& limit, Column column, bool vertical);
    std::optional<std::uint32_t> design_near(QPointF place) const;
    std::optional<Column> limit_near(QPointF place) const;
    double value_at(Column column, QPointF place) const;
    Span span_between(Column column, QPointF a, QPointF b) const;
    QPointF cursor_pixel() const;
    QString cursor_words() const;
    void move_cursor(int right, int up);
    void show_cursor();
    void set_corner();
    void leave_cursor();
    bool press_key(const QKeyEvent& event);
    bool press(QPointF place, Qt::MouseButton button);
    bool move(QPointF place);
    bool release(QPointF place, Qt::KeyboardModifiers modifiers);

    QCustomPlot* plot_;
    Cloud* cloud_;
    QCPGraph* front_;
    QCPGraph* dimmed_;
    QCPCurve* intervals_;
    QCPGraph* knee_;
    QCPGraph* selected_;
    QCPGraph* session_;
    QCPItemText* knee_text_;
    QCPItemText* session_text_;
    LimitLine limit_x_;
    LimitLine limit_y_;
    QRubberBand* band_;
    ParetoScene scene_;
    ColourRange colours_;
    AxisUnit x_unit_;
    AxisUnit y_unit_;
    std::optional<Column> dragged_;
    double dragged_to_ = 0;
    std::optional<QPointF> pressed_;
    std::optional<QPointF> cursor_;  // of the keyboard: shares of the axes' rectangle, from its upper left corner
    std::optional<QPointF> corner_;  // of a filter that was begun there
    QCPItemLine* cursor_x_;
    QCPItemLine* cursor_y_;
    QCPItemText* cursor_text_;
    QString words_{};
};

}  // namespace slimline::gui

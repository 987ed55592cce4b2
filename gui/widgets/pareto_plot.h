#pragma once

#include <optional>

#include <QWidget>

#include "gui/viewmodel/search_workspace.h"
#include "gui/widgets/cloud_raster.h"
#include "gui/widgets/drawn.h"

class QCustomPlot;
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
/// model, and limits as lines that are dragged.
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
    /// The place of a limit line, in base units.
    double limit(Column column) const;

 Q_SIGNALS:
    void picked(std::uint32_t row, bool add);
    void opened(std::uint32_t row);
    void brushed(slimline::gui::Span x, slimline::gui::Span y);
    void limit_dragged(slimline::gui::Column column, double most);
    void stepped(int places);

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
};

}  // namespace slimline::gui

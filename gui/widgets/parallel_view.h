#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <QImage>

#include "gui/viewmodel/latest_job.h"
#include "gui/widgets/density_raster.h"
#include "gui/widgets/drawn.h"
#include "gui/widgets/search_view.h"

class QCheckBox;
class QComboBox;
class QTimer;

namespace slimline::gui {

/// The axes themselves: a picture of all lines, the front and the selection above it, and brushes that are drawn along an
/// axis. A burst of changes draws some of the lines at once, and all when hands are still. The keyboard has a cursor on the
/// current axis: Up and Down move it, Space sets the ends of a filter, Shift with Up and Down moves the filter set last.
class ParallelPlot : public QWidget, public Drawn {
    Q_OBJECT

 public:
    ParallelPlot(SearchWorkspace& workspace, QWidget* parent);

    void draw(QPainter& painter, QSize size, double ratio) override;
    void set_axes(std::vector<ParallelAxis> axes);
    const std::vector<ParallelAxis>& axes() const { return axes_; }
    int current() const { return current_; }
    void set_current(int axis);
    void show_frame();
    void set_front_only(bool front_only);
    bool is_refined() const { return refined_; }

    void invert(int axis);
    void toggle_logarithmic(int axis);
    void move_axis(int axis, int places);
    void hide_axis(int axis);
    void show_axis(Column column);

    /// The value under the keyboard's cursor; nothing where it was not used.
    std::optional<double> cursor_value() const;
    /// Where a value stands on an axis.
    QPoint pixel_of(int axis, double value) const;
    QSize minimumSizeHint() const override;

 Q_SIGNALS:
    void axes_changed();

 protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    void changeEvent(QEvent* event) override;

 private:
    QRect lines_rect() const;
    void place_axes();
    void fit_axes(bool always);
    void draw_lines(std::size_t most);
    std::vector<std::uint32_t> chosen_rows() const;
    std::function<QImage(const std::vector<std::uint32_t>& rows)> rasteriser(double ratio) const;
    void paint(QPainter& painter, const QImage& lines, double ratio);
    void refine();
    int axis_near(int x) const;
    double value_at(int axis, int y) const;
    void paint_axis(QPainter& painter, std::size_t axis) const;
    void paint_ticks(QPainter& painter, const ParallelAxis& axis, int room) const;
    void paint_line(QPainter& painter, const DesignRows& rows, std::size_t i) const;
    void paint_selected(QPainter& painter, double ratio);
    /// In pixels of the device, so many for one of the widget.
    std::vector<ParallelAxis> axes_on(double ratio) const;
    void describe();
    void add_filter(int axis, double a, double b);
    double cursor_step() const;
    void put_cursor(double height);
    void set_end();
    void move_filter(double by);
    void leave_cursor();
    bool press_cursor_key(const QKeyEvent& event);
    void paint_cursor(QPainter& painter) const;

    SearchWorkspace& workspace_;
    std::vector<ParallelAxis> axes_;
    int current_ = 0;
    bool front_only_ = false;
    bool refined_ = false;
    std::size_t drawings_ = 0;
    QImage picture_;
    QImage selected_picture_;  // of many selected designs
    std::tuple<std::size_t, double, std::vector<std::uint32_t>, std::vector<std::uint32_t>> selected_shown_{};  // drawing, ratio and rows it was made for
    QTimer* still_;
    LatestJob rasters_{LatestJob::Pace::idle};
    int pressed_axis_ = -1;
    bool header_pressed_ = false;
    int pressed_y_ = 0;
    int moved_x_ = 0;
    std::optional<double> cursor_;  // of the keyboard: a share of the current axis, from below
    std::optional<double> end_;     // of a filter that was begun there
    int moved_y_ = 0;
    std::shared_ptr<const LiveSpace> space_;
    std::array<std::shared_ptr<const std::vector<double>>, column_count> fitted_{};  // columns whose ends the axes have
};

/// Parallel coordinates of a search: all dimensions and objectives; brush several intervals an axis, reorder, invert, log.
class ParallelView : public SearchView {
    Q_OBJECT

 public:
    ParallelView(SearchWorkspace& workspace, QWidget* parent = nullptr);
    ParallelPlot& plot() const { return *plot_; }
    QString csv() const override;

 protected:
    void show_search() override;

 private:
    std::string axes_text() const;
    void take_choice();
    void set_axes(std::vector<ParallelAxis> axes);
    void take_question();
    void show_axes();
    void add_button(const QString& name, const QString& id, const QString& help, std::function<void()> run);

    std::string kept_;   // by the session, as last seen
    std::string taken_;  // axes as they were set up last
    std::string asked_;  // the question whose axes they are
    bool taking_ = false;
    ParallelPlot* plot_ = nullptr;
    QComboBox* axis_ = nullptr;
    QComboBox* more_ = nullptr;
    QCheckBox* front_only_ = nullptr;
};

}  // namespace slimline::gui

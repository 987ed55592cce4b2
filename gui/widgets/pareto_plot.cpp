#include "gui/widgets/pareto_plot.h"

#include <algorithm>
#include <cmath>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QRubberBand>
#include <QVBoxLayout>

#include "gui/viewmodel/interval_bars.h"
#include "gui/widgets/plot.h"
#include "gui/widgets/text.h"
#include "gui/widgets/view_keys.h"

namespace slimline::gui {

namespace {

constexpr double infinite = std::numeric_limits<double>::infinity();
constexpr double cursor_step = 1 / 40.0;  // of an axis

QString axis_label(Column column, const AxisUnit& unit)
{
    return unit.name.empty() ? text(label(column)) : QString("%1 [%2]").arg(text(label(column)), text(unit.name));
}

/// Least and most of the finite values that are drawn.
Span extent(const DesignRows& rows, Column column, std::span<const PointInk> ink, bool positive)
{
    Span span{infinite, -infinite};
    const std::vector<double>& values = rows[column];
    for (std::size_t i = 0; i < values.size(); ++i) {
        if ((ink.empty() || ink[i] != PointInk::none) && std::isfinite(values[i]) && (!positive || values[i] > 0)) {
            span.least = std::min(span.least, values[i]);
            span.most = std::max(span.most, values[i]);
        }
    }
    return span;
}

Span padded(Span span, bool logarithmic)
{
    if (!(span.least <= span.most)) {
        return {logarithmic ? 0.1 : 0.0, 1};
    }
    if (logarithmic) {
        const double room = std::max(1.05, std::pow(span.most / span.least, 0.04));
        return {span.least / room, span.most * room};
    }
    const double room = span.most > span.least ? 0.04 * (span.most - span.least) : std::max(0.5, std::abs(span.most) * 0.05);
    return {span.least - room, span.most + room};
}

AxisMap map_of(const QCPAxis& axis, double unit, double pixel_ratio, QPointF origin)
{
    const bool horizontal = axis.orientation() == Qt::Horizontal;
    const double shift = horizontal ? origin.x() : origin.y();
    return {axis.range().lower * unit, axis.range().upper * unit, axis.scaleType() == QCPAxis::stLogarithmic,
            (axis.coordToPixel(axis.range().lower) - shift) * pixel_ratio,
            (axis.coordToPixel(axis.range().upper) - shift) * pixel_ratio};
}

}  // namespace

/// The cloud as one picture within the axes.
class ParetoPlot::Cloud : public QCPAbstractPlottable {
 public:
    Cloud(QCPAxis* key, QCPAxis* value) : QCPAbstractPlottable(key, value) {}

    double selectTest(const QPointF&, bool, QVariant* = nullptr) const override { return -1; }
    QCPRange getKeyRange(bool& found, QCP::SignDomain = QCP::sdBoth) const override
    {
        found = false;
        return {};
    }
    QCPRange getValueRange(bool& found, QCP::SignDomain = QCP::sdBoth, const QCPRange& = QCPRange()) const override
    {
        found = false;
        return {};
    }

    std::shared_ptr<const LiveFrame> frame;
    Column x = Column::tpot;
    Column y = Column::loss;
    double x_unit = 1;
    double y_unit = 1;
    std::vector<std::uint8_t> colour;
    std::vector<PointInk> ink;
    CloudColours colours;
    double least_ratio = 1;  // pixels for one of the plot, also where the screen has fewer

 protected:
    void draw(QCPPainter* painter) override
    {
        if (!frame) {
            return;
        }
        const QRect rect = keyAxis()->axisRect()->rect();
        const double ratio = std::max(least_ratio, parentPlot()->bufferDevicePixelRatio());
        QImage image(rect.size() * ratio, QImage::Format_ARGB32_Premultiplied);
        image.setDevicePixelRatio(ratio);
        image.fill(Qt::transparent);
        const int mark = std::max(2, int(2.6 * ratio * ui_scale() + 0.5));
        draw_cloud(image, frame->cloud[x], frame->cloud[y], colour, ink, map_of(*keyAxis(), x_unit, ratio, rect.topLeft()),
                   map_of(*valueAxis(), y_unit, ratio, rect.topLeft()), colours, mark);
        painter->drawImage(QRectF(rect), image, QRectF(image.rect()));
    }
    void drawLegendIcon(QCPPainter*, const QRectF&) const override {}
};

ParetoPlot::ParetoPlot(QWidget* parent) : QWidget(parent), plot_(make_plot(this, tr("Designs of the search")))
{
    auto* box = new QVBoxLayout(this);
    box->setContentsMargins(0, 0, 0, 0);
    box->addWidget(plot_);
    setFocusProxy(plot_);
    plot_->setInteractions(QCP::iRangeZoom);
    plot_->setNoAntialiasingOnDrag(true);
    plot_->installEventFilter(this);
    cloud_ = new Cloud(plot_->xAxis, plot_->yAxis);
    dimmed_ = plot_->addGraph();
    intervals_ = new QCPCurve(plot_->xAxis, plot_->yAxis);
    for (QCPGraph** graph : {&front_, &knee_, &selected_, &session_}) {
        *graph = plot_->addGraph();
    }
    knee_text_ = new QCPItemText(plot_);
    session_text_ = new QCPItemText(plot_);
    for (QCPGraph* mark : {knee_, session_}) {
        mark->setLayer("overlay");  // above the ground of its name
    }
    for (LimitLine* limit : {&limit_x_, &limit_y_}) {
        limit->line = new QCPItemLine(plot_);
        limit->text = new QCPItemText(plot_);
    }
    for (QCPItemLine** line : {&cursor_x_, &cursor_y_}) {
        *line = new QCPItemLine(plot_);
        (*line)->start->setType(QCPItemPosition::ptAxisRectRatio);
        (*line)->end->setType(QCPItemPosition::ptAxisRectRatio);
        (*line)->setVisible(false);
    }
    cursor_text_ = new QCPItemText(plot_);
    cursor_text_->position->setType(QCPItemPosition::ptAxisRectRatio);
    cursor_text_->setVisible(false);
    band_ = new QRubberBand(QRubberBand::Rectangle, plot_);
    dress_all();
}

void ParetoPlot::dress_all()
{
    const Theme& t = theme();
    const double scale = ui_scale();
    dress(*plot_);
    cloud_->colours = cloud_colours();
    front_->setPen(QPen(t.series[1], t.line_width * scale));
    front_->setScatterStyle({QCPScatterStyle::ssCircle, QPen(t.background, 1), QBrush(t.series[1]), 6.5 * scale});
    dimmed_->setLineStyle(QCPGraph::lsNone);
    dimmed_->setScatterStyle({QCPScatterStyle::ssCircle, QPen(t.muted, 1), Qt::NoBrush, 5 * scale});
    QColor bar = t.series[1];
    bar.setAlphaF(0.55f);
    intervals_->setPen(QPen(bar, t.line_width * scale));
    knee_->setLineStyle(QCPGraph::lsNone);
    knee_->setScatterStyle({QCPScatterStyle::ssDiamond, QPen(t.text, 1.5 * scale), QBrush(t.series[4]), 13 * scale});
    selected_->setLineStyle(QCPGraph::lsNone);
    selected_->setScatterStyle({QCPScatterStyle::ssCircle, QPen(t.text, 2 * scale), Qt::NoBrush, 13 * scale});
    session_->setLineStyle(QCPGraph::lsNone);
    session_->setScatterStyle({QCPScatterStyle::ssCrossSquare, QPen(t.text, 1.5 * scale), QBrush(t.background), 11 * scale});
    for (QCPItemText* each : {knee_text_, session_text_, limit_x_.text, limit_y_.text, cursor_text_}) {
        each->setFont(text_font(0.92));
        each->setColor(t.text);
        QColor paper = t.background;
        paper.setAlphaF(0.8f);
        each->setBrush(paper);
        each->setPadding(QMargins(scaled(3), scaled(1), scaled(3), scaled(1)));
    }
    for (const LimitLine& limit : {limit_x_, limit_y_}) {
        limit.line->setPen(QPen(t.bad, (t.line_width + 0.5) * scale, Qt::DashLine));
    }
    for (QCPItemLine* line : {cursor_x_, cursor_y_}) {
        line->setPen(QPen(t.accent, scale));
    }
}

void ParetoPlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange || event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange) {
        dress_all();
    }
}

void ParetoPlot::show_scene(ParetoScene scene)
{
    const bool other_axes = !scene_.frame || scene.x != scene_.x || scene.y != scene_.y ||
                            scene.logarithmic != scene_.logarithmic || scene.frame->space != scene_.frame->space;
    scene_ = std::move(scene);
    show_cloud();
    set_ranges(other_axes);
    show_front();
    show_intervals();
    show_marks();
    show_limits();
    show_cursor();
    plot_->replot(QCustomPlot::rpQueuedRefresh);
}

void ParetoPlot::fit()
{
    if (scene_.frame) {
        set_ranges(true);
        show_limits();
        plot_->replot(QCustomPlot::rpQueuedRefresh);
    }
}

void ParetoPlot::draw(QPainter& painter, QSize size, double ratio)
{
    cloud_->least_ratio = ratio;
    draw_plot(*plot_, painter, size);
    cloud_->least_ratio = 1;
}

/// Axes stay while a device moves, so that the eye sees the cloud move; unless the front leaves them.
void ParetoPlot::set_ranges(bool force)
{
    struct Side {
        QCPAxis* axis;
        Column column;
        AxisUnit* unit;
    };
    for (const Side& side : {Side{plot_->xAxis, scene_.x, &x_unit_}, Side{plot_->yAxis, scene_.y, &y_unit_}}) {
        const Span front = extent(scene_.frame->front, side.column, {}, scene_.logarithmic);
        const Span shown{side.axis->range().lower * side.unit->size, side.axis->range().upper * side.unit->size};
        const bool left = front.least < shown.least || front.most > shown.most;
        if (!force && !left) {
            continue;
        }
        const Span cloud = extent(scene_.frame->cloud, side.column, cloud_->ink, scene_.logarithmic);
        const Span all{std::min(front.least, cloud.least), std::max(front.most, cloud.most)};
        const bool logarithmic = scene_.logarithmic && all.least > 0 && all.most > 3 * all.least;
        const Span range = padded(all, logarithmic);
        *side.unit = axis_unit(side.column, range.most);
        if (logarithmic) {
            make_logarithmic(*side.axis);
            if (range.most < 100 * range.least) {  // one power of ten would be one number
                const auto ticker = QSharedPointer<QCPAxisTickerLog>::create();
                ticker->setLogBase(2);
                ticker->setSubTickCount(1);
                side.axis->setTicker(ticker);
            }
        } else {
            side.axis->setScaleType(QCPAxis::stLinear);
            side.axis->setTicker(QSharedPointer<QCPAxisTicker>::create());
            side.axis->setNumberFormat("gb");
            side.axis->setNumberPrecision(4);
        }
        side.axis->setRange(range.least / side.unit->size, range.most / side.unit->size);
        side.axis->setLabel(axis_label(side.column, *side.unit));
    }
    cloud_->x_unit = x_unit_.size;
    cloud_->y_unit = y_unit_.size;
}

void ParetoPlot::show_cloud()
{
    const DesignRows& cloud = scene_.frame->cloud;
    const double x_most = dragged_ == scene_.x ? dragged_to_ : infinite;
    const double y_most = dragged_ == scene_.y ? dragged_to_ : infinite;
    cloud_->frame = scene_.frame;
    cloud_->x = scene_.x;
    cloud_->y = scene_.y;
    cloud_->ink.assign(cloud.size(), PointInk::none);
    const std::vector<double>& x = cloud[scene_.x];
    const std::vector<double>& y = cloud[scene_.y];
    const std::uint8_t always = dragged_ ? 1 : 0;
    for (std::size_t i = 0; scene_.dominated && i < cloud.size(); ++i) {
        const std::uint8_t within = scene_.frame->cloud_within[i];
        const bool full = within != 0 && scene_.cloud_passes[i] != 0 && x[i] <= x_most && y[i] <= y_most;
        cloud_->ink[i] = full ? PointInk::full : (within | always) != 0 ? PointInk::faint : PointInk::none;
    }
    const std::vector<double>& values = cloud[scene_.colour];
    colours_ = colour_range(values, cloud_->ink);
    cloud_->colour = colours_.places(values, cloud_->ink);
}

void ParetoPlot::show_front()
{
    const DesignRows& front = scene_.frame->front;
    const auto& objectives = scene_.frame->space->question().objectives;
    QVector<double> x;
    QVector<double> y;
    QVector<double> other_x;
    QVector<double> other_y;
    for (std::size_t i = 0; i < front.size(); ++i) {
        const double at_x = front[scene_.x][i];
        const double at_y = front[scene_.y][i];
        const bool kept = scene_.front_passes[i] != 0 && !(dragged_ == scene_.x && at_x > dragged_to_) &&
                          !(dragged_ == scene_.y && at_y > dragged_to_);
        (kept ? x : other_x).push_back(at_x / x_unit_.size);
        (kept ? y : other_y).push_back(at_y / y_unit_.size);
    }
    // What is reachable lies above and to the right of steps, where the axes are the two objectives.
    const bool plane = objectives.size() == 2 && column_of(objectives[0]) == scene_.x && column_of(objectives[1]) == scene_.y;
    front_->setLineStyle(plane ? QCPGraph::lsStepLeft : QCPGraph::lsNone);
    QPen pen(theme().series[1], theme().line_width * ui_scale(), scene_.frame->exact() ? Qt::SolidLine : Qt::DotLine);
    front_->setPen(pen);
    front_->setData(x, y, plane);
    dimmed_->setData(other_x, other_y);
}

/// 90 % of measurements lie in the interval.
void ParetoPlot::show_intervals()
{
    constexpr std::size_t most = 12;
    QVector<double> x;
    QVector<double> y;
    for (const IntervalBar& bar : interval_bars(*scene_.frame, scene_.x, scene_.y, scene_.intervals ? most : 0)) {
        const double end = bar.x1 / x_unit_.size;
        x << bar.x0 / x_unit_.size << end << end;
        y << bar.y0 / y_unit_.size << bar.y1 / y_unit_.size << std::numeric_limits<double>::quiet_NaN();
    }
    intervals_->setData(x, y);
}

void ParetoPlot::show_marks()
{
    const DesignRows& front = scene_.frame->front;
    const bool has_front = front.size() > 0;
    const double knee_x = has_front ? front[scene_.x][scene_.frame->knee] / x_unit_.size : 0;
    const double knee_y = has_front ? front[scene_.y][scene_.frame->knee] / y_unit_.size : 0;
    knee_->setData(has_front ? QVector<double>{knee_x} : QVector<double>{}, has_front ? QVector<double>{knee_y} : QVector<double>{});
    knee_text_->setVisible(has_front);
    knee_text_->setText(tr("knee"));
    knee_text_->position->setCoords(knee_x, knee_y);
    knee_text_->setPositionAlignment(Qt::AlignRight | Qt::AlignTop);
    knee_text_->setPadding(QMargins(0, scaled(5), scaled(9), 0));

    QVector<double> x;
    QVector<double> y;
    for (const DesignRows* rows : {&scene_.frame->cloud, &scene_.frame->front}) {
        for (const std::uint32_t row : scene_.selected) {
            const auto found = rows == &scene_.frame->cloud ? std::ranges::lower_bound(rows->rows, row) : std::ranges::find(rows->rows, row);
            if (found != rows->rows.end() && *found == row) {
                const auto i = std::size_t(found - rows->rows.begin());
                x.push_back((*rows)[scene_.x][i] / x_unit_.size);
                y.push_back((*rows)[scene_.y][i] / y_unit_.size);
            }
        }
    }
    selected_->setData(x, y);
    const auto mx = metric_of(scene_.x);
    const auto my = metric_of(scene_.y);
    const bool placed = mx && my && std::isfinite(scene_.session[std::size_t(*mx)]) && std::isfinite(scene_.session[std::size_t(*my)]);
    session_text_->setVisible(placed);
    if (placed) {
        session_text_->setText(tr("session's model"));
        session_text_->position->setCoords(scene_.session[std::size_t(*mx)] / x_unit_.size, scene_.session[std::size_t(*my)] / y_unit_.size);
        session_text_->setPositionAlignment(Qt::AlignHCenter | Qt::AlignBottom);
        session_text_->setPadding(QMargins(scaled(3), 0, scaled(3), scaled(7)));
    }
    session_->setData(placed ? QVector<double>{scene_.session[std::size_t(*mx)] / x_unit_.size} : QVector<double>{},
                      placed ? QVector<double>{scene_.session[std::size_t(*my)] / y_unit_.size} : QVector<double>{});
}

double ParetoPlot::limit(Column column) const
{
    if (dragged_ == column) {
        return dragged_to_;
    }
    for (const Limit& each : scene_.frame ? scene_.frame->space->question().limits : std::vector<Limit>{}) {
        if (column_of(each.metric) == column && std::isfinite(each.most)) {
            return each.most;
        }
    }
    return infinite;
}

void ParetoPlot::place_limit(LimitLine& item, Column column, bool vertical)
{
    const bool there = scene_.limit_lines && metric_of(column).has_value();
    item.line->setVisible(there);
    item.text->setVisible(there);
    if (!there) {
        return;
    }
    const QCPRange x = plot_->xAxis->range();
    const QCPRange y = plot_->yAxis->range();
    const double value = limit(column);
    // Where there is no limit yet, its line waits at the edge.
    const auto place = [&](const QCPAxis& axis, double unit) {
        const QCPRange range = axis.range();
        const bool log = axis.scaleType() == QCPAxis::stLogarithmic;
        const double edge = log ? range.upper * std::pow(range.lower / range.upper, 0.012) : range.upper - 0.012 * range.size();
        return std::isinf(value) ? edge : std::clamp(value / unit, range.lower, edge);
    };
    const QString said = std::isinf(value) ? tr("no limit: drag") : "≤ " + text(display(column, value, scene_.frame->space->question()));
    item.text->setText(said);
    if (vertical) {
        const double at = place(*plot_->xAxis, x_unit_.size);
        item.line->start->setCoords(at, y.lower);
        item.line->end->setCoords(at, y.upper);
        item.text->position->setCoords(at, y.upper);
        item.text->setPositionAlignment(Qt::AlignTop | (at > x.center() ? Qt::AlignRight : Qt::AlignLeft));
    } else {
        const double at = place(*plot_->yAxis, y_unit_.size);
        item.line->start->setCoords(x.lower, at);
        item.line->end->setCoords(x.upper, at);
        item.text->position->setCoords(x.lower, at);
        item.text->setPositionAlignment(Qt::AlignLeft | Qt::AlignTop);
    }
}

void ParetoPlot::show_limits()
{
    place_limit(limit_x_, scene_.x, true);
    place_limit(limit_y_, scene_.y, false);
}

QPoint ParetoPlot::pixel_of(double x, double y) const
{
    return {int(plot_->xAxis->coordToPixel(x / x_unit_.size)), int(plot_->yAxis->coordToPixel(y / y_unit_.size))};
}

double ParetoPlot::value_at(Column column, QPointF place) const
{
    return column == scene_.x ? plot_->xAxis->pixelToCoord(place.x()) * x_unit_.size
                              : plot_->yAxis->pixelToCoord(place.y()) * y_unit_.size;
}

Span ParetoPlot::span_between(Column column, QPointF a, QPointF b) const
{
    const double from = value_at(column, a);
    const double to = value_at(column, b);
    return {std::min(from, to), std::max(from, to)};
}

std::optional<std::uint32_t> ParetoPlot::design_near(QPointF place) const
{
    std::optional<std::uint32_t> nearest;
    double least = std::pow(scaled(12), 2);
    const auto look = [&](const DesignRows& rows, bool all, double advantage) {
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (!all && cloud_->ink[i] != PointInk::full) {
                continue;
            }
            const QPointF at(plot_->xAxis->coordToPixel(rows[scene_.x][i] / x_unit_.size), plot_->yAxis->coordToPixel(rows[scene_.y][i] / y_unit_.size));
            const double distance = std::pow(at.x() - place.x(), 2) + std::pow(at.y() - place.y(), 2);
            if (distance * advantage < least) {
                least = distance * advantage;
                nearest = rows.rows[i];
            }
        }
    };
    look(scene_.frame->cloud, false, 1);
    look(scene_.frame->front, true, 0.25);  // front designs are what is looked for
    return nearest;
}

std::optional<Column> ParetoPlot::limit_near(QPointF place) const
{
    const double reach = scaled(6);
    if (limit_x_.line->visible() && std::abs(limit_x_.line->start->pixelPosition().x() - place.x()) <= reach) {
        return scene_.x;
    }
    if (limit_y_.line->visible() && std::abs(limit_y_.line->start->pixelPosition().y() - place.y()) <= reach) {
        return scene_.y;
    }
    return std::nullopt;
}

bool ParetoPlot::press(QPointF place, Qt::MouseButton button)
{
    if (button != Qt::LeftButton || !scene_.frame || !plot_->axisRect()->rect().contains(place.toPoint())) {
        return false;
    }
    pressed_ = place;
    dragged_ = limit_near(place);
    if (dragged_) {
        dragged_to_ = value_at(*dragged_, place);
    }
    return true;
}

bool ParetoPlot::move(QPointF place)
{
    if (!pressed_) {
        const auto limit = scene_.frame ? limit_near(place) : std::nullopt;
        plot_->setCursor(!limit ? Qt::ArrowCursor : limit == scene_.x ? Qt::SizeHorCursor : Qt::SizeVerCursor);
        return false;
    }
    if (dragged_) {
        dragged_to_ = value_at(*dragged_, place);
        show_scene(scene_);
    } else if ((place - *pressed_).manhattanLength() > scaled(4)) {
        band_->setGeometry(QRectF(*pressed_, place).normalized().toRect());
        band_->show();
    }
    return true;
}

bool ParetoPlot::release(QPointF place, Qt::KeyboardModifiers modifiers)
{
    if (!pressed_) {
        return false;
    }
    const QPointF start = *std::exchange(pressed_, std::nullopt);
    const bool banded = band_->isVisible();
    band_->hide();
    if (dragged_) {
        const Column column = *std::exchange(dragged_, std::nullopt);
        const bool outside = !plot_->axisRect()->rect().contains(place.toPoint());
        Q_EMIT limit_dragged(column, outside ? infinite : value_at(column, place));
    } else if (banded) {
        Q_EMIT brushed(span_between(scene_.x, start, place), span_between(scene_.y, start, place));
    } else if (const auto row = design_near(place)) {
        Q_EMIT picked(*row, (modifiers & (Qt::ControlModifier | Qt::ShiftModifier)) != 0);
    }
    return true;
}

QPointF ParetoPlot::cursor_pixel() const
{
    const QRect rect = plot_->axisRect()->rect();
    return {rect.left() + cursor_->x() * rect.width(), rect.top() + cursor_->y() * rect.height()};
}

QString ParetoPlot::cursor_words() const
{
    const SearchQuestion& q = scene_.frame->space->question();
    const QPointF at = cursor_pixel();
    const auto said = [&](Column column) { return text(label(column)) + " " + text(display(column, value_at(column, at), q)); };
    return said(scene_.x) + ", " + said(scene_.y);
}

/// The first press puts it onto the selected design, or into the middle.
void ParetoPlot::move_cursor(int right, int up)
{
    if (!cursor_) {
        const QRect rect = plot_->axisRect()->rect();
        const QVector<double> keys = selected_->dataCount() == 1 ? QVector<double>{selected_->data()->constBegin()->key, selected_->data()->constBegin()->value} : QVector<double>{};
        const QPointF at = keys.isEmpty() ? QPointF(rect.center()) : QPointF(plot_->xAxis->coordToPixel(keys[0]), plot_->yAxis->coordToPixel(keys[1]));
        cursor_ = QPointF((at.x() - rect.left()) / std::max(1, rect.width()), (at.y() - rect.top()) / std::max(1, rect.height()));
    }
    cursor_ = QPointF(std::clamp(cursor_->x() + right * cursor_step, 0.0, 1.0), std::clamp(cursor_->y() - up * cursor_step, 0.0, 1.0));
    show_cursor();
    plot_->replot(QCustomPlot::rpQueuedRefresh);
}

void ParetoPlot::show_cursor()
{
    for (QCPAbstractItem* item : std::initializer_list<QCPAbstractItem*>{cursor_x_, cursor_y_, cursor_text_}) {
        item->setVisible(cursor_.has_value());
    }
    describe(words_);
    if (!cursor_) {
        return;
    }
    cursor_x_->start->setCoords(cursor_->x(), 0);
    cursor_x_->end->setCoords(cursor_->x(), 1);
    cursor_y_->start->setCoords(0, cursor_->y());
    cursor_y_->end->setCoords(1, cursor_->y());
    cursor_text_->setText(cursor_words());
    cursor_text_->position->setCoords(*cursor_);
    cursor_text_->setPositionAlignment((cursor_->x() > 0.5 ? Qt::AlignRight : Qt::AlignLeft) | (cursor_->y() > 0.5 ? Qt::AlignBottom : Qt::AlignTop));
    if (corner_) {
        band_->setGeometry(QRectF(*corner_, cursor_pixel()).normalized().toRect());
        band_->show();
    }
}

/// Begins a filter, or ends the one that was begun.
void ParetoPlot::set_corner()
{
    if (!cursor_) {
        move_cursor(0, 0);
    }
    if (!corner_) {
        corner_ = cursor_pixel();
        show_cursor();
        return;
    }
    const QPointF from = *std::exchange(corner_, std::nullopt);
    band_->hide();
    Q_EMIT brushed(span_between(scene_.x, from, cursor_pixel()), span_between(scene_.y, from, cursor_pixel()));
}

void ParetoPlot::leave_cursor()
{
    if (cursor_) {
        corner_.reset();
        cursor_.reset();
        band_->hide();
        show_cursor();
        plot_->replot(QCustomPlot::rpQueuedRefresh);
    }
}

Span ParetoPlot::moved(Column column, Span span, int steps) const
{
    const bool across = column == scene_.x;
    const QCPAxis& axis = across ? *plot_->xAxis : *plot_->yAxis;
    const double unit = across ? x_unit_.size : y_unit_.size;
    const QRect rect = plot_->axisRect()->rect();
    const double pixels = steps * cursor_step * (across ? rect.width() : -rect.height());
    const auto end = [&](double value) { return std::isfinite(value) ? axis.pixelToCoord(axis.coordToPixel(value / unit) + pixels) * unit : value; };
    return {end(span.least), end(span.most)};
}

void ParetoPlot::describe(const QString& words)
{
    words_ = words;
    const QString all = cursor_ ? tr("cursor at %1; %2").arg(cursor_words(), words) : words;
    setAccessibleDescription(all);
    plot_->setAccessibleDescription(all);
}

bool ParetoPlot::press_key(const QKeyEvent& event)
{
    const int key = event.key();
    const int right = key == Qt::Key_Right ? 1 : key == Qt::Key_Left ? -1 : 0;
    const int up = key == Qt::Key_Up ? 1 : key == Qt::Key_Down ? -1 : 0;
    const bool moves_something = (event.modifiers() & (Qt::ShiftModifier | Qt::AltModifier)) != 0;
    if (const auto meaning = meaning_of(event, KeyPlace::pareto); meaning && !moves_something) {
        Q_EMIT stepped(meaning == ViewKey::previous_design ? -1 : 1);
        return true;
    }
    if (!scene_.frame) {
        return false;
    }
    if (right != 0 || up != 0) {
        if ((event.modifiers() & Qt::ShiftModifier) != 0) {
            move_cursor(right, up);
        } else if ((event.modifiers() & Qt::AltModifier) != 0) {
            Q_EMIT brush_stepped(right, up);
        }
        return moves_something;
    }
    if (key == Qt::Key_Space) {
        set_corner();
        return true;
    }
    if ((key == Qt::Key_Return || key == Qt::Key_Enter) && (event.modifiers() & Qt::ControlModifier) == 0 && cursor_) {
        if (const auto row = design_near(cursor_pixel())) {
            Q_EMIT picked(*row, false);
        }
        return true;
    }
    if (key == Qt::Key_Escape && cursor_) {
        leave_cursor();
        return true;
    }
    return false;
}

bool ParetoPlot::eventFilter(QObject* object, QEvent* event)
{
    if (object != plot_) {
        return QWidget::eventFilter(object, event);
    }
    const auto* mouse = dynamic_cast<QMouseEvent*>(event);
    switch (event->type()) {
        case QEvent::MouseButtonPress:
            return press(mouse->position(), mouse->button());
        case QEvent::MouseMove:
            return move(mouse->position());
        case QEvent::MouseButtonRelease:
            return release(mouse->position(), mouse->modifiers());
        case QEvent::MouseButtonDblClick:
            if (const auto row = scene_.frame ? design_near(mouse->position()) : std::nullopt) {
                Q_EMIT opened(*row);
            } else {
                fit();
            }
            return true;
        case QEvent::KeyPress:
            return press_key(*static_cast<QKeyEvent*>(event));
        case QEvent::FocusOut:
            leave_cursor();
            return false;
        case QEvent::Resize:
            QMetaObject::invokeMethod(this, [this] { show_limits(); }, Qt::QueuedConnection);
            return false;
        default:
            return false;
    }
}

}  // namespace slimline::gui

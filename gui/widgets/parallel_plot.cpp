#include <algorithm>
#include <cmath>
#include <tuple>

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QTimer>

#include <tbb/task_arena.h>

#include "gui/widgets/cloud_raster.h"
#include "gui/widgets/parallel_view.h"
#include "gui/widgets/text.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/view_keys.h"

namespace slimline::gui {

namespace {

constexpr std::size_t lines_at_once = 3000;   // while something moves: a few milliseconds
constexpr int still_after = 120;              // milliseconds

bool is_listed(Column column)
{
    return column == Column::weights || column == Column::kv_cache || column == Column::tied;
}

/// Smaller where a word is wider than there is room.
QFont narrowed(QFont font, const QString& words, int room)
{
    int widest = 1;
    for (const QString& word : words.split(' ')) {
        widest = std::max(widest, QFontMetrics(font).horizontalAdvance(word));
    }
    if (widest > room) {
        font.setPixelSize(std::max(font.pixelSize() / 2, font.pixelSize() * std::max(1, room) / widest));
    }
    return font;
}

/// Draws lines over what is there. Few are seen as well as many: ink grows with the logarithm of the count, from the share
/// `faintest`.
void draw_density(QImage& image, const Density& density, QColor ink, QColor background, double faintest)
{
    std::uint32_t most = 1;
    for (const std::uint32_t count : density.counts) {
        most = std::max(most, count);
    }
    constexpr std::size_t steps = 256;
    std::array<QRgb, steps> tones{};
    for (std::size_t i = 0; i < steps; ++i) {
        const double way = faintest + (1 - faintest) * double(i) / (steps - 1);
        const auto mix = [&](int from, int to) { return int(from + way * (to - from)); };
        tones[i] = qRgb(mix(background.red(), ink.red()), mix(background.green(), ink.green()), mix(background.blue(), ink.blue()));
    }
    std::vector<QRgb> by_count(std::min<std::size_t>(most + 1, 65536));
    for (std::size_t count = 1; count < by_count.size(); ++count) {
        by_count[count] = tones[std::size_t((steps - 1) * std::log(double(count)) / std::max(0.7, std::log(double(most))))];
    }
    for (int y = 0; y < density.height; ++y) {
        auto* line = reinterpret_cast<QRgb*>(image.scanLine(y));
        for (int x = 0; x < density.width; ++x) {
            if (const std::uint32_t count = density.at(x, y); count != 0) {
                line[x] = by_count[std::min<std::size_t>(count, by_count.size() - 1)];
            }
        }
    }
}

}  // namespace

ParallelPlot::ParallelPlot(SearchWorkspace& workspace, QWidget* parent)
    : QWidget(parent), workspace_(workspace), still_(new QTimer(this))
{
    setObjectName("plot.parallel");
    setAccessibleName(tr("Parallel coordinates"));
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(false);
    still_->setSingleShot(true);
    connect(still_, &QTimer::timeout, this, &ParallelPlot::refine);
}

QSize ParallelPlot::minimumSizeHint() const
{
    return {scaled(200), scaled(120)};
}

QRect ParallelPlot::lines_rect() const
{
    const int line = QFontMetrics(text_font(0.85)).height();
    return rect().adjusted(scaled(6), 3 * line + scaled(6), -scaled(6), -line - scaled(6));
}

void ParallelPlot::place_axes()
{
    const QRect lines = lines_rect();
    const int count = int(axes_.size());
    for (int a = 0; a < count; ++a) {
        // Half a gap at both sides, so that names have room.
        axes_[std::size_t(a)].pixel = int((a + 0.5) * lines.width() / std::max(1, count));
    }
}

/// Ends of the axes by what is shown; while a device moves they only grow, so that the eye sees lines move.
void ParallelPlot::fit_axes(bool always)
{
    const auto& frame = workspace_.explorer().frame();
    for (ParallelAxis& axis : axes_) {
        auto& fitted = fitted_[std::size_t(axis.column)];
        const auto& column = frame->cloud.columns[std::size_t(axis.column)];
        if (!always && fitted == column) {
            continue;  // no device changes it
        }
        fitted = column;
        double least = std::numeric_limits<double>::infinity();
        double most = -least;
        const std::vector<double>& values = *column;
        for (std::size_t i = 0; i < values.size(); ++i) {
            if (frame->cloud_within[i] != 0 && std::isfinite(values[i])) {
                least = std::min(least, values[i]);
                most = std::max(most, values[i]);
            }
        }
        for (const double value : frame->front[axis.column]) {
            least = std::min(least, value);
            most = std::max(most, value);
        }
        if (!(least <= most)) {
            least = 0;
            most = 1;
        }
        const bool grows = least < axis.least || most > axis.most;
        const bool shrunk = most - least < 0.5 * (axis.most - axis.least);
        if (always || grows || shrunk) {
            axis.least = least;
            axis.most = most;
        }
        axis.logarithmic = axis.logarithmic && axis.least > 0;
    }
}

void ParallelPlot::set_axes(std::vector<ParallelAxis> axes)
{
    axes_ = std::move(axes);
    pressed_axis_ = -1;
    header_pressed_ = false;
    current_ = std::clamp(current_, 0, std::max(0, int(axes_.size()) - 1));
    leave_cursor();
    if (workspace_.explorer().frame()) {
        fit_axes(true);
    }
    place_axes();
    show_frame();
    Q_EMIT axes_changed();
}

void ParallelPlot::set_current(int axis)
{
    if (axis >= 0 && axis < int(axes_.size()) && axis != current_) {
        leave_cursor();
        current_ = axis;
        describe();
        update();
        Q_EMIT axes_changed();
    }
}

void ParallelPlot::set_front_only(bool front_only)
{
    front_only_ = front_only;
    show_frame();
}

void ParallelPlot::invert(int axis)
{
    if (axis < 0 || axis >= int(axes_.size())) {
        return;
    }
    std::vector<ParallelAxis> axes = axes_;
    axes[std::size_t(axis)].inverted ^= true;
    set_axes(std::move(axes));
}

void ParallelPlot::toggle_logarithmic(int axis)
{
    if (axis < 0 || axis >= int(axes_.size())) {
        return;
    }
    std::vector<ParallelAxis> axes = axes_;
    axes[std::size_t(axis)].logarithmic ^= true;
    set_axes(std::move(axes));
}

void ParallelPlot::move_axis(int axis, int places)
{
    if (axis < 0 || axis >= int(axes_.size())) {
        return;  // it was hidden, or there is no picture yet
    }
    const int to = std::clamp(axis + places, 0, int(axes_.size()) - 1);
    std::vector<ParallelAxis> axes = axes_;
    const ParallelAxis moved = axes[std::size_t(axis)];
    axes.erase(axes.begin() + axis);
    axes.insert(axes.begin() + to, moved);
    current_ = to;
    set_axes(std::move(axes));
}

void ParallelPlot::hide_axis(int axis)
{
    if (axes_.size() > 2 && axis >= 0 && axis < int(axes_.size())) {
        std::vector<ParallelAxis> axes = axes_;
        axes.erase(axes.begin() + axis);
        current_ = std::min(current_, int(axes.size()) - 1);
        set_axes(std::move(axes));
    }
}

void ParallelPlot::show_axis(Column column)
{
    const bool there = std::ranges::find(axes_, column, &ParallelAxis::column) != axes_.end();
    if (!there) {
        std::vector<ParallelAxis> axes = axes_;
        axes.push_back({.column = column});
        current_ = int(axes_.size());
        set_axes(std::move(axes));
    }
}

void ParallelPlot::show_frame()
{
    const auto& frame = workspace_.explorer().frame();
    if (!frame || axes_.empty()) {
        return;
    }
    fit_axes(space_ != frame->space);
    space_ = frame->space;
    draw_lines(lines_at_once);
    still_->start(still_after);
    describe();
    update();
}

void ParallelPlot::describe()
{
    QStringList names;
    for (const ParallelAxis& axis : axes_) {
        names += text(label(axis.column)) + (axis.inverted ? tr(" (inverted)") : QString{}) + (axis.logarithmic ? tr(" (log)") : QString{});
    }
    QString words = tr("axes: %1; current: %2").arg(names.join(", "), names.value(current_));
    const auto& frame = workspace_.explorer().frame();
    if (frame && current_ < int(axes_.size())) {
        const SearchQuestion& q = frame->space->question();
        const Column column = axes_[std::size_t(current_)].column;
        if (const auto value = cursor_value()) {
            words = tr("cursor at %1; ").arg(text(display(column, *value, q))) + words;
        }
        for (const Chip& chip : workspace_.brushes().chips(q)) {
            words += chip.column == column ? tr("; filter: %1").arg(text(chip.text)) : QString{};
        }
    }
    setAccessibleDescription(words);
}

std::vector<ParallelAxis> ParallelPlot::axes_on(double ratio) const
{
    std::vector<ParallelAxis> axes = axes_;
    for (ParallelAxis& axis : axes) {
        axis.pixel = int(axis.pixel * ratio);
    }
    return axes;
}

/// Of the cloud, what filters and limits leave.
std::vector<std::uint32_t> ParallelPlot::chosen_rows() const
{
    const auto& frame = workspace_.explorer().frame();
    const std::vector<std::uint8_t> passes = workspace_.brushes().passing(frame->cloud);
    std::vector<std::uint32_t> chosen;
    for (std::size_t i = 0; i < frame->cloud.size() && !front_only_; ++i) {
        if (passes[i] != 0 && frame->cloud_within[i] != 0) {
            chosen.push_back(std::uint32_t(i));
        }
    }
    return chosen;
}

/// What makes a picture of rows of the cloud with the front above, on any thread.
std::function<QImage(const std::vector<std::uint32_t>& rows)> ParallelPlot::rasteriser(double ratio) const
{
    const auto& frame = workspace_.explorer().frame();
    const QSize size = lines_rect().size() * ratio;
    const std::vector<ParallelAxis> axes = axes_on(ratio);
    std::vector<std::uint32_t> front;
    const std::vector<std::uint8_t> front_passes = workspace_.brushes().passing(frame->front);
    for (std::size_t i = 0; i < frame->front.size(); ++i) {
        if (front_passes[i] != 0) {
            front.push_back(std::uint32_t(i));
        }
    }
    return [frame, axes, size, ratio, front, background = theme().background, ink = theme().series[0],
                       front_ink = theme().series[1]](const std::vector<std::uint32_t>& rows) {
        QImage image(size, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        draw_density(image, line_density(frame->cloud, rows, axes, size.width(), size.height()), ink, background, 0.12);
        draw_density(image, line_density(frame->front, front, axes, size.width(), size.height(), std::max(1, int(ratio))), front_ink,
                     background, 0.6);
        image.setDevicePixelRatio(ratio);
        return image;
    };
}

/// Draws some of the lines here, or all of them in the background.
void ParallelPlot::draw_lines(std::size_t most)
{
    if (lines_rect().isEmpty()) {
        return;
    }
    std::vector<std::uint32_t> chosen = chosen_rows();
    const bool all = chosen.size() <= most;
    const auto work = rasteriser(devicePixelRatioF());
    ++drawings_;
    refined_ = all || most == 0;
    if (most > 0) {
        std::vector<std::uint32_t> some;
        const std::size_t step = std::max<std::size_t>(1, (chosen.size() + most - 1) / most);
        for (std::size_t i = 0; i < chosen.size(); i += step) {
            some.push_back(chosen[i]);
        }
        picture_ = work(some);
        return;
    }
    rasters_.ask([this, work, chosen = std::move(chosen), drawing = drawings_](const std::stop_token&) {
        QImage picture;
        tbb::task_arena one_core(1);  // the other one answers whoever goes on meanwhile
        one_core.execute([&] { picture = work(chosen); });
        QMetaObject::invokeMethod(this, [this, image = std::move(picture), drawing] {
            if (drawing == drawings_) {
                picture_ = image;
                refined_ = true;
                update();
            }
        });
    });
    refined_ = false;
}

void ParallelPlot::refine()
{
    if (!refined_ && workspace_.explorer().frame()) {
        draw_lines(0);
    }
}

QPoint ParallelPlot::pixel_of(int axis, double value) const
{
    const QRect lines = lines_rect();
    const ParallelAxis& a = axes_[std::size_t(axis)];
    return {lines.left() + a.pixel, lines.top() + int((1 - a.height_of(value)) * (lines.height() - 1) + 0.5)};
}

double ParallelPlot::value_at(int axis, int y) const
{
    const QRect lines = lines_rect();
    return axes_[std::size_t(axis)].value_at(1 - std::clamp(double(y - lines.top()) / std::max(1, lines.height() - 1), 0.0, 1.0));
}

int ParallelPlot::axis_near(int x) const
{
    int nearest = 0;
    for (int a = 1; a < int(axes_.size()); ++a) {
        const auto away = [&](int axis) { return std::abs(lines_rect().left() + axes_[std::size_t(axis)].pixel - x); };
        nearest = away(a) < away(nearest) ? a : nearest;
    }
    return nearest;
}

void ParallelPlot::paint_line(QPainter& painter, const DesignRows& rows, std::size_t i) const
{
    QPolygonF line;
    for (int a = 0; a < int(axes_.size()); ++a) {
        line << pixel_of(a, rows[axes_[std::size_t(a)].column][i]);
    }
    painter.drawPolyline(line);
}

void ParallelPlot::paint_axis(QPainter& painter, std::size_t index) const
{
    const auto& frame = workspace_.explorer().frame();
    const ParallelAxis& axis = axes_[index];
    const QRect lines = lines_rect();
    const int x = lines.left() + axis.pixel;
    const int room = lines.width() / int(axes_.size());
    painter.setPen(QPen(theme().text, scaled(int(index) == current_ && hasFocus() ? 2 : 1)));
    painter.drawLine(x, lines.top(), x, lines.bottom());
    for (const Span& span : workspace_.brushes().of(axis.column)) {
        const int top = pixel_of(int(index), std::clamp(axis.inverted ? span.least : span.most, axis.least, axis.most)).y();
        const int bottom = pixel_of(int(index), std::clamp(axis.inverted ? span.most : span.least, axis.least, axis.most)).y();
        QColor fill = theme().accent;
        fill.setAlphaF(0.45f);
        painter.fillRect(QRect(x - scaled(5), std::min(top, bottom), scaled(10), std::max(scaled(3), std::abs(bottom - top))), fill);
        painter.drawRect(QRect(x - scaled(5), std::min(top, bottom), scaled(10), std::max(scaled(3), std::abs(bottom - top))));
    }
    const QFont small = text_font(0.85);
    const QFontMetrics metrics(small);
    const int line = metrics.height();
    const SearchQuestion& q = frame->space->question();
    const auto word = [&](double value) { return text(display(axis.column, value, q)); };
    painter.setPen(theme().text);
    const std::string_view unit = bare_unit(axis.column);
    const QString name = text(label(axis.column)) + (unit.empty() ? QString{} : " [" + text(unit) + "]") + (axis.logarithmic ? " (log)" : "") + (axis.inverted ? " ↓" : "");
    painter.setFont(narrowed(text_font(0.85, int(index) == current_), name, room - scaled(4)));
    const QRect header(x - room / 2 + scaled(2), lines.top() - 3 * line - scaled(2), room - scaled(4), 2 * line);
    painter.drawText(header, Qt::AlignHCenter | Qt::AlignBottom | Qt::TextWordWrap, name);
    painter.setFont(small);
    painter.setPen(theme().muted);
    const QRect top(x - room / 2, lines.top() - line - scaled(1), room, line);
    const QRect bottom(x - room / 2, lines.bottom() + scaled(2), room, line);
    painter.drawText(top, Qt::AlignCenter, metrics.elidedText(word(axis.value_at(1)), Qt::ElideRight, room));
    painter.drawText(bottom, Qt::AlignCenter, metrics.elidedText(word(axis.value_at(0)), Qt::ElideRight, room));
    paint_ticks(painter, axis, room);
}

/// Numbers between the ends, right of the axis: of counts and formats only what there is.
void ParallelPlot::paint_ticks(QPainter& painter, const ParallelAxis& axis, int room) const
{
    const QRect lines = lines_rect();
    const QFontMetrics metrics(painter.font());
    QColor paper = theme().background;
    paper.setAlphaF(0.8F);
    QString before;
    for (const double height : {0.25, 0.5, 0.75}) {
        const double at = axis.value_at(height);
        const double value = metric_of(axis.column) ? at : std::round(at);
        const QString said = text(display(axis.column, value, workspace_.explorer().frame()->space->question()));
        const double place = axis.height_of(value);
        if (lines.height() < 8 * metrics.height() || value == axis.least || value == axis.most || said == before ||
            metrics.horizontalAdvance(said) + scaled(10) > room) {
            continue;
        }
        before = said;
        const int x = lines.left() + axis.pixel;
        const int y = lines.top() + int((1 - place) * (lines.height() - 1) + 0.5);
        const QRect box(x + scaled(5), y - metrics.height() / 2, metrics.horizontalAdvance(said) + scaled(3), metrics.height());
        painter.drawLine(x, y, x + scaled(4), y);
        painter.fillRect(box, paper);
        painter.drawText(box, Qt::AlignCenter, said);
    }
}

void ParallelPlot::paint_cursor(QPainter& painter) const
{
    if (!cursor_ || !hasFocus()) {
        return;
    }
    const ParallelAxis& axis = axes_[std::size_t(current_)];
    const QPoint at = pixel_of(current_, *cursor_value());
    painter.setPen(QPen(theme().accent, scaled(2)));
    painter.drawLine(at.x() - scaled(9), at.y(), at.x() + scaled(9), at.y());
    if (end_) {
        const QPoint from = pixel_of(current_, axis.value_at(*end_));
        painter.drawRect(QRect(QPoint(at.x() - scaled(5), std::min(from.y(), at.y())), QPoint(at.x() + scaled(5), std::max(from.y(), at.y()))));
    }
    const QString words = text(display(axis.column, *cursor_value(), workspace_.explorer().frame()->space->question()));
    painter.setFont(text_font(0.85, true));
    const QFontMetrics metrics(painter.font());
    const int width = metrics.horizontalAdvance(words) + scaled(6);
    const bool left = at.x() + scaled(12) + width > rect().right();
    const QRect box(left ? at.x() - scaled(12) - width : at.x() + scaled(12), at.y() - metrics.height() / 2, width, metrics.height());
    QColor paper = theme().background;
    paper.setAlphaF(0.85F);
    painter.fillRect(box, paper);
    painter.setPen(theme().text);
    painter.drawText(box, Qt::AlignCenter, words);
}

/// A few smooth lines; many of them would take a tenth of a second, and are drawn as the others are, only thicker.
void ParallelPlot::paint_selected(QPainter& painter, double ratio)
{
    constexpr std::size_t few = 6;
    constexpr std::size_t most = 50;  // many at once are the front, which is drawn already
    const LiveFrame& frame = *workspace_.explorer().frame();
    std::vector<std::uint32_t> front;
    std::vector<std::uint32_t> others;
    for (const std::uint32_t row : workspace_.selection().rows()) {
        if (front.size() + others.size() == most) {
            break;
        }
        const auto found = std::ranges::find(frame.front.rows, row);
        const auto other = std::ranges::lower_bound(frame.cloud.rows, row);
        if (found != frame.front.rows.end()) {
            front.push_back(std::uint32_t(found - frame.front.rows.begin()));
        } else if (other != frame.cloud.rows.end() && *other == row) {
            others.push_back(std::uint32_t(other - frame.cloud.rows.begin()));
        }
    }
    if (front.size() + others.size() <= few) {
        painter.setRenderHint(QPainter::Antialiasing);
        painter.setPen(QPen(theme().text, scaled(2.5)));
        std::ranges::for_each(front, [&](std::size_t i) { paint_line(painter, frame.front, i); });
        std::ranges::for_each(others, [&](std::size_t i) { paint_line(painter, frame.cloud, i); });
        painter.setRenderHint(QPainter::Antialiasing, false);
        return;
    }
    if (const std::tuple now(drawings_, ratio, front, others); selected_picture_.isNull() || selected_shown_ != now) {
        const QSize size = lines_rect().size() * ratio;
        const std::vector<ParallelAxis> axes = axes_on(ratio);
        selected_picture_ = QImage(size, QImage::Format_ARGB32_Premultiplied);
        selected_picture_.fill(Qt::transparent);
        const int pen = std::max(2, int(2 * ratio));
        draw_density(selected_picture_, line_density(frame.cloud, others, axes, size.width(), size.height(), pen), theme().text, theme().background, 1);
        draw_density(selected_picture_, line_density(frame.front, front, axes, size.width(), size.height(), pen), theme().text, theme().background, 1);
        selected_picture_.setDevicePixelRatio(ratio);
        selected_shown_ = now;
    }
    painter.drawImage(QRectF(lines_rect()), selected_picture_, QRectF(selected_picture_.rect()));
}

void ParallelPlot::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    paint(painter, picture_, devicePixelRatioF());
}

/// All lines, however many there are.
void ParallelPlot::draw(QPainter& painter, QSize, double ratio)
{
    const bool there = workspace_.explorer().frame() && !axes_.empty() && !lines_rect().isEmpty();
    paint(painter, there ? rasteriser(ratio)(chosen_rows()) : QImage{}, ratio);
}

void ParallelPlot::paint(QPainter& painter, const QImage& picture, double ratio)
{
    painter.fillRect(rect(), theme().background);
    const auto& frame = workspace_.explorer().frame();
    if (!frame || axes_.empty()) {
        painter.setPen(theme().muted);
        painter.setFont(text_font());
        painter.drawText(rect(), Qt::AlignCenter, tr("The designs of the search are being made."));
        return;
    }
    const QRect lines = lines_rect();
    painter.drawImage(QRectF(lines), picture, QRectF(picture.rect()));
    paint_selected(painter, ratio);
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        paint_axis(painter, a);
    }
    paint_cursor(painter);
    if (pressed_axis_ >= 0 && !header_pressed_ && moved_y_ != pressed_y_) {
        const int x = lines.left() + axes_[std::size_t(pressed_axis_)].pixel;
        painter.setPen(QPen(theme().accent, 2));
        painter.drawRect(QRect(QPoint(x - scaled(5), std::min(pressed_y_, moved_y_)), QPoint(x + scaled(5), std::max(pressed_y_, moved_y_))));
    }
    if (header_pressed_ && pressed_axis_ >= 0) {
        painter.setPen(QPen(theme().accent, scaled(2), Qt::DashLine));
        painter.drawLine(moved_x_, 0, moved_x_, height());
    }
}

void ParallelPlot::resizeEvent(QResizeEvent*)
{
    place_axes();
    show_frame();
}

/// The view around it shows the lines again, where it is in sight.
void ParallelPlot::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::FontChange) {
        place_axes();
    }
}

void ParallelPlot::mousePressEvent(QMouseEvent* event)
{
    if (event->button() != Qt::LeftButton || axes_.empty() || !workspace_.explorer().frame()) {
        return;
    }
    pressed_axis_ = axis_near(event->pos().x());
    header_pressed_ = event->pos().y() < lines_rect().top();
    pressed_y_ = moved_y_ = std::clamp(event->pos().y(), lines_rect().top(), lines_rect().bottom());
    moved_x_ = event->pos().x();
    set_current(pressed_axis_);
}

void ParallelPlot::mouseMoveEvent(QMouseEvent* event)
{
    if (pressed_axis_ >= 0) {
        moved_x_ = event->pos().x();
        moved_y_ = std::clamp(event->pos().y(), lines_rect().top(), lines_rect().bottom());
        update();
    }
}

void ParallelPlot::mouseReleaseEvent(QMouseEvent* event)
{
    const int axis = std::exchange(pressed_axis_, -1);
    if (axis < 0) {
        return;
    }
    if (header_pressed_) {
        const int to = axis_near(event->pos().x());
        header_pressed_ = false;
        if (to != axis) {
            move_axis(axis, to - axis);
        }
    } else if (std::abs(moved_y_ - pressed_y_) > scaled(3)) {
        const double a = value_at(axis, pressed_y_);
        const double b = value_at(axis, moved_y_);
        add_filter(axis, a, b);
    }
    update();
}

void ParallelPlot::mouseDoubleClickEvent(QMouseEvent* event)
{
    if (axes_.empty()) {
        return;
    }
    const int axis = axis_near(event->pos().x());
    event->pos().y() < lines_rect().top() ? invert(axis) : workspace_.brushes().set(axes_[std::size_t(axis)].column, {});
}

void ParallelPlot::add_filter(int axis, double a, double b)
{
    const Column column = axes_[std::size_t(axis)].column;
    // Half a step to each side belongs to a format, or to yes and no.
    const double room = is_listed(column) ? 0.25 : 0;
    workspace_.brushes().add(column, {std::min(a, b) - room, std::max(a, b) + room});
}

std::optional<double> ParallelPlot::cursor_value() const
{
    return cursor_ && current_ < int(axes_.size()) ? std::optional(axes_[std::size_t(current_)].value_at(*cursor_)) : std::nullopt;
}

/// From one format to the next, or a fiftieth of the axis.
double ParallelPlot::cursor_step() const
{
    const ParallelAxis& axis = axes_[std::size_t(current_)];
    return is_listed(axis.column) ? 1 / std::max(1.0, axis.most - axis.least) : 0.02;
}

void ParallelPlot::put_cursor(double height)
{
    cursor_ = std::clamp(height, 0.0, 1.0);
    describe();
    update();
}

/// Begins a filter, or ends the one that was begun.
void ParallelPlot::set_end()
{
    if (!cursor_) {
        put_cursor(1);
    }
    if (!end_) {
        end_ = cursor_;
    } else {
        add_filter(current_, axes_[std::size_t(current_)].value_at(*std::exchange(end_, std::nullopt)), *cursor_value());
    }
    describe();
    update();
}

/// The one that was set last, as far as both its ends stay on the axis.
void ParallelPlot::move_filter(double by)
{
    const ParallelAxis& axis = axes_[std::size_t(current_)];
    const std::vector<Span>& spans = workspace_.brushes().of(axis.column);
    if (spans.empty()) {
        return;
    }
    const double room = is_listed(axis.column) ? 0.25 / std::max(1.0, axis.most - axis.least) : 0;  // beside the outer formats
    Span moved = spans.back();
    for (const double end : {moved.least, moved.most}) {
        if (std::isfinite(end)) {
            const double height = axis.height_of(end);
            by = std::clamp(by, std::min(0.0, -room - height), std::max(0.0, 1 + room - height));
        }
    }
    for (double* end : {&moved.least, &moved.most}) {
        *end = std::isfinite(*end) ? axis.value_at(axis.height_of(*end) + by) : *end;
    }
    workspace_.brushes().replace(axis.column, spans.size() - 1, moved);
}

void ParallelPlot::leave_cursor()
{
    cursor_.reset();
    end_.reset();
    update();
}

bool ParallelPlot::press_cursor_key(const QKeyEvent& event)
{
    const bool filter = (event.modifiers() & Qt::ShiftModifier) != 0;
    const auto move = [&](double by) {
        // The first press puts it at the end that it comes from.
        filter ? move_filter(by) : put_cursor(cursor_ ? *cursor_ + by : by > 0 ? 0 : 1);
        return true;
    };
    const auto jump = [&](double height) {
        filter ? move_filter(2 * height - 1) : put_cursor(height);
        return true;
    };
    constexpr double page = 10;
    switch (event.key()) {
        case Qt::Key_Up: return move(cursor_step());
        case Qt::Key_Down: return move(-cursor_step());
        case Qt::Key_PageUp: return move(page * cursor_step());
        case Qt::Key_PageDown: return move(-page * cursor_step());
        case Qt::Key_Home: return jump(1);
        case Qt::Key_End: return jump(0);
        case Qt::Key_Space: set_end(); return true;
        case Qt::Key_Escape:
            if (!cursor_) {
                return false;
            }
            leave_cursor();
            describe();
            return true;
        default: return false;
    }
}

void ParallelPlot::focusOutEvent(QFocusEvent* event)
{
    QWidget::focusOutEvent(event);
    leave_cursor();
}

void ParallelPlot::keyPressEvent(QKeyEvent* event)
{
    if (axes_.empty() || !workspace_.explorer().frame()) {
        return QWidget::keyPressEvent(event);
    }
    if (press_cursor_key(*event)) {
        return;
    }
    const auto meaning = meaning_of(*event, KeyPlace::parallel);
    if (!meaning) {
        return QWidget::keyPressEvent(event);
    }
    switch (*meaning) {
        case ViewKey::previous_axis:
            return set_current(current_ - 1);
        case ViewKey::next_axis:
            return set_current(current_ + 1);
        case ViewKey::move_axis_left:
            return move_axis(current_, -1);
        case ViewKey::move_axis_right:
            return move_axis(current_, 1);
        case ViewKey::invert_axis:
            return invert(current_);
        case ViewKey::logarithmic_axis:
            return toggle_logarithmic(current_);
        default:
            return workspace_.brushes().set(axes_[std::size_t(current_)].column, {});
    }
}

}  // namespace slimline::gui

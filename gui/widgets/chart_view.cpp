#include "gui/widgets/chart_view.h"

#include <array>
#include <cmath>

#include <QKeyEvent>
#include <QToolTip>
#include <QVBoxLayout>

#include "gui/widgets/chart_dots.h"
#include "gui/widgets/text.h"
#include "gui/widgets/view_keys.h"

namespace slimline::gui {

namespace {

QColor colour(Ink ink)
{
    switch (ink) {
        case Ink::text: return theme().text;
        case Ink::muted: return theme().muted;
        case Ink::bad: return theme().bad;
        case Ink::none: return Qt::transparent;
        default: return series_colour(std::size_t(ink));
    }
}

/// Below words that lie over lines.
QColor ground()
{
    QColor paper = theme().background;
    paper.setAlphaF(0.8F);
    return paper;
}

QVector<double> numbers(const std::vector<double>& values)
{
    return {values.begin(), values.end()};
}

/// Words on as many lines as a width needs.
QString wrapped(const QString& words, const QFont& font, int width)
{
    const QFontMetrics metrics(font);
    QStringList lines;
    for (const QString& word : words.split(' ')) {
        const QString longer = lines.isEmpty() ? word : lines.back() + ' ' + word;
        if (lines.isEmpty() || metrics.horizontalAdvance(longer) > width) {
            lines << word;
        } else {
            lines.back() = longer;
        }
    }
    return lines.join('\n');
}

/// Distance of a point from a stretch of line, in pixels.
double distance(QPointF point, QPointF from, QPointF to)
{
    const QPointF way = to - from;
    const double length = QPointF::dotProduct(way, way);
    const double t = length > 0 ? std::clamp(QPointF::dotProduct(point - from, way) / length, 0.0, 1.0) : 0;
    const QPointF off = point - (from + t * way);
    return std::hypot(off.x(), off.y());
}

}  // namespace

struct ChartView::Inside {
    QCustomPlot* plot = nullptr;
    Chart chart;
    bool zoomed = false;
    std::string held;    // handle under the pressed button
    std::string chosen;  // handle that the keyboard moves
    std::vector<QCPItemText*> notes;  // as the chart's
    std::vector<QRectF> note_rects;   // of those that are shown; only where they stand beside points
    std::vector<QCPItemText*> handle_labels;
    QPointF pressed;
    QSize fitted_to;                  // size of the axes that texts were fitted to

    void set_axis(QCPAxis& axis, const ChartAxis& about);
    void add_bars(const ChartSeries& series, QCPBars*& below);
    void add_graph(const ChartSeries& series, std::size_t index, QCPGraph*& area_below);
    void add_dots(const ChartSeries& series);
    void add_handle(const ChartHandle& handle);
    void add_note(const ChartNote& note, bool bars);
    void add_empty();
    void place_legend();
    void place_columns();
    void put_legend(bool right, bool low);
    void draw_all();
    void fit();
    void place_notes();
    std::array<QRectF, 4> sides_of(std::size_t note) const;
    QRectF place_of(std::size_t note) const;
    void choose_corner();
    int hidden_by(const QRectF& rect) const;
    double foot_of_bars(int height);
    std::vector<QRectF> taken_places() const;
    double reach_of_bars(int width);
    QPointF pixel(double x, double y) const { return {plot->xAxis->coordToPixel(x), plot->yAxis->coordToPixel(y)}; }
    const ChartHandle* handle_at(QPointF point) const;
    struct Place {
        const ChartSeries* series = nullptr;
        std::size_t index = 0;
    };
    Place point_at(QPointF point) const;
    QString label_at(QPointF point) const;
    QString key_at(QPointF point) const;
    void choose_next(int step);
};

void ChartView::Inside::set_axis(QCPAxis& axis, const ChartAxis& about)
{
    axis.setLabel(text(about.label));
    axis.setNumberFormat("gb");
    axis.setNumberPrecision(4);
    axis.grid()->setVisible(about.words.empty());
    axis.setSubTicks(about.words.empty());
    if (!about.words.empty()) {
        const auto ticker = QSharedPointer<QCPAxisTickerText>::create();
        for (std::size_t i = 0; i < about.words.size(); ++i) {
            ticker->addTick(-double(i), text(about.words[i]));
        }
        axis.setTicker(ticker);
        axis.setTickLength(0);
    } else if (about.logarithmic) {
        make_logarithmic(axis);
    } else {
        axis.setScaleType(QCPAxis::stLinear);
        const auto ticker = QSharedPointer<QCPAxisTicker>::create();
        ticker->setTickCount(4);
        axis.setTicker(ticker);
    }
    if (!zoomed && about.high > about.low) {
        axis.setRange(about.low, about.high);
    }
}

void ChartView::Inside::add_bars(const ChartSeries& series, QCPBars*& below)
{
    auto* bars = new QCPBars(plot->yAxis, plot->xAxis);
    bars->setPen(Qt::NoPen);
    bars->setBrush(colour(series.ink));
    bars->setWidth(0.7);
    bars->setAntialiased(false);
    bars->setData(numbers(series.y), numbers(series.x));
    if (below != nullptr) {
        bars->moveAbove(below);
    }
    below = bars;
    bars->setName(text(series.name));
    series.name.empty() ? void(bars->removeFromLegend()) : void();
}

void ChartView::Inside::add_graph(const ChartSeries& series, std::size_t, QCPGraph*& area_below)
{
    QCPGraph* graph = plot->addGraph();
    QPen pen(colour(series.ink), theme().line_width * ui_scale(), series.draw == Draw::dashed ? Qt::DashLine : Qt::SolidLine);
    graph->setPen(pen);
    graph->setData(numbers(series.x), numbers(series.y), false);
    if (series.draw == Draw::area) {
        QColor fill = colour(series.ink);
        fill.setAlphaF(0.4F);
        graph->setBrush(fill);
        if (area_below != nullptr) {
            graph->setChannelFillGraph(area_below);
        }
        area_below = graph;
    }
    graph->setName(text(series.name));
    if (series.name.empty()) {
        graph->removeFromLegend();
    }
}

void ChartView::Inside::add_dots(const ChartSeries& series)
{
    constexpr double usual_size = 7;
    QColor fill = colour(series.ink);
    fill.setAlphaF(0.55F);
    const bool circle = series.draw == Draw::circles;
    auto* dots = new ChartDots(*plot);
    std::vector<double> sizes = series.sizes;
    for (double& size : sizes) {
        size *= ui_scale();
    }
    dots->set(series.x, series.y, std::move(sizes),
              {std::size_t(series.ink) % 2 == 1 ? QCPScatterStyle::ssSquare : QCPScatterStyle::ssCircle,
               QPen(colour(series.ink), theme().line_width), circle ? QBrush(Qt::NoBrush) : QBrush(fill), usual_size * ui_scale()});
    dots->setName(text(series.name));
    if (series.name.empty()) {
        dots->removeFromLegend();
    }
}

void ChartView::Inside::add_handle(const ChartHandle& handle)
{
    QCPGraph* graph = plot->addGraph();
    const bool active = handle.id == held || handle.id == chosen;
    graph->setPen(QPen(colour(handle.ink), (active ? 4 : 2) * theme().line_width / 1.5 * ui_scale()));
    graph->setData({handle.x0, handle.x1}, {handle.y0, handle.y1});
    graph->removeFromLegend();
    const QPointF from = pixel(handle.x0, handle.y0);
    const QPointF to = pixel(handle.x1, handle.y1);
    auto* label = new QCPItemText(plot);
    label->setText(text(handle.label));
    label->setFont(text_font(0.92));
    label->setColor(colour(handle.ink));
    label->position->setType(QCPItemPosition::ptPlotCoords);
    const double angle = std::atan2(to.y() - from.y(), to.x() - from.x()) * 180 / M_PI;
    const bool level = std::abs(angle) < 1;
    // A level roof is named at its right end, a sloping one at its lower third.
    const auto between = [&](double a, double b, double t, bool log) { return log ? a * std::pow(b / a, t) : a + (b - a) * t; };
    const double t = level ? 0.99 : 0.03;
    label->setPositionAlignment((level ? Qt::AlignRight : Qt::AlignLeft) | (handle.label_below ? Qt::AlignTop : Qt::AlignBottom));
    label->position->setCoords(between(handle.x0, handle.x1, t, chart.x.logarithmic), between(handle.y0, handle.y1, t, chart.y.logarithmic));
    label->setRotation(angle);
    handle_labels.push_back(label);
}

void ChartView::Inside::add_note(const ChartNote& about, bool bars)
{
    auto* note = new QCPItemText(plot);
    note->setText(text(about.text));
    note->setFont(text_font(0.85));
    note->setColor(colour(about.ink));
    note->setPositionAlignment(bars ? Qt::AlignVCenter | Qt::AlignLeft : Qt::AlignTop | Qt::AlignLeft);
    note->setPadding({scaled(4), scaled(bars ? 2 : 1), scaled(4), scaled(bars ? 4 : 1)});
    if (!bars) {  // lines go below it, not through it
        note->setBrush(ground());
    }
    note->position->setCoords(about.x, about.y);
    notes.push_back(note);
}

void ChartView::Inside::add_empty()
{
    auto* note = new QCPItemText(plot);
    note->setText(text(chart.empty));
    note->setFont(text_font());
    note->setColor(theme().muted);
    note->position->setType(QCPItemPosition::ptAxisRectRatio);
    note->position->setCoords(0.5, 0.5);
}

void ChartView::Inside::place_legend()
{
    plot->legend->setVisible(plot->legend->itemCount() > 1);
    plot->legend->setRowSpacing(scaled(1));
    plot->legend->setMargins({scaled(5), scaled(3), scaled(5), scaled(4)});
    plot->legend->setIconSize(scaled(18), scaled(16));  // as high as a line: rows cut what hangs below it
    plot->legend->setBrush(ground());
    place_columns();
    put_legend(chart.legend_right, chart.legend_low);
}

/// Of the legend: two where one would be half as high as the axes, or higher.
void ChartView::Inside::place_columns()
{
    const int lines = plot->legend->itemCount() * QFontMetrics(plot->legend->font()).height();
    const int height = plot->axisRect()->height();
    const bool two = chart.y.words.empty() && height > 0 && 2 * lines > height;
    plot->legend->setWrap(two ? 2 : 0);
    plot->legend->setFillOrder(two ? QCPLegend::foColumnsFirst : QCPLegend::foRowsFirst);
}

void ChartView::Inside::put_legend(bool right, bool low)
{
    plot->axisRect()->insetLayout()->setInsetAlignment(0, (right ? Qt::AlignRight : Qt::AlignLeft) | (low ? Qt::AlignBottom : Qt::AlignTop));
}

/// How much words over lines, dots and notes would hide: in points of lines.
int ChartView::Inside::hidden_by(const QRectF& rect) const
{
    constexpr int worth_of_dot = 5;
    constexpr int worth_of_note = 20;
    int count = 0;
    for (std::size_t i = 0; i < notes.size(); ++i) {
        count += !chart.notes[i].if_room && rect.intersects(place_of(i)) ? worth_of_note : 0;
    }
    for (const ChartSeries& series : chart.series) {
        for (std::size_t i = 0; i < series.x.size() && series.draw != Draw::bars; ++i) {
            const bool dot = series.draw == Draw::dots || series.draw == Draw::circles;
            count += rect.contains(pixel(series.x[i], series.y[i])) ? (dot ? worth_of_dot : 1) : 0;
        }
    }
    return count;
}

/// The corner that was asked for, unless another one hides less than half as much.
void ChartView::Inside::choose_corner()
{
    const QRectF axes(plot->axisRect()->rect());
    const QSizeF size(plot->legend->minimumOuterSizeHint());
    const double margin = scaled(10);
    bool right = chart.legend_right;
    bool low = chart.legend_low;
    int least = -1;
    for (const auto& [is_right, is_low] : {std::pair{right, low}, {!right, low}, {right, !low}, {!right, !low}}) {
        const QPointF at(is_right ? axes.right() - size.width() - margin : axes.left() + margin, is_low ? axes.bottom() - size.height() - margin : axes.top() + margin);
        const int hidden = hidden_by(QRectF(at, size));
        if (least < 0 || 2 * hidden < least) {
            least = hidden;
            right = is_right;
            low = is_low;
        }
    }
    put_legend(right, low);
    plot->axisRect()->insetLayout()->update(QCPLayoutElement::upLayout);
}

void ChartView::Inside::draw_all()
{
    plot->clearPlottables();
    plot->clearItems();
    notes.clear();
    note_rects.clear();
    handle_labels.clear();
    fitted_to = {};
    dress(*plot);
    set_axis(*plot->xAxis, chart.x);
    set_axis(*plot->yAxis, chart.y);
    const bool nothing = chart.series.empty() && chart.handles.empty();
    plot->axisRect()->setVisible(!nothing);
    for (QCPAxis* axis : {plot->xAxis, plot->yAxis}) {
        axis->setVisible(!nothing);
    }
    QCPBars* bars_below = nullptr;
    QCPGraph* area_below = nullptr;
    for (const ChartHandle& handle : chart.handles) {
        add_handle(handle);
    }
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        const ChartSeries& series = chart.series[i];
        switch (series.draw) {
            case Draw::bars: add_bars(series, bars_below); break;
            case Draw::dots:
            case Draw::circles: add_dots(series); break;
            default: add_graph(series, i, area_below); break;
        }
    }
    for (const ChartNote& note : chart.notes) {
        add_note(note, !chart.y.words.empty());
    }
    place_legend();
    if (nothing) {
        plot->axisRect()->setVisible(true);
        add_empty();
        plot->legend->setVisible(false);
    }
    fit();  // to the size that it had
    plot->replot(QCustomPlot::rpQueuedReplot);
}

/// The end of a bars' axis of so many pixels at which the words beside the bars end within it. Words that would leave the bars
/// no room are cut to their number ("25.9 %").
double ChartView::Inside::reach_of_bars(int width)
{
    double reach = chart.x.high;
    for (std::size_t i = 0; i < notes.size(); ++i) {
        const QFontMetrics metrics(notes[i]->font());
        const QString whole = text(chart.notes[i].text);
        const auto room_of = [&](const QString& words) { return metrics.horizontalAdvance(words) + scaled(10); };
        const QString said = room_of(whole) < 0.6 * width ? whole : whole.section(' ', 0, 1);
        notes[i]->setText(said);
        if (room_of(said) < 0.8 * width) {
            reach = std::max(reach, chart.x.low + (chart.notes[i].x - chart.x.low) * width / (width - room_of(said)));
        }
    }
    return reach;
}

/// The end of a bars' axis of so many pixels at which a legend below the bars lies over none.
double ChartView::Inside::foot_of_bars(int height)
{
    const double legend = plot->legend->visible() && chart.legend_low ? plot->legend->outerRect().height() + scaled(14) : 0;
    return legend < 0.6 * height ? chart.y.high - (chart.y.high - chart.y.low) * height / (height - legend) : chart.y.low;
}

/// What words beside points must leave free: dots, the names of roofs, the legend.
std::vector<QRectF> ChartView::Inside::taken_places() const
{
    constexpr double usual_size = 7;
    std::vector<QRectF> taken;
    for (const ChartSeries& series : chart.series) {
        const bool dots = series.draw == Draw::dots || series.draw == Draw::circles;
        for (std::size_t i = 0; dots && i < series.x.size(); ++i) {
            const double size = (i < series.sizes.size() ? series.sizes[i] : usual_size) * ui_scale();
            const QPointF at = pixel(series.x[i], series.y[i]);
            taken.emplace_back(at.x() - size / 2, at.y() - size / 2, size, size);
        }
    }
    for (const QCPItemText* label : handle_labels) {
        const QPolygonF corners({label->topLeft->pixelPosition(), label->topRight->pixelPosition(), label->bottomRight->pixelPosition(),
                                 label->bottomLeft->pixelPosition()});
        taken.push_back(corners.boundingRect());
    }
    if (plot->legend->visible()) {
        taken.emplace_back(plot->legend->outerRect());
    }
    return taken;
}

/// Where a note would stand on each side of its point: right, left, above, below.
std::array<QRectF, 4> ChartView::Inside::sides_of(std::size_t i) const
{
    const QFontMetrics metrics(notes[i]->font());
    const QSizeF size(metrics.horizontalAdvance(notes[i]->text()) + scaled(8), metrics.height() + scaled(2));
    const QPointF at = pixel(chart.notes[i].x, chart.notes[i].y);
    const double gap = chart.notes[i].gap * ui_scale() + 1;
    const double middle = at.y() - size.height() / 2;
    return {QRectF({at.x() + gap, middle}, size), QRectF({at.x() - gap - size.width(), middle}, size),
            QRectF({at.x() - size.width() / 2, at.y() - gap - size.height()}, size), QRectF({at.x() - size.width() / 2, at.y() + gap}, size)};
}

/// Of a note that is always shown: on its side, within the axes.
QRectF ChartView::Inside::place_of(std::size_t i) const
{
    const QRectF axes(plot->axisRect()->rect());
    const NoteSide side = chart.notes[i].side;
    QRectF place = sides_of(i)[side == NoteSide::right ? 0 : side == NoteSide::left ? 1 : 2];
    if (place.width() < axes.width()) {
        place.moveLeft(std::clamp(place.left(), axes.left(), axes.right() - place.width()));
        place.moveTop(std::clamp(place.top(), axes.top(), std::max(axes.top(), axes.bottom() - place.height())));
    }
    return place;
}

/// Beside their points and within the axes. One that may be left out is put where nothing else is, or nowhere.
void ChartView::Inside::place_notes()
{
    const QRectF axes(plot->axisRect()->rect());
    std::vector<QRectF> taken = taken_places();
    note_rects.clear();
    for (std::size_t i = 0; i < notes.size(); ++i) {
        QRectF place = place_of(i);
        bool shown = true;
        if (chart.notes[i].if_room) {
            const auto is_free = [&](const QRectF& rect) {
                return axes.contains(rect) && std::ranges::none_of(taken, [&](const QRectF& other) { return other.intersects(rect); });
            };
            const std::array sides = sides_of(i);
            const auto* found = std::ranges::find_if(sides, is_free);
            shown = found != sides.end();
            place = shown ? *found : place;
        } else {
            for (const QRectF& other : note_rects) {  // those before it, from the lowest up
                if (other.intersects(place)) {
                    place.moveBottom(other.top() - 1);
                }
            }
        }
        notes[i]->setVisible(shown);
        if (shown) {
            notes[i]->position->setCoords(plot->xAxis->pixelToCoord(place.left()), plot->yAxis->pixelToCoord(place.top()));
            taken.push_back(place);
            note_rects.push_back(place);
        }
    }
}

/// Once it is known how large the axes are: no words are cut. What moves the axes is drawn again.
void ChartView::Inside::fit()
{
    const QRect axes = plot->axisRect()->rect();
    if (axes.width() < scaled(20)) {
        return;
    }
    const bool bars = !chart.y.words.empty();
    if (!bars && plot->legend->visible()) {
        place_columns();
        choose_corner();
    }
    if (!bars) {
        place_notes();
    }
    if (fitted_to == axes.size()) {
        return;
    }
    fitted_to = axes.size();
    const QString label = wrapped(text(chart.x.label), plot->xAxis->labelFont(), axes.width());
    const double reach = bars && !zoomed ? reach_of_bars(axes.width()) : plot->xAxis->range().upper;
    if (bars) {
        plot->xAxis->ticker()->setTickCount(std::clamp(axes.width() / scaled(45), 2, 4));
    }
    const QString side_label = wrapped(text(chart.y.label), plot->yAxis->labelFont(), axes.height());
    const double foot = bars && !zoomed ? foot_of_bars(axes.height()) : plot->yAxis->range().lower;
    if (label != plot->xAxis->label() || reach != plot->xAxis->range().upper || side_label != plot->yAxis->label() || foot != plot->yAxis->range().lower) {
        plot->xAxis->setLabel(label);
        plot->xAxis->setRangeUpper(reach);
        plot->yAxis->setLabel(side_label);
        plot->yAxis->setRangeLower(foot);
        fitted_to = {axes.width(), -1};  // the height changes with the label's lines
        plot->replot(QCustomPlot::rpQueuedReplot);
    }
}

const ChartHandle* ChartView::Inside::handle_at(QPointF point) const
{
    const ChartHandle* nearest = nullptr;
    double least = 7 * ui_scale();
    for (const ChartHandle& handle : chart.handles) {
        const double away = distance(point, pixel(handle.x0, handle.y0), pixel(handle.x1, handle.y1));
        if (handle.movable && away < least) {
            least = away;
            nearest = &handle;
        }
    }
    return nearest;
}

ChartView::Inside::Place ChartView::Inside::point_at(QPointF point) const
{
    double least = 12 * ui_scale();
    Place found;
    for (const ChartSeries& series : chart.series) {
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            QPointF at = pixel(series.x[i], series.y[i]);
            double away = std::hypot(at.x() - point.x(), at.y() - point.y());
            if (series.draw == Draw::bars) {  // anywhere in the row
                away = std::abs(at.y() - point.y());
            }
            if (away < least) {
                least = away;
                found = {&series, i};
            }
        }
    }
    return found;
}

QString ChartView::Inside::label_at(QPointF point) const
{
    const auto [series, i] = point_at(point);
    if (series == nullptr) {
        return {};
    }
    return i < series->labels.size() ? text(series->labels[i])
                                     : QString("%1\n%2: %3\n%4: %5").arg(text(series->name), text(chart.x.label)).arg(series->x[i], 0, 'g', 5).arg(text(chart.y.label)).arg(series->y[i], 0, 'g', 5);
}

QString ChartView::Inside::key_at(QPointF point) const
{
    const auto [series, i] = point_at(point);
    return series != nullptr && i < series->keys.size() ? text(series->keys[i]) : QString{};
}

void ChartView::Inside::choose_next(int step)
{
    std::vector<std::string> ids{""};
    for (const ChartHandle& handle : chart.handles) {
        if (handle.movable) {
            ids.push_back(handle.id);
        }
    }
    const auto at = std::ranges::find(ids, chosen) - ids.begin();
    const auto count = std::ptrdiff_t(ids.size());
    chosen = ids[std::size_t(((at % count) + step + count) % count)];
}

ChartView::ChartView(const QString& name, QWidget* parent) : QWidget(parent), inside_(new Inside)
{
    setAccessibleName(name);
    inside_->plot = make_plot(this, name);
    inside_->plot->setInteractions(QCP::iRangeZoom | QCP::iRangeDrag);
    inside_->plot->legend->setVisible(true);
    connect(inside_->plot, &QCustomPlot::afterLayout, this, [this] { inside_->fit(); });
    inside_->plot->installEventFilter(this);
    inside_->plot->setMouseTracking(true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(inside_->plot);
    setFocusProxy(inside_->plot);
}

ChartView::~ChartView() = default;

void ChartView::show_chart(Chart chart)
{
    inside_->chart = std::move(chart);
    inside_->plot->setAccessibleDescription(text(description(inside_->chart)));
    inside_->draw_all();
}

const Chart& ChartView::chart() const
{
    return inside_->chart;
}

QPointF ChartView::pixel(double x, double y) const
{
    return inside_->plot->mapTo(this, inside_->pixel(x, y));
}

std::vector<QRectF> ChartView::note_rects() const
{
    return inside_->note_rects;
}

void ChartView::draw(QPainter& painter, QSize size, double)
{
    draw_plot(*inside_->plot, painter, size);
}

bool ChartView::eventFilter(QObject* watched, QEvent* event)
{
    Inside& in = *inside_;
    const auto position = [&] { return static_cast<QMouseEvent*>(event)->position(); };
    switch (event->type()) {
        case QEvent::MouseButtonPress:
            in.pressed = position();
            if (const ChartHandle* handle = in.handle_at(position()); handle != nullptr && static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton) {
                in.held = handle->id;
                Q_EMIT handle_pressed(text(in.held));
                return true;
            }
            break;
        case QEvent::MouseMove:
            if (!in.held.empty()) {
                Q_EMIT handle_moved(text(in.held), in.plot->xAxis->pixelToCoord(position().x()), in.plot->yAxis->pixelToCoord(position().y()));
                return true;
            }
            if (static_cast<QMouseEvent*>(event)->buttons() == Qt::NoButton) {
                in.plot->setCursor(in.handle_at(position()) != nullptr ? Qt::SizeVerCursor : Qt::ArrowCursor);
                QToolTip::showText(static_cast<QMouseEvent*>(event)->globalPosition().toPoint(), in.label_at(position()), in.plot);
            } else {
                in.zoomed = true;
            }
            break;
        case QEvent::MouseButtonRelease:
            if (!in.held.empty()) {
                const QString id = text(std::exchange(in.held, {}));
                Q_EMIT handle_released(id);
                in.draw_all();
                return true;
            }
            if (static_cast<QMouseEvent*>(event)->button() == Qt::LeftButton && (position() - in.pressed).manhattanLength() < 4 * ui_scale()) {
                Q_EMIT picked(in.key_at(position()));
            }
            break;
        case QEvent::Wheel: in.zoomed = true; break;
        case QEvent::MouseButtonDblClick:
            in.zoomed = false;
            in.draw_all();
            return true;
        case QEvent::KeyPress: {
            const auto meaning = meaning_of(*static_cast<QKeyEvent*>(event), KeyPlace::chart);
            if (meaning == ViewKey::whole_chart) {
                in.zoomed = false;
                in.chosen.clear();
            } else if (meaning == ViewKey::previous_roof || meaning == ViewKey::next_roof) {
                in.choose_next(meaning == ViewKey::previous_roof ? -1 : 1);
            } else if (meaning && !in.chosen.empty()) {
                Q_EMIT handle_stepped(text(in.chosen), meaning == ViewKey::raise_roof ? 1 : -1);
                return true;
            } else {
                break;
            }
            in.draw_all();
            return true;
        }
        default: break;
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace slimline::gui

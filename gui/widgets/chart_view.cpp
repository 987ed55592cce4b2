#include "gui/widgets/chart_view.h"

#include <cmath>

#include <QKeyEvent>
#include <QToolTip>
#include <QVBoxLayout>

#include "gui/widgets/chart_dots.h"
#include "gui/widgets/text.h"

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
    QSize fitted_to;                  // size of the axes that texts were fitted to

    void set_axis(QCPAxis& axis, const ChartAxis& about);
    void add_bars(const ChartSeries& series, QCPBars*& below);
    void add_graph(const ChartSeries& series, std::size_t index, QCPGraph*& area_below);
    void add_dots(const ChartSeries& series);
    void add_handle(const ChartHandle& handle);
    void add_note(const std::string& words, double x, double y, Ink ink, bool above);
    void add_empty();
    void place_legend();
    void draw_all();
    void fit();
    double reach_of_bars(int width);
    QPointF pixel(double x, double y) const { return {plot->xAxis->coordToPixel(x), plot->yAxis->coordToPixel(y)}; }
    const ChartHandle* handle_at(QPointF point) const;
    QString label_at(QPointF point) const;
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
}

void ChartView::Inside::add_note(const std::string& words, double x, double y, Ink ink, bool above)
{
    auto* note = new QCPItemText(plot);
    note->setText(text(words));
    note->setFont(text_font(0.85));
    note->setColor(colour(ink));
    note->setPositionAlignment((above ? Qt::AlignBottom : Qt::AlignVCenter) | (above ? Qt::AlignHCenter : Qt::AlignLeft));
    note->setPadding({scaled(4), scaled(2), scaled(4), scaled(4)});
    note->position->setCoords(x, y);
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
    plot->legend->setRowSpacing(0);
    plot->legend->setMargins({scaled(5), scaled(3), scaled(5), scaled(3)});
    plot->legend->setIconSize(scaled(18), scaled(12));
    QColor ground = theme().background;
    ground.setAlphaF(0.8F);
    plot->legend->setBrush(ground);
    const Qt::Alignment side = chart.legend_right ? Qt::AlignRight : Qt::AlignLeft;
    plot->axisRect()->insetLayout()->setInsetAlignment(0, side | (chart.legend_low ? Qt::AlignBottom : Qt::AlignTop));
}

void ChartView::Inside::draw_all()
{
    plot->clearPlottables();
    plot->clearItems();
    notes.clear();
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
        add_note(note.text, note.x, note.y, note.ink, chart.y.words.empty());
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
            reach = std::max(reach, chart.notes[i].x * width / (width - room_of(said)));
        }
    }
    return reach;
}

/// Once it is known how large the axes are: no words are cut. What moves the axes is drawn again.
void ChartView::Inside::fit()
{
    const QRect axes = plot->axisRect()->rect();
    if (axes.width() < scaled(20)) {
        return;
    }
    const bool bars = !chart.y.words.empty();
    for (std::size_t i = 0; i < notes.size() && !bars; ++i) {
        const double half = QFontMetrics(notes[i]->font()).horizontalAdvance(notes[i]->text()) / 2.0 + scaled(4);
        const double at = plot->xAxis->coordToPixel(chart.notes[i].x);
        if (half < axes.width() / 2.0) {
            const double x = std::clamp(at, axes.left() + half, axes.right() - half);
            notes[i]->position->setCoords(plot->xAxis->pixelToCoord(x), chart.notes[i].y);
        }
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
    if (label != plot->xAxis->label() || reach != plot->xAxis->range().upper) {
        plot->xAxis->setLabel(label);
        plot->xAxis->setRangeUpper(reach);
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

QString ChartView::Inside::label_at(QPointF point) const
{
    double least = 12 * ui_scale();
    QString found;
    for (const ChartSeries& series : chart.series) {
        for (std::size_t i = 0; i < series.x.size(); ++i) {
            QPointF at = pixel(series.x[i], series.y[i]);
            double away = std::hypot(at.x() - point.x(), at.y() - point.y());
            if (series.draw == Draw::bars) {  // anywhere in the row
                away = std::abs(at.y() - point.y());
            }
            if (away < least) {
                least = away;
                found = i < series.labels.size() ? text(series.labels[i])
                                                 : QString("%1\n%2: %3\n%4: %5").arg(text(series.name), text(chart.x.label)).arg(series.x[i], 0, 'g', 5).arg(text(chart.y.label)).arg(series.y[i], 0, 'g', 5);
            }
        }
    }
    return found;
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

void ChartView::draw(QPainter& painter, QSize size)
{
    QPicture picture;
    QCPPainter recorder(&picture);
    recorder.setMode(QCPPainter::pmVectorized);
    inside_->plot->toPainter(&recorder, size.width(), size.height());
    recorder.end();
    picture.play(&painter);
}

bool ChartView::eventFilter(QObject* watched, QEvent* event)
{
    Inside& in = *inside_;
    const auto position = [&] { return static_cast<QMouseEvent*>(event)->position(); };
    switch (event->type()) {
        case QEvent::MouseButtonPress:
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
            break;
        case QEvent::Wheel: in.zoomed = true; break;
        case QEvent::MouseButtonDblClick:
            in.zoomed = false;
            in.draw_all();
            return true;
        case QEvent::KeyPress: {
            const int key = static_cast<QKeyEvent*>(event)->key();
            if (key == Qt::Key_Home || key == Qt::Key_Escape) {
                in.zoomed = false;
                in.chosen.clear();
            } else if (key == Qt::Key_Left || key == Qt::Key_Right) {
                in.choose_next(key == Qt::Key_Left ? -1 : 1);
            } else if ((key == Qt::Key_Up || key == Qt::Key_Down) && !in.chosen.empty()) {
                Q_EMIT handle_stepped(text(in.chosen), key == Qt::Key_Up ? 1 : -1);
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

// What views show, against the functions that the CLI asks; what they mark for each other; how charts place their words.

#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QDir>
#include <QFile>
#include <QFileDialog>
#include <QInputDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>
#include <QTabWidget>
#include <QTableView>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QTimer>
#include <QtTest>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "base/text.h"
#include "explorer/curves.h"
#include "explorer/memory_curve.h"
#include "explorer/waterfall.h"
#include "gui/viewmodel/breakdown_charts.h"
#include "gui/viewmodel/comparison.h"
#include "gui/viewmodel/curve_charts.h"
#include "gui/viewmodel/design_table_model.h"
#include "gui/viewmodel/interval_bars.h"
#include "gui/viewmodel/measured_passes.h"
#include "gui/viewmodel/report.h"
#include "gui/viewmodel/roofline.h"
#include "gui/viewmodel/why.h"
#include "gui/widgets/chart_view.h"
#include "gui/widgets/design_table_view.h"
#include "gui/widgets/exporting.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/parallel_view.h"
#include "gui/widgets/pareto_plot.h"
#include "gui/widgets/pareto_view.h"
#include "gui/widgets/roofline_view.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/view_keys.h"
#include "hwmodels/device_json.h"
#include "tests/gui/small_search.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

/// The worked example with two designs pinned.
SessionState with_pins()
{
    SessionState state = small_state();
    state.pinned.push_back({"the same in Q8_0", state.scenario});
    state.pinned.back().scenario.precision.weights = mix_named("Q8_0");
    state.pinned.push_back({"smollm2-360m", state.scenario});
    state.pinned.back().scenario.arch = slimline::load_architecture("smollm2-360m");
    return state;
}

/// A window with one view in front.
struct Opened {
    Session session;
    MainWindow window{session};

    explicit Opened(const char* view, SessionState state = with_pins()) : session(std::move(state))
    {
        window.resize(1280, 800);
        window.show();
        window.raise_view(view);
        settle();
    }
    void settle()
    {
        settle_search(window);
        for (SessionView* view : window.findChildren<SessionView*>()) {
            if (view->in_sight()) {
                view->catch_up();
                view->settle();
            }
        }
        QApplication::processEvents();
    }
    SearchWorkspace& workspace() { return *window.findChild<SearchWorkspace*>(); }
    template <class View>
    View& view(const char* name)
    {
        return *static_cast<View*>(window.view(name));
    }
    ChartView& chart(const char* view, const char* name)
    {
        for (auto* each : window.view(view)->findChildren<ChartView*>()) {
            if (each->accessibleName() == name) {
                return *each;
            }
        }
        qFatal("no chart %s", name);
    }
    QImage picture(const char* view) { return window.view(view)->grab().toImage(); }
};

/// A view by itself.
struct Alone {
    std::unique_ptr<QWidget> view;
    Alone(Opened& o, const char* name, QSize size) : view(o.window.view(name))
    {
        view->setParent(nullptr);
        view->resize(size);
        view->show();
        o.settle();
        auto* shown = qobject_cast<SessionView*>(view.get());
        for (int i = 0; i < 3; ++i) {
            shown->catch_up();
            shown->settle();
            QApplication::processEvents();
        }
    }
};

const ChartSeries& series(const Chart& chart, const std::string& begin)
{
    const auto found = std::ranges::find_if(chart.series, [&](const ChartSeries& each) { return each.name.starts_with(begin); });
    if (found == chart.series.end()) {
        qFatal("no series %s", begin.c_str());
    }
    return *found;
}

bool has_series(const Chart& chart, const std::string& begin)
{
    return std::ranges::any_of(chart.series, [&](const ChartSeries& each) { return each.name.starts_with(begin); });
}

int pixels_of(const QImage& image, QColor colour)
{
    int count = 0;
    for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
            count += QColor(image.pixel(x, y)) == colour ? 1 : 0;
        }
    }
    return count;
}

void click(ChartView& chart, double x, double y)
{
    QWidget* plot = chart.focusProxy();
    QTest::mouseClick(plot, Qt::LeftButton, {}, plot->mapFrom(&chart, chart.pixel(x, y)).toPoint());
    QApplication::processEvents();
}

}  // namespace

class ChartsTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }
    void cleanup() { apply_theme(theme_named("light"), 1); }

    // Breakdown

    void memory_is_shown_with_the_capacity_of_the_device()
    {
        const SessionState state = worked_example();
        const Prediction p = predict(state.scenario);
        const Chart chart = memory_chart(state.scenario, p);
        const ChartSeries& capacity = series(chart, "capacity 16.0 GiB");
        const double unit = p.memory.total().value / series(chart, "this workload").y.front();
        QCOMPARE(capacity.y.front() * unit, p.memory_available.value);
        QVERIFY(capacity.y.front() <= chart.y.high || capacity.name.ends_with(", above"));
        for (const ChartNote& note : chart.notes) {
            QVERIFY(note.y < chart.y.high);
        }
        Opened o("Breakdown", worked_example());
        QVERIFY(pixels_of(o.picture("Breakdown"), theme().bad) > 5);
    }

    void memory_by_context_is_what_the_explorer_says()
    {
        const Scenario s = worked_example().scenario;
        const Prediction p = predict(s);
        const Chart chart = memory_chart(s, p);
        const ChartSeries& whole = series(chart, "KV cache");
        const std::vector<int> contexts(whole.x.begin(), whole.x.end());
        const auto curve = memory_against_context(s, contexts);
        const double unit = memory_unit(curve.back().memory.total().value).size;
        for (std::size_t i = 0; i < contexts.size(); ++i) {
            QCOMPARE(series(chart, "weights").y[i], curve[i].memory.weights.value / unit);
            QCOMPARE(whole.y[i], curve[i].memory.total().value / unit);
        }
        QCOMPARE(series(chart, "this workload").y.front(), p.memory.total().value / unit);
    }

    void bars_are_the_times_of_operators_and_each_says_so_under_the_pointer()
    {
        const Prediction p = predict(worked_example().scenario);
        const Chart chart = pass_chart(breakdown(p.decode, 0.01, 12), "a token");
        double sum = 0;
        for (const ChartSeries& each : chart.series) {
            QCOMPARE(each.labels.size(), each.x.size());
            for (std::size_t i = 0; i < each.x.size(); ++i) {
                sum += each.x[i];
                const std::string& word = chart.y.words[i];
                QVERIFY(each.labels[i].starts_with(word + ": "));  // also of bars too short for a number behind them
                const auto op = std::ranges::find(p.decode.operators, word, &OperatorTime::name);
                QVERIFY(op == p.decode.operators.end() || each.labels[i].find(display(op->time)) != std::string::npos);
            }
        }
        QVERIFY(std::abs(sum * time_unit(p.tpot.value / 5).size / p.tpot.value - 1) < 1e-12);
    }

    // Compare

    void the_waterfall_has_the_differences_of_two_predictions()
    {
        const SessionState state = with_pins();
        const Prediction present = predict(state.scenario);
        const Waterfall fall = waterfall(present.decode, predict(state.pinned[0].scenario).decode);
        const Chart chart = waterfall_chart(state, present, 0, 1, true);
        const double unit = time_unit(std::max(fall.start.value, fall.end.value)).size;
        QCOMPARE(chart.y.words.front(), std::string("present"));
        QCOMPARE(chart.y.words.back(), std::string("the same in Q8_0"));
        QCOMPARE(chart.series[1].x.front(), fall.start.value / unit);
        QCOMPARE(chart.series[1].x.back(), fall.end.value / unit);
        QCOMPARE(chart.notes.size(), chart.y.words.size());
        for (std::size_t i = 1; i + 2 < chart.y.words.size(); ++i) {  // without "others"
            QCOMPARE(chart.y.words[i], fall.steps[i - 1].name);
            const double difference = fall.steps[i - 1].difference().value;
            QCOMPARE(series(chart, "more").x[i] - series(chart, "less").x[i], difference / unit);
            QCOMPARE(chart.notes[i].text, (difference < 0 ? "-" : "+") + display(Seconds{std::abs(difference)}));
        }
    }

    void the_comparison_has_the_figures_of_predictions()
    {
        const SessionState state = with_pins();
        const Comparison all = comparison(state, predict(state.scenario));
        const auto figure = [&](const char* name) { return *std::ranges::find(all.figures, name, &ComparedFigure::name); };
        for (std::size_t i = 0; i < state.pinned.size(); ++i) {
            const Prediction p = predict(state.pinned[i].scenario);
            QCOMPARE(all.names[i + 1], state.pinned[i].name);
            QCOMPARE(figure("time to first token").values[i + 1], display(p.ttft));
            QCOMPARE(figure("time a token").values[i + 1], display(p.tpot));
            QCOMPARE(figure("memory").values[i + 1], display(p.memory.total()));
            QCOMPARE(figure("energy a token").values[i + 1], display(p.energy_per_token));
        }
    }

    void two_models_of_the_catalogue_differ_in_more_than_their_names()
    {
        SessionState state = with_pins();
        const std::vector<std::string> models = input_differences(state, 0, 2);
        const auto has = [](const std::vector<std::string>& lines, const std::string& begin) {
            return std::ranges::any_of(lines, [&](const std::string& line) { return line.starts_with(begin); });
        };
        QVERIFY(has(models, "/architecture/d_model: 896 -> 960"));
        QVERIFY(has(models, "/architecture/vocabulary: 151936 -> 49152"));
        QVERIFY(!has(models, "/device"));
        QCOMPARE(input_differences(state, 0, 1), std::vector<std::string>{"/precision/weights: \"Q4_K_M\" -> \"Q8_0\""});
        state.pinned[0].scenario.device = slimline::load_device("raspberry-pi-5-8gb");
        QVERIFY(has(input_differences(state, 0, 1), "/device/memory/bandwidth_GBps: 102.4 -> 17.1"));
        QVERIFY(!has(input_differences(state, 0, 1), "/device/sources"));
    }

    void three_designs_stand_beside_each_other_without_scrolling()
    {
        Opened o("Compare");
        const Alone alone(o, "Compare", {960, 480});
        auto* table = alone.view->findChild<QTableWidget*>();
        QCOMPARE(table->columnCount(), 6);
        QCOMPARE(table->horizontalScrollBar()->maximum(), 0);
        for (int c = 0; c < table->columnCount(); ++c) {
            const int row = 4;  // a time: numbers are whole
            QVERIFY(table->fontMetrics().horizontalAdvance(table->item(row, c)->text()) < table->columnWidth(c));
        }
    }

    // Curves

    void curves_are_those_of_the_explorer()
    {
        const SessionState state = with_pins();
        const Scenario& s = state.scenario;
        const auto integers = [](const std::vector<double>& x) { return std::vector<int>(x.begin(), x.end()); };
        const Chart prompt = curve_chart(state, Curves::prompt);
        const Chart context = curve_chart(state, Curves::context);
        const std::vector<Scenario> designs{s, state.pinned[0].scenario, state.pinned[1].scenario};
        const std::vector<std::string> names{"this design", "the same in Q8_0", "smollm2-360m"};
        for (std::size_t d = 0; d < designs.size(); ++d) {
            const ChartSeries& first = series(prompt, names[d]);
            const Curve against = against_prompt(designs[d], integers(first.x));
            const double unit = time_unit(against_prompt(s, integers(first.x)).back().latency.ttft.value).size;
            for (std::size_t i = 0; i < against.size(); ++i) {
                QCOMPARE(first.y[i], against[i].latency.ttft.value / unit);
            }
            const ChartSeries& each = series(context, names[d]);
            const Curve speeds = against_context(designs[d], integers(each.x));
            for (std::size_t i = 0; i < speeds.size(); ++i) {
                QCOMPARE(each.y[i], 1 / speeds[i].latency.tpot.value);
            }
        }
        const Chart bandwidth = curve_chart(state, Curves::bandwidth);
        std::vector<double> at = series(bandwidth, "decode").x;
        std::ranges::for_each(at, [](double& value) { value *= giga; });
        const Curve speeds = against_bandwidth(s, at);
        for (std::size_t i = 0; i < speeds.size(); ++i) {
            QVERIFY(std::abs(series(bandwidth, "decode").y[i] / (latency(s).tpot / speeds[i].latency.tpot) - 1) < 1e-12);
        }
        const auto pays = break_even(speeds, CurvePhase::decode);
        QVERIFY(pays && std::ranges::any_of(bandwidth.notes, [&](const ChartNote& note) {
            return note.text == "decode: pays to " + significant(*pays / giga) + " GB/s";
        }));
    }

    void words_in_charts_lie_within_the_axes_and_over_nothing_else_data()
    {
        QTest::addColumn<QString>("view");
        QTest::addColumn<int>("scale");
        for (const char* view : {"Curves", "Roofline"}) {
            for (const int scale : {100, 200}) {
                QTest::addRow("%s-%d", view, scale) << view << scale;
            }
        }
    }

    void words_in_charts_lie_within_the_axes_and_over_nothing_else()
    {
        QFETCH(QString, view);
        QFETCH(int, scale);
        SessionState state = with_pins();
        state.view.scale_percent = scale;
        Opened o("Breakdown", state);
        const QByteArray name = view.toUtf8();
        const Alone alone(o, name.constData(), QSize(960, 480) * scale / 100);
        int words = 0;
        for (const ChartView* chart : alone.view->findChildren<ChartView*>()) {
            const std::vector<QRectF> rects = chart->note_rects();
            words += int(rects.size());
            for (std::size_t i = 0; i < rects.size(); ++i) {
                QVERIFY(QRectF(chart->rect()).contains(rects[i]));
                for (std::size_t j = 0; j < i; ++j) {
                    QVERIFY(!rects[i].intersects(rects[j]));
                }
            }
        }
        QVERIFY2(words >= 3, qPrintable(QString::number(words)));
    }

    void words_at_a_dashed_line_stand_beside_it()
    {
        Opened o("Curves");
        const Alone alone(o, "Curves", {960, 480});
        int lines = 0;
        for (const ChartView* view : alone.view->findChildren<ChartView*>()) {
            const std::vector<QRectF> rects = view->note_rects();
            for (std::size_t i = 0; i < rects.size(); ++i) {
                const double x = view->pixel(view->chart().notes[i].x, view->chart().notes[i].y).x();
                QVERIFY(x < rects[i].left() || x > rects[i].right());
                ++lines;
            }
        }
        QVERIFY(lines >= 3);
    }

    // Why

    void why_is_what_explain_says()
    {
        const Scenario s = worked_example().scenario;
        const Prediction p = predict(s);
        const Why w = why(s, p, 60);
        const auto slopes = elasticities(s);
        const auto ways = ways_to_reach(s, Seconds{1.0 / 60});
        QCOMPARE(w.elasticities.size(), slopes.size());
        for (std::size_t i = 0; i < slopes.size(); ++i) {
            QCOMPARE(w.elasticities[i].quantity, slopes[i].quantity);
            QCOMPARE(w.elasticities[i].ttft, slopes[i].ttft);
            QCOMPARE(w.elasticities[i].tpot, slopes[i].tpot);
        }
        QCOMPARE(w.ways.size(), ways.size());
        QVERIFY(!ways.empty() && w.paragraph.find(ways.front().to + " instead of " + ways.front().from) != std::string::npos);
        QVERIFY(w.paragraph.find(display(p.ttft)) != std::string::npos && w.paragraph.find(display(p.tpot)) != std::string::npos);
    }

    void why_follows_while_a_slider_is_dragged()
    {
        Opened o("Why");
        auto* said = o.window.view("Why")->findChild<QTextBrowser*>();
        o.session.begin_drag();
        QStringList texts{said->toPlainText()};
        for (int step = 0; step < 200 && texts.size() < 4; ++step) {
            o.session.edit(Field::bandwidth, 40 + step);
            QTest::qWait(15);  // hands never rest for as long as an answer may wait
            if (texts.back() != said->toPlainText()) {
                texts << said->toPlainText();
            }
        }
        o.session.end_drag();
        QVERIFY2(texts.size() >= 4, qPrintable(QString::number(texts.size())));
    }

    void the_report_has_the_figures_of_the_prediction()
    {
        const SessionState state = with_pins();
        const Prediction p = predict(state.scenario);
        const std::string report = markdown_report(state, p);
        for (const std::string& figure : {display(p.ttft), display(p.tpot), display(p.memory.total()), display(p.ttft_90.high), display(p.energy_per_token),
                                          display(predict(state.pinned[1].scenario).tpot), why(state.scenario, p, 0).paragraph}) {
            QVERIFY2(report.find(figure) != std::string::npos, figure.c_str());
        }
    }

    // Roofline

    void published_times_of_this_model_and_device_stand_beside_predicted_ones()
    {
        SessionState state = worked_example();
        QVERIFY(measured_passes(load_measurements(data_folder() / "measurements"), measured_key(state)).empty());  // nobody published any
        QVERIFY(!has_series(roofline_chart(state, predict(state.scenario)), "measured"));
        state.base_device = state.scenario.device = slimline::load_device("nvidia-h200");
        state.scenario.backend = state.base_device.backends.front().kind;
        state.scenario.calibration = calibration_of(state);
        const std::vector<Measurement> all = load_measurements(data_folder() / "measurements");
        const auto passes = measured_passes(all, measured_key(state));
        QVERIFY(!passes.empty());
        const Prediction p = predict(state.scenario);
        for (const MeasuredPass& pass : passes) {
            QVERIFY(pass.label.find("measured") == 0 && pass.label.find(':') != std::string::npos);
            if (pass.decode) {  // weights are read once a token, and do two operations a parameter
                QVERIFY(pass.flops_per_byte > 0.5 && pass.flops_per_byte < 16);
                QVERIFY(pass.flops_per_s < peak_rate(state.base_device.backends.front(), Arithmetic::int8, 0).value);
            }
        }
        const Chart chart = roofline_chart(state, p, passes);
        const ChartSeries& shown = series(chart, "measured");
        QCOMPARE(shown.x.size(), passes.size());
        QCOMPARE(shown.x.front(), passes.front().flops_per_byte);
        QCOMPARE(shown.y.front(), passes.front().flops_per_s / tera);
        QCOMPARE(shown.labels.front(), passes.front().label);

        Opened o("Roofline", state);
        QVERIFY(has_series(o.view<RooflineView>("Roofline").chart().chart(), "measured"));
        o.session.edit(Field::layers, 30);  // a model that nobody measured
        o.settle();
        QVERIFY(!has_series(o.view<RooflineView>("Roofline").chart().chart(), "measured"));
    }

    void the_longest_operators_are_named_at_their_dots()
    {
        const SessionState state = worked_example();
        const Prediction p = predict(state.scenario);
        const Chart chart = roofline_chart(state, p);
        const auto longest = std::ranges::max_element(p.prefill.operators, {}, &OperatorTime::share);
        const auto note = std::ranges::find_if(chart.notes, [&](const ChartNote& each) { return each.text.starts_with(longest->name); });
        QVERIFY(note != chart.notes.end());
        QCOMPARE(note->x, longest->flops.value / longest->bytes().value);
    }

    // One selection

    void an_operator_chosen_in_one_view_is_marked_in_the_other()
    {
        Opened o("Breakdown");
        ChartView& bars = o.chart("Breakdown", "Time a token by operator");
        const auto row = std::ranges::find(bars.chart().y.words, "attention") - bars.chart().y.words.begin();
        click(bars, bars.chart().x.low, -double(row));
        QCOMPARE(o.session.marked_operator(), std::string("attention"));
        o.settle();
        for (const char* name : {"Time a token by operator", "Time to first token by operator"}) {
            const auto& words = o.chart("Breakdown", name).chart().y.words;
            QCOMPARE(std::ranges::count(words, "▸ attention"), 1);
        }
        ChartView& roofline = o.view<RooflineView>("Roofline").chart();
        const ChartSeries rings = roofline.chart().series.back();
        const ChartSeries decode = series(roofline.chart(), "decode");
        const auto dot = std::size_t(std::ranges::find(decode.keys, "attention") - decode.keys.begin());
        QCOMPARE(rings.x.size(), std::size_t(2));  // of both passes
        QCOMPARE(rings.x.back(), decode.x[dot]);
        QCOMPARE(rings.y.back(), decode.y[dot]);
        const auto head = std::size_t(std::ranges::find(decode.keys, "head") - decode.keys.begin());
        click(roofline, decode.x[head], decode.y[head]);
        QVERIFY(!o.session.marked_operator().empty() && o.session.marked_operator() != "attention");
        o.settle();
        QVERIFY(std::ranges::any_of(bars.chart().y.words, [&](const std::string& word) { return word == "▸ " + o.session.marked_operator(); }));
        QVERIFY(!o.session.can_undo());
    }

    void a_design_selected_in_the_search_is_shown_in_every_view()
    {
        Opened o("Pareto");
        std::map<const char*, QImage> before;
        for (const char* name : {"Pareto", "Parallel"}) {
            o.window.raise_view(name);
            o.settle();
            before[name] = o.picture(name);
        }
        const LiveFrame& frame = *o.workspace().explorer().frame();
        const std::uint32_t row = frame.front.rows.front();
        o.workspace().selection().select(row);
        const Scenario chosen = *o.workspace().scenario_of(row);
        for (const char* name : {"Pareto", "Parallel"}) {
            o.window.raise_view(name);
            o.settle();
            QVERIFY2(o.picture(name) != before[name], name);
        }
        o.window.raise_view("Table");
        o.settle();
        auto& table = o.view<DesignTableView>("Table").table();
        QCOMPARE(table.selectionModel()->selectedRows().size(), 1);
        QCOMPARE(table.selectionModel()->selectedRows().front().data(DesignTableModel::RowRole).toUInt(), row);
        o.window.raise_view("Compare");
        o.settle();
        auto* compared = o.window.view("Compare")->findChild<QTableWidget*>();
        const int column = compared->columnCount() - 2;
        QCOMPARE(compared->horizontalHeaderItem(column)->toolTip(), QString("selected in the search"));
        QCOMPARE(compared->item(4, column)->text(), QString::fromStdString(display(predict(chosen).tpot)));
        o.window.raise_view("Curves");
        o.settle();
        const Chart& curves = o.chart("Curves", "Decode speed against context").chart();
        const ChartSeries ghost = series(curves, "selected in the search");
        const int first = int(ghost.x.front());
        QCOMPARE(ghost.y.front(), 1 / against_context(chosen, {&first, 1}).front().latency.tpot.value);
        QVERIFY(!o.session.can_undo() && o.session.state().pinned.size() == 2);  // marked, not pinned
        o.session.edit(Field::bandwidth, 50);
        o.settle();
        const ChartSeries& slower = series(o.chart("Curves", "Decode speed against context").chart(), "selected in the search");
        QVERIFY(slower.y.front() < ghost.y.front() * 1.0001);
        o.workspace().selection().clear();
        o.settle();
        QVERIFY(!has_series(o.chart("Curves", "Decode speed against context").chart(), "selected in the search"));
    }

    // Search views

    void interval_bars_are_those_of_the_prediction()
    {
        Opened o("Pareto");
        const LiveFrame& frame = *o.workspace().explorer().frame();
        const auto bars = interval_bars(frame, Column::tpot, Column::loss, 3);
        QCOMPARE(bars.size(), std::size_t(3));
        const Prediction p = predict(*o.workspace().scenario_of(frame.front.rows.front()));
        QVERIFY(std::abs(bars.front().x0 / p.tpot_90.low.value - 1) < 1e-9);
        QVERIFY(std::abs(bars.front().x1 / p.tpot_90.high.value - 1) < 1e-9);
        QCOMPARE(bars.front().y0, frame.front[Column::loss].front());
        QVERIFY(interval_bars(frame, Column::memory, Column::loss, 3).empty());
    }

    void the_speed_in_the_status_bar_is_that_of_the_view_in_front()
    {
        for (const char* name : {"Pareto", "Parallel", "Table"}) {
            Opened o(name);
            QLabel* measure = nullptr;
            for (QLabel* label : o.window.findChildren<QLabel*>()) {
                measure = label->accessibleName() == "Measured speed" ? label : measure;
            }
            o.window.show_measure("stale");
            o.session.edit(Field::bandwidth, 50);
            o.settle();
            QTRY_VERIFY2(measure->text().contains("front of"), name);
        }
    }

    void losses_are_named_with_their_unit()
    {
        Opened o("Table");
        const auto* model = o.view<DesignTableView>("Table").table().model();
        QCOMPARE(model->headerData(1, Qt::Horizontal).toString(), QString("Loss [nats/token]"));
    }

    void buttons_of_the_search_keep_their_distance_and_three_lines_need_no_scroll_bar()
    {
        Opened o("Search");
        auto* run = o.window.findChild<QPushButton*>("search.run");
        QVERIFY(run->x() >= scaled(6));
        auto* helpers = o.window.findChild<QPlainTextEdit*>("search.helpers");
        QCOMPARE(helpers->toPlainText().trimmed().count('\n'), 1);
        QVERIFY(!helpers->verticalScrollBar()->isVisible());
        helpers->appendPlainText("three = 3");
        QApplication::processEvents();
        QVERIFY(!helpers->verticalScrollBar()->isVisible());
    }

    void the_workload_is_in_sight_when_the_window_opens()
    {
        Opened o("Pareto");
        for (const char* field : {"prompt", "context", "batch", "threads"}) {
            auto* entry = o.window.findChild<QWidget*>(QString("entry.") + field);
            QVERIFY2(entry != nullptr && entry->visibleRegion().boundingRect() == entry->rect(), field);
        }
    }

    // Keys and files

    void every_key_that_is_listed_is_taken_by_its_view()
    {
        Opened o("Parallel");
        auto& parallel = o.view<ParallelView>("Parallel").plot();
        QWidget* roofline = o.view<RooflineView>("Roofline").chart().focusProxy();
        QWidget* pareto = o.view<ParetoView>("Pareto").plot().focusProxy();
        for (const ViewKeyInfo& info : view_keys()) {
            QWidget* target = info.place == KeyPlace::chart ? roofline : info.place == KeyPlace::pareto ? pareto : info.place == KeyPlace::parallel ? &parallel : nullptr;
            if (target == nullptr) {
                continue;  // Qt's table sees to its own
            }
            if (info.meaning == ViewKey::raise_roof || info.meaning == ViewKey::lower_roof) {
                QTest::keyClick(target, Qt::Key_Right);
            }
            const double bandwidth = value_of(Field::bandwidth, o.session.scenario());
            QKeyEvent press(QEvent::KeyPress, info.key.key(), info.key.keyboardModifiers());
            QApplication::sendEvent(target, &press);
            QVERIFY2(press.isAccepted(), info.text);
            if (info.meaning == ViewKey::raise_roof) {
                QVERIFY(value_of(Field::bandwidth, o.session.scenario()) > bandwidth);
            }
        }
        const std::vector<ParallelAxis> axes = parallel.axes();
        parallel.set_current(0);
        QTest::keyClick(&parallel, Qt::Key_Right, Qt::ControlModifier);
        QVERIFY(parallel.axes()[1].column == axes[0].column);
    }

    void plots_are_drawn_anew_for_a_larger_picture()
    {
        const QTemporaryDir folder;
        Opened o("Pareto");
        for (const char* name : {"Pareto", "Parallel", "Roofline"}) {
            o.window.raise_view(name);
            o.settle();
            const std::string file = folder.filePath("large.png").toStdString();
            export_file(*o.window.view(name), o.session, file, 4);
            const QImage large(QString::fromStdString(file));
            const QWidget* plot = std::string_view(name) == "Pareto"     ? static_cast<QWidget*>(&o.view<ParetoView>("Pareto").plot())
                                  : std::string_view(name) == "Parallel" ? static_cast<QWidget*>(&o.view<ParallelView>("Parallel").plot())
                                                                         : &o.view<RooflineView>("Roofline").chart();
            const QRect area(plot->mapTo(o.window.view(name), QPoint(0, 0)) * 4, plot->size() * 4);
            QVERIFY(large.rect().contains(area));
            int mixed = 0;  // pixels of the screen that are more than one colour now
            for (int y = area.top(); y + 3 < area.bottom(); y += 4) {
                for (int x = area.left(); x + 3 < area.right(); x += 4) {
                    mixed += large.pixel(x, y) != large.pixel(x + 3, y) || large.pixel(x, y) != large.pixel(x, y + 3) ? 1 : 0;
                }
            }
            QVERIFY2(mixed > 500, qPrintable(QString("%1: %2").arg(name).arg(mixed)));
        }
    }

    void plots_of_the_search_are_vectors_in_a_drawing()
    {
        const QTemporaryDir folder;
        Opened o("Pareto");
        const std::string file = folder.filePath("front.svg").toStdString();
        export_file(*o.window.view("Pareto"), o.session, file, 1);
        const std::string svg = read_file(file);
        QVERIFY(svg.find("Loss [nats/token]") != std::string::npos);  // the axis, which is no widget's word
    }

    void an_export_from_the_window_asks_how_many_pixels()
    {
        const QTemporaryDir folder;
        Opened o("Roofline");
        const QString file = folder.filePath("asked.png");
        QTimer answer;
        connect(&answer, &QTimer::timeout, this, [&] {
            QWidget* asks = QApplication::activeModalWidget();
            if (auto* files = qobject_cast<QFileDialog*>(asks)) {
                files->findChild<QLineEdit*>("fileNameEdit")->setText(file);
                static_cast<QDialog*>(files)->accept();
            } else if (auto* number = qobject_cast<QInputDialog*>(asks)) {
                QCOMPARE(number->intMinimum(), 1);
                QCOMPARE(number->intMaximum(), 4);
                number->setIntValue(3);
                number->accept();
            }
        });
        answer.start(50);
        o.window.actions().find("file.export")->trigger();
        answer.stop();
        const QImage written(file);
        QVERIFY2(!written.isNull() && written.width() % 3 == 0, qPrintable(o.window.last_message()));
        QVERIFY(written.width() == 3 * o.window.width() || written.width() == 3 * o.window.view("Roofline")->width());
    }
};

QTEST_MAIN(ChartsTest)
#include "charts_qtest.moc"

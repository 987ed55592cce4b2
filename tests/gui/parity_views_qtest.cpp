// Each example's question, asked in the window: its labels, tables and charts hold the numbers that the CLI writes as JSON,
// labels to their last printed digit, data as they are.

#include <cmath>
#include <map>
#include <sstream>

#include <QApplication>
#include <QComboBox>
#include <QClipboard>
#include <QDockWidget>
#include <QLabel>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QtTest>

#include "base/files.h"
#include "base/text.h"
#include "cli/run.h"
#include "gui/viewmodel/copied_command.h"
#include "gui/viewmodel/curve_charts.h"
#include "gui/viewmodel/search_workspace.h"
#include "gui/widgets/chart_view.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/session_view.h"
#include "gui/widgets/theme.h"
#include "simulator/prediction_json.h"
#include "tests/gui/small_search.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

using Line = std::vector<std::string>;

Json answer_of(Line words)
{
    if (words.front() != "batch") {  // which answers in JSON always
        words.emplace_back("--json");
    }
    const std::vector<std::string_view> args(words.begin(), words.end());
    std::ostringstream out;
    std::ostringstream err;
    const int code = slimline::run(args, {out, err, 100, false});
    return code == 0 ? Json::parse(out.str()) : Json(err.str());
}

Json answer_of(const CopiedCommand& command)
{
    command.write_files();
    return answer_of(command.arguments);
}

std::filesystem::path example(const char* name)
{
    return data_folder().parent_path() / "examples" / name;
}

/// The words after "slimline" in an example's script.
Line words_of(const char* name)
{
    std::string script = read_file(example(name));
    script = script.substr(script.find("}\"") + 2);
    Line words;
    for (const std::string& word : split(script, ' ')) {
        std::string plain = word;
        std::erase_if(plain, [](char c) { return c == '\\' || c == '\n'; });
        plain.empty() ? void() : words.push_back(plain);
    }
    return words;
}

std::map<std::string, Line> options_of(const Line& words)
{
    std::map<std::string, Line> options;
    std::string at;
    for (std::size_t i = 1; i < words.size(); ++i) {
        words[i].starts_with("--") ? void(at = words[i].substr(2)) : options[at].push_back(words[i]);
    }
    return options;
}

/// Sets a field by the words of an option, as a person would choose it.
bool choose(Session& session, Field field, const std::string& word)
{
    const FieldInfo& about = info(field);
    if (about.kind != FieldKind::choice) {
        return session.edit(field, std::stod(word));
    }
    const Line all = choices(field, session.scenario());
    const auto found = std::ranges::find(all, word);
    return found != all.end() && session.edit(field, double(found - all.begin()));
}

/// The designs that a command names: the first is the present one, the others are pinned.
bool ask_in_window(Session& session, const Line& words)
{
    auto options = options_of(words);
    if (!session.load_device(options["device"].front())) {
        return false;
    }
    const std::pair<const char*, Field> fields[] = {{"backend", Field::backend}, {"prompt", Field::prompt}, {"generate", Field::generate}, {"context", Field::context}};
    for (const auto& [option, field] : fields) {
        if (options.contains(option) && !choose(session, field, options[option].front())) {
            return false;
        }
    }
    Line archs = options["arch"];
    const Line other = options["to-arch"];
    archs.insert(archs.end(), other.begin(), other.end());
    const Line quants = options.contains("quant") ? options["quant"] : Line{"Q4_K_M"};
    const std::size_t count = archs.size() * quants.size();
    for (std::size_t i = 1; i <= count; ++i) {  // the first one last: it stays
        const std::size_t at = i % count;
        if (!session.load_architecture(archs[at / quants.size()]) || !choose(session, Field::weights, quants[at % quants.size()])) {
            return false;
        }
        at != 0 ? session.pin("design " + std::to_string(at)) : void();
    }
    return true;
}

/// A prediction without what names its model: the short form has no name, and a command gives it one.
Json without_names(Json prediction)
{
    for (const char* key : {"id", "name"}) {
        prediction["inputs"]["architecture"].erase(key);
    }
    return prediction;
}

/// "12.3 ms" says 0.0123, give or take half of its last digit.
bool says(const QString& words, double value)
{
    static const std::map<QString, double> units{{"", 1}, {"s", 1}, {"ms", 1e-3}, {"us", 1e-6}, {"ns", 1e-9}, {"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB}, {"B", 1},
                                                 {"kJ", 1e3}, {"J", 1}, {"mJ", 1e-3}, {"uJ", 1e-6}, {"T", 1e12}, {"G", 1e9}, {"M", 1e6}, {"k", 1e3}, {"tokens/s", 1}, {"%", 0.01}};
    static const QRegularExpression number(R"(^([-+]?\d+)(?:\.(\d+))? ?(\S*)$)");
    const QRegularExpressionMatch match = number.match(words);
    if (!match.hasMatch() || !units.contains(match.captured(3))) {
        return false;
    }
    const double unit = units.at(match.captured(3));
    const double last = unit * std::pow(10, -double(match.captured(2).size()));
    return std::abs((match.captured(1) + "." + match.captured(2)).toDouble() * unit - value) <= last / 2 * (1 + 1e-9);
}

#define SAYS(words, value) QVERIFY2(says(words, value), qPrintable(QString("'%1' for %2").arg(words).arg(value, 0, 'g', 17)))

/// Rows of CSV without quoted fields.
std::vector<QStringList> rows_of(const QString& csv)
{
    std::vector<QStringList> rows;
    for (const QString& line : csv.split('\n', Qt::SkipEmptyParts)) {
        rows.push_back(line.split(','));
    }
    return rows;
}

struct Opened {
    QTemporaryDir folder;
    Session session{small_state()};
    MainWindow window{session};

    explicit Opened(const Line& words = {})
    {
        window.set_folder(folder.path().toStdString());
        if (!words.empty() && !ask_in_window(session, words)) {
            qFatal("the window cannot ask this");
        }
        window.resize(1400, 1000);
        window.show();
        window.activateWindow();
        settle();
    }
    void settle()
    {
        settle_search(window);
        for (int i = 0; i < 4; ++i) {
            QApplication::processEvents();
        }
    }
    SessionView& show(const char* view)
    {
        window.raise_view(view);
        settle();
        auto& shown = *static_cast<SessionView*>(window.view(view));
        shown.settle();
        QApplication::processEvents();
        return shown;
    }
    QString label(const char* name) { return window.findChild<QLabel*>(name)->text(); }
    /// The line below a figure of the answer bar.
    QString detail(const char* name)
    {
        const auto* value = window.findChild<QLabel*>(name);
        const auto labels = value->parentWidget()->findChildren<QLabel*>();
        return labels[labels.indexOf(value) + 1]->text();
    }
    const Chart& chart(const char* view, int index = 0) { return window.view(view)->findChildren<ChartView*>()[index]->chart(); }
    std::filesystem::path commands() const { return window.files_of_commands(); }
    /// What is copied with this view in front.
    QString copied(const char* view)
    {
        show(view);
        window.actions().find("edit.copy_command")->trigger();
        return QApplication::clipboard()->text();
    }
    Json predicted() { return answer_of(copied_command(session.scenario(), session.state().calibration_choice, commands())); }
};

const char* const scripts[] = {"01-fastest-model-on-a-phone.sh", "02-weight-format-on-a-raspberry-pi.sh", "03-deep-or-wide.sh", "04-memory-of-a-long-context.sh",
                               "05-what-would-help.sh"};

}  // namespace

class ParityViewsTest : public QObject {
    Q_OBJECT

    static void questions()
    {
        QTest::addColumn<QString>("script");
        for (const char* each : scripts) {
            QTest::newRow(each) << each;
        }
    }
    static Line asked()
    {
        QFETCH_GLOBAL(QString, script);
        return words_of(script.toUtf8().constData());
    }

 private Q_SLOTS:
    void initTestCase_data() { questions(); }
    void initTestCase() { load_fonts(); }

    void the_answer_bar_says_what_predict_writes()
    {
        Opened o(asked());
        const Json p = o.predicted();
        QVERIFY2(p.is_object(), p.dump().c_str());
        SAYS(o.label("answer.time_to_first_token"), p["ttft_s"].get<double>());
        SAYS(o.label("answer.time_a_token"), p["tpot_s"].get<double>());
        SAYS(o.label("answer.decode_speed"), p["decode_tokens_per_s"].get<double>());
        SAYS(o.label("answer.memory"), p["memory_bytes"]["total"].get<double>());
        SAYS(o.label("answer.energy_a_token"), p["energy_j_per_token"].get<double>());
        SAYS(o.label("answer.parameters"), p["parameters"]["total"].get<double>());
        static const QRegularExpression between("^90 %: (.*) to (.*)$");
        for (const auto& [name, key] : {std::pair{"answer.time_to_first_token", "ttft_s"}, std::pair{"answer.time_a_token", "tpot_s"}}) {
            const QRegularExpressionMatch match = between.match(o.detail(name));
            QVERIFY2(match.hasMatch(), qPrintable(o.detail(name)));
            SAYS(match.captured(1), p["interval_90"][key][0].get<double>());
            SAYS(match.captured(2), p["interval_90"][key][1].get<double>());
        }
        SAYS(o.detail("answer.decode_speed").remove("prefill "), p["prefill_tokens_per_s"].get<double>());
        SAYS(o.detail("answer.memory").remove("DOES NOT FIT ").remove("of ").remove(": fits"), p["memory_available_bytes"].get<double>());
        QCOMPARE(o.detail("answer.memory").contains(": fits"), p["fits"].get<bool>());
        SAYS(o.detail("answer.energy_a_token").remove("prompt "), p["prefill_energy_j"].get<double>());
        SAYS(o.detail("answer.parameters").remove("active "), p["parameters"]["active"].get<double>());
    }

    void roofline_and_breakdown_are_drawn_from_what_predict_writes()
    {
        Opened o(asked());
        const Json p = o.predicted();
        o.show("Roofline");
        for (const char* pass : {"prefill", "decode"}) {
            const auto& series = o.chart("Roofline").series;
            const auto dots = std::ranges::find(series, pass, &ChartSeries::name);
            QVERIFY(dots != series.end());
            std::size_t i = 0;
            for (const Json& op : p[pass]["operators"]) {
                const double flops = op["flops"];
                const double bytes = op["bytes"];
                const double time = op["time_s"];
                if (flops > 0 && bytes > 0 && time > 0) {
                    QVERIFY(i < dots->x.size());
                    QVERIFY(dots->x[i] == flops / bytes);
                    QVERIFY(dots->y[i] == flops / time / tera);
                    ++i;
                }
            }
            QCOMPARE(i, dots->x.size());
        }
        const auto rows = rows_of(o.show("Breakdown").csv());
        std::size_t i = 1;
        for (const char* pass : {"prefill", "decode"}) {
            for (const Json& op : p[pass]["operators"]) {
                QVERIFY(i < rows.size());
                const QStringList& row = rows[i++];
                QCOMPARE(row[0], QString(pass));
                QCOMPARE(row[1].toStdString(), op["name"].get<std::string>());
                QVERIFY(row[5].toDouble() == op["time_s"].get<double>() && row[6].toDouble() == op["share"].get<double>());
                QVERIFY(row[8].toDouble() == op["flops"].get<double>() && row[9].toDouble() == op["bytes"].get<double>());
            }
        }
        QCOMPARE(i, rows.size());
        for (int c = 0; c < 2; ++c) {  // bars add up what they show
            const Json& pass = p[c == 0 ? "prefill" : "decode"];
            const Chart& chart = o.chart("Breakdown", c);
            SAYS(QString::fromStdString(chart.title).section(": ", 1), pass["time_s"].get<double>());
            std::map<std::string, double> times;
            for (const Json& op : pass["operators"]) {
                times[op["name"]] += op["time_s"].get<double>();
            }
            const double unit = pass["time_s"].get<double>() / [&] {
                double sum = 0;
                for (const ChartSeries& kind : chart.series) {
                    for (const double x : kind.x) {
                        sum += x;
                    }
                }
                return sum;
            }();
            for (std::size_t b = 0; b < chart.y.words.size(); ++b) {
                double bar = 0;
                for (const ChartSeries& kind : chart.series) {
                    bar += kind.x[b];
                }
                if (times.contains(chart.y.words[b])) {
                    QVERIFY(std::abs(bar * unit / times[chart.y.words[b]] - 1) < 1e-12);
                }
            }
        }
        const auto& memory = o.chart("Breakdown", 2).series;
        const auto here = std::ranges::find(memory, "this workload", &ChartSeries::name);
        QVERIFY(here != memory.end());
        const double total = p["memory_bytes"]["total"];
        QVERIFY(here->y[0] == total / GiB || here->y[0] == total / MiB || here->y[0] == total / giga || here->y[0] == total / mega);
        SAYS(QString::fromStdString(here->labels[0]).section(" at", 0, 0), total);
    }

    void the_table_of_designs_says_what_compare_writes()
    {
        const Line words = asked();
        Opened o(words);
        if (o.session.state().pinned.empty()) {
            QCOMPARE(o.copied("Compare").section(' ', 1, 1), QString("predict"));
            return;
        }
        const CopiedCommand command = copied_comparison(o.session.state(), o.commands());
        QCOMPARE(o.copied("Compare"), QString::fromStdString(command.text()));
        QCOMPARE(command.arguments.front(), std::string("compare"));
        const Json answer = answer_of(command);
        QVERIFY2(answer.is_object(), answer.dump().c_str());
        const Json& rows = answer["rows"];
        QCOMPARE(rows.size(), o.session.state().pinned.size() + 1);
        if (words.front() == "compare") {  // and what is on screen is the example's answer
            const Json own = answer_of(words);
            for (std::size_t i = 0; i < rows.size(); ++i) {
                QCOMPARE(pretty(without_names(rows[i]["prediction"])), pretty(without_names(own["rows"][i]["prediction"])));
            }
        }
        const auto& table = *o.window.view("Compare")->findChild<QTableWidget*>();
        const std::map<QString, std::function<double(const Json&)>> figures{
            {"time to first token", [](const Json& p) { return p["ttft_s"].get<double>(); }},
            {"time a token", [](const Json& p) { return p["tpot_s"].get<double>(); }},
            {"decode, tokens/s", [](const Json& p) { return p["decode_tokens_per_s"].get<double>(); }},
            {"prefill, tokens/s", [](const Json& p) { return p["prefill_tokens_per_s"].get<double>(); }},
            {"whole answer", [](const Json& p) { return p["total_s"].get<double>(); }},
            {"energy a token", [](const Json& p) { return p["energy_j_per_token"].get<double>(); }},
            {"memory", [](const Json& p) { return p["memory_bytes"]["total"].get<double>(); }},
            {"weights in memory", [](const Json& p) { return p["memory_bytes"]["weights"].get<double>(); }},
            {"KV cache", [](const Json& p) { return p["memory_bytes"]["kv_cache"].get<double>(); }},
            {"parameters", [](const Json& p) { return p["parameters"]["total"].get<double>(); }}};
        int seen = 0;
        for (int r = 0; r < table.rowCount(); ++r) {
            const QString name = table.item(r, 0)->text();
            for (std::size_t i = 0; i < rows.size(); ++i) {
                const int column = i == 0 ? 1 : 2 * int(i);
                const Json& p = rows[i]["prediction"];
                const QString shown = table.item(r, column)->text();
                if (name == "fits") {
                    QCOMPARE(shown, QString(p["fits"].get<bool>() ? "yes" : "no"));
                } else if (const auto figure = figures.find(name); figure != figures.end()) {
                    SAYS(shown, figure->second(p));
                    ++seen;
                    if (i > 0) {
                        const double change = figure->second(p) / figure->second(rows[0]["prediction"]) - 1;
                        SAYS(table.item(r, column + 1)->text(), change);
                    }
                }
            }
        }
        QCOMPARE(seen, int(figures.size() * rows.size()));
    }

    void why_says_what_explain_writes()
    {
        const Line words = asked();
        Opened o(words);
        const CopiedCommand command = copied_explanation(o.session.scenario(), o.session.state().calibration_choice, o.commands());
        QCOMPARE(o.copied("Why"), QString::fromStdString(command.text()));
        const Json answer = answer_of(command);
        QVERIFY2(answer.is_object(), answer.dump().c_str());
        const auto rows = rows_of(o.show("Why").csv());
        const auto& text = *o.window.view("Why")->findChild<QTextBrowser*>();
        QCOMPARE(rows.size(), answer["elasticities"].size() + 1);
        std::size_t i = 1;
        for (const Json& e : answer["elasticities"]) {
            const QStringList& row = rows[i++];
            QCOMPARE(row[0].toStdString(), e["quantity"].get<std::string>());
            QVERIFY(row[1].toDouble() == e["ttft"].get<double>() && row[2].toDouble() == e["tpot"].get<double>());
            QVERIFY(text.toPlainText().contains(QString::asprintf("%+.2f %%", e["ttft"].get<double>()).replace("+-", "-")));
        }
        // "what binds decode is memory bandwidth (71 % of the time)"
        static const QRegularExpression share("what binds (prefill|decode) is [a-z ]+ \\((\\d+) % of the time\\)");
        int seen = 0;
        for (const QRegularExpressionMatch& match : share.globalMatch(text.toPlainText())) {
            const Json& bound = answer[match.captured(1).toStdString()];
            const double most = std::max({bound["memory"].get<double>(), bound["compute"].get<double>(), bound["overhead"].get<double>(), bound["fixed"].get<double>()});
            SAYS(match.captured(2) + " %", most);
            ++seen;
        }
        QCOMPARE(seen, 2);
        if (words.front() == "explain") {  // the example's own answer
            const Json own = answer_of(words);
            QCOMPARE(own["elasticities"].dump(), answer["elasticities"].dump());
            if (own.contains("to")) {
                for (const char* pass : {"decode", "prefill"}) {
                    o.show("Compare");
                    auto& phase = *o.window.findChild<QComboBox*>("compare.phase");
                    phase.setCurrentIndex(pass == std::string_view("decode") ? 0 : 1);
                    Q_EMIT phase.activated(phase.currentIndex());
                    const Json& fall = own["to"][pass];
                    const Chart& chart = o.chart("Compare");
                    const QString title = QString::fromStdString(chart.title);
                    SAYS(title.section("present ", 1).section(" to ", 0, 0), fall["start_s"].get<double>());
                    SAYS(title.section("design 1 ", 1), fall["end_s"].get<double>());
                    int steps = 0;
                    for (std::size_t w = 1; w + 1 < chart.y.words.size(); ++w) {
                        for (const Json& step : fall["steps"]) {
                            if (step["name"] == chart.y.words[w]) {
                                const double drawn = chart.series[3].x[w] - chart.series[2].x[w];  // more, less
                                const double unit = fall["start_s"].get<double>() / chart.series[1].x[0];
                                QVERIFY(std::abs(drawn * unit / step["difference_s"].get<double>() - 1) < 1e-12);
                                ++steps;
                            }
                        }
                    }
                    QVERIFY(steps >= 3);
                }
            }
        }
    }

    void curves_are_what_sweep_writes()
    {
        Opened o(asked());
        const SessionState& state = o.session.state();
        const CopiedCommand command = copied_curves(state, o.commands());
        QCOMPARE(o.copied("Curves"), QString::fromStdString(command.text()));
        const Json answer = answer_of(command);
        QVERIFY2(answer.is_object(), answer.dump().c_str());
        const std::size_t designs = state.pinned.size() + 1;
        QCOMPARE(answer["results"].size(), 2 * designs + 2);
        // The curves come from the closed form, which is the prediction to the last few bits of a double.
        const auto same = [](double a, double b) { return std::abs(a / b - 1) < 1e-11; };
        const auto points_of = [&](std::size_t run) -> const Json& { return answer["results"][run]["answer"]["points"]; };
        for (std::size_t design = 0; design < designs; ++design) {
            const ChartSeries& prompt = o.chart("Curves", 0).series[design];
            const double unit = points_of(0)[0]["ttft_s"].get<double>() / o.chart("Curves", 0).series[0].y[0];
            const ChartSeries& context = o.chart("Curves", 1).series[design];
            for (std::size_t i = 0; i < prompt.x.size(); ++i) {
                QVERIFY(same(prompt.y[i] * unit, points_of(2 * design)[i]["ttft_s"]));
                QVERIFY(prompt.x[i] == points_of(2 * design)[i]["prompt"].get<double>());
            }
            for (std::size_t i = 0; i < context.x.size(); ++i) {
                QVERIFY(same(context.y[i], points_of(2 * design + 1)[i]["decode_tokens_per_s"]));
            }
        }
        const Json now = o.predicted();
        for (int c = 2; c < 4; ++c) {
            for (const auto& [index, key] : {std::pair{0, "ttft_s"}, std::pair{1, "tpot_s"}}) {
                const ChartSeries& speed = o.chart("Curves", c).series[std::size_t(index)];
                for (std::size_t i = 0; i < speed.x.size(); ++i) {
                    const double written = now[key].get<double>() / points_of(2 * designs + std::size_t(c) - 2)[i][key].get<double>();
                    QVERIFY2(same(speed.y[i], written), qPrintable(QString("chart %1, %2 at %3: %4 and %5").arg(c).arg(key).arg(speed.x[i]).arg(speed.y[i], 0, 'g', 17).arg(written, 0, 'g', 17)));
                }
            }
        }
    }

    void designs_that_are_no_product_are_copied_as_a_batch()
    {
        Opened o(asked());
        o.session.pin("as it is");
        o.session.edit(Field::prompt, 99);
        o.session.pin("short");
        o.session.edit(Field::bandwidth, 77);
        const CopiedCommand command = copied_comparison(o.session.state(), o.commands());
        QCOMPARE(command.arguments.front(), std::string("batch"));
        QCOMPARE(o.copied("Compare"), QString::fromStdString(command.text()));
        const Json answer = answer_of(command);
        const auto& table = *o.window.view("Compare")->findChild<QTableWidget*>();
        QCOMPARE(answer["results"].size(), o.session.state().pinned.size() + 1);
        for (std::size_t i = 0; i < answer["results"].size(); ++i) {
            const Json& p = answer["results"][i]["answer"];
            for (int r = 0; r < table.rowCount(); ++r) {
                if (table.item(r, 0)->text() == "time to first token") {
                    SAYS(table.item(r, i == 0 ? 1 : 2 * int(i))->text(), p["ttft_s"].get<double>());
                }
            }
        }
    }
};

/// Examples that are files.
class ParityFilesTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    /// `require` has no view of its own: its answers are put into the window, which then shows what they promise.
    void what_it_would_take_is_reached_in_the_window()
    {
        const std::map<std::string, Field> known{{"bandwidth", Field::bandwidth}, {"compute", Field::compute}, {"memory", Field::memory}, {"layers", Field::layers},
                                                 {"d_ffn", Field::d_ffn}, {"prompt", Field::prompt}, {"vocabulary", Field::vocabulary}, {"batch", Field::batch}};
        const Json document = parse_json("06", read_file(example("06-what-it-would-take.json"))).root;
        const Json answer = answer_of(Line{"batch", example("06-what-it-would-take.json").string()});
        const QTemporaryDir folder;
        int reached = 0;
        for (std::size_t i = 0; i < document["runs"].size(); ++i) {
            const Json& run = document["runs"][i];
            if (!known.contains(run["vary"])) {
                QCOMPARE(run["vary"].get<std::string>(), std::string("fixed_times"));  // a learnt number: no field of the window
                continue;
            }
            Session session;
            QVERIFY(session.load_device(run.value("device", document["defaults"]["device"].get<std::string>())));
            QVERIFY(!run.contains("backend") || choose(session, Field::backend, run["backend"]));
            QVERIFY(session.load_architecture(run["arch"]));
            QVERIFY(!run.contains("quant") || choose(session, Field::weights, run["quant"]));
            for (const auto& [key, field] : {std::pair{"context", Field::context}, std::pair{"prompt", Field::prompt}}) {
                QVERIFY(!run.contains(key) || session.edit(field, run[key].get<double>()));
            }
            const Json& found = answer["results"][i]["answer"]["answers"][0];
            QVERIFY2(session.edit(known.at(run["vary"]), found["needed"].get<double>()), run.dump().c_str());
            const Json p = answer_of(copied_command(session.scenario(), {}, folder.path().toStdString()));
            QCOMPARE(pretty(p), pretty(to_json(session.prediction(), session.scenario().arch, session.scenario().device)));
            if (run.contains("want")) {
                const auto parts = split(run["want"].get<std::string>(), '=');
                const bool least = parts[0].ends_with(">");
                const double is = p[parts[0].substr(0, parts[0].size() - 1)];
                const double want = std::stod(parts[1]);
                QVERIFY2(least ? is >= want * (1 - 1e-9) : is <= want * (1 + 1e-9), (run.dump() + ": " + p["decode_tokens_per_s"].dump()).c_str());
                ++reached;
            } else {
                QVERIFY(p["fits"].get<bool>());
                ++reached;
            }
        }
        QVERIFY(reached >= 9);
    }

    /// The window asks it without hardware and says so, or refuses it before anything changes and says why.
    void a_search_over_hardware_is_refused_or_asked_without_it()
    {
        Session session;
        const Scenario before = session.scenario();
        SearchWorkspace workspace(session, nullptr, 1000);
        QSignalSpy told(&workspace, &SearchWorkspace::told);
        QSignalSpy failed(&workspace, &SearchWorkspace::failed);
        if (!workspace.open_file(example("search-hardware.json").string())) {
            QVERIFY(!failed.isEmpty() && !failed.back().front().toString().isEmpty());
            QVERIFY(session.scenario() == before && session.state().search.empty());
            return;
        }
        QVERIFY(!told.isEmpty() || !failed.isEmpty());
    }

    /// Sequences of layers are no points of a space: `slimline search` alone answers them, and the window says so.
    void a_search_of_layers_is_refused_and_changes_nothing()
    {
        Session session;
        const Scenario before = session.scenario();
        SearchWorkspace workspace(session, nullptr, 1000);
        QSignalSpy failed(&workspace, &SearchWorkspace::failed);
        QVERIFY(!workspace.open_file(example("layers-on-a-jetson.json").string()));
        QVERIFY2(failed.size() == 1 && failed.front().front().toString().contains("layer_search/1"), qPrintable(failed.isEmpty() ? QString{} : failed.front().front().toString()));
        QVERIFY(session.scenario() == before && session.state().search.empty());
    }

    /// Too large to be held: the front appears once the search has run, and is the command's. Both searches take a minute, so
    /// usually the thousand million of parity_qtest stand for it.
    void a_million_million_designs_show_the_front_that_the_command_answers()
    {
        if (!qEnvironmentVariableIsSet("SLIMLINE_LONG_TESTS")) {
            QSKIP("takes minutes; SLIMLINE_LONG_TESTS=1 runs it");
        }
        Session session;
        SearchWorkspace workspace(session, nullptr, 1000);
        QVERIFY(workspace.open_file(example("search-million-million.json").string()));
        workspace.explorer().settle();
        QSignalSpy done(&workspace.job(), &SearchJob::finished);
        workspace.run();
        QTRY_COMPARE_WITH_TIMEOUT(done.size(), 1, 240000);
        workspace.explorer().settle();
        const QTemporaryDir folder;
        const Json answer = answer_of(copied_search(workspace.text(), session.scenario(), session.state().calibration_choice, folder.path().toStdString()));
        QVERIFY2(answer.is_object(), answer.dump().c_str());
        const LiveFrame& frame = *workspace.explorer().frame();
        QCOMPARE(answer["front"].size(), frame.front.size());
        for (std::size_t i = 0; i < frame.front.size(); ++i) {
            for (const auto& [column, key] : {std::pair{Column::tpot, "tpot_s"}, std::pair{Column::loss, "loss"}, std::pair{Column::memory, "memory_bytes"}}) {
                const Json& measures = answer["front"][i]["measures"];
                QVERIFY2(!measures.contains(key) || std::abs(frame.front[column][i] / measures[key].get<double>() - 1) < 1e-12, key);
            }
        }
    }
};

int main(int argc, char** argv)
{
    QApplication application(argc, argv);
    ParityViewsTest views;
    ParityFilesTest files;
    const QStringList arguments = application.arguments();
    const int failed = QTest::qExec(&views, arguments);
    return failed + (arguments.size() > 1 ? 0 : QTest::qExec(&files, arguments));
}
#include "parity_views_qtest.moc"

// What files do to a window: opened, dropped, saved, kept, and what a search found.

#include <fstream>
#include <sstream>

#include <QAction>
#include <QApplication>
#include <QCheckBox>
#include <QComboBox>
#include <QDragEnterEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QtTest>

#include "archspace/architecture_json.h"
#include "archspace/gguf_import.h"
#include "base/errors.h"
#include "base/files.h"
#include "cli/run.h"
#include "explorer/search.h"
#include "gui/viewmodel/autosave.h"
#include "gui/viewmodel/copied_command.h"
#include "gui/viewmodel/opened_files.h"
#include "gui/viewmodel/search_workspace.h"
#include "gui/viewmodel/session_json.h"
#include "gui/viewmodel/taken_file.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/parallel_view.h"
#include "gui/widgets/pareto_view.h"
#include "gui/widgets/search_panel.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/theme.h"
#include "simulator/prediction_json.h"
#include "tests/gui/small_search.h"
#include "tests/gui/window_parts.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

/// A window in a folder of its own.
struct Opened {
    QTemporaryDir folder;
    Session session;
    MainWindow window{session};
    SearchWorkspace& workspace;

    explicit Opened(SessionState state = small_state()) : session(std::move(state)), workspace(*window.findChild<SearchWorkspace*>())
    {
        window.set_folder(folder.path().toStdString());
        window.show();
        settle_search(window);
    }
    std::string write(const char* name, const std::string& content) const
    {
        const std::string path = folder.filePath(name).toStdString();
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }
    template <class Widget>
    Widget& child(const char* name) const
    {
        return part_of<Widget>(window, name);
    }
    std::string state() const { return pretty(gui::to_json(session.state())); }
};

void drop(MainWindow& window, const std::vector<std::string>& paths)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const std::string& path : paths) {
        urls << QUrl::fromLocalFile(QString::fromStdString(path));
    }
    data.setUrls(urls);
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent dropped(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &dropped);
}

std::string shipped(const char* path)
{
    return (data_folder() / path).string();
}

/// What the CLI prints.
std::string answer(std::vector<std::string> words)
{
    const std::vector<std::string_view> args(words.begin(), words.end());
    std::ostringstream out;
    std::ostringstream err;
    return slimline::run(args, {out, err, 100, false}) == 0 ? out.str() : err.str();
}

std::vector<Candidate> front_of_window(SearchWorkspace& workspace)
{
    workspace.explorer().settle();
    const LiveFrame& frame = *workspace.explorer().frame();
    std::vector<Candidate> all;
    for (const std::uint32_t row : frame.front.rows) {
        all.push_back(frame.space->candidate(row));
    }
    return all;
}

/// A GGUF file of a dense model: its header, with tensors as llama.cpp names them.
std::string small_gguf()
{
    std::string file = "GGUF";
    const auto number = [&](auto value) { file.append(reinterpret_cast<const char*>(&value), sizeof value); };
    const auto text = [&](const std::string& words) {
        number(std::uint64_t(words.size()));
        file += words;
    };
    const std::vector<std::pair<std::string, std::uint32_t>> sizes{{"llama.block_count", 1},       {"llama.embedding_length", 256},
                                                                   {"llama.feed_forward_length", 512}, {"llama.attention.head_count", 4},
                                                                   {"llama.attention.head_count_kv", 2}, {"llama.context_length", 2048},
                                                                   {"llama.vocab_size", 1000}, {"general.file_type", 7}};
    struct Tensor {
        std::string name;
        std::vector<std::uint64_t> shape;
        std::uint32_t type;
    };
    const std::uint32_t q8_0 = 8;
    const std::uint32_t f32 = 0;
    const std::vector<Tensor> tensors{{"token_embd.weight", {256, 1000}, q8_0},
                                      {"output_norm.weight", {256}, f32},
                                      {"blk.0.attn_norm.weight", {256}, f32},
                                      {"blk.0.attn_q.weight", {256, 256}, q8_0},
                                      {"blk.0.attn_k.weight", {256, 128}, q8_0},
                                      {"blk.0.attn_v.weight", {256, 128}, q8_0},
                                      {"blk.0.attn_output.weight", {256, 256}, q8_0},
                                      {"blk.0.ffn_norm.weight", {256}, f32},
                                      {"blk.0.ffn_gate.weight", {256, 512}, q8_0},
                                      {"blk.0.ffn_up.weight", {256, 512}, q8_0},
                                      {"blk.0.ffn_down.weight", {512, 256}, q8_0}};
    number(std::uint32_t{3});
    number(std::uint64_t(tensors.size()));
    number(std::uint64_t(sizes.size() + 1));
    text("general.architecture");
    number(std::uint32_t{8});  // a text
    text("llama");
    for (const auto& [key, value] : sizes) {
        text(key);
        number(std::uint32_t{4});  // 32 bits
        number(value);
    }
    for (const Tensor& tensor : tensors) {
        text(tensor.name);
        number(std::uint32_t(tensor.shape.size()));
        for (const std::uint64_t side : tensor.shape) {
            number(side);
        }
        number(tensor.type);
        number(std::uint64_t{0});
    }
    return file;
}

/// Some workload of its own, so that it shows whether a search took it along.
std::string search_on_a_pi()
{
    Json j = Json::parse(small_search());
    j["device"] = "raspberry-pi-5-8gb";
    j["workload"] = {{"prompt_tokens", 64}};
    return pretty(j);
}

}  // namespace

class FilesTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }

    void a_session_among_models_is_saved_to_its_own_file()
    {
        Opened o;
        SessionState other = worked_example();
        other.scenario.workload.prompt_tokens = 77;
        const std::string model = o.write("model.json", read_file(shipped("archs/phi-1.json")));
        const std::string session = o.write("session.json", pretty(gui::to_json(other)));
        const std::string content = read_file(session);
        for (const auto& paths : {std::vector{model, session}, std::vector{session, model}}) {
            o.write("session.json", content);
            drop(o.window, paths);
            QCOMPARE(o.session.scenario().workload.prompt_tokens, 77);
            QCOMPARE(o.session.scenario().arch.id, std::string("qwen2-0.5b"));
            QCOMPARE(o.session.state().pinned.size(), std::size_t{1});  // the model is kept, in either order
            QCOMPARE(o.session.state().pinned[0].scenario.arch.id, std::string("phi-1"));
            QCOMPARE(o.window.file(), session);
            o.window.actions().find("file.save")->trigger();
            QCOMPARE(read_file(model), read_file(shipped("archs/phi-1.json")));
            QVERIFY(read_file(session).find("phi-1") != std::string::npos);
        }
    }

    void a_second_session_or_search_is_refused_and_changes_nothing()
    {
        Opened o;
        const std::string a = o.write("a.json", pretty(gui::to_json(worked_example())));
        const std::string b = o.write("b.json", pretty(gui::to_json(small_state())));
        const std::string search = o.write("search.json", small_search());
        const std::string before = o.state();
        const std::string content = read_file(a);
        for (const auto& [paths, fact] : std::initializer_list<std::pair<std::vector<std::string>, std::string>>{
                 {{a, b}, b + ": is a second session beside " + a}, {{search, search}, search + ": is a second search"}}) {
            drop(o.window, paths);
            QVERIFY2(o.window.last_message().toStdString().starts_with(fact), qPrintable(o.window.last_message()));
            QCOMPARE(o.state(), before);
            QVERIFY(!o.session.can_undo() && o.window.file().empty());
        }
        QCOMPARE(read_file(a), content);
    }

    void undo_of_an_opened_session_returns_to_the_file_before()
    {
        Opened o;
        const std::string a = o.write("a.json", pretty(gui::to_json(worked_example())));
        const std::string b = o.write("b.json", pretty(gui::to_json(small_state())));
        drop(o.window, {a});
        QCOMPARE(o.window.file(), a);
        drop(o.window, {b});
        QCOMPARE(o.window.file(), b);
        o.session.undo();
        QCOMPARE(o.window.file(), a);
        o.session.redo();
        QCOMPARE(o.window.file(), b);
        o.window.actions().find("file.example")->trigger();
        QVERIFY(o.window.file().empty());  // "Save" asks for a name
    }

    void a_session_with_a_search_and_a_device_takes_them_in_that_order()
    {
        const Opened o;
        const std::string session = o.write("session.json", pretty(gui::to_json(worked_example())));
        const std::string search = o.write("search.json", search_on_a_pi());
        const OpenedFiles opened = open_files(o.session.state(), {shipped("devices/rtx-4090.json"), search, session});
        QCOMPARE(opened.session, session);
        QCOMPARE(opened.state.scenario.device.id, std::string("raspberry-pi-5-8gb"));
        QCOMPARE(opened.state.scenario.workload.prompt_tokens, 64);
        QCOMPARE(opened.state.pinned.size(), std::size_t{1});
        QCOMPARE(opened.state.pinned[0].scenario.device.id, std::string("rtx-4090"));
    }

    void dropped_gguf_brings_its_format_and_locked_fields_keep_their_values()
    {
        Opened o;
        const std::string gguf = o.write("small.gguf", small_gguf());
        o.session.edit(Field::layers, 3);
        o.session.set_locked(Field::layers, true);
        drop(o.window, {gguf});
        QVERIFY2(o.session.scenario().arch.d_model == 256, qPrintable(o.window.last_message()));
        QCOMPARE(o.session.scenario().precision.weights.name, std::string("Q8_0"));
        QCOMPARE(o.session.scenario().arch.layers.size(), std::size_t{3});
        QCOMPARE(o.session.state().base_arch.layers.size(), std::size_t{1});
        o.session.set_locked(Field::weights, true);
        o.session.edit(Field::d_model, 512);
        o.session.take_state(small_state(), "again");
        o.session.set_locked(Field::weights, true);
        drop(o.window, {gguf});
        QCOMPARE(o.session.scenario().precision.weights.name, std::string("Q4_K_M"));
    }

    void a_dropped_device_keeps_what_is_locked_as_the_list_does()
    {
        const std::string device = shipped("devices/rtx-4090.json");
        Opened dropped;
        Opened chosen;
        for (Opened* o : {&dropped, &chosen}) {
            o->session.edit(Field::bandwidth, 77);
            o->session.set_locked(Field::bandwidth, true);
        }
        drop(dropped.window, {device});
        chosen.session.load_device("rtx-4090");
        QCOMPARE(value_of(Field::bandwidth, dropped.session.scenario()), 77.0);
        QCOMPARE(dropped.state(), chosen.state());
    }

    void a_search_opened_dropped_or_chosen_in_its_panel_is_one_thing()
    {
        Opened dropped;
        Opened chosen;
        const std::string path = dropped.write("search.json", search_on_a_pi());
        for (Opened* o : {&dropped, &chosen}) {
            o->session.edit(Field::batch, 2);
            o->session.set_locked(Field::batch, true);
        }
        drop(dropped.window, {path});
        QVERIFY(chosen.workspace.open_file(path));
        QCOMPARE(dropped.session.scenario().device.id, std::string("raspberry-pi-5-8gb"));
        QCOMPARE(dropped.session.scenario().workload.prompt_tokens, 64);
        QCOMPARE(dropped.session.scenario().workload.batch, 2);
        QCOMPARE(dropped.state(), chosen.state());
        dropped.session.undo();
        QCOMPARE(dropped.session.scenario().device.id, std::string("jetson-orin-nx-16gb"));
        QSignalSpy failed(&chosen.workspace, &SearchWorkspace::failed);
        QVERIFY(!chosen.workspace.open_file(shipped("archs/phi-1.json")));
        QVERIFY(failed.at(0).at(0).toString().contains("is no search"));
    }

    void what_a_search_found_is_opened_with_its_question_and_shown()
    {
        Opened o;
        const std::string asked = o.write("search.json", search_on_a_pi());
        const std::string result = o.write("result.json", answer({"search", asked, "--json", "--quiet"}));
        const FoundDesigns found = std::get<FoundDesigns>(take_file(result));
        QVERIFY(found.designs.size() > 3 && found.says_question && found.complete);
        QCOMPARE(found.differing, std::size_t{0});  // to the last digit
        drop(o.window, {result});
        QVERIFY2(o.window.last_message().contains("designs of its front are selected"), qPrintable(o.window.last_message()));
        QCOMPARE(o.session.scenario().device.id, std::string("raspberry-pi-5-8gb"));
        QVERIFY(front_of_window(o.workspace) == found.designs);
        QCOMPARE(o.workspace.selection().rows().size(), found.designs.size());
        o.window.raise_view("Table");
        settle_search(o.window);
        o.session.undo();
        QCOMPARE(o.session.scenario().device.id, std::string("jetson-orin-nx-16gb"));
    }

    void a_result_with_a_changed_number_or_without_its_question_says_so()
    {
        Opened o;
        const std::string asked = o.write("search.json", search_on_a_pi());
        Json j = Json::parse(answer({"search", asked, "--json", "--quiet"}));
        j["front"][0]["measures"]["tpot_s"] = j["front"][0]["measures"]["tpot_s"].get<double>() * 2;
        const std::string changed = o.write("changed.json", pretty(j));
        QCOMPARE(std::get<FoundDesigns>(take_file(changed)).differing, std::size_t{1});
        drop(o.window, {changed});
        QVERIFY2(o.window.last_message().contains("1 of them measure otherwise here, by up to 100 %"), qPrintable(o.window.last_message()));
        j.erase("question");
        drop(o.window, {o.write("old.json", pretty(j))});
        QVERIFY2(o.window.last_message().contains("does not say its question"), qPrintable(o.window.last_message()));
        o.workspace.explorer().settle();
        QCOMPARE(o.workspace.selection().rows().size(), j["front"].size());
    }

    void a_list_of_all_designs_and_a_front_of_a_large_space_are_shown()
    {
        Opened o;
        const std::string asked = o.write("search.json", small_search());
        const std::string all = o.write("all.json", answer({"search", asked, "--all", "--json", "--quiet"}));
        drop(o.window, {all});
        o.workspace.explorer().settle();
        QVERIFY(!std::get<FoundDesigns>(take_file(all)).front);
        QCOMPARE(o.workspace.selection().rows().size(), Json::parse(read_file(all))["designs"].size());
        Json large = Json::parse(small_search());
        large["space"]["layers"] = {{"from", 1}, {"to", 128}};
        large["space"]["vocabulary"] = {{"from", 1000}, {"to", 200000}, {"step", 250}};
        const std::string front = o.write("large.json", answer({"search", o.write("large-question.json", pretty(large)), "--json", "--quiet"}));
        drop(o.window, {front});
        o.workspace.explorer().settle();
        QVERIFY(!o.workspace.explorer().frame()->space->complete());
        QCOMPARE(o.workspace.selection().rows().size(), Json::parse(read_file(front))["front"].size());
    }

    void broken_results_change_nothing_and_say_where_and_why()
    {
        Opened o;
        const Json good = Json::parse(answer({"search", o.write("search.json", small_search()), "--json", "--quiet"}));
        const std::string before = o.state();
        const auto refuses = [&](const char* what, const std::string& content, const std::string& place, const std::string& fact) {
            const std::string path = o.write("broken.json", content);
            drop(o.window, {path});
            const std::string message = o.window.last_message().toStdString();
            const bool says = message.starts_with(path) && message.find(place + ": ") != std::string::npos && message.find(fact) != std::string::npos;
            QVERIFY2(says, (std::string(what) + " says: " + message).c_str());
            QCOMPARE(o.state(), before);
            QVERIFY(!o.session.can_undo());
        };
        const auto changed = [&](const char* pointer, const Json& value) {
            Json j = good;
            j[Json::json_pointer(pointer)] = value;
            return pretty(j);
        };
        const auto without = [&](const char* object, const char* key) {
            Json j = good;
            j[Json::json_pointer(object)].erase(key);
            return pretty(j);
        };
        const std::string whole = pretty(good);
        refuses("cut off", whole.substr(0, whole.size() / 2), "is not valid JSON", "line ");
        refuses("another version", changed("/format", "search_result/2"), "/format", "takes 'search_result/1'");
        refuses("a front that is a number", changed("/front", 3), "/front", "must be a list, not 3");
        refuses("no front", without("", "front"), "/", "'front' is missing");
        refuses("no objectives", without("", "objectives"), "/", "'objectives' is missing");
        refuses("a row that is a number", changed("/front/1", 3), "/front/1", "must be an object, not 3");
        refuses("a row without a design", without("/front/0", "design"), "/front/0", "'design' is missing");
        refuses("a design without a width", without("/front/0/design", "d_model"), "/front/0/design", "'d_model' is missing");
        refuses("a width that is huge", changed("/front/0/design/d_model", 1e18), "/front/0/design/d_model", "1e+18 cannot be the d_model");
        refuses("a width that is no whole number", changed("/front/0/design/d_model", 512.5), "/front/0/design/d_model", "512.5 cannot be");
        refuses("a width beyond the space", changed("/front/0/design/d_model", 640), "/front/0", "is no design of its question's space");
        refuses("tied is a number", changed("/front/0/design/tied", 1), "/front/0/design/tied", "must be true or false");
        refuses("a format of nothing", changed("/front/0/design/weights", "Q9_Z"), "/front/0/design/weights", "no weight mix 'Q9_Z'");
        refuses("a format that was not asked", changed("/front/0/design/weights", "Q6_K"), "/front/0", "has a format that its question has not");
        refuses("an unknown metric", changed("/front/0/measures/tpot", 1), "/front/0/measures/tpot", "did you mean 'tpot_s'");
        refuses("an unknown objective", changed("/objectives/0", "speed"), "/objectives/0", "unknown word 'speed'");
        refuses("other objectives than its question", changed("/objectives", Json::array({"loss", "tpot_s"})), "/objectives", "are not those of its question");
        refuses("an objective without a measure", without("/front/0/measures", "loss"), "/front/0/measures", "does not say the objective loss");
        refuses("a negative time", changed("/front/0/measures/tpot_s", -1), "/front/0/measures/tpot_s", "not -1");
        refuses("a time that is text", changed("/front/0/measures/tpot_s", "fast"), "/front/0/measures/tpot_s", "not the text 'fast'");
        refuses("a broken question", changed("/question/space/layers", "many"), "/question/space/layers", "many");
        std::string overflow = whole;
        overflow.replace(overflow.find("\"tpot_s\": "), 10, "\"tpot_s\": 1e999, \"x\": ");
        refuses("a number beyond all", overflow, "is not valid JSON", "1e999");
    }

    void every_example_of_a_search_is_asked_on_the_session_s_device()
    {
        int searches = 0;
        for (const auto& entry : std::filesystem::directory_iterator(SLIMLINE_SOURCE_DIR "/examples")) {
            const std::string file = entry.path().filename().string();
            if (!file.starts_with("search-") || entry.path().extension() != ".json") {
                continue;
            }
            ++searches;
            Opened o;
            QSignalSpy failed(&o.workspace, &SearchWorkspace::failed);
            drop(o.window, {entry.path().string()});
            o.workspace.explorer().settle();
            QVERIFY2(failed.isEmpty(), (file + ": " + (failed.isEmpty() ? std::string{} : failed.at(0).at(0).toString().toStdString())).c_str());
            const LiveFrame& frame = *o.workspace.explorer().frame();
            const SearchQuestion q = o.workspace.question();
            QCOMPARE(frame.space->question().name, q.name);
            QVERIFY(frame.space->question().objectives == q.objectives);
            QVERIFY2(frame.front.size() > 0, file.c_str());
            const bool of_devices = file == "search-hardware.json";
            QCOMPARE(o.workspace.notice().isEmpty(), !of_devices);
        }
        QVERIFY(searches >= 5);
    }

    void a_search_for_prices_is_asked_without_them_and_says_so()
    {
        Opened o;
        const std::string path = SLIMLINE_SOURCE_DIR "/examples/search-hardware.json";
        drop(o.window, {path});
        QVERIFY(o.workspace.question().objectives == (std::vector{DesignMetric::tpot, DesignMetric::loss}));
        QVERIFY(o.workspace.question().limits.empty());
        settle_search(o.window);
        QCOMPARE(o.window.findChildren<QPushButton*>("chip").size(), 0);  // no "Width <= 300"
        o.window.raise_view("Search");
        settle_search(o.window);
        const QString said = o.child<QLabel>("search.message").text();
        for (const char* word : {"price_USD", "power_W", "slimline search"}) {
            QVERIFY2(said.contains(word), qPrintable(said));
            QVERIFY2(o.window.last_message().contains(word), qPrintable(o.window.last_message()));
        }
        o.child<QLineEdit>("search.name").setText("another name");
        Q_EMIT o.child<QLineEdit>("search.name").editingFinished();
        QCOMPARE(o.workspace.question().name, std::string("another name"));  // the form takes what it shows
        std::vector<Candidate> expected;
        for (const FoundDesign& found : search(o.workspace.question()).front) {
            expected.push_back(found.candidate);
        }
        QVERIFY(front_of_window(o.workspace) == expected);
        const std::string copied = o.write("copied.json", search_on(o.workspace.text(), o.session.scenario(), {}));
        QCOMPARE(Json::parse(answer({"search", copied, "--json", "--quiet"}))["front"].size(), expected.size());
    }

    void a_search_over_a_fleet_is_asked_on_its_first_device_with_its_calibration()
    {
        Opened o;
        Json j = Json::parse(small_search());
        j.erase("device");
        j["fleet"] = Json::array({{{"device", "raspberry-pi-5-8gb"}, {"calibration", "default--cpu--llama.cpp"}}, {{"device", "jetson-orin-nx-16gb"}}});
        j["objectives"] = {"tpot_s", "memory_share"};
        j["limits"] = {{"memory_share", {{"most", 0.5}}}, {"tpot_s", {{"most", 10}}}};
        drop(o.window, {o.write("fleet.json", pretty(j))});
        QCOMPARE(o.session.scenario().device.id, std::string("raspberry-pi-5-8gb"));
        QCOMPARE(o.session.scenario().calibration.id, std::string("default--cpu--llama.cpp"));
        o.session.edit(Field::threads, 2);  // chooses a calibration anew
        QCOMPARE(o.session.scenario().calibration.id, std::string("default--cpu--llama.cpp"));
        QVERIFY(o.workspace.question().objectives == std::vector{DesignMetric::tpot});
        QCOMPARE(o.workspace.question().limits.size(), std::size_t{1});
        QVERIFY2(o.workspace.notice().contains("over devices or workloads") && o.workspace.notice().contains("objective memory_share, limit on memory_share"),
                 qPrintable(o.workspace.notice()));
        const std::string result = o.write("result.json", answer({"search", o.folder.filePath("fleet.json").toStdString(), "--json", "--quiet"}));
        drop(o.window, {result});
        o.workspace.explorer().settle();
        QCOMPARE(o.workspace.selection().rows().size(), Json::parse(read_file(result))["front"].size());
    }

    void a_search_for_prices_alone_changes_nothing()
    {
        Opened o;
        Json j = Json::parse(read_file(SLIMLINE_SOURCE_DIR "/examples/search-hardware.json"));
        j["objectives"] = {"price_USD", "power_W"};
        const std::string path = o.write("prices.json", pretty(j));
        const std::string before = o.state();
        const auto frame = o.workspace.explorer().frame();
        drop(o.window, {path});
        QVERIFY2(o.window.last_message().contains("/objectives: asks for nothing that the window knows"), qPrintable(o.window.last_message()));
        QVERIFY(!o.workspace.open_file(path));
        QVERIFY(!o.workspace.change(pretty(j)));
        QCOMPARE(o.state(), before);
        QVERIFY(!o.session.can_undo() && o.workspace.explorer().frame() == frame);
    }

    void designs_that_do_not_fit_are_hidden_by_a_chip_that_one_click_takes_away()
    {
        Opened o;
        o.session.edit(Field::memory, 0.25);
        o.workspace.explorer().settle();
        const auto& chip = [&]() -> QPushButton& { return *o.window.findChildren<QPushButton*>("chip.fits").last(); };
        QVERIFY2(chip().text().startsWith("Fits 256 MiB"), qPrintable(chip().text()));
        const auto within = [&] {
            const auto& flags = o.workspace.explorer().frame()->cloud_within;
            return std::ranges::count(flags, 1);
        };
        const auto all = std::ptrdiff_t(o.workspace.explorer().frame()->cloud.size());
        QVERIFY(within() < all);
        chip().click();
        settle_search(o.window);
        QVERIFY(!o.workspace.question().must_fit);
        QCOMPARE(within(), all);
        QVERIFY2(chip().text().startsWith("+  Fits 256 MiB"), qPrintable(chip().text()));
        chip().click();
        settle_search(o.window);
        QVERIFY(o.workspace.question().must_fit && within() < all);
        o.session.undo();
        QVERIFY(!o.workspace.question().must_fit);
    }

    void how_views_stand_comes_back_with_a_session()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("s.json").toStdString();
        std::vector<std::pair<Column, bool>> axes;
        const auto axes_of = [](Opened& o) {
            std::vector<std::pair<Column, bool>> all;
            for (const ParallelAxis& axis : static_cast<ParallelView*>(o.window.view("Parallel"))->plot().axes()) {
                all.emplace_back(axis.column, axis.inverted);
            }
            return all;
        };
        {
            Opened o;
            o.session.pin("a");
            o.session.pin("b");
            auto& x = o.child<QComboBox>("pareto.x");
            x.setCurrentIndex(x.findText("Time to first token"));
            auto& colour = o.child<QComboBox>("pareto.colour");
            colour.setCurrentIndex(colour.findText("Layers"));
            o.child<QCheckBox>("pareto.dominated").setChecked(false);
            o.child<QCheckBox>("pareto.limits").setChecked(true);
            o.window.raise_view("Parallel");
            settle_search(o.window);
            auto& plot = static_cast<ParallelView*>(o.window.view("Parallel"))->plot();
            plot.invert(1);
            plot.move_axis(0, 2);
            o.child<QCheckBox>("parallel.front_only").setChecked(true);
            axes = axes_of(o);
            o.window.raise_view("Compare");
            settle_search(o.window);
            auto& from = o.child<QComboBox>("compare.from");
            from.setCurrentIndex(1);
            Q_EMIT from.activated(1);
            auto& phase = o.child<QComboBox>("compare.phase");
            phase.setCurrentIndex(1);
            Q_EMIT phase.activated(1);
            QVERIFY(o.window.save_to(path));
        }
        Opened o;
        o.window.raise_view("Parallel");  // has axes of its own before
        settle_search(o.window);
        drop(o.window, {path});
        settle_search(o.window);
        QCOMPARE(o.child<QComboBox>("pareto.x").currentText(), QString("Time to first token"));
        QCOMPARE(o.child<QComboBox>("pareto.y").currentText(), QString("Loss"));
        QCOMPARE(o.child<QComboBox>("pareto.colour").currentText(), QString("Layers"));
        QVERIFY(!o.child<QCheckBox>("pareto.dominated").isChecked() && o.child<QCheckBox>("pareto.limits").isChecked());
        QVERIFY(o.child<QCheckBox>("pareto.log").isChecked());
        QVERIFY(axes_of(o) == axes);
        QVERIFY(o.child<QCheckBox>("parallel.front_only").isChecked());
        o.window.raise_view("Compare");
        settle_search(o.window);
        QCOMPARE(o.child<QComboBox>("compare.from").currentText(), QString("a"));
        QCOMPARE(o.child<QComboBox>("compare.to").currentText(), QString("b"));
        QCOMPARE(o.child<QComboBox>("compare.phase").currentIndex(), 1);
        // A limit of the same search leaves the axes; other objectives, and another search, bring their own.
        QVERIFY(o.workspace.change(with_limit(o.workspace.text(), {DesignMetric::tpot, 0, 1})));
        QCOMPARE(o.child<QComboBox>("pareto.x").currentText(), QString("Time to first token"));
        QVERIFY(o.workspace.change(with_objectives(o.workspace.text(), {DesignMetric::energy, DesignMetric::loss})));
        QCOMPARE(o.child<QComboBox>("pareto.x").currentText(), QString("Energy a token"));
    }

    void pinned_designs_are_renamed_used_and_removed_by_row_and_each_is_a_step()
    {
        Opened o;
        o.session.pin("a");
        o.session.edit(Field::layers, 10);
        o.session.pin("b");
        o.session.pin("c");
        o.window.raise_view("Compare");
        settle_search(o.window);
        auto& pins = o.child<QTableWidget>("compare.pins");
        QCOMPARE(pins.rowCount(), 3);
        const auto button = [&](int row, int column) { return qobject_cast<QPushButton*>(pins.cellWidget(row, column)); };
        QCOMPARE(button(1, 2)->accessibleName(), QString("Unpin b"));
        button(1, 2)->click();
        settle_search(o.window);
        const auto names = [&] {
            std::vector<std::string> all;
            for (const PinnedDesign& pin : o.session.state().pinned) {
                all.push_back(pin.name);
            }
            return all;
        };
        QCOMPARE(names(), (std::vector<std::string>{"a", "c"}));
        QCOMPARE(pins.rowCount(), 2);
        button(0, 1)->click();
        settle_search(o.window);
        QCOMPARE(o.session.scenario().arch.layers.size(), std::size_t{24});
        o.session.undo();
        o.session.undo();
        settle_search(o.window);
        QCOMPARE(names(), (std::vector<std::string>{"a", "b", "c"}));
        auto& from = o.child<QComboBox>("compare.from");
        from.setCurrentIndex(2);
        Q_EMIT from.activated(2);
        pins.item(1, 0)->setText("a better name");
        settle_search(o.window);
        QCOMPARE(names(), (std::vector<std::string>{"a", "a better name", "c"}));
        QCOMPARE(from.currentText(), QString("a better name"));  // the choice follows its design
        for (const char* refused : {"a", "", "   "}) {
            pins.item(1, 0)->setText(refused);
            settle_search(o.window);
            QCOMPARE(names(), (std::vector<std::string>{"a", "a better name", "c"}));
            QCOMPARE(pins.item(1, 0)->text(), QString("a better name"));
            QVERIFY(!o.window.last_message().isEmpty());
        }
        o.session.undo();
        QCOMPARE(names(), (std::vector<std::string>{"a", "b", "c"}));
    }

    void a_pinned_design_has_the_same_numbers_after_a_reload_and_takes_its_calibration_along()
    {
        SessionState state = worked_example();
        state.calibration_choice = "default--gpu--llama.cpp";
        state.scenario.calibration = calibration_of(state);
        Session session(state);
        session.pin("chosen");
        session.load_device("raspberry-pi-5-8gb");  // with the best that there is
        session.pin("best");
        const auto numbers = [](const SessionState& s) {
            std::string all;
            for (const PinnedDesign& pin : s.pinned) {
                all += slimline::to_json(predict(pin.scenario), pin.scenario.arch, pin.scenario.device).dump();
            }
            return all;
        };
        const JsonDocument document = parse_json("session", pretty(gui::to_json(session.state())));
        Session again(read_session(JsonPlace(document)));
        QCOMPARE(numbers(again.state()), numbers(session.state()));
        QVERIFY(again.state().pinned == session.state().pinned);
        again.take_pinned(0);
        QCOMPARE(again.state().calibration_choice, std::string("default--gpu--llama.cpp"));
        const JsonDocument taken = parse_json("session", pretty(gui::to_json(again.state())));
        QCOMPARE(predict(read_session(JsonPlace(taken)).scenario).tpot.value, again.prediction().tpot.value);
        again.take_pinned(1);
        QVERIFY(again.state().calibration_choice.empty());
    }

    void a_session_whose_chosen_calibration_lost_its_processor_can_be_read_again()
    {
        SessionState state = worked_example();
        state.calibration_choice = "default--gpu--llama.cpp";
        state.scenario.calibration = calibration_of(state);
        Session session(state);
        const auto processors = choices(Field::backend, session.scenario());
        const auto cpu = std::ranges::find(processors, "cpu") - processors.begin();
        QVERIFY(session.edit(Field::backend, double(cpu)));
        const JsonDocument document = parse_json("session", pretty(gui::to_json(session.state())));
        QCOMPARE(predict(read_session(JsonPlace(document)).scenario).tpot.value, session.prediction().tpot.value);
    }

    void each_of_two_windows_is_kept_and_comes_back()
    {
        const QTemporaryDir folder;
        const std::string place = folder.path().toStdString();
        std::string message;
        {
            Session first;
            Session second;
            Autosave keeps_first(place);
            Autosave keeps_second(place);
            QVERIFY(keeps_first.keeps() && keeps_second.keeps());
            QVERIFY(!keeps_first.left_behind(message) && !keeps_second.left_behind(message));
            keeps_first.watch(first);
            keeps_second.watch(second);
            first.edit(Field::prompt, 11);
            second.edit(Field::prompt, 22);
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(folder.filePath("running.json")) && QFile::exists(folder.filePath("running-2.json")), 5000);
        }  // both crash
        {
            Autosave first(place);
            const auto left = first.left_behind(message);
            QVERIFY(left && left->scenario.workload.prompt_tokens == 11);
            QVERIFY2(message.find("1 more such windows") != std::string::npos, message.c_str());
            Autosave second(place);
            const auto other = second.left_behind(message);
            QVERIFY(other && other->scenario.workload.prompt_tokens == 22);
            first.close(*left);
        }  // the second crashes again, the first was closed
        {
            Autosave only(place);
            const auto left = only.left_behind(message);
            QVERIFY(left && left->scenario.workload.prompt_tokens == 22);  // a crash comes before what was closed
            only.close(*left);
        }
        Autosave only(place);
        QCOMPARE(only.left_behind(message)->scenario.workload.prompt_tokens, 22);
        QVERIFY(message.empty());
    }

    void what_a_crash_left_is_not_lost_to_a_window_that_opens_something_else()
    {
        const QTemporaryDir folder;
        const std::string place = folder.path().toStdString();
        SessionState crashed = worked_example();
        crashed.scenario.workload.prompt_tokens = 33;
        save_session(place + "/running.json", crashed);
        std::string message;
        {
            Session session;  // named on the command line
            Autosave autosave(place);
            autosave.watch(session);
            session.edit(Field::prompt, 44);
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(folder.filePath("running.json")), 5000);
            autosave.close(session.state());
        }
        Autosave next(place);
        QCOMPARE(next.left_behind(message)->scenario.workload.prompt_tokens, 33);
    }

    void a_window_that_cannot_be_kept_says_so()
    {
        const QTemporaryDir folder;
        const std::string file = folder.filePath("file").toStdString();
        std::ofstream(file) << "in the way";
        const Autosave autosave(file + "/window");
        QVERIFY(!autosave.keeps());
        std::string message;
        QVERIFY2(autosave.why_not_kept().find("this window is not kept") == 0, autosave.why_not_kept().c_str());
        std::vector<std::unique_ptr<Autosave>> windows;
        for (int i = 0; i < 16; ++i) {
            windows.push_back(std::make_unique<Autosave>(folder.path().toStdString()));
            QVERIFY(windows.back()->keeps() && windows.back()->why_not_kept().empty());
        }
        Autosave one_too_many(folder.path().toStdString());
        QVERIFY(!one_too_many.left_behind(message));
        QVERIFY2(message.find("16 windows") != std::string::npos, message.c_str());
    }
};

QTEST_MAIN(FilesTest)
#include "files_qtest.moc"

// Numbers on screen are those of the CLI: the copied command is run in this process and its JSON compared text for text.

#include <filesystem>
#include <sstream>

#include <QSignalSpy>
#include <QTemporaryDir>
#include <QtTest>

#include "base/files.h"
#include "base/random.h"
#include "cli/run.h"
#include "gui/viewmodel/copied_command.h"
#include "gui/viewmodel/search_workspace.h"
#include "gui/viewmodel/session.h"
#include "gui/viewmodel/slider_scale.h"
#include "simulator/prediction_json.h"
#include "tests/gui/small_search.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

std::string answer_of(const CopiedCommand& command)
{
    command.write_files();
    std::vector<std::string> words = command.arguments;
    words.emplace_back("--json");
    const std::vector<std::string_view> args(words.begin(), words.end());
    std::ostringstream out;
    std::ostringstream err;
    const int code = slimline::run(args, {out, err, 100, false});
    return code == 0 ? out.str() : err.str();
}

/// Every cell of the front's table, as the window shows it.
std::vector<std::string> cells_of(const LiveFrame& frame)
{
    std::vector<std::string> cells;
    for (std::size_t i = 0; i < frame.front.size(); ++i) {
        for (const Column column : all_columns()) {
            cells.push_back(display(column, frame.front[column][i], frame.space->question()));
        }
    }
    return cells;
}

/// The same of a command's answer; what it leaves out is taken from the window.
std::vector<std::string> cells_of(const Json& answer, const LiveFrame& frame)
{
    const SearchQuestion& q = frame.space->question();
    std::vector<std::string> cells;
    std::size_t i = 0;
    for (const Json& row : answer["front"]) {
        for (const Column column : all_columns()) {
            const std::string name(id(column));
            const Json& part = row["design"].contains(name) ? row["design"] : row["measures"];
            if (!part.contains(name)) {
                cells.push_back(i < frame.front.size() ? display(column, frame.front[column][i], q) : std::string{});
            } else if (part[name].is_string()) {
                cells.push_back(part[name].get<std::string>());
            } else {
                cells.push_back(display(column, part[name].is_boolean() ? double(part[name].get<bool>()) : part[name].get<double>(), q));
            }
        }
        ++i;
    }
    return cells;
}

void compare_with_its_command(SearchWorkspace& workspace)
{
    const QTemporaryDir folder;
    const SessionState& state = workspace.session().state();
    const CopiedCommand command = copied_search(workspace.text(), state.scenario, state.calibration_choice, folder.path().toStdString());
    const std::string answer = answer_of(command);
    QVERIFY2(answer.starts_with("{"), answer.c_str());
    const LiveFrame& frame = *workspace.explorer().frame();
    QVERIFY(frame.front.size() > 3);
    QCOMPARE(Json::parse(answer)["front"].size(), frame.front.size());
    QCOMPARE(cells_of(Json::parse(answer), frame), cells_of(frame));
}

std::string shown(const Session& session)
{
    return pretty(to_json(session.prediction(), session.scenario().arch, session.scenario().device));
}

/// Another value for some field, by its slider or among its choices.
void turn_something(Session& session, RandomBits& random)
{
    const FieldInfo& about = fields()[std::size_t(random.share() * double(field_count))];
    if (!applies(about.field, session.scenario())) {
        return;
    }
    if (about.kind == FieldKind::choice) {
        const auto count = choices(about.field, session.scenario()).size();
        session.edit(about.field, std::floor(random.share() * double(count)));
    } else if (about.kind == FieldKind::toggle) {
        session.edit(about.field, random.share() < 0.5 ? 1 : 0);
    } else {
        session.edit(about.field, value_at(about, int(random.share() * 800)));
    }
}

}  // namespace

class ParityTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void every_model_of_the_catalogue_is_named_by_its_id()
    {
        const QTemporaryDir folder;
        Session session;
        for (const std::string& id : shipped_ids("archs")) {
            QVERIFY(session.load_architecture(id));
            const CopiedCommand command = copied_command(session.scenario(), {}, folder.path().toStdString());
            QVERIFY2(command.files.empty(), id.c_str());
            QCOMPARE(answer_of(command), shown(session));
        }
    }

    void every_device_of_the_catalogue_is_named_by_its_id()
    {
        const QTemporaryDir folder;
        Session session;
        for (const std::string& id : shipped_ids("devices")) {
            QVERIFY(session.load_device(id));
            const CopiedCommand command = copied_command(session.scenario(), {}, folder.path().toStdString());
            QVERIFY2(command.files.empty(), id.c_str());
            QCOMPARE(answer_of(command), shown(session));
        }
    }

    void whatever_was_turned_the_command_gives_the_same_numbers()
    {
        const QTemporaryDir folder;
        RandomBits random{20261125};
        const auto archs = shipped_ids("archs");
        const auto devices = shipped_ids("devices");
        for (int round = 0; round < 40; ++round) {
            Session session;
            session.load_architecture(archs[std::size_t(random.share() * double(archs.size()))]);
            session.load_device(devices[std::size_t(random.share() * double(devices.size()))]);
            for (int step = 0; step < 8; ++step) {
                turn_something(session, random);
            }
            const CopiedCommand command = copied_command(session.scenario(), {}, folder.path().toStdString());
            QCOMPARE(answer_of(command), shown(session));
        }
    }

    void every_search_of_the_examples_shows_what_its_command_answers()
    {
        for (const char* name : {"search-million.json", "search-published.json"}) {
            Session session;
            SearchWorkspace workspace(session, nullptr, 1000);
            QVERIFY(workspace.open_file((data_folder().parent_path() / "examples" / name).string()));
            workspace.explorer().settle();
            compare_with_its_command(workspace);
        }
    }

    void a_search_too_large_to_be_held_shows_what_its_command_answers_once_it_has_run()
    {
        Session session;
        SearchWorkspace workspace(session, nullptr, 1000);
        QVERIFY(workspace.open_file((data_folder().parent_path() / "examples" / "search-thousand-million.json").string()));
        workspace.explorer().settle();
        QVERIFY(!workspace.explorer().frame()->exact());
        QSignalSpy done(&workspace.job(), &SearchJob::finished);
        workspace.run();
        QTRY_COMPARE_WITH_TIMEOUT(done.size(), 1, 120000);
        workspace.explorer().settle();
        compare_with_its_command(workspace);
    }

    void a_search_on_a_device_that_was_changed_is_copied_with_it()
    {
        RandomBits random{4};
        for (int round = 0; round < 12; ++round) {
            Session session(small_state());
            SearchWorkspace workspace(session);
            for (const Field field : {Field::bandwidth, Field::threads, Field::prompt, Field::generate, Field::context}) {
                if (applies(field, session.scenario())) {
                    session.edit(field, value_at(info(field), int(random.share() * 800)));
                }
            }
            workspace.explorer().settle();
            compare_with_its_command(workspace);
        }
    }

    void a_saved_search_opens_as_it_was_answered()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("saved.json").toStdString();
        Session session(small_state());
        SearchWorkspace workspace(session);
        QVERIFY(session.edit(Field::bandwidth, 77));
        workspace.explorer().settle();
        QVERIFY(workspace.save(path));
        Session other;
        SearchWorkspace opened(other);
        QVERIFY(opened.open_file(path));
        opened.explorer().settle();
        QCOMPARE(other.scenario().device.memory.bandwidth.value, session.scenario().device.memory.bandwidth.value);
        QCOMPARE(cells_of(*opened.explorer().frame()), cells_of(*workspace.explorer().frame()));
    }

    void a_command_is_quoted_for_a_shell()
    {
        const CopiedCommand command{{"predict", "--arch", "it's a file.json"}, {}};
        QCOMPARE(command.text(), std::string("slimline predict --arch 'it'\\''s a file.json'"));
    }
};

QTEST_GUILESS_MAIN(ParityTest)
#include "parity_qtest.moc"

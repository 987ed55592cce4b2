#include <filesystem>
#include <fstream>
#include <functional>

#include <QTemporaryDir>
#include <QtTest>

#include "base/errors.h"
#include "base/files.h"
#include "gui/viewmodel/autosave.h"
#include "gui/viewmodel/session.h"
#include "gui/viewmodel/session_json.h"
#include "gui/viewmodel/taken_file.h"
#include "simulator/prediction_json.h"
#include "tests/gui/broken_files.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

SessionState rich_state()
{
    Session session;
    session.edit(Field::layers, 30);
    session.edit(Field::bandwidth, 77.7);
    session.edit(Field::prompt, 1000);
    session.pin("first, with a comma");
    session.load_device("raspberry-pi-5-8gb");
    session.edit(Field::threads, 2);
    session.set_locked(Field::prompt, true);
    session.set_view_value("why.target", "12");
    ViewState view = session.state().view;
    view.theme = "dark";
    view.scale_percent = 150;
    session.set_view(view);
    return session.state();
}

std::string prediction_text(const Scenario& s)
{
    return slimline::to_json(predict(s), s.arch, s.device).dump();
}

}  // namespace

class SessionJsonTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void a_session_reads_back_as_the_same_value()
    {
        const SessionState state = rich_state();
        const JsonDocument document = parse_json("session", pretty(gui::to_json(state)));
        const SessionState again = read_session(JsonPlace(document));
        QCOMPARE(pretty(gui::to_json(again)), document.text);
        QCOMPARE(prediction_text(again.scenario), prediction_text(state.scenario));
        QCOMPARE(prediction_text(again.pinned.at(0).scenario), prediction_text(state.pinned.at(0).scenario));
        QVERIFY(again.locked == state.locked && again.view.theme == "dark" && again.view.scale_percent == 150);
        QVERIFY(again.base_arch == state.base_arch && again.base_device == state.base_device);
    }

    void saving_replaces_the_file_whole_or_not_at_all()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("s.json").toStdString();
        save_session(path, worked_example());
        const std::string before = read_file(path);
        QVERIFY_EXCEPTION_THROWN(save_session(path + "/below-a-file.json", worked_example()), InputError);
        QCOMPARE(read_file(path), before);
        QCOMPARE(std::distance(std::filesystem::directory_iterator(folder.path().toStdString()), {}), std::ptrdiff_t(1));
    }

    void broken_files_say_where_and_why()
    {
        const QTemporaryDir folder;
        const auto cases = broken_files(pretty(gui::to_json(rich_state())));
        QVERIFY(cases.size() >= 70);
        for (const BrokenFile& broken : cases) {
            const std::string path = folder.filePath(QString::fromStdString(broken.file)).toStdString();
            std::ofstream(path, std::ios::binary) << broken.content;
            try {
                take_file(path);
                QFAIL(("was taken: " + broken.what).c_str());
            } catch (const InputError& error) {
                const std::string complaint = broken.complaint(path, error.what());
                QVERIFY2(complaint.empty(), complaint.c_str());
            }
        }
    }

    void what_was_on_screen_comes_back_after_a_crash_and_after_closing()
    {
        const QTemporaryDir folder;
        std::string message;
        {
            Autosave first(folder.path().toStdString());
            QVERIFY(!first.left_behind(message));
            Session session;
            first.watch(session);
            session.edit(Field::prompt, 99);
            QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(folder.filePath("running.json")), 5000);
        }  // without close(): as after a crash
        {
            Autosave second(folder.path().toStdString());
            const auto left = second.left_behind(message);
            QVERIFY(left && left->scenario.workload.prompt_tokens == 99);
            QVERIFY(message.find("unexpectedly") != std::string::npos);
            second.close(*left);
            QVERIFY(!QFile::exists(folder.filePath("running.json")));
            Session late;
            Autosave third(folder.filePath("another").toStdString());
            third.watch(late);
            third.close(late.state());
            late.edit(Field::prompt, 98);  // after the window was closed: nothing to keep it in
            QTest::qWait(1000);
            QVERIFY(!QFile::exists(folder.filePath("another/running.json")));
        }
        std::ofstream(folder.filePath("last.json").toStdString()) << "{ broken";
        Autosave third(folder.path().toStdString());
        QVERIFY(!third.left_behind(message));
        QVERIFY(message.find("last.json") != std::string::npos);
    }

    void recent_files_are_the_latest_first_and_without_those_that_are_gone()
    {
        const QTemporaryDir folder;
        const std::filesystem::path place = folder.path().toStdString();
        for (const char* name : {"a.json", "b.json", "a.json"}) {
            std::ofstream(place / name) << "{}";
            remember_file(place, (place / name).string());
        }
        QCOMPARE(recent_files(place), (std::vector{(place / "a.json").string(), (place / "b.json").string()}));
        std::filesystem::remove(place / "a.json");
        QCOMPARE(recent_files(place), (std::vector{(place / "b.json").string()}));
    }
};

QTEST_GUILESS_MAIN(SessionJsonTest)
#include "session_json_qtest.moc"

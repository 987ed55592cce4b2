#include <QSignalSpy>
#include <QtTest>

#include "base/files.h"
#include "gui/viewmodel/design_table_model.h"
#include "gui/viewmodel/search_form.h"
#include "gui/viewmodel/search_workspace.h"
#include "tests/gui/small_search.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

std::vector<Candidate> candidates(const LiveFrame& frame)
{
    std::vector<Candidate> all;
    for (const std::uint32_t row : frame.front.rows) {
        all.push_back(frame.space->candidate(row));
    }
    return all;
}

}  // namespace

class SearchTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void the_front_on_screen_is_the_search_s_on_the_session_s_device()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        for (const double bandwidth : {102.4, 60.0, 250.0}) {
            QVERIFY(session.edit(Field::bandwidth, bandwidth));
            workspace.explorer().settle();
            const auto& frame = workspace.explorer().frame();
            QVERIFY(frame != nullptr && frame->exact());
            std::vector<Candidate> expected;
            for (const FoundDesign& found : search(workspace.question()).front) {
                expected.push_back(found.candidate);
            }
            QVERIFY(candidates(*frame) == expected);
        }
    }

    void requests_that_a_newer_one_overtook_are_dropped()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.explorer().settle();
        QSignalSpy frames(&workspace.explorer(), &LiveExplorer::changed);
        for (int i = 0; i < 200; ++i) {
            session.edit(Field::bandwidth, 50 + i);
        }
        workspace.explorer().settle();
        QVERIFY(frames.size() < 200);
        QCOMPARE(workspace.explorer().frame()->run.device.memory.bandwidth.value, session.scenario().device.memory.bandwidth.value);
        QVERIFY(workspace.explorer().frame()->exact());
    }

    void a_drag_s_frames_are_exact_once_its_lists_are_there()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.explorer().settle(true);
        for (int i = 0; i < 20; ++i) {
            session.edit(Field::bandwidth, 60 + 5 * i);
            while (workspace.explorer().frame()->run.device.memory.bandwidth.value != session.scenario().device.memory.bandwidth.value) {
                QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
            }
            QVERIFY(workspace.explorer().frame()->exact());
        }
    }

    void brushes_are_chips_that_one_click_removes()
    {
        Brushes brushes;
        QSignalSpy changes(&brushes, &Brushes::changed);
        brushes.add(Column::tpot, {0.02, 0.01});  // drawn upwards or downwards
        brushes.add(Column::tpot, {0.05, 0.06});
        brushes.add(Column::layers, {8, 12});
        QCOMPARE(changes.size(), 3);
        const SearchQuestion q = question_of("small", small_search());
        const std::vector<Chip> chips = brushes.chips(q);
        QCOMPARE(chips.size(), std::size_t{3});
        QCOMPARE(QString::fromStdString(chips[0].text), QString("Time a token: 10.0 ms – 20.0 ms"));
        QCOMPARE(QString::fromStdString(chips[2].text), QString("Layers: 8 – 12"));
        Brushes copy;
        copy.read(brushes.text());
        QVERIFY(copy.all() == brushes.all());
        copy.read("nonsense;tpot_s 1 x;loss");
        QVERIFY(copy.empty());
        brushes.remove(chips[0].column, chips[0].index);
        QCOMPARE(brushes.of(Column::tpot).size(), std::size_t{1});
        brushes.clear();
        QVERIFY(brushes.empty());
    }

    void a_brush_keeps_what_lies_in_one_of_its_intervals_on_every_axis()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.explorer().settle();
        const LiveFrame& frame = *workspace.explorer().frame();
        Brushes brushes;
        brushes.set(Column::layers, {{8, 8}, {16, 20}});
        brushes.set(Column::weights, {{-0.25, 0.25}});
        const auto passing = brushes.passing(frame.cloud);
        for (std::size_t i = 0; i < frame.cloud.size(); ++i) {
            const Candidate c = frame.space->candidate(frame.cloud.rows[i]);
            const bool layers = c.design.layers == 8 || (c.design.layers >= 16 && c.design.layers <= 20);
            QCOMPARE(passing[i] != 0, layers && c.weights == 0);
        }
    }

    void brushes_are_kept_in_the_session()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.brushes().add(Column::loss, {2, 3});
        Session again(session.state());
        SearchWorkspace other(again);
        QVERIFY(other.brushes().all() == workspace.brushes().all());
    }

    void the_table_sorts_by_any_column_and_shows_text_derived_from_values()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.explorer().settle();
        DesignTableModel table;
        table.show(workspace.explorer().frame(), workspace.brushes());
        QCOMPARE(std::size_t(table.rowCount()), workspace.explorer().frame()->front.size());
        table.show_all(true);
        QVERIFY(table.rowCount() > int(workspace.explorer().frame()->front.size()));
        for (int column = 0; column < table.columnCount(); ++column) {
            for (const auto order : {Qt::AscendingOrder, Qt::DescendingOrder}) {
                table.sort(column, order);
                for (int row = 1; row < table.rowCount(); ++row) {
                    const double above = table.index(row - 1, column).data(DesignTableModel::SortRole).toDouble();
                    const double below = table.index(row, column).data(DesignTableModel::SortRole).toDouble();
                    QVERIFY(std::isnan(above) || std::isnan(below) || (order == Qt::AscendingOrder ? above <= below : above >= below));
                }
                QVERIFY(!table.headerData(column, Qt::Horizontal).toString().isEmpty());
            }
        }
        QCOMPARE(table.csv().count('\n'), table.rowCount() + 1);
        const std::uint32_t row = table.row_at(3);
        QCOMPARE(table.place_of(row), 3);
        QVERIFY(!table.data(QModelIndex()).isValid());
    }

    void a_cancelled_search_keeps_the_front_that_it_has()
    {
        Json j = parse_json("small", small_search()).root;
        j["space"]["d_model"] = {{"from", 512}, {"to", 4096}, {"step", 64}};
        j["space"]["layers"] = {{"from", 4}, {"to", 60}};
        SearchJob job;
        std::shared_ptr<const SearchResult> result;
        connect(&job, &SearchJob::finished, this, [&](const auto& found) { result = found; });
        QSignalSpy started(&job, &SearchJob::started);
        job.start(question_of("large", pretty(j)));
        QVERIFY(job.running());
        job.cancel();
        QTRY_VERIFY_WITH_TIMEOUT(result != nullptr, 60000);
        QVERIFY(result->partial);
        QVERIFY(!result->front.empty());
        QVERIFY(!job.running());
        QCOMPARE(started.size(), 1);
    }

    void a_search_tells_how_far_it_is_and_selects_its_front()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.explorer().settle();
        QSignalSpy progressed(&workspace.job(), &SearchJob::progressed);
        QSignalSpy told(&workspace, &SearchWorkspace::told);
        workspace.run();
        QTRY_COMPARE_WITH_TIMEOUT(told.size(), 1, 60000);
        QVERIFY(!progressed.isEmpty());
        QCOMPARE(workspace.job().progress().share, 1.0);
        Rows front = workspace.explorer().frame()->front.rows;
        std::ranges::sort(front);
        QVERIFY(workspace.selection().rows() == front);
    }

    void a_design_becomes_the_session_s_model_as_one_step()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.explorer().settle();
        const Architecture before = session.scenario().arch;
        workspace.select_knee();
        const std::uint32_t row = workspace.selection().current();
        workspace.load(row);
        const LiveFrame& frame = *workspace.explorer().frame();
        const Candidate chosen = frame.space->candidate(row);
        QCOMPARE(session.scenario().arch.d_model, chosen.design.d_model);
        const Measures measures = frame.space->measures(LiveRun(frame.space->question(), session.scenario()), row);
        const double tpot = measures[std::size_t(DesignMetric::tpot)];
        QVERIFY(std::abs(session.prediction().tpot.value / tpot - 1) < 1e-9);
        QVERIFY(std::abs(workspace.of_session()[std::size_t(DesignMetric::loss)] / measures[std::size_t(DesignMetric::loss)] - 1) < 1e-9);
        session.undo();
        QCOMPARE(session.scenario().arch.d_model, before.d_model);
        workspace.step_on_front(1);
        QVERIFY(workspace.selection().current() != row);
    }

    void objectives_and_limits_change_the_front_without_a_new_space()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.explorer().settle();
        const double half = workspace.explorer().frame()->front[Column::tpot].back() / 2;
        QSignalSpy making(&workspace.explorer(), &LiveExplorer::making_changed);
        QVERIFY(workspace.change(with_limit(workspace.text(), {DesignMetric::tpot, -std::numeric_limits<double>::infinity(), half})));
        workspace.explorer().settle();
        for (const double tpot : workspace.explorer().frame()->front[Column::tpot]) {
            QVERIFY(tpot <= half);
        }
        QVERIFY(workspace.change(with_objectives(workspace.text(), {DesignMetric::ttft, DesignMetric::memory})));
        workspace.explorer().settle();
        QCOMPARE(making.size(), 0);
        QCOMPARE(workspace.explorer().frame()->space->question().objectives.front(), DesignMetric::ttft);
        session.undo();
        session.undo();
        workspace.explorer().settle();
        QVERIFY(workspace.explorer().frame()->space->question().limits.empty());
    }

    void a_form_says_what_its_document_says()
    {
        const std::string text = read_file(std::string(SLIMLINE_SOURCE_DIR) + "/examples/search-million.json");
        const SearchForm form = form_of(text);
        QCOMPARE(QString::fromStdString(form.dimensions[std::size_t(Dimension::layers)]), QString("8..36 step 2"));
        QCOMPARE(QString::fromStdString(form.dimensions[std::size_t(Dimension::heads)]), QString("d_model / head_dim"));
        QCOMPARE(QString::fromStdString(form.weights), QString("Q4_K_M, Q4_0, Q6_K, Q8_0"));
        Json before = parse_json("before", text).root;
        Json after = parse_json("after", with_form(text, form)).root;
        before["tokens"] = after["tokens"] = 0;  // 1e11 and 100000000000 are one number
        QVERIFY(before == after);
    }

    void formats_of_classes_of_tensors_stay_with_their_mix_in_a_form()
    {
        Json asked = parse_json("asked", read_file(std::string(SLIMLINE_SOURCE_DIR) + "/examples/search-million.json")).root;
        asked["space"]["weights"] = {"Q4_0,token_embd=Q8_0,output=Q6_K", "Q8_0"};
        const std::string text = pretty(asked);
        QVERIFY(parse_json("after", with_form(text, form_of(text))).root["space"]["weights"] == asked["space"]["weights"]);
    }

    void a_bad_file_changes_nothing_and_says_where_and_why_data()
    {
        QTest::addColumn<QString>("what");
        QTest::addColumn<QString>("by");
        QTest::addColumn<QString>("said");
        QTest::newRow("no JSON") << "{\"format\"" << "[\"format\"" << "line";
        QTest::newRow("another kind") << "search/1" << "device/1" << "format";
        QTest::newRow("an unknown metric") << "\"tpot_s\"" << "\"tpot\"" << "did you mean 'tpot_s'";
        QTest::newRow("an unknown device") << "jetson-orin-nx-16gb" << "jetson-orin" << "device";
        QTest::newRow("an unknown dimension") << "\"vocabulary\"" << "\"vocab\"" << "vocab";
        QTest::newRow("an unknown format") << "Q8_0" << "Q8_9" << "weights";
        QTest::newRow("a formula of nothing") << "d_model / 64" << "d_modl / 64" << "did you mean 'd_model'";
        QTest::newRow("a range upside down") << "\"from\": 4" << "\"from\": 99" << "down to";
    }

    void a_bad_file_changes_nothing_and_says_where_and_why()
    {
        QFETCH(QString, what);
        QFETCH(QString, by);
        QFETCH(QString, said);
        Session session(small_state());
        SearchWorkspace workspace(session);
        workspace.explorer().settle();
        const auto frame = workspace.explorer().frame();
        const std::string text = workspace.text();
        QString bad = QString::fromStdString(text);
        QVERIFY(bad.contains(what));
        bad.replace(bad.indexOf(what), what.size(), by);
        QSignalSpy failed(&workspace, &SearchWorkspace::failed);
        QVERIFY(!workspace.open("bad.json", bad.toStdString()));
        QCOMPARE(failed.size(), 1);
        const QString message = failed.front().front().toString();
        QVERIFY2(message.contains("bad.json") && message.contains(said), qPrintable(message));
        QVERIFY(workspace.text() == text);
        QVERIFY(!session.can_undo());
        QVERIFY(workspace.explorer().frame() == frame);
        QVERIFY(!workspace.open_file("/nowhere/search.json"));
    }

    void opening_a_search_takes_its_device_and_workload()
    {
        Session session(small_state());
        SearchWorkspace workspace(session);
        Json j = parse_json("small", small_search()).root;
        j["device"] = "raspberry-pi-5-8gb";
        j["workload"] = {{"prompt_tokens", 64}};
        QVERIFY(workspace.open("pi.json", pretty(j)));
        QCOMPARE(session.scenario().device.id, std::string("raspberry-pi-5-8gb"));
        QCOMPARE(session.scenario().workload.prompt_tokens, 64);
        workspace.explorer().settle();
        QCOMPARE(workspace.explorer().frame()->run.device.id, std::string("raspberry-pi-5-8gb"));
        session.undo();
        QCOMPARE(session.scenario().device.id, std::string("jetson-orin-nx-16gb"));
    }

    void a_space_too_large_to_be_held_is_shown_as_a_sample()
    {
        Session session(small_state());
        Json j = parse_json("small", small_search()).root;
        j["space"]["d_model"] = {{"from", 512}, {"to", 8192}, {"step", 64}};
        j["space"]["layers"] = {{"from", 1}, {"to", 128}};
        j["space"]["vocabulary"] = {{"from", 1000}, {"to", 200000}, {"step", 1000}};
        SearchWorkspace workspace(session);
        workspace.explorer().settle();
        QVERIFY(workspace.change(pretty(j)));
        workspace.explorer().settle();
        QVERIFY(!workspace.explorer().frame()->space->complete());
        QVERIFY(!workspace.explorer().frame()->exact());
        QVERIFY(workspace.explorer().frame()->front.size() > 0);
    }
};

QTEST_GUILESS_MAIN(SearchTest)
#include "search_qtest.moc"

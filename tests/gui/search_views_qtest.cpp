#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTableView>
#include <QToolBar>
#include <QtTest>

#include "gui/viewmodel/design_table_model.h"
#include "gui/widgets/design_table_view.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/parallel_view.h"
#include "gui/widgets/pareto_plot.h"
#include "gui/widgets/pareto_view.h"
#include "gui/widgets/search_panel.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/theme.h"
#include "tests/gui/small_search.h"
#include "tests/gui/window_parts.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

/// A window on the small search, with all that a test asks for.
struct Opened {
    Session session{small_state()};
    MainWindow window{session};
    SearchWorkspace& workspace;
    ParetoView& pareto;
    ParallelView& parallel;
    DesignTableView& table;

    explicit Opened(const char* view)
        : workspace(*window.findChild<SearchWorkspace*>()),
          pareto(*static_cast<ParetoView*>(window.view("Pareto"))),
          parallel(*static_cast<ParallelView*>(window.view("Parallel"))),
          table(*static_cast<DesignTableView*>(window.view("Table")))
    {
        window.resize(1280, 800);
        window.show();
        window.raise_view(view);
        settle_search(window);
    }
    const LiveFrame& frame() const { return *workspace.explorer().frame(); }
    void settle() { settle_search(window); }
    template <class Widget>
    Widget& child(const char* name) const
    {
        return part_of<Widget>(window, name);
    }
    int chips() const { return int(window.findChildren<QPushButton*>("chip").size()); }
};

void drag(QWidget& target, QPoint from, QPoint to)
{
    QTest::mousePress(&target, Qt::LeftButton, {}, from);
    for (int i = 1; i <= 4; ++i) {
        QMouseEvent move(QEvent::MouseMove, QPointF(from + (to - from) * i / 4), target.mapToGlobal(QPointF(from + (to - from) * i / 4)),
                         Qt::NoButton, Qt::LeftButton, Qt::NoModifier);
        QCoreApplication::sendEvent(&target, &move);
    }
    QTest::mouseRelease(&target, Qt::LeftButton, {}, to);
}

}  // namespace

class SearchViewsTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }

    void a_click_on_a_design_selects_it_in_every_view()
    {
        Opened o("Pareto");
        const DesignRows& front = o.frame().front;
        const std::size_t i = front.size() / 2;
        const QPoint at = o.pareto.plot().pixel_of(front[Column::tpot][i], front[Column::loss][i]);
        QTest::mouseClick(&plot_of(o.pareto), Qt::LeftButton, {}, at);
        QCOMPARE(o.workspace.selection().rows().size(), std::size_t{1});
        const std::uint32_t row = o.workspace.selection().current();
        o.window.raise_view("Table");
        o.settle();
        const QModelIndexList marked = o.table.table().selectionModel()->selectedRows();
        QCOMPARE(marked.size(), 1);
        QCOMPARE(marked.front().data(DesignTableModel::RowRole).toUInt(), row);
        o.table.table().selectRow(0);
        QVERIFY(o.workspace.selection().current() == o.frame().front.rows.front());
    }

    void a_rectangle_over_the_plot_is_two_chips_and_a_click_removes_one()
    {
        Opened o("Pareto");
        QCOMPARE(o.chips(), 0);
        QWidget& plot = plot_of(o.pareto);
        const QRect rect = plot.rect();
        drag(plot, {rect.width() / 2, rect.height() / 3}, {rect.width() * 3 / 4, rect.height() * 2 / 3});
        QCoreApplication::processEvents();
        QCOMPARE(o.workspace.brushes().all().size(), std::size_t{2});
        QTRY_COMPARE(o.chips(), 3);  // and "Clear all"
        QTest::mouseClick(o.window.findChildren<QPushButton*>("chip").front(), Qt::LeftButton);
        QTRY_COMPARE(o.workspace.brushes().all().size(), std::size_t{1});
        o.window.actions().find("search.clear")->trigger();
        QVERIFY(o.workspace.brushes().empty());
    }

    void a_dragged_limit_line_bounds_the_front_and_is_a_chip()
    {
        Opened o("Pareto");
        o.child<QCheckBox>("pareto.limits").setChecked(true);
        o.settle();
        QWidget& plot = plot_of(o.pareto);
        QVERIFY(std::isinf(o.pareto.plot().limit(Column::tpot)));
        // Before it limits anything, the line waits at the right edge.
        int edge = -1;
        for (int x = plot.width() - 1; x > plot.width() / 2 && edge < 0; --x) {
            QMouseEvent move(QEvent::MouseMove, QPointF(x, plot.height() / 2.0), plot.mapToGlobal(QPointF(x, plot.height() / 2.0)), Qt::NoButton,
                             Qt::NoButton, Qt::NoModifier);
            QCoreApplication::sendEvent(&plot, &move);
            edge = plot.cursor().shape() == Qt::SizeHorCursor ? x - scaled(3) : -1;
        }
        QVERIFY(edge > 0);
        drag(plot, {edge, plot.height() / 2}, {plot.width() / 2, plot.height() / 2});
        o.settle();
        const std::vector<Limit>& limits = o.frame().space->question().limits;
        QCOMPARE(limits.size(), std::size_t{1});
        QCOMPARE(limits.front().metric, DesignMetric::tpot);
        for (const double tpot : o.frame().front[Column::tpot]) {
            QVERIFY(tpot <= limits.front().most);
        }
        QTRY_COMPARE(o.chips(), 1);
        QTest::mouseClick(o.window.findChildren<QPushButton*>("chip").front(), Qt::LeftButton);
        QTRY_VERIFY(!o.workspace.text().empty() && o.workspace.question().limits.empty());
    }

    void any_two_objectives_and_a_colour_can_be_chosen()
    {
        Opened o("Pareto");
        for (const char* name : {"pareto.x", "pareto.y", "pareto.colour"}) {
            auto& box = o.child<QComboBox>(name);
            for (int i = 0; i < box.count(); ++i) {
                box.setCurrentIndex(i);
                o.pareto.catch_up();
            }
        }
        o.child<QComboBox>("pareto.x").setCurrentIndex(int(Column::ttft));
        o.child<QComboBox>("pareto.y").setCurrentIndex(int(Column::memory));
        for (const char* name : {"pareto.dominated", "pareto.log", "pareto.intervals"}) {
            o.child<QCheckBox>(name).toggle();
            o.pareto.catch_up();
        }
        QTest::mouseClick(&o.child<QPushButton>("pareto.compare"), Qt::LeftButton);
        o.settle();
        const auto& objectives = o.frame().space->question().objectives;
        QVERIFY((objectives == std::vector{DesignMetric::ttft, DesignMetric::memory}));
        QVERIFY(o.child<QLabel>("pareto.summary").text().contains("exact front"));
    }

    void arrows_step_along_the_front_and_the_design_can_be_used()
    {
        Opened o("Pareto");
        o.window.actions().find("search.knee")->trigger();
        QCOMPARE(o.workspace.selection().current(), o.frame().front.rows[o.frame().knee]);
        QTest::keyClick(&plot_of(o.pareto), Qt::Key_Right);
        const std::size_t next = std::min(o.frame().knee + 1, o.frame().front.size() - 1);
        QCOMPARE(o.workspace.selection().current(), o.frame().front.rows[next]);
        o.window.actions().find("search.previous")->trigger();
        QCOMPARE(o.workspace.selection().current(), o.frame().front.rows[o.frame().knee]);
        const int width = o.frame().space->candidate(o.workspace.selection().current()).design.d_model;
        o.window.actions().find("search.use")->trigger();
        QCOMPARE(o.session.scenario().arch.d_model, width);
    }

    void axes_are_brushed_inverted_reordered_hidden_and_added()
    {
        Opened o("Parallel");
        ParallelPlot& plot = o.parallel.plot();
        const auto first = plot.axes().front();
        const auto count = plot.axes().size();
        const double middle = std::sqrt(first.least * first.most);
        const QPoint top = plot.pixel_of(0, first.most);
        const QPoint bottom = plot.pixel_of(0, first.least);
        drag(plot, bottom, plot.pixel_of(0, middle));
        drag(plot, top, top + QPoint(0, 15));
        QCOMPARE(o.workspace.brushes().of(first.column).size(), std::size_t{2});
        QVERIFY(std::abs(o.workspace.brushes().of(first.column)[0].least / first.least - 1) < 0.05);
        QTest::keyClick(&plot, Qt::Key_Delete);
        QVERIFY(o.workspace.brushes().empty());

        QTest::mouseClick(&o.child<QPushButton>("parallel.invert"), Qt::LeftButton);
        QVERIFY(plot.axes().front().inverted);
        QVERIFY(plot.pixel_of(0, first.most).y() > plot.pixel_of(0, first.least).y());
        QTest::keyClick(&plot, Qt::Key_I);
        QVERIFY(!plot.axes().front().inverted);
        const bool logarithmic = plot.axes().front().logarithmic;
        QTest::mouseClick(&o.child<QPushButton>("parallel.log"), Qt::LeftButton);
        QVERIFY(plot.axes().front().logarithmic != logarithmic);

        drag(plot, {plot.pixel_of(0, first.least).x(), 5}, {plot.pixel_of(2, plot.axes()[2].least).x(), 5});  // by its name
        QVERIFY(plot.axes()[2].column == first.column);
        QTest::keyClick(&plot, Qt::Key_Left, Qt::ControlModifier);
        QVERIFY(plot.axes()[1].column == first.column);
        QTest::mouseClick(&o.child<QPushButton>("parallel.hide"), Qt::LeftButton);
        QCOMPARE(plot.axes().size(), count - 1);
        plot.show_axis(first.column);
        QCOMPARE(plot.axes().size(), count);
        QVERIFY(plot.axes().back().column == first.column);
        o.settle();
        QVERIFY(plot.is_refined());
    }

    void a_brush_in_one_view_filters_the_others()
    {
        Opened o("Table");
        const int before = o.table.table().model()->rowCount();
        o.workspace.brushes().add(Column::weights, {-0.25, 0.25});
        o.settle();
        const int after = o.table.table().model()->rowCount();
        QVERIFY(after < before);
        o.child<QCheckBox>("table.all").setChecked(true);
        o.settle();
        QVERIFY(o.table.table().model()->rowCount() > after);
        o.table.table().sortByColumn(1, Qt::DescendingOrder);
        const double first = o.table.table().model()->index(0, 1).data(DesignTableModel::SortRole).toDouble();
        const double second = o.table.table().model()->index(1, 1).data(DesignTableModel::SortRole).toDouble();
        QVERIFY(first >= second);
    }

    void every_selected_design_is_marked_in_the_table()
    {
        Opened o("Table");
        o.child<QCheckBox>("table.all").setChecked(true);
        o.settle();
        QTableView& table = o.table.table();
        table.setAlternatingRowColors(false);
        const int count = table.model()->rowCount();
        Rows odd;
        for (int i = 1; i < count; i += 2) {
            odd.push_back(table.model()->index(i, 0).data(DesignTableModel::RowRole).toUInt());
        }
        QVERIFY(odd.size() > 100);
        o.workspace.selection().select(odd);
        o.settle();
        table.clearFocus();
        table.scrollToBottom();  // far beyond what the table's own selection holds
        const QImage image = table.viewport()->grab().toImage();
        const auto colour = [&](int row) {
            const QRect cell = table.visualRect(table.model()->index(row, 0));
            return image.pixel(cell.topLeft() + QPoint(3, 3));
        };
        const int last = count - 1 - (count - 1) % 2 - 1;  // marked
        QVERIFY(colour(last) != colour(last - 1));
        QCOMPARE(colour(last), colour(last - 2));
        QCOMPARE(colour(last - 1), colour(last - 3));
    }

    void a_table_keeps_its_place_while_a_device_moves()
    {
        Opened o("Table");
        QTableView& table = o.table.table();
        const QSignalSpy resets(table.model(), &QAbstractItemModel::modelReset);
        table.horizontalScrollBar()->setValue(3);
        for (int step = 1; step <= 4; ++step) {
            o.session.edit(Field::bandwidth, 50 * step);
            o.settle();
            QCOMPARE(table.model()->rowCount(), int(o.frame().front.size()));
            const double tpot = table.model()->index(0, 0).data(DesignTableModel::SortRole).toDouble();
            QCOMPARE(tpot, *std::ranges::min_element(o.frame().front[Column::tpot]));
        }
        QCOMPARE(resets.count(), 0);
        QCOMPARE(table.horizontalScrollBar()->value(), 3);
    }

    void a_step_of_a_slider_lays_nothing_out_again()
    {
        Opened o("Pareto");
        const auto step = [&](double bandwidth) {
            o.session.edit(Field::bandwidth, bandwidth);
            o.settle();
        };
        o.session.begin_drag();
        step(60);  // where words grow ("Undo Bandwidth", "changed") there may be new places
        step(61);
        for (QLabel* label : o.window.findChildren<QLabel*>()) {  // longer times want more room, on a busy machine
            if (label->accessibleName() == "Measured speed") {
                label->parentWidget()->setFixedSize(label->parentWidget()->size());
            }
        }
        o.settle();
        struct Layouts : QObject {
            int count = 0;
            bool eventFilter(QObject*, QEvent* event) override
            {
                count += event->type() == QEvent::LayoutRequest ? 1 : 0;
                return false;
            }
        } layouts;
        o.window.installEventFilter(&layouts);
        for (int i = 0; i < 5; ++i) {
            step(62 + i);
        }
        QCOMPARE(layouts.count, 0);
    }

    void a_frame_that_is_held_keeps_its_numbers()
    {
        // Frames write over the numbers of earlier ones: never over those that somebody still shows.
        Opened o("Pareto");
        o.session.edit(Field::bandwidth, 80);
        o.settle();
        const std::shared_ptr<const LiveFrame> held = o.workspace.explorer().frame();
        const std::vector<double> tpot = held->cloud[Column::tpot];
        for (const double bandwidth : {20.0, 40.0, 160.0, 320.0}) {
            o.session.edit(Field::bandwidth, bandwidth);
            o.settle();
            QVERIFY(o.frame().cloud[Column::tpot] != tpot);
        }
        QVERIFY(held->cloud[Column::tpot] == tpot);
        o.session.edit(Field::bandwidth, 80);
        o.settle();
        QVERIFY(o.frame().cloud[Column::tpot] == tpot);
    }

    void the_question_can_be_typed_and_a_mistake_says_what_to_do()
    {
        Opened o("Search");
        auto& layers = o.child<QLineEdit>("search.layers");
        QCOMPARE(layers.text(), QString("4..24 step 4"));
        QTRY_VERIFY(o.child<QLabel>("search.count").text().contains("candidates"));
        const std::size_t before = o.frame().space->size();
        layers.setText("4, 8");
        QTest::keyClick(&layers, Qt::Key_Return);
        o.settle();
        QCOMPARE(o.frame().space->size(), before / 3);
        const std::string good = o.workspace.text();
        auto& heads = o.child<QLineEdit>("search.heads");
        heads.setText("d_modl / 64");
        QTest::keyClick(&heads, Qt::Key_Return);
        auto& panel = *static_cast<SearchPanel*>(o.window.view("Search"));
        QVERIFY2(panel.problem().contains("did you mean 'd_model'"), qPrintable(panel.problem()));
        QVERIFY(o.workspace.text() == good);
        heads.setText("d_model / 64");
        QTest::keyClick(&heads, Qt::Key_Return);
        QVERIFY(panel.problem().isEmpty());
        o.child<QPlainTextEdit>("search.limits").setPlainText("tpot_s <= 0.02");
        QTest::mouseClick(&o.child<QPushButton>("search.run"), Qt::LeftButton);
        QCOMPARE(o.workspace.question().limits.size(), std::size_t{1});
        QTRY_VERIFY_WITH_TIMEOUT(o.child<QLabel>("search.message").text().contains("on the front of"), 60000);
        QVERIFY(!o.child<QPushButton>("search.cancel").isEnabled());
    }

    void every_control_of_the_search_has_a_name()
    {
        Opened o("Pareto");
        for (const char* view : {"Search", "Pareto", "Parallel", "Table"}) {
            for (const QWidget* each : o.window.view(view)->findChildren<QWidget*>()) {
                const bool control = each->focusPolicy() != Qt::NoFocus && each->isVisibleTo(o.window.view(view)) && !each->objectName().startsWith("qt_");
                QVERIFY2(!control || !each->accessibleName().isEmpty(), qPrintable(QString("%1 %2").arg(each->metaObject()->className(), each->objectName())));
            }
        }
        QVERIFY(o.pareto.plot().accessibleDescription().contains("designs on the exact front"));
        QVERIFY(o.parallel.plot().accessibleName() == "Parallel coordinates");
    }
};

QTEST_MAIN(SearchViewsTest)
#include "search_views_qtest.moc"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <set>

#include <QAbstractButton>
#include <QAbstractSpinBox>
#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QClipboard>
#include <QComboBox>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenuBar>
#include <QMimeData>
#include <QSlider>
#include <QTableWidget>
#include <QTemporaryDir>
#include <QTextBrowser>
#include <QTimer>
#include <QtTest>

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "gui/viewmodel/search_workspace.h"
#include "gui/viewmodel/session_json.h"
#include "gui/viewmodel/roofline.h"
#include "gui/widgets/chart_view.h"
#include "gui/widgets/exporting.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/palette.h"
#include "gui/widgets/roofline_view.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/validation_view.h"
#include "gui/widgets/view_keys.h"
#include "tests/gui/broken_files.h"
#include "tests/gui/window_parts.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

/// A session in a window of its own folder, painted once.
struct Opened {
    QTemporaryDir folder;
    Session session;
    MainWindow window{session};

    Opened()
    {
        window.set_folder(folder.path().toStdString());
        window.show();
        settle();
    }
    void settle()
    {
        for (int i = 0; i < 5; ++i) {
            QApplication::processEvents();
        }
    }
    template <class Widget>
    Widget& find(const char* name)
    {
        return part_of<Widget>(window, name);
    }
    QString shown(const char* answer) { return find<QLabel>(answer).text(); }
};

bool in_sight(QWidget* view)
{
    return qobject_cast<SessionView*>(view)->in_sight();
}

void drop(MainWindow& window, const QStringList& paths)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& path : paths) {
        urls << QUrl::fromLocalFile(path);
    }
    data.setUrls(urls);
    QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent dropped(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
    QApplication::sendEvent(&window, &dropped);
}

/// What the whole tree offers to a screen reader; complaints are collected.
void walk(QAccessibleInterface* at, QStringList& complaints, int& controls)
{
    static const std::set<QAccessible::Role> need_name{QAccessible::Slider,   QAccessible::SpinBox,     QAccessible::ComboBox, QAccessible::CheckBox,
                                                       QAccessible::Button,   QAccessible::EditableText, QAccessible::Table,    QAccessible::List,
                                                       QAccessible::PageTab,  QAccessible::MenuItem};
    if (at == nullptr || !at->isValid()) {
        return;
    }
    const bool scroll_bar = at->object() != nullptr && at->object()->inherits("QScrollBar");
    // The editor inside a spin box or a combo box speaks for it.
    const bool inside = at->parent() != nullptr && (at->parent()->role() == QAccessible::SpinBox || at->parent()->role() == QAccessible::ComboBox);
    if (!scroll_bar && !inside && need_name.contains(at->role())) {
        ++controls;
        const auto* widget = qobject_cast<QWidget*>(at->object());
        const QString who = widget != nullptr ? QString(widget->metaObject()->className()) + " " + widget->objectName() : QString("part");
        if (at->text(QAccessible::Name).isEmpty()) {
            complaints << who + " has no name";
        }
        const bool valued = at->role() == QAccessible::Slider || at->role() == QAccessible::SpinBox;
        if (valued && (at->valueInterface() == nullptr || !at->valueInterface()->currentValue().isValid())) {
            complaints << who + " has no value";
        }
    }
    if (at->role() == QAccessible::Table || at->role() == QAccessible::List) {
        return;
    }
    for (int i = 0; i < at->childCount(); ++i) {
        walk(at->child(i), complaints, controls);
    }
}

}  // namespace

class WindowTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }
    void cleanup() { apply_theme(theme_named("light"), 1); }

    void a_device_that_cannot_be_measured_on_says_why_and_stays_named()
    {
        Opened o;
        auto* view = o.window.findChild<ValidationView*>();
        auto* target = view->findChild<QLineEdit*>("validation.target");
        auto* note = view->findChild<QLabel*>("validation.note");
        for (const auto& [typed, fact] : std::initializer_list<std::pair<const char*, const char*>>{
                 {"ssh:me@board;reboot", "has no plain host name"}, {"serial:1", "is no target"}, {"adb:a b", "has no plain serial number"}}) {
            target->setText({});
            QTest::keyClicks(target, typed);
            view->start_measuring();
            QTRY_VERIFY(!view->job().running());
            QVERIFY2(note->text().contains(fact), qPrintable(note->text()));
        }
        QCOMPARE(o.session.view_value("validation.target"), std::string("adb:a b"));
        o.session.take_state(worked_example(), "example");
        QCOMPARE(target->text(), QString());
    }

    void a_dragged_slider_changes_the_answer_and_is_one_step()
    {
        Opened o;
        auto& slider = o.find<QSlider>("slider.bandwidth");
        const QString before = o.shown("answer.time_a_token");
        slider.setSliderDown(true);
        for (int position = slider.value() - 20; position > 200; position -= 20) {
            slider.setSliderPosition(position);
            const QString shown = o.shown("answer.time_a_token");
            o.settle();
            QVERIFY(o.shown("answer.time_a_token") != shown);  // each step is recomputed and shown
        }
        slider.setSliderDown(false);
        o.session.undo();
        o.settle();
        QCOMPARE(o.shown("answer.time_a_token"), before);
        QVERIFY(!o.session.can_undo());
    }

    void every_slider_can_be_typed_stepped_reset_and_locked()
    {
        Opened o;
        for (const FieldInfo& about : fields()) {
            if (about.kind != FieldKind::number || !applies(about.field, o.session.scenario()) || about.field == Field::context) {
                continue;
            }
            const QByteArray id(about.id.data(), qsizetype(about.id.size()));
            auto& entry = o.find<QAbstractSpinBox>("entry." + id);
            const double before = value_of(about.field, o.session.scenario());
            entry.setFocus();
            QTest::keyClick(&entry, Qt::Key_Up);
            QVERIFY2(value_of(about.field, o.session.scenario()) > before, id);
            o.find<QAbstractButton>("reset." + id).click();
            Scenario base = o.session.scenario();
            base.arch = o.session.state().base_arch;
            QVERIFY2(value_of(about.field, o.session.scenario()) == value_of(about.field, base), id);
            o.find<QAbstractButton>("lock." + id).click();
            o.settle();
            QVERIFY2(!entry.isEnabled() && !o.find<QSlider>("slider." + id).isEnabled(), id);
            o.find<QAbstractButton>("lock." + id).click();
            o.settle();
            auto& slider = o.find<QSlider>("slider." + id);
            QTest::keyClick(&slider, Qt::Key_Right);
            QVERIFY2(value_of(about.field, o.session.scenario()) > value_of(about.field, base), id);
            o.session.take_state(worked_example(), "again");
            o.settle();
        }
    }

    void presets_take_another_model_and_device()
    {
        Opened o;
        auto& models = o.find<QComboBox>("preset.archs");
        models.setCurrentIndex(models.findData("smollm2-360m"));
        Q_EMIT models.activated(models.currentIndex());
        auto& devices = o.find<QComboBox>("preset.devices");
        devices.setCurrentIndex(devices.findData("raspberry-pi-5-8gb"));
        Q_EMIT devices.activated(devices.currentIndex());
        QCOMPARE(o.session.scenario().arch.id, std::string("smollm2-360m"));
        QCOMPARE(o.session.scenario().device.id, std::string("raspberry-pi-5-8gb"));
        o.settle();
        QCOMPARE(o.find<QComboBox>("choice.backend").currentText(), QString("cpu"));
    }

    void a_roof_dragged_with_the_mouse_or_moved_by_keys_edits_the_device()
    {
        Opened o;
        o.window.raise_view("Roofline");
        o.settle();
        auto* view = qobject_cast<RooflineView*>(o.window.view("Roofline"));
        ChartView& chart = view->chart();
        const ChartHandle roof = chart.chart().handles.front();
        const double x = std::sqrt(roof.x0 * roof.x1);
        const double y = std::sqrt(roof.y0 * roof.y1);
        auto* plot = chart.focusProxy();
        const QPoint at = plot->mapFrom(&chart, chart.pixel(x, y)).toPoint();
        const double before = value_of(Field::bandwidth, o.session.scenario());
        QTest::mousePress(plot, Qt::LeftButton, {}, at);
        for (int step = 1; step <= 4; ++step) {
            QMouseEvent move(QEvent::MouseMove, QPointF(at + QPoint(0, 5 * step)), plot->mapToGlobal(QPointF(at)), Qt::NoButton, Qt::LeftButton, {});
            QApplication::sendEvent(plot, &move);
            o.settle();
        }
        QTest::mouseRelease(plot, Qt::LeftButton, {}, at + QPoint(0, 20));
        const double dragged = value_of(Field::bandwidth, o.session.scenario());
        QVERIFY(dragged < 0.9 * before);
        o.session.undo();
        QCOMPARE(value_of(Field::bandwidth, o.session.scenario()), before);
        QTest::keyClick(plot, Qt::Key_Right);
        QTest::keyClick(plot, Qt::Key_Up);
        QVERIFY(value_of(Field::bandwidth, o.session.scenario()) > before);
    }

    void every_action_runs_and_can_be_reached_by_keyboard()
    {
        Opened o;
        o.session.edit(Field::layers, 12);
        std::set<QString> ids;
        std::set<QString> keys;
        for (const auto& [info, action] : o.window.actions().all()) {
            QVERIFY2(ids.insert(info.id).second, qPrintable(info.id));
            const QString key = action->shortcut().toString();
            QVERIFY2(key.isEmpty() || keys.insert(key).second, qPrintable(key + " stands for two"));
            QVERIFY2(!info.text.isEmpty() && (!info.menu.isEmpty() || !key.isEmpty()), qPrintable(info.id));
            if (!info.opens_dialog) {
                action->trigger();
                o.settle();
            }
        }
        QVERIFY(ids.contains("edit.copy_command") && ids.contains("help.palette"));
    }

    void each_view_is_shown_and_has_rows_or_a_picture()
    {
        Opened o;
        o.session.pin("a");
        o.session.edit(Field::layers, 30);
        for (const QString& name : o.window.view_names()) {
            o.window.raise_view(name);
            o.settle();
            QVERIFY2(in_sight(o.window.view(name)), qPrintable(name));
            QVERIFY2(!o.window.view(name)->grab().isNull(), qPrintable(name));
        }
    }

    void the_palette_finds_an_action_and_runs_it()
    {
        Opened o;
        CommandPalette palette(o.window.actions(), &o.window);
        palette.show();
        auto* typed = palette.findChild<QLineEdit*>();
        QTest::keyClicks(typed, "dark th");
        QCOMPARE(palette.findChild<QListWidget*>()->count(), 1);
        QTest::keyClick(typed, Qt::Key_Return);
        QTRY_COMPARE(o.session.state().view.theme, std::string("dark"));
    }

    void the_list_of_shortcuts_names_every_action_and_the_keys_of_views()
    {
        Opened o;
        const ShortcutList list(o.window.actions(), &o.window);
        QCOMPARE(list.findChild<QTableWidget*>()->rowCount(), int(o.window.actions().all().size() + view_keys().size()));
    }

    void every_control_has_name_role_and_value()
    {
        Opened o;
        o.session.pin("a");
        int controls = 0;
        QStringList complaints;
        for (const QString& name : o.window.view_names()) {
            o.window.raise_view(name);
            o.settle();
            walk(QAccessible::queryAccessibleInterface(&o.window), complaints, controls);
        }
        complaints.removeDuplicates();
        QVERIFY2(complaints.isEmpty(), qPrintable(complaints.join("\n")));
        QVERIFY(controls > 100);
    }

    void tab_reaches_every_control_of_the_design_panel()
    {
        Opened o;
        std::set<QWidget*> reached;
        QWidget* first = &o.find<QComboBox>("preset.archs");
        first->setFocus();
        for (int i = 0; i < 400; ++i) {
            reached.insert(QApplication::focusWidget());
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
        }
        for (const FieldInfo& about : fields()) {
            if (!applies(about.field, o.session.scenario())) {
                continue;
            }
            const char* kind = about.kind == FieldKind::number ? "slider." : about.kind == FieldKind::choice ? "choice." : "toggle.";
            const QByteArray name = kind + QByteArray(about.id.data(), qsizetype(about.id.size()));
            QVERIFY2(reached.contains(&o.find<QWidget>(name)), name);
        }
    }

    void dropped_files_are_opened_and_several_are_compared()
    {
        Opened o;
        const QString data = QString::fromStdString(data_folder().string());
        drop(o.window, {data + "/archs/smollm2-360m.json"});
        QCOMPARE(o.session.scenario().arch.id, std::string("smollm2-360m"));
        drop(o.window, {data + "/devices/rtx-4090.json"});
        QCOMPARE(o.session.scenario().device.id, std::string("rtx-4090"));
        drop(o.window, {data + "/archs/phi-1.json", data + "/archs/qwen2-0.5b.json", data + "/archs/smollm-135m.json"});
        QCOMPARE(o.session.scenario().arch.id, std::string("phi-1"));
        QCOMPARE(o.session.state().pinned.size(), std::size_t(2));
        const QString config = o.folder.filePath("config.json");
        std::ofstream(config.toStdString()) << R"({"model_type": "llama", "hidden_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
            "intermediate_size": 512, "vocab_size": 1000, "tie_word_embeddings": true})";
        drop(o.window, {config});
        QCOMPARE(o.session.scenario().arch.d_model, 256);
    }

    void a_broken_file_changes_nothing_and_says_why()
    {
        Opened o;
        o.session.pin("kept");
        o.session.load_device("raspberry-pi-5-8gb");
        auto& workspace = *o.window.findChild<SearchWorkspace*>();
        workspace.brushes().add(Column::loss, {2, 3});
        const std::string before = pretty(gui::to_json(o.session.state()));
        const auto cases = broken_files(before);
        QVERIFY(cases.size() >= 70);
        const std::string last_step = o.session.undo_text();
        const auto pinned = o.session.state().pinned;
        const auto brushes = workspace.brushes().all();
        const std::string question = workspace.text();
        for (const BrokenFile& broken : cases) {
            const QString path = o.folder.filePath(QString::fromStdString(broken.file));
            std::ofstream(path.toStdString(), std::ios::binary) << broken.content;
            o.window.show_message({});
            drop(o.window, {path});
            const std::string complaint = broken.complaint(path.toStdString(), o.window.last_message().toStdString());
            QVERIFY2(complaint.empty(), complaint.c_str());
            QCOMPARE(pretty(gui::to_json(o.session.state())), before);
            QVERIFY(o.session.undo_text() == last_step && !o.session.can_redo());
            QVERIFY(o.session.state().pinned == pinned && workspace.brushes().all() == brushes && workspace.text() == question);
            QVERIFY(o.window.file().empty());
        }
    }

    void a_session_keeps_design_pins_theme_and_docks()
    {
        const QTemporaryDir folder;
        const std::string path = folder.filePath("s.json").toStdString();
        {
            Opened o;
            o.session.edit(Field::layers, 12);
            o.session.pin("p");
            o.window.actions().find("theme.dark")->trigger();
            o.window.raise_view("Why");
            o.settle();
            QVERIFY(o.window.save_to(path));
        }
        Opened o;
        QVERIFY(o.window.take_files({path}));
        o.settle();
        QCOMPARE(o.session.scenario().arch.layers.size(), std::size_t(12));
        QCOMPARE(o.session.state().view.theme, std::string("dark"));
        QVERIFY(in_sight(o.window.view("Why")) && !in_sight(o.window.view("Breakdown")));
    }

    void every_kind_of_export_is_written()
    {
        Opened o;
        const std::vector<std::pair<const char*, QByteArray>> kinds{{"a.png", "\x89PNG"}, {"a.pdf", "%PDF"}, {"a.svg", "<?xml"}, {"a.csv", "series"}, {"a.md", "# Qwen"}, {"a.json", "{"}};
        for (const auto& [name, begins] : kinds) {
            const std::string path = o.folder.filePath(name).toStdString();
            export_file(*o.window.view("Roofline"), o.session, path, 2);
            QVERIFY2(QByteArray::fromStdString(read_file(path)).startsWith(begins), name);
        }
        const QImage once = o.window.view("Roofline")->grab().toImage();
        QCOMPARE(QImage(o.folder.filePath("a.png")).width(), 2 * o.window.view("Roofline")->width());
        QVERIFY(!once.isNull());
        QVERIFY_EXCEPTION_THROWN(export_file(o.window, o.session, o.folder.filePath("a.gif").toStdString(), 1), std::exception);
    }

    void what_is_copied_is_the_command_for_what_is_on_screen()
    {
        Opened o;
        o.session.edit(Field::prompt, 77);
        o.window.actions().find("edit.copy_command")->trigger();
        QCOMPARE(QApplication::clipboard()->text(), QString("slimline predict --arch qwen2-0.5b --device jetson-orin-nx-16gb --backend gpu --quant Q4_K_M --prompt 77"));
    }

    void theme_and_scale_change_at_once()
    {
        Opened o;
        o.window.actions().find("theme.contrast")->trigger();
        QCOMPARE(QApplication::palette().color(QPalette::Window), QColor(Qt::black));
        const int before = o.find<QLabel>("answer.memory").height();
        for (int i = 0; i < 4; ++i) {
            o.window.actions().find("view.larger")->trigger();
        }
        o.settle();
        QVERIFY(o.find<QLabel>("answer.memory").height() > 1.8 * before);
    }

    void a_drag_is_followed_by_every_view()
    {
        for (const char* name : {"Roofline", "Curves", "Breakdown", "Compare", "Why"}) {
            Opened o;
            o.session.pin("a");
            o.window.raise_view(name);
            o.settle();
            o.session.begin_drag();
            std::vector<double> times;
            for (int step = 0; step < 20; ++step) {
                const std::clock_t begun = std::clock();  // of this process: others share the machine
                QVERIFY(o.session.edit(Field::bandwidth, 40 + step));
                o.settle();
                times.push_back(1e3 * double(std::clock() - begun) / CLOCKS_PER_SEC);
            }
            std::ranges::sort(times);
            qInfo("20 steps with %s in front: median %.1f ms, worst %.1f ms of processor time (of all threads, the search's too)", name, times[10], times.back());
        }
        Session session;
        const std::clock_t begun = std::clock();
        for (int step = 0; step < 60; ++step) {
            session.edit(Field::bandwidth, 40 + step);
        }
        qInfo("without a window: %.2f ms a step", 1e3 * double(std::clock() - begun) / CLOCKS_PER_SEC / 60);
    }

    void an_idle_window_does_nothing()
    {
        Opened o;
        settle_search(o.window);  // it looks ahead of drags until hands have been still for a while
        QTest::qWait(500);
        for (const QTimer* timer : o.window.findChildren<QTimer*>()) {
            QVERIFY2(!timer->isActive() || timer->isSingleShot(), qPrintable(timer->parent()->objectName()));
        }
        struct Paints : QObject {
            int count = 0;
            bool eventFilter(QObject*, QEvent* event) override
            {
                count += event->type() == QEvent::Paint || event->type() == QEvent::Timer ? 1 : 0;
                return false;
            }
        } paints;
        QApplication::instance()->installEventFilter(&paints);
        for (int half_seconds = 0; half_seconds < 40; ++half_seconds) {  // until what was begun is done, on any machine
            paints.count = 0;
            QTest::qWait(500);
            if (paints.count <= 3) {
                break;
            }
        }
        QApplication::instance()->removeEventFilter(&paints);
        QVERIFY2(paints.count <= 3, qPrintable(QString::number(paints.count)));  // a text cursor may blink
    }
};

QTEST_MAIN(WindowTest)
#include "window_qtest.moc"

// Everything is reached by keyboard, told to a screen reader, and kept up to date; nothing runs when nothing is to be done.

#include <algorithm>
#include <ctime>
#include <functional>
#include <map>
#include <set>

#include <QAccessible>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QDialog>
#include <QDockWidget>
#include <QFileDialog>
#include <QLabel>
#include <QMenu>
#include <QMenuBar>
#include <QProgressBar>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTableWidget>
#include <QTextBrowser>
#include <QTimer>
#include <QtTest>

#include "base/files.h"
#include "base/text.h"
#include "gui/viewmodel/breakdown_charts.h"
#include "gui/viewmodel/comparison.h"
#include "gui/viewmodel/curve_charts.h"
#include "gui/viewmodel/roofline.h"
#include "gui/viewmodel/slider_scale.h"
#include "gui/viewmodel/why.h"
#include "gui/widgets/chart_view.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/parallel_view.h"
#include "gui/widgets/pareto_plot.h"
#include "gui/widgets/pareto_view.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/text.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/validation_view.h"
#include "tests/gui/small_search.h"
#include "tests/gui/window_parts.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

/// A window on a search of a few hundred designs, with one pinned design.
struct Opened {
    Session session{small_state()};
    MainWindow window{session};
    SearchWorkspace& workspace;

    explicit Opened(const char* view = "Design") : workspace(*window.findChild<SearchWorkspace*>())
    {
        session.pin("pinned");
        window.resize(1400, 1000);
        window.show();
        show(view);
    }
    void show(const QString& view)
    {
        window.activateWindow();  // a dialog may have been
        if (!QTest::qWaitForWindowActive(&window)) {
            qFatal("the window does not become active");
        }
        window.raise_view(view);
        settle();
        static_cast<SessionView*>(window.view(view))->settle();
        QApplication::processEvents();
    }
    void settle()
    {
        settle_search(window);
        for (int i = 0; i < 4; ++i) {
            QApplication::processEvents();
        }
    }
    template <class Widget>
    Widget& find(const QString& name)
    {
        return part_of<Widget>(window, name);
    }
    QList<ChartView*> charts(const char* view) { return window.view(view)->findChildren<ChartView*>(); }
};

QString id_of(const FieldInfo& field)
{
    return text(field.id);
}

std::vector<FieldInfo> sliders(const Session& session)
{
    std::vector<FieldInfo> all;
    std::ranges::copy_if(fields(), std::back_inserter(all), [&](const FieldInfo& each) { return each.kind == FieldKind::number && applies(each.field, session.scenario()); });
    return all;
}

/// All that a chart draws.
std::string content(const Chart& chart)
{
    std::string all = chart.title + "\n" + csv(chart) + chart.empty + "\n" + joined(chart.y.words, ";") + "\n";
    for (const ChartHandle& each : chart.handles) {
        all += each.id + each.label + significant(each.x0, 17) + significant(each.y0, 17) + significant(each.x1, 17) + significant(each.y1, 17) + "\n";
    }
    for (const ChartNote& each : chart.notes) {
        all += each.text + "\n";
    }
    return all;
}

/// What the views draw, view by view.
using Painted = std::map<std::string, std::string>;

Painted drawn(Opened& o, const QString& view)
{
    Painted all;
    int number = 0;
    for (const ChartView* each : o.window.view(view)->findChildren<ChartView*>()) {
        all["chart " + std::to_string(++number)] = content(each->chart());
    }
    for (const QTableWidget* table : o.window.view(view)->findChildren<QTableWidget*>()) {
        if (table->objectName() == "compare.pins") {
            continue;  // what can be done with each pinned design
        }
        for (int r = 0; r < table->rowCount(); ++r) {
            for (int c = 0; c < table->columnCount(); ++c) {
                all["table"] += table->item(r, c)->text().toStdString() + "|";
            }
        }
    }
    for (const QTextBrowser* words : o.window.view(view)->findChildren<QTextBrowser*>()) {
        all["text"] = words->toPlainText().section('\n', 0, 0).toStdString();
    }
    return all;
}

std::size_t bars_of(const ChartView& chart)
{
    const int lines = chart.height() / QFontMetrics(text_font()).height();
    return std::size_t(std::clamp(lines - 6, 4, 40));
}

/// The same by the functions that the views are made of.
Painted due(Opened& o, const QString& view)
{
    const SessionState& state = o.session.state();
    const Prediction& p = o.session.prediction();
    if (view == "Roofline") {
        return {{"chart 1", content(roofline_chart(state, p))}};
    }
    if (view == "Curves") {
        Painted all;
        for (std::size_t i = 0; i < curves_count; ++i) {
            all["chart " + std::to_string(i + 1)] = content(curve_chart(state, Curves(i)));
        }
        return all;
    }
    if (view == "Breakdown") {
        const std::size_t bars = bars_of(*o.charts("Breakdown").front());
        return {{"chart 1", content(pass_chart(breakdown(p.prefill, 0.01, bars), "first token"))},
                {"chart 2", content(pass_chart(breakdown(p.decode, 0.01, bars), "a token"))},
                {"chart 3", content(memory_chart(state.scenario, p))}};
    }
    if (view == "Compare") {
        Painted all{{"chart 1", content(waterfall_chart(state, p, 0, 1, true))}};
        for (const ComparedFigure& figure : comparison(state, p).figures) {
            all["table"] += figure.name + "|" + figure.values[0] + "|" + figure.values[1] + "|" + figure.deltas[1] + "|";
        }
        return all;
    }
    return {{"text", why(state.scenario, p, 0).paragraph}};
}

/// The answer bar by its labels.
Painted answer(Opened& o)
{
    Painted all;
    for (const char* name : {"answer.time_to_first_token", "answer.time_a_token", "answer.decode_speed", "answer.memory", "answer.energy_a_token", "answer.parameters"}) {
        all[name] = o.find<QLabel>(name).text().toStdString();
    }
    return all;
}

Painted answer_due(Opened& o)
{
    const Prediction& p = o.session.prediction();
    return {{"answer.time_to_first_token", display(p.ttft)}, {"answer.time_a_token", display(p.tpot)},
            {"answer.decode_speed", significant(p.decode_tokens_per_second()) + " tokens/s"}, {"answer.memory", display(p.memory.total())},
            {"answer.energy_a_token", display(p.energy_per_token)}, {"answer.parameters", display_count(p.parameters.total)}};
}

/// Where two of them differ.
QString difference(const Painted& is, const Painted& should)
{
    for (const auto& [name, words] : should) {
        const auto found = is.find(name);
        if (found == is.end() || found->second != words) {
            return QString("%1 is\n%2\nbut should be\n%3").arg(text(name), found == is.end() ? QString("missing") : text(found->second).left(800), text(words).left(800));
        }
    }
    return {};
}

QString who(QAccessibleInterface& at)
{
    const QObject* object = at.object();
    QString name = object != nullptr ? QString("%1 '%2'").arg(object->metaObject()->className(), object->objectName()) : QString("a part");
    for (const QObject* up = object != nullptr ? object->parent() : nullptr; up != nullptr; up = up->parent()) {
        name += up->objectName().isEmpty() ? QString{} : " in " + up->objectName();
    }
    return QString("%1 (role %2, '%3')").arg(name).arg(int(at.role())).arg(at.text(QAccessible::Name));
}

/// The roles that a screen reader may be told of a widget; empty: a plain area.
std::set<QAccessible::Role> roles_of(const QWidget& widget)
{
    using R = QAccessible;
    const std::initializer_list<std::pair<const char*, std::set<R::Role>>> all{
        {"QSlider", {R::Slider}}, {"QAbstractSpinBox", {R::SpinBox}}, {"QComboBox", {R::ComboBox}}, {"QCheckBox", {R::CheckBox}}, {"QProgressBar", {R::ProgressBar}},
        {"QToolButton", {R::Button, R::CheckBox, R::ButtonMenu}}, {"QPushButton", {R::Button}}, {"QLineEdit", {R::EditableText}},
        {"QTextEdit", {R::EditableText, R::StaticText}}, {"QPlainTextEdit", {R::EditableText, R::StaticText}}, {"QTableView", {R::Table}}, {"QListView", {R::List}}, {"QTreeView", {R::Tree}},
        {"QTabBar", {R::PageTabList}}, {"QMenuBar", {R::MenuBar}}, {"QDialog", {R::Dialog}}, {"QCustomPlot", {R::Chart}},
        {"slimline::gui::ParallelPlot", {R::Chart}}, {"slimline::gui::ColourKey", {R::Graphic}}, {"QDockWidget", {R::Window, R::Client, R::Pane}}};
    for (const auto& [class_name, roles] : all) {
        if (widget.inherits(class_name)) {
            return roles;
        }
    }
    return {};
}

bool has_value(QAccessibleInterface& at)
{
    switch (at.role()) {
        case QAccessible::Slider:
        case QAccessible::SpinBox:
        case QAccessible::ProgressBar: return at.valueInterface() != nullptr && at.valueInterface()->currentValue().isValid();
        case QAccessible::ComboBox: return !at.text(QAccessible::Value).isEmpty();
        case QAccessible::CheckBox: return at.state().checkable;
        case QAccessible::EditableText: return at.textInterface() != nullptr || !at.text(QAccessible::Value).isNull();
        case QAccessible::Table:
        case QAccessible::Tree: return at.tableInterface() != nullptr;
        default: return true;
    }
}

struct Told {
    QStringList complaints{};
    std::map<QAccessible::Role, int> roles{};
};

/// What a whole tree tells a screen reader.
void walk(QAccessibleInterface* at, Told& told)
{
    static const std::set<QAccessible::Role> need_name{QAccessible::Slider, QAccessible::SpinBox, QAccessible::ComboBox, QAccessible::CheckBox, QAccessible::Button,
                                                       QAccessible::ButtonMenu, QAccessible::EditableText, QAccessible::Table, QAccessible::Tree, QAccessible::List, QAccessible::PageTab,
                                                       QAccessible::MenuItem, QAccessible::ProgressBar, QAccessible::Chart, QAccessible::Graphic, QAccessible::Dialog,
                                                       QAccessible::RadioButton};
    if (at == nullptr || !at->isValid() || at->state().invisible) {
        return;
    }
    const auto* widget = qobject_cast<QWidget*>(at->object());
    const auto* view = qobject_cast<SessionView*>(at->object());
    if (view != nullptr && !view->in_sight()) {
        return;  // behind another tab: its turn comes
    }
    const bool scroll_bar = widget != nullptr && widget->inherits("QScrollBar");
    // The editor inside a spin box or a combo box speaks for it.
    const auto speaks = [](QAccessibleInterface* up) { return up != nullptr && (up->role() == QAccessible::SpinBox || up->role() == QAccessible::ComboBox); };
    if (scroll_bar || speaks(at->parent())) {
        return;
    }
    told.roles[at->role()] += 1;
    if (need_name.contains(at->role()) && at->text(QAccessible::Name).isEmpty()) {
        told.complaints << who(*at) + " has no name";
    }
    if (!has_value(*at)) {
        told.complaints << who(*at) + " has no value";
    }
    if (widget != nullptr) {
        const auto roles = roles_of(*widget);
        if (!roles.empty() && !roles.contains(at->role())) {
            told.complaints << who(*at) + " has another role";
        }
        if (roles.contains(QAccessible::Chart) && at->text(QAccessible::Description).isEmpty()) {
            told.complaints << who(*at) + " does not tell what it shows";
        }
    }
    constexpr int many = 400;  // cells of a long table are alike
    for (int i = 0; i < std::min(at->childCount(), many); ++i) {
        walk(at->child(i), told);
    }
}

/// Runs `work` on each dialog that opens while something runs, and closes it.
template <class Work>
QTimer& on_dialogs(QObject* parent, Work&& work)
{
    auto* timer = new QTimer(parent);
    QObject::connect(timer, &QTimer::timeout, parent, [work] {
        if (QWidget* menu = QApplication::activePopupWidget()) {
            menu->close();
        } else if (auto* dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget())) {
            work(*dialog);
            dialog->reject();
        }
    });
    timer->start(20);
    return *timer;
}

void press(QWidget& at, const QKeySequence& keys)
{
    const QKeyCombination key = keys[0];
    QTest::keyClick(&at, key.key(), key.keyboardModifiers());
}

}  // namespace

class AccessTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }
    void cleanup() { apply_theme(theme_named("light"), 1); }

    void every_slider_is_followed_by_every_view_at_each_step()
    {
        Opened o;
        QVERIFY(o.session.load_device("rtx-4090") && o.session.edit(Field::cache_bandwidth, 4000));  // one whose cache counts
        std::map<QString, int> changes;
        for (const QString view : {"Roofline", "Curves", "Breakdown", "Compare", "Why"}) {
            o.show(view);
            auto& shown = *static_cast<SessionView*>(o.window.view(view));
            shown.settle();
            for (const FieldInfo& field : sliders(o.session)) {
                auto& slider = o.find<QSlider>("slider." + id_of(field));
                if (field.field == Field::context) {  // as long as needed: less is refused
                    o.session.edit(Field::context, 4096);
                    o.settle();
                }
                const int start = slider.value();
                const int away = start > slider_positions / 2 ? -40 : 40;
                const double first = value_of(field.field, o.session.scenario());
                slider.setSliderDown(true);
                for (int step = 1; step <= 2; ++step) {
                    const Painted before = due(o, view);
                    slider.setSliderPosition(start + step * away);
                    o.settle();
                    const Painted now = due(o, view);
                    QString wrong;
                    for (int wait = 0; wait < 100; ++wait) {  // "Why" follows once hands rest for a moment
                        shown.settle();
                        QApplication::processEvents();
                        wrong = difference(drawn(o, view), now) + difference(answer(o), answer_due(o));
                        if (wrong.isEmpty() || view != "Why") {
                            break;
                        }
                        QTest::qWait(50);
                    }
                    QVERIFY2(wrong.isEmpty(), qPrintable(view + ", " + id_of(field) + ": " + wrong));
                    QCOMPARE(o.find<QDoubleSpinBox>("entry." + id_of(field)).value(), value_of(field.field, o.session.scenario()));
                    changes[id_of(field)] += before != now ? 1 : 0;
                }
                QVERIFY2(value_of(field.field, o.session.scenario()) != first, qPrintable(QString("%1 %2 from %3 at %4: %5").arg(view, id_of(field)).arg(first).arg(start).arg(o.window.last_message())));
                slider.setSliderDown(false);
                o.session.undo();
                o.settle();
            }
        }
        for (const FieldInfo& field : sliders(o.session)) {
            // A cache makes a difference to what nearly fits in it.
            QVERIFY2(changes[id_of(field)] > 0 || field.field == Field::cache_size, qPrintable(id_of(field)));
        }
    }

    void a_panel_whose_controls_cover_all_of_it_is_kept_up_to_date()
    {
        Opened o;
        o.window.resize(1400, 1400);  // without a scroll bar
        o.settle();
        o.session.edit(Field::context, 4096);
        o.settle();
        QCOMPARE(o.find<QSlider>("slider.context").value(), position_of(info(Field::context), 4096));
        o.session.undo();
        o.settle();
        QCOMPARE(o.find<QSlider>("slider.context").value(), 0);
    }

    void the_sessions_model_moves_in_the_pareto_plot_when_it_alone_changes()
    {
        Opened o("Pareto");
        const QSignalSpy shown(static_cast<SearchView*>(o.window.view("Pareto")), &SearchView::shown);
        o.session.edit(Field::layers, 12);
        o.settle();
        QCOMPARE(shown.size(), 1);
        o.session.edit(Field::bandwidth, 55);
        o.settle();
        QVERIFY(shown.size() >= 2);
    }

    void what_may_be_on_the_front_holds_the_front_and_little_else()
    {
        Opened o;
        SessionState state = worked_example();
        state.search = read_file(data_folder().parent_path() / "examples" / "search-million.json");
        Session session(state);
        SearchWorkspace workspace(session, nullptr, 20000);
        for (const double bandwidth : {10.0, 102.4, 900.0}) {
            session.edit(Field::bandwidth, bandwidth);
            workspace.explorer().settle();
            const LiveFrame& frame = *workspace.explorer().frame();
            const SearchQuestion& q = frame.space->question();
            const LiveRun run(q, frame.run);
            const Rows hopeful = hopeful_rows(frame.cloud, frame.cloud_within, q);
            const Rows front = front_of_rows(*frame.space, run, frame.cloud.rows).rows;
            QVERIFY(front.size() > 20 && std::ranges::is_sorted(hopeful));
            QVERIFY(std::ranges::all_of(front, [&](std::uint32_t row) { return std::ranges::binary_search(hopeful, row); }));
            QVERIFY2(hopeful.size() < frame.cloud.size() / 10, qPrintable(QString::number(hopeful.size())));
        }
    }

    void every_control_of_every_view_has_name_role_and_value()
    {
        Opened o;
        Told told;
        for (const QString& view : o.window.view_names()) {
            o.show(view);
            walk(QAccessible::queryAccessibleInterface(&o.window), told);
        }
        told.complaints.removeDuplicates();
        QVERIFY2(told.complaints.isEmpty(), qPrintable(told.complaints.join("\n")));
        for (const auto role : {QAccessible::Slider, QAccessible::SpinBox, QAccessible::ComboBox, QAccessible::CheckBox, QAccessible::Button, QAccessible::EditableText,
                                QAccessible::Table, QAccessible::PageTab, QAccessible::MenuItem, QAccessible::Chart, QAccessible::Graphic, QAccessible::Cell}) {
            QVERIFY2(told.roles[role] > 0, qPrintable(QString::number(int(role))));
        }
        o.show("Roofline");
        const QString words = o.charts("Roofline").front()->focusProxy()->accessibleDescription();
        QVERIFY2(words.contains("across") && words.contains("prefill") && words.contains("GB/s"), qPrintable(words));
    }

    void every_dialog_has_names_roles_and_values()
    {
        Opened o;
        Told told;
        QStringList seen;
        QTimer& timer = on_dialogs(&o.window, [&](QDialog& dialog) {
            seen << dialog.windowTitle();
            walk(QAccessible::queryAccessibleInterface(&dialog), told);
        });
        for (const auto& [info, action] : o.window.actions().all()) {
            if (info.opens_dialog && info.id != "file.quit") {
                const auto before = seen.size();
                action->trigger();
                QVERIFY2(seen.size() > before, qPrintable(info.id + " opens no dialog"));
            }
        }
        timer.stop();
        told.complaints.removeDuplicates();
        QVERIFY2(told.complaints.isEmpty(), qPrintable(told.complaints.join("\n")));
        QVERIFY(seen.contains("Commands") && seen.contains("Shortcuts") && seen.size() >= 8);
    }

    void every_shortcut_runs_its_action()
    {
        Opened o("Roofline");
        o.session.edit(Field::layers, 12);  // something to undo
        o.session.edit(Field::layers, 13);
        o.session.undo();  // and to do again
        QTimer& timer = on_dialogs(&o.window, [](QDialog&) {});
        QAction* quit = nullptr;
        int pressed = 0;
        for (const auto& [info, action] : o.window.actions().all()) {
            if (info.shortcut.isEmpty()) {
                continue;
            }
            if (info.id == "file.quit") {
                quit = action;
                continue;
            }
            o.show("Roofline");  // an entry would take some keys for itself
            QSignalSpy ran(action, &QAction::triggered);
            press(*QApplication::focusWidget(), action->shortcut());
            QVERIFY2(ran.size() == 1, qPrintable(info.id + " by " + action->shortcut().toString()));
            ++pressed;
        }
        timer.stop();
        QVERIFY(pressed >= 20);
        press(*QApplication::focusWidget(), quit->shortcut());
        QVERIFY(!o.window.isVisible());
    }

    void tab_reaches_every_control_of_every_view()
    {
        Opened o;
        for (const QString& view : o.window.view_names()) {
            o.show(view);
            o.find<QComboBox>("preset.archs").isVisible() ? o.find<QComboBox>("preset.archs").setFocus() : void();
            std::set<const QWidget*> reached;
            for (int i = 0; i < 500; ++i) {
                QWidget* at = QApplication::focusWidget();
                QVERIFY(at != nullptr);
                reached.insert(at);
                QTest::keyClick(at, Qt::Key_Tab);
            }
            for (const QWidget* each : o.window.view(view)->findChildren<QWidget*>()) {
                const bool control = (each->focusPolicy() & Qt::TabFocus) != 0 && each->isEnabled() && each->isVisible() && each->focusProxy() == nullptr &&
                                     !each->objectName().startsWith("qt_") && !each->inherits("QScrollArea");
                const bool inside = each->parentWidget() != nullptr && (each->parentWidget()->inherits("QAbstractSpinBox") || each->parentWidget()->inherits("QComboBox"));
                QVERIFY2(!control || inside || reached.contains(each),
                         qPrintable(QString("%1: %2 %3 %4").arg(view, each->metaObject()->className(), each->objectName(), each->accessibleName())));
            }
        }
    }

    void a_filter_of_the_pareto_plot_is_made_moved_and_read_by_keys()
    {
        Opened o("Pareto");
        auto& view = *static_cast<ParetoView*>(o.window.view("Pareto"));
        QWidget& plot = plot_of(view);
        plot.setFocus();
        const auto keys = [&](Qt::Key key, int times, Qt::KeyboardModifiers with = {}) {
            for (int i = 0; i < times; ++i) {
                QTest::keyClick(&plot, key, with);
            }
        };
        keys(Qt::Key_Right, 1, Qt::ShiftModifier);
        QVERIFY2(plot.accessibleDescription().startsWith("cursor at "), qPrintable(plot.accessibleDescription()));
        keys(Qt::Key_Left, 8, Qt::ShiftModifier);
        const QString at = plot.accessibleDescription();
        keys(Qt::Key_Space, 1);
        keys(Qt::Key_Right, 10, Qt::ShiftModifier);
        keys(Qt::Key_Up, 10, Qt::ShiftModifier);
        QVERIFY(plot.accessibleDescription() != at);
        QVERIFY(o.workspace.brushes().empty());
        keys(Qt::Key_Space, 1);
        QCOMPARE(o.workspace.brushes().all().size(), std::size_t{2});
        const Span x = o.workspace.brushes().of(Column::tpot).front();
        const Span y = o.workspace.brushes().of(Column::loss).front();
        QVERIFY(x.least < x.most && y.least < y.most);
        keys(Qt::Key_Right, 2, Qt::AltModifier);
        const Span moved = o.workspace.brushes().of(Column::tpot).front();
        QVERIFY(moved.least > x.least && moved.most > x.most);
        QCOMPARE(o.workspace.brushes().of(Column::loss).front(), y);
        keys(Qt::Key_Left, 2, Qt::AltModifier);
        QVERIFY(std::abs(o.workspace.brushes().of(Column::tpot).front().least / x.least - 1) < 1e-9);
        keys(Qt::Key_Up, 1, Qt::AltModifier);
        QVERIFY(o.workspace.brushes().of(Column::loss).front().least > y.least);
        o.workspace.brushes().clear();
        // A design is picked, its values are read, and what was begun can be left.
        keys(Qt::Key_Escape, 1);
        o.workspace.select_knee();
        o.settle();
        const std::uint32_t knee = o.workspace.selection().current();
        o.workspace.step_on_front(1);
        o.settle();
        o.workspace.select_knee();
        o.settle();
        keys(Qt::Key_Right, 1, Qt::ShiftModifier);
        keys(Qt::Key_Left, 1, Qt::ShiftModifier);
        keys(Qt::Key_Return, 1);
        QCOMPARE(o.workspace.selection().current(), knee);
        QVERIFY(o.find<QLabel>("pareto.summary").text().contains("selected: "));
        keys(Qt::Key_Space, 1);
        keys(Qt::Key_Escape, 1);
        keys(Qt::Key_Space, 1);
        QVERIFY(o.workspace.brushes().empty());
    }

    void a_filter_of_an_axis_is_made_moved_and_read_by_keys()
    {
        Opened o("Parallel");
        ParallelPlot& plot = static_cast<ParallelView*>(o.window.view("Parallel"))->plot();
        plot.setFocus();
        const auto keys = [&](Qt::Key key, int times, Qt::KeyboardModifiers with = {}) {
            for (int i = 0; i < times; ++i) {
                QTest::keyClick(&plot, key, with);
            }
        };
        const ParallelAxis axis = plot.axes().front();
        keys(Qt::Key_End, 1);
        QCOMPARE(*plot.cursor_value(), axis.least);
        keys(Qt::Key_Up, 10);
        const double from = *plot.cursor_value();
        QVERIFY2(plot.accessibleDescription().startsWith("cursor at "), qPrintable(plot.accessibleDescription()));
        keys(Qt::Key_Space, 1);
        keys(Qt::Key_PageUp, 2);
        const double to = *plot.cursor_value();
        keys(Qt::Key_Space, 1);
        QCOMPARE(o.workspace.brushes().of(axis.column).size(), std::size_t{1});
        QCOMPARE(o.workspace.brushes().of(axis.column).front(), (Span{from, to}));
        QVERIFY(plot.accessibleDescription().contains("filter: "));
        keys(Qt::Key_Up, 3, Qt::ShiftModifier);
        const Span moved = o.workspace.brushes().of(axis.column).front();
        QVERIFY(moved.least > from && moved.most > to);
        keys(Qt::Key_Home, 1, Qt::ShiftModifier);
        QVERIFY(std::abs(o.workspace.brushes().of(axis.column).front().most / axis.most - 1) < 1e-9);
        QVERIFY(o.workspace.brushes().of(axis.column).front().least < axis.most);  // it keeps its length
        keys(Qt::Key_Delete, 1);
        QVERIFY(o.workspace.brushes().empty());
        // Formats are steps of one.
        const auto at = std::ranges::find(plot.axes(), Column::weights, &ParallelAxis::column) - plot.axes().begin();
        plot.set_current(int(at));
        keys(Qt::Key_End, 1);
        keys(Qt::Key_Space, 2);
        QCOMPARE(o.workspace.brushes().of(Column::weights).front(), (Span{-0.25, 0.25}));
        keys(Qt::Key_Up, 1, Qt::ShiftModifier);
        const Span second = o.workspace.brushes().of(Column::weights).front();
        QVERIFY(second.least > 0 && second.least <= 1 && second.most >= 1);
    }

    void a_session_dropped_beside_a_device_is_saved_to_its_own_file()
    {
        Opened o;
        const QTemporaryDir folder;
        o.window.set_folder(folder.path().toStdString());
        const std::string device = folder.filePath("device.json").toStdString();
        const std::string session = folder.filePath("session.json").toStdString();
        write_file(device, read_file(data_folder() / "devices" / "rtx-4090.json"));
        QVERIFY(o.window.save_to(session));
        QVERIFY(o.window.take_files({device, session}));
        o.session.edit(Field::layers, 5);
        o.window.actions().find("file.save")->trigger();
        QCOMPARE(read_file(device), read_file(data_folder() / "devices" / "rtx-4090.json"));
        QVERIFY(o.window.last_message().contains("session.json"));
    }

    void published_times_become_points()
    {
        Opened o("Validation");
        auto& view = *static_cast<ValidationView*>(o.window.view("Validation"));
        QSignalSpy done(&view.job(), &ValidationJob::finished);
        o.window.actions().find("validation.survey")->trigger();
        QVERIFY(o.window.view("Validation")->findChild<QProgressBar*>()->isVisible());
        QTRY_COMPARE_WITH_TIMEOUT(done.size(), 1, 120000);
        o.settle();
        const Chart& chart = o.charts("Validation").front()->chart();
        std::size_t points = 0;
        for (const ChartSeries& each : chart.series) {
            points += each.draw == Draw::dots ? each.x.size() : 0;
        }
        const auto result = done.front().front().value<ValidationResult>();
        QVERIFY(points > 100);
        QCOMPARE(points, result.times.size());
        QVERIFY(o.find<QLabel>("validation.note").text().contains("median error"));
        QVERIFY(!o.charts("Validation")[1]->chart().series.front().x.empty());
        QVERIFY(!view.csv().isEmpty());
    }

    void a_measurement_shows_progress_and_one_that_is_stopped_keeps_what_it_has()
    {
        Opened o("Validation");
        QVERIFY(o.session.load_architecture("L=2,d=256,h=4,kv=4,hd=64,ffn=512,V=1000,tied"));
        auto& view = *static_cast<ValidationView*>(o.window.view("Validation"));
        auto& progress = *view.findChild<QProgressBar*>();
        auto& budget = *view.findChild<QSpinBox*>();
        QSignalSpy done(&view.job(), &ValidationJob::finished);
        QSignalSpy failed(&view.job(), &ValidationJob::failed);
        QSignalSpy told(&view.job(), &ValidationJob::progressed);
        int most = 0;
        QObject::connect(&view.job(), &ValidationJob::progressed, &view, [&] { most = std::max(most, progress.value()); });
        budget.setValue(5);
        o.window.actions().find("validation.measure")->trigger();
        QVERIFY(view.job().running() && progress.isVisible());
        QTRY_VERIFY_WITH_TIMEOUT(!view.job().running(), 200000);
        QVERIFY2(failed.isEmpty(), qPrintable(failed.isEmpty() ? QString{} : failed.front().front().toString()));
        QVERIFY(told.size() >= 3 && most > 0);
        QVERIFY(!done.front().front().value<ValidationResult>().times.empty());

        budget.setValue(3600);
        told.clear();
        o.window.actions().find("validation.measure")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(told.size() >= 40 || !view.job().running(), 200000);  // four seconds or more, of an hour
        QVERIFY(view.job().running());
        o.window.actions().find("validation.stop")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!view.job().running(), 60000);
        QVERIFY2(failed.isEmpty(), qPrintable(failed.isEmpty() ? QString{} : failed.front().front().toString()));
        QCOMPARE(done.size(), 2);
        QVERIFY(!done.back().front().value<ValidationResult>().times.empty());
        o.settle();
        QVERIFY(!o.charts("Validation").front()->chart().series.empty());
    }

    void a_settled_window_takes_no_processor_time()
    {
        Opened o;
        o.workspace.explorer().settle(true);
        double milliseconds = 0;
        for (int attempt = 0; attempt < 20; ++attempt) {  // until what was begun is done, on any machine
            const std::clock_t begun = std::clock();  // of all threads
            QTest::qWait(1000);
            milliseconds = 1e3 * double(std::clock() - begun) / CLOCKS_PER_SEC;
            if (milliseconds < 30) {
                break;
            }
        }
        QVERIFY2(milliseconds < 30, qPrintable(QString("%1 ms of a second").arg(milliseconds)));
    }
};

QTEST_MAIN(AccessTest)
#include "access_qtest.moc"

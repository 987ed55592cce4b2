// Random input from a fixed seed: nothing crashes, and no event holds the window up for long.
//   SLIMLINE_MONKEY_SECONDS=3600 SLIMLINE_MONKEY_STRICT=1 monkey_qtest
// (scripts/monkey.sh) runs for as long as that (default: 4 s), and fails when one event takes more than 100 ms, or when the window at rest holds
// 10 MB more at the end than after the first quarter, when histories and caches are full. SLIMLINE_MONKEY_SEED is another seed.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <malloc.h>
#include <map>
#include <utility>

#include <QAction>
#include <QApplication>
#include <QDialog>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QMimeData>
#include <QPointer>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QThread>
#include <QTimer>
#include <QWheelEvent>
#include <QtTest>

#include "base/files.h"
#include "base/random.h"
#include "gui/viewmodel/autosave.h"
#include "gui/viewmodel/search_workspace.h"
#include "gui/viewmodel/session_json.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/validation_view.h"
#include "tests/gui/broken_files.h"
#include "tests/gui/small_search.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

class Monkey {
 public:
    Monkey(MainWindow& window, std::uint64_t seed) : window_(window), random_{seed}
    {
        QObject::connect(&leaves_, &QTimer::timeout, [this] { leave_dialogs(); });
        leaves_.start(5);
        write_files();
    }

    /// Whether a dialog or a menu was open since this was last asked: what an act then took is the wait for leave_dialogs.
    bool met_a_dialog() { return std::exchange(met_a_dialog_, false); }

    /// Something that a person could do; what it was, for the report.
    QString act()
    {
        const double dice = random_.share();
        if (dice < 0.35) {
            return drag();
        }
        if (dice < 0.6) {
            return press_key();
        }
        if (dice < 0.72) {
            return turn_wheel();
        }
        if (dice < 0.86) {
            return run_action();
        }
        if (dice < 0.92) {
            return load_something();
        }
        if (dice < 0.96) {
            return press_shortcut();
        }
        return dice < 0.985 ? drop_file() : resize_window();
    }

 private:
    // A dialog runs an event loop of its own, inside the act that opened it ("Open…" in the search's panel): without somebody
    // who closes it, the act never ends. In our own ones something is typed before.
    void leave_dialogs()
    {
        if (QWidget* menu = QApplication::activePopupWidget()) {
            met_a_dialog_ = true;
            menu->close();
        } else if (auto* dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget())) {
            met_a_dialog_ = true;
            QWidget* at = dialog->focusWidget();
            if (!dialog->inherits("QFileDialog") && at != nullptr && random_.share() < 0.7) {
                constexpr Qt::Key keys[] = {Qt::Key_A, Qt::Key_E, Qt::Key_R, Qt::Key_Space, Qt::Key_Backspace, Qt::Key_Down, Qt::Key_Up, Qt::Key_Tab};
                QTest::keyClick(at, keys[pick(std::size(keys))]);
            } else {
                dialog->reject();
            }
        }
    }

    /// As a click would come: timed as one event.
    template <class Work>
    void as_event(Work&& work)
    {
        QMetaObject::invokeMethod(&window_, std::forward<Work>(work), Qt::QueuedConnection);
        QCoreApplication::sendPostedEvents(&window_, QEvent::MetaCall);
    }

    int pick(qsizetype count) { return int(random_.share() * double(count)); }

    QWidget* any_widget()
    {
        QList<QWidget*> all;
        for (QWidget* each : window_.findChildren<QWidget*>()) {
            if (each->isVisible() && each->isEnabled() && !each->inherits("QMenuBar") && !each->inherits("QComboBox") && each->width() > 0 &&
                !each->inherits("QComboBoxPrivateContainer") && each->window() == &window_) {
                all << each;
            }
        }
        return all.isEmpty() ? &window_ : all[pick(all.size())];
    }

    /// "QLabel in plot.parallel".
    static QString name_of(const QWidget& widget)
    {
        const QWidget* named = &widget;
        while (named->objectName().isEmpty() && named->parentWidget() != nullptr) {
            named = named->parentWidget();
        }
        return QString(widget.metaObject()->className()) + (named == &widget ? " " : " in ") + named->objectName();
    }

    QPoint any_point(QWidget* in) { return {pick(in->width()), pick(in->height())}; }

    QString drag()
    {
        QPointer<QWidget> widget = any_widget();
        const QString name = name_of(*widget);
        QTest::mousePress(widget, Qt::LeftButton, {}, any_point(widget));
        for (int i = 0; i < 4 && widget; ++i) {
            const QPoint at = any_point(widget);
            QMouseEvent move(QEvent::MouseMove, QPointF(at), widget->mapToGlobal(QPointF(at)), Qt::NoButton, Qt::LeftButton, {});
            QApplication::sendEvent(widget, &move);
        }
        if (widget) {
            QTest::mouseRelease(widget, Qt::LeftButton, {}, any_point(widget));
        }
        return "drag on " + name;
    }

    QString press_key()
    {
        constexpr Qt::Key keys[] = {Qt::Key_Tab, Qt::Key_Up, Qt::Key_Down, Qt::Key_Left, Qt::Key_Right, Qt::Key_PageUp, Qt::Key_PageDown,
                                    Qt::Key_Home, Qt::Key_End, Qt::Key_Space, Qt::Key_0, Qt::Key_1, Qt::Key_9, Qt::Key_Period, Qt::Key_Backspace, Qt::Key_Return};
        QWidget* at = QApplication::focusWidget() != nullptr ? QApplication::focusWidget() : &window_;
        const Qt::Key key = keys[pick(std::size(keys))];
        const QString name = QString("key %1 on %2").arg(int(key)).arg(name_of(*at));
        if (!(at->inherits("QComboBox") && key == Qt::Key_Space)) {
            QTest::keyClick(at, key);
        }
        return name;
    }

    QString turn_wheel()
    {
        QWidget* widget = any_widget();
        const QString name = name_of(*widget);
        const QPoint at = any_point(widget);
        QWheelEvent wheel(QPointF(at), widget->mapToGlobal(QPointF(at)), {}, {0, random_.share() < 0.5 ? 120 : -120}, Qt::NoButton, {}, Qt::NoScrollPhase, false);
        QApplication::sendEvent(widget, &wheel);
        return "wheel on " + name;
    }

    QString run_action()
    {
        const auto& all = window_.actions().all();
        const auto& [info, action] = all[std::size_t(pick(qsizetype(all.size())))];
        if (action->isEnabled() && may_run(info.id)) {
            as_event([action = action] { action->trigger(); });
        }
        return info.id;
    }

    /// Pins are taken back as often as they are set, on average twice. A closed window would end the run, and weights of a
    /// large model, that a measurement makes, fill the machine.
    bool may_run(const QString& id) const
    {
        const bool small = window_.session().prediction().memory.weights.value < 2e8;
        return id != "file.quit" && (id != "edit.pin" || few_pins()) && (id != "validation.measure" || small);
    }

    bool few_pins() const { return window_.session().state().pinned.size() < 4; }

    /// An action by its keys, wherever the focus is.
    QString press_shortcut()
    {
        QList<std::pair<QString, QKeySequence>> keys;
        for (const auto& [info, action] : window_.actions().all()) {
            if (!action->shortcut().isEmpty() && may_run(info.id)) {
                keys << std::pair(info.id, action->shortcut());
            }
        }
        const auto& [id, sequence] = keys[pick(keys.size())];
        QWidget* at = QApplication::focusWidget() != nullptr ? QApplication::focusWidget() : &window_;
        as_event([at = QPointer<QWidget>(at), sequence = sequence] {
            const QKeyCombination key = sequence[0];
            at ? QTest::keyClick(at, key.key(), key.keyboardModifiers()) : void();
        });
        return "keys " + sequence.toString() + ", " + id;
    }

    /// Good files and broken ones, one at a time or a few.
    QString drop_file()
    {
        QMimeData data;
        QList<QUrl> urls;
        QString name;
        for (int i = few_pins() ? pick(3) : 0; i >= 0; --i) {
            const QString file = files_[pick(files_.size())];
            name += " " + QFileInfo(file).fileName();
            urls << QUrl::fromLocalFile(file);
        }
        data.setUrls(urls);
        as_event([&] {
            QDragEnterEvent enter(QPoint(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(&window_, &enter);
            QDropEvent dropped(QPointF(5, 5), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
            QApplication::sendEvent(&window_, &dropped);
        });
        return "drop of" + name;
    }

    QString resize_window()
    {
        const QSize size(600 + pick(1400), 400 + pick(900));
        as_event([&] { window_.resize(size); });
        return QString("resize to %1x%2").arg(size.width()).arg(size.height());
    }

    /// What is dropped: the broken cases, sessions, models, devices, searches.
    void write_files()
    {
        SessionState state = window_.session().state();
        state.pinned.push_back({"kept", state.scenario});
        const std::string good = pretty(gui::to_json(state));
        const auto write = [&](const QString& name, const std::string& content) {
            files_ << folder_.filePath(name);
            std::ofstream(files_.back().toStdString(), std::ios::binary) << content;
        };
        int number = 0;
        for (const BrokenFile& each : broken_files(good)) {
            write(QString("%1-%2").arg(++number).arg(QString::fromStdString(each.file)), each.content);
        }
        const QStringList broken = std::exchange(files_, {});
        write("good-session.json", good);
        write("good-search.json", small_search());
        for (const char* shipped : {"archs/smollm2-360m.json", "archs/phi-1.json", "devices/rtx-4090.json", "devices/raspberry-pi-5-8gb.json"}) {
            write(QFileInfo(shipped).fileName(), read_file(data_folder() / shipped));  // copies: no act may write to the data
        }
        for (int i = 0; i < 8; ++i) {  // as many good ones as broken ones
            files_ << files_.mid(0, 6);
        }
        files_ << broken;
    }

    QString load_something()
    {
        static const auto archs = shipped_ids("archs");
        static const auto devices = shipped_ids("devices");
        const bool model = random_.share() < 0.5;
        const std::string id = model ? archs[std::size_t(pick(qsizetype(archs.size())))] : devices[std::size_t(pick(qsizetype(devices.size())))];
        as_event([&] { model ? window_.session().load_architecture(id) : window_.session().load_device(id); });
        return QString::fromStdString(id);
    }

    MainWindow& window_;
    RandomBits random_;
    QTimer leaves_;
    bool met_a_dialog_ = false;
    QTemporaryDir folder_;
    QStringList files_;
};

/// Milliseconds that the window's thread has worked: what an act costs whatever else runs on the machine.
double worked_ms()
{
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return double(time.tv_sec) * 1e3 + double(time.tv_nsec) / 1e6;
}

/// The few that took longest.
class Slowest {
 public:
    void take(double milliseconds, const QString& act)
    {
        acts_.emplace(milliseconds, act);
        if (acts_.size() > 16) {
            acts_.erase(std::prev(acts_.end()));
        }
    }
    QString text() const
    {
        QStringList lines;
        for (const auto& [milliseconds, act] : acts_) {
            lines << QString("%1 ms %2").arg(milliseconds, 0, 'f', 0).arg(act);
        }
        return lines.join(", ");
    }

 private:
    std::multimap<double, QString, std::greater<>> acts_;
};

/// Times every event by the clock. One inside another counts for both: what a paint of the window is made of is told too.
/// A dialog's events are timed by themselves: what opened it is charged for opening it and for what came after.
class TimedApplication : public QApplication {
 public:
    using QApplication::QApplication;

    bool notify(QObject* receiver, QEvent* event) override
    {
        const QString name = QString("%1 %2 event %3").arg(receiver->metaObject()->className(), receiver->objectName()).arg(int(event->type()));
        const QEvent::Type type = event->type();
        const bool other_thread = QThread::currentThread() != thread();
        if (other_thread) {
            return QApplication::notify(receiver, event);
        }
        const int loop = thread()->loopLevel();
        const bool outermost = open_.empty() || open_.back().loop < loop;  // of its event loop
        open_.push_back({.loop = loop});
        const double begun = now_ms();
        const bool result = QApplication::notify(receiver, event);
        const double ended = now_ms();
        const Open own = open_.back();
        open_.pop_back();
        const double milliseconds = ended - begun - (own.dialog_until - own.dialog_from);
        if (outermost && !open_.empty()) {
            Open& opener = open_.back();
            opener.dialog_from = opener.dialog_until == 0 ? begun : opener.dialog_from;
            opener.dialog_until = ended;
        }
        if (milliseconds > 20) {
            slowest.take(milliseconds, name);
        }
        longest = outermost && type != QEvent::None ? std::max(longest, milliseconds) : longest;
        return result;
    }

    Slowest slowest;
    double longest = 0;

 private:
    struct Open {
        int loop = 0;
        double dialog_from = 0;  // first and last event of a loop that it runs
        double dialog_until = 0;
    };
    static double now_ms() { return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

    std::vector<Open> open_;
};

/// Megabytes that the program holds, of all of malloc's arenas: which of them a thread takes is chance.
double mb_in_use()
{
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* file = open_memstream(&text, &size);
    malloc_info(0, file);
    std::fclose(file);
    static const QRegularExpression line(R"q(<(total|system) type="(\w+)"(?: count="\d+")? size="(\d+)"/>)q");
    std::map<QString, double> bytes;  // each arena's, and in the end those of all
    for (const QRegularExpressionMatch& each : line.globalMatch(QString::fromUtf8(text))) {
        bytes[each.captured(1) + " " + each.captured(2)] = each.captured(3).toDouble();
    }
    std::free(text);
    return (bytes["system current"] + bytes["total mmap"] - bytes["total fast"] - bytes["total rest"]) / 1e6;
}

/// Memory in use once the window shows the worked example and nothing is left to do: what a session's model, pins or search
/// take is no leak.
double mb_at_rest(Session& session, MainWindow& window)
{
    session.take_state(worked_example(), "example");
    auto& workspace = *window.findChild<SearchWorkspace*>();
    ValidationJob& measuring = window.findChild<ValidationView*>()->job();
    measuring.cancel();
    workspace.job().cancel();
    if (!QTest::qWaitFor([&] { return !measuring.running() && !workspace.job().running() && !workspace.explorer().making_space(); }, 60000)) {
        qWarning("the search goes on");
    }
    settle_search(window);
    workspace.explorer().settle(true);
    QTest::qWait(2000);
    return mb_in_use();
}

}  // namespace

class MonkeyTest : public QObject {
    Q_OBJECT

 private Q_SLOTS:
    void initTestCase() { load_fonts(); }

    void random_input_neither_crashes_nor_blocks()
    {
        const double seconds = qEnvironmentVariableIsSet("SLIMLINE_MONKEY_SECONDS") ? qEnvironmentVariable("SLIMLINE_MONKEY_SECONDS").toDouble() : 4;
        Session session;
        const QTemporaryDir folder;
        Autosave autosave(folder.path().toStdString());
        autosave.watch(session);
        MainWindow window(session);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        const qulonglong seed = qEnvironmentVariableIsSet("SLIMLINE_MONKEY_SEED") ? qEnvironmentVariable("SLIMLINE_MONKEY_SEED").toULongLong() : 5;
        Monkey monkey(window, seed);
        QElapsedTimer clock;
        clock.start();
        std::vector<qint64> times;
        Slowest by_clock;
        Slowest by_work;
        std::size_t hard = 0;  // acts of more than 100 ms of work
        int dialogs = 0;
        auto& application = *static_cast<TimedApplication*>(QCoreApplication::instance());
        constexpr double too_long = 100;  // milliseconds
        double longest = 0;               // event
        constexpr std::size_t history_is_full = 4000;  // acts
        const qint64 a_quarter = qint64(1000 * seconds / 4);
        const qint64 between_rests = a_quarter / 3;
        qint64 next_rest = between_rests;
        std::vector<double> rests;  // MB, from the first quarter on
        while (clock.elapsed() < qint64(1000 * seconds)) {
            if (times.size() >= history_is_full && clock.elapsed() > next_rest) {
                const double mb = mb_at_rest(session, window);
                qInfo("after %zu acts: %.1f MB at rest, longest event %.0f ms", times.size(), mb, longest);
                if (clock.elapsed() >= a_quarter) {
                    rests.push_back(mb);
                }
                next_rest = clock.elapsed() / between_rests * between_rests + between_rests;
                monkey.met_a_dialog();
            }
            application.longest = 0;
            QElapsedTimer one;
            one.start();
            const double begun = worked_ms();
            const QString act = monkey.act();
            QApplication::processEvents();
            longest = std::max(longest, application.longest);
            if (application.longest > too_long) {
                qInfo("act %zu, %s: an event of %.0f ms; the window's thread worked for %.0f ms of the act", times.size(), qPrintable(act), application.longest,
                      worked_ms() - begun);
            }
            if (monkey.met_a_dialog()) {
                ++dialogs;  // the whole act took as long as the dialog was left open
                continue;
            }
            times.push_back(one.elapsed());
            const double worked = worked_ms() - begun;
            by_clock.take(double(times.back()), act);
            by_work.take(worked, act);
            hard += worked > 100 ? 1 : 0;
        }
        QString memory;
        if (!rests.empty()) {
            rests.push_back(mb_at_rest(session, window));
            for (const double each : rests) {
                memory += QString(memory.isEmpty() ? "%1" : ", %1").arg(each, 0, 'f', 1);
            }
        }
        std::ranges::sort(times);
        qInfo("%zu acts, %d dialogs, median %lld ms, 99 %% below %lld ms; MB at rest: %s; slowest: %s; by the processor's time of the window's thread, %zu of them over 100 ms: %s", times.size(), dialogs,
              static_cast<long long>(times[times.size() / 2]), static_cast<long long>(times[times.size() * 99 / 100]), qPrintable(memory),
              qPrintable(by_clock.text()), hard, qPrintable(by_work.text()));
        qInfo("longest event %.0f ms; also of those inside others: %s", longest, qPrintable(application.slowest.text()));
        QVERIFY(times.size() > 20);
        // Other programs share the machine: an alarm clock is for runs that ask for it.
        if (qEnvironmentVariableIsSet("SLIMLINE_MONKEY_STRICT")) {
            QVERIFY(longest <= too_long);
            QVERIFY(!rests.empty() && rests.back() - rests.front() <= 10);
        }
    }
};

int main(int argc, char** argv)
{
    // Qt's own limit is five minutes. Acts stop by the clock, and the rests between them take minutes where a machine is
    // busy and sanitizers slow everything down: the leak check at the end must be reached.
    const int milliseconds = 2 * qEnvironmentVariableIntValue("SLIMLINE_MONKEY_SECONDS") * 1000 + 1'800'000;
    qputenv("QTEST_FUNCTION_TIMEOUT", QByteArray::number(milliseconds));
    TimedApplication application(argc, argv);
    MonkeyTest test;
    // The offscreen window tells of what it cannot do at every act, and Qt shows nothing more after 2,000 such lines.
    return QTest::qExec(&test, application.arguments() << "-maxwarnings" << "0");
}
#include "monkey_qtest.moc"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <QApplication>
#include <QCommandLineParser>
#include <QElapsedTimer>
#include <QEventLoop>

#include "base/errors.h"
#include "base/text.h"
#include "gui/viewmodel/autosave.h"
#include "gui/viewmodel/session_json.h"
#include "gui/widgets/exporting.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/theme.h"
#include "gui/widgets/validation_view.h"

namespace {

using namespace slimline;
using namespace slimline::gui;

/// What was asked for on the command line.
struct Options {
    std::string session{};
    std::string export_to{};
    std::string view{};
    std::string theme{};
    int scale = 0;
    double times = 1;
    QSize size{1280, 800};
    bool startup_time = false;
    std::vector<std::string> files{};
};

double number_of(const QCommandLineParser& parser, const char* option, double least, double most)
{
    double value = 0;
    const std::string text = parser.value(option).toStdString();
    if (!parse_number(text, value) || value < least || value > most) {
        throw InputError(std::string("option --") + option, "'" + printable(text) + "' is not a number between " + significant(least) +
                                                                " and " + significant(most));
    }
    return value;
}

QSize size_of(const std::string& text)
{
    const std::vector<std::string> sides = split(text, 'x');
    long long width = 0;
    long long height = 0;
    if (sides.size() != 2 || !parse_integer(sides[0], width) || !parse_integer(sides[1], height) || width < 200 || height < 200 ||
        width > 16384 || height > 16384) {
        throw InputError("option --size", "'" + printable(text) + "' is no size of a window", "write it as 1280x800");
    }
    return {int(width), int(height)};
}

Options options_of(const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setApplicationDescription("Which small language model architecture is fastest on this device? The window of slimline.");
    parser.addHelpOption();
    parser.addOptions({{"session", "Open this session.", "FILE"},
                       {"export", "Write what is on screen (.png .pdf .svg .csv .md .json) and end; needs no display.", "FILE"},
                       {"view", "Of this view instead of the whole window.", "NAME"},
                       {"times", "Pixels of a PNG for each on screen, 1 to 4.", "N", "1"},
                       {"size", "Of the window.", "WIDTHxHEIGHT", "1280x800"},
                       {"theme", "light, dark or contrast.", "NAME"},
                       {"scale", "Size of text and controls, 100 to 200 per cent.", "PERCENT", "0"},
                       {"startup-time", "Say how long it took to the first painted window, and end."}});
    parser.addPositionalArgument("FILE", "Sessions, models (config.json, GGUF), devices, searches or what they found, to open.", "[FILE...]");
    parser.process(arguments);
    Options o;
    o.session = parser.value("session").toStdString();
    o.export_to = parser.value("export").toStdString();
    o.view = parser.value("view").toStdString();
    o.theme = parser.value("theme").toStdString();
    o.scale = int(number_of(parser, "scale", 0, 200));
    o.times = number_of(parser, "times", 1, 4);
    o.size = size_of(parser.value("size").toStdString());
    o.startup_time = parser.isSet("startup-time");
    for (const QString& file : parser.positionalArguments()) {
        o.files.push_back(file.toStdString());
    }
    return o;
}

SessionState with_options(SessionState state, const Options& o)
{
    state.view.theme = o.theme.empty() ? state.view.theme : std::string(theme_named(o.theme).id);
    state.view.scale_percent = o.scale >= 100 ? o.scale : state.view.scale_percent;
    return state;
}

/// The window, or the view by itself in that size; of validation, with the published times.
QWidget& shown_of(MainWindow& window, const std::string& name, QSize size)
{
    if (name.empty()) {
        return window;
    }
    std::vector<std::string> known;
    for (const QString& each : window.view_names()) {
        known.push_back(each.toStdString());
    }
    QWidget* view = window.view(QString::fromStdString(name));
    if (view == nullptr) {
        throw InputError("option --view", "there is no view '" + printable(name) + "'", did_you_mean(name, known));
    }
    view->setParent(nullptr);
    view->resize(size);
    view->show();
    if (auto* validation = qobject_cast<ValidationView*>(view)) {
        QEventLoop waits;
        QObject::connect(&validation->job(), &ValidationJob::finished, &waits, &QEventLoop::quit);
        QObject::connect(&validation->job(), &ValidationJob::failed, &waits, &QEventLoop::quit);
        validation->start_survey();
        waits.exec();
    }
    return *view;
}

/// --export: one picture, table or report, and no window.
int export_and_end(const Options& o)
{
    Session session(with_options(o.session.empty() ? worked_example() : load_session(o.session), o));
    MainWindow window(session);
    window.resize(o.size);
    window.show();
    if (!o.files.empty() && !window.take_files(o.files)) {
        throw InputError("", window.last_message().toStdString());
    }
    QWidget& shown = shown_of(window, o.view, o.size);
    settle_search(window);
    const std::unique_ptr<QWidget> alone(&shown == &window ? nullptr : &shown);
    export_file(shown, session, o.export_to, o.times);
    return 0;
}

int open_window(const Options& o, const QElapsedTimer& since)
{
    Autosave autosave(Autosave::usual_folder());
    std::string message;
    const auto left = o.session.empty() && !o.startup_time ? autosave.left_behind(message) : std::nullopt;
    message = autosave.keeps() || o.startup_time ? message : autosave.why_not_kept();
    Session session(with_options(!o.session.empty() ? load_session(o.session) : left ? *left : worked_example(), o));
    MainWindow window(session);
    if (!left) {
        window.resize(o.size);
    }
    if (o.startup_time) {
        QObject::connect(&window, &MainWindow::first_painted, &window, [&since] {
            std::printf("first window painted after %lld ms\n", static_cast<long long>(since.elapsed()));
            QApplication::quit();
        });
    } else {
        window.setWindowTitle(autosave.keeps() ? window.windowTitle() : QObject::tr("%1 (not kept)").arg(window.windowTitle()));
        autosave.watch(session);
        QObject::connect(&window, &MainWindow::closed, &autosave, [&] { autosave.close(window.whole_state()); });
    }
    window.set_file(o.session);
    window.show();
    window.show_message(QString::fromStdString(message));
    window.take_files(o.files);
    return QApplication::exec();
}

/// Without one Qt ends the program.
bool has_display()
{
    return std::ranges::any_of(std::array{"QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"}, [](const char* name) {
        const char* value = std::getenv(name);
        return value != nullptr && *value != '\0';
    });
}

}  // namespace

int main(int argc, char** argv)
{
    QElapsedTimer since;
    since.start();
    QStringList words;
    for (int i = 0; i < argc; ++i) {
        words << QString::fromLocal8Bit(argv[i]);
    }
    const bool shows_nothing = std::ranges::any_of(words, [](const QString& word) {
        return word.startsWith("--export") || word.startsWith("--help") || word == "-h";
    });
    if (shows_nothing && std::getenv("QT_QPA_PLATFORM") == nullptr) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    if (!has_display()) {
        std::fputs("slimline-gui: there is no display; set DISPLAY or WAYLAND_DISPLAY, or write a picture with --export FILE.png\n", stderr);
        return 2;
    }
    // Qt has a --session of its own, of the X11 session manager, and would take ours away.
    int own_name_only = 1;
    QApplication app(own_name_only, argv);
    QApplication::setApplicationName("slimline-gui");
    load_fonts();
    try {
        const Options options = options_of(words);
        return options.export_to.empty() ? open_window(options, since) : export_and_end(options);
    } catch (const InputError& error) {
        std::fprintf(stderr, "slimline-gui: %s\n", error.what());
        return 2;
    }
}

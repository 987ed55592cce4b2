#include <cstdio>

#include <QApplication>
#include <QElapsedTimer>

#include "base/errors.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/theme.h"

namespace {

/// --startup-time: says how long it took from here to the first painted window, and ends.
void report_startup(slimline::gui::MainWindow& window, const QElapsedTimer& since)
{
    QObject::connect(&window, &slimline::gui::MainWindow::first_painted, &window, [since] {
        std::printf("first window painted after %lld ms\n", static_cast<long long>(since.elapsed()));
        QApplication::quit();
    });
}

}  // namespace

int main(int argc, char** argv)
{
    QElapsedTimer since;
    since.start();
    QApplication app(argc, argv);
    QApplication::setApplicationName("slimline-gui");
    slimline::gui::load_fonts();
    try {
        slimline::gui::Session session;
        slimline::gui::MainWindow window(session);
        if (app.arguments().contains("--startup-time")) {
            report_startup(window, since);
        }
        window.show();
        return QApplication::exec();
    } catch (const slimline::InputError& error) {
        std::fprintf(stderr, "slimline-gui: %s\n", error.what());
        return 2;
    }
}

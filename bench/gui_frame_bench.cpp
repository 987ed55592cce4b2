// What a person sees while dragging: the whole window with 100,000 designs of a million shown, 60 steps of the bandwidth
// slider, each recomputed and repainted, and the front against asking every design again. Without a display. Fails when a
// whole step costs the processors more than half of what that front alone costs by brute force.
//   gui_frame_bench [steps [view ...]]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include <QApplication>

#include "base/errors.h"
#include "gui/widgets/main_window.h"
#include "gui/widgets/search_view.h"
#include "gui/widgets/search_views.h"
#include "gui/widgets/theme.h"

using namespace slimline;
using namespace slimline::gui;

namespace {

double now_ms()
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Of all threads: what a frame costs whatever else runs on the machine.
double processor_ms()
{
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return double(time.tv_sec) * 1e3 + double(time.tv_nsec) / 1e6;
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    return values.empty() ? 0 : values[values.size() / 2];
}

/// Lets events run until the view has painted the session's present device.
void wait_until_shown(const SearchWorkspace& workspace, LiveExplorer& explorer, const bool& painted)
{
    const double bandwidth = workspace.session().scenario().device.memory.bandwidth.value;
    while (!painted || explorer.frame()->run.device.memory.bandwidth.value != bandwidth) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);  // with a limit it would not sleep
    }
    QCoreApplication::processEvents();
}

/// Median of the processors' time a step.
double drag(MainWindow& window, const char* name, int steps)
{
    auto& workspace = *window.findChild<SearchWorkspace*>();
    window.raise_view(name);
    settle_search(window);
    workspace.explorer().settle(true);
    const double start = value_of(Field::bandwidth, window.session().scenario());
    bool painted = false;
    const auto connection = QObject::connect(static_cast<SearchView*>(window.view(name)), &SearchView::shown, &window, [&] { painted = true; });
    std::vector<double> frames;
    std::vector<double> processor;
    std::vector<double> computing;
    std::vector<double> painting;
    std::vector<double> asked;
    std::size_t exact = 0;
    window.session().begin_drag();
    const double begin = now_ms();
    for (int i = 1; i <= steps; ++i) {
        painted = false;
        const double at = now_ms();
        const double processor_at = processor_ms();
        window.session().edit(Field::bandwidth, start * std::exp2(1.5 * std::sin(6.2832 * i / steps)));
        wait_until_shown(workspace, workspace.explorer(), painted);
        frames.push_back(now_ms() - at);
        processor.push_back(processor_ms() - processor_at);
        computing.push_back(workspace.explorer().frame()->milliseconds);
        painting.push_back(static_cast<SearchView*>(window.view(name))->paint_milliseconds());
        asked.push_back(double(workspace.explorer().frame()->evaluated));
        exact += workspace.explorer().frame()->exact() ? 1 : 0;
    }
    const double all = now_ms() - begin;
    window.session().end_drag();
    QObject::disconnect(connection);
    std::printf("%-9s %d steps: median %.1f ms, worst %.1f ms, %.0f frames/s; processors' time a step: median %.1f ms; recomputing %.1f ms, "
                "painting %.1f ms; exact front in %zu, of %.0f designs asked again\n",
                name, steps, median(frames), *std::ranges::max_element(frames), 1000 * steps / all, median(processor),
                median(computing), median(painting), exact, median(asked));
    return median(processor);
}

/// Median of the processors' time of a front by brute force.
double ask_all_designs(MainWindow& window)
{
    const auto& frame = *window.findChild<SearchWorkspace*>()->explorer().frame();
    std::vector<double> all;
    for (int i = 0; i < 5; ++i) {
        const double at = processor_ms();
        front_of_rows(*frame.space, LiveRun(frame.space->question(), frame.run), frame.space->all_rows());
        all.push_back(processor_ms() - at);
    }
    std::printf("every one of %zu designs asked again: processors' time %.1f ms a step, for the front alone\n", frame.space->size(),
                median(all));
    return median(all);
}

}  // namespace

int main(int argc, char** argv)
{
    if (std::getenv("QT_QPA_PLATFORM") == nullptr) {
        qputenv("QT_QPA_PLATFORM", "offscreen");
    }
    QApplication app(argc, argv);
    load_fonts();
    try {
        Session session;
        MainWindow window(session);
        window.show();
        const int asked_steps = argc > 1 ? std::atoi(argv[1]) : 0;
        const int steps = asked_steps > 1 ? asked_steps : 60;
        const std::vector<const char*> asked(argv + std::min(argc, 2), argv + argc);
        double longest = 0;
        for (const char* view : asked.empty() ? std::vector{"Pareto", "Parallel", "Table"} : asked) {
            longest = std::max(longest, drag(window, view, steps));
        }
        const double all = ask_all_designs(window);
        std::printf("a whole step of the window costs 1/%.1f of it\n", all / longest);
        return longest < all / 2 ? 0 : 1;
    } catch (const InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}

// What a person sees while dragging: the whole window with 100,000 designs of a million shown, 60 steps of the bandwidth
// slider, each recomputed and repainted, then a drag of every other slider that applies, and the front against asking every
// design again. Without a display.
//   gui_frame_bench [steps [view ...]]
// Fails when fewer designs are shown or held, when a step of the bandwidth has no exact front, or when a whole step costs
// the processors more than half of what that front alone costs by brute force. With SLIMLINE_BENCH_STRICT=1, on a machine
// of one's own, also when a drag's median is above 16 ms, when one step in twenty takes more than 33 ms, or when there are
// fewer than 30 frames a second.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include <QApplication>
#include <QSlider>

#include "base/errors.h"
#include "gui/viewmodel/slider_scale.h"
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

/// Lets events run until the view has painted the session's present design.
void wait_until_shown(const SearchWorkspace& workspace, LiveExplorer& explorer, const bool& painted)
{
    while (!painted || !same_run(explorer.frame()->run, workspace.session().scenario())) {
        QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);  // with a limit it would not sleep
    }
    QCoreApplication::processEvents();
}

/// Up, down and back again, in even steps that stay on the slider.
std::vector<int> positions_around(int start, int steps, int reach)
{
    const int up = std::min(reach, slider_positions - start);
    const int down = std::min(reach, start);
    std::vector<int> positions;
    for (int i = 1; i <= steps; ++i) {
        const double way = double(i) / steps * 2 * (up + down);  // from start up, down and back
        const double at = way <= up ? way : way <= 2 * up + down ? 2 * up - way : way - 2 * (up + down);
        positions.push_back(start + int(std::lround(at)));
    }
    return positions;
}

struct Dragged {
    std::vector<double> frames{};     // milliseconds of each step
    std::vector<double> processor{};  // of all threads
    std::vector<double> computing{};
    std::vector<double> painting{};
    std::vector<double> asked{};  // designs
    std::size_t exact = 0;
    double frames_a_second = 0;
};

/// A press on the field's own slider, so many moves, and a release. Moves that change nothing are no steps.
Dragged drag(MainWindow& window, const char* view, Field field, int steps)
{
    auto& workspace = *window.findChild<SearchWorkspace*>();
    if (field == Field::context) {
        window.session().edit(field, 4096);  // "as needed" is the slider's end, and what is too short is refused
    }
    window.raise_view(view);
    settle_search(window);
    workspace.explorer().settle(true);
    auto& slider = *window.findChild<QSlider*>("slider." + QString::fromUtf8(info(field).id.data(), qsizetype(info(field).id.size())));
    auto& shown = *static_cast<SearchView*>(window.view(view));
    bool painted = false;
    const auto connection = QObject::connect(&shown, &SearchView::shown, &window, [&] { painted = true; });
    Dragged all;
    constexpr int reach = 113;  // of a thousand: about 2.8 times the bandwidth
    const std::vector<int> positions = positions_around(slider.value(), steps, reach);
    slider.setSliderDown(true);
    const double begin = now_ms();
    for (const int position : positions) {
        painted = false;
        const double at = now_ms();
        const double processor_at = processor_ms();
        const double before = value_of(field, window.session().scenario());
        slider.setSliderPosition(position);
        if (value_of(field, window.session().scenario()) == before) {
            continue;
        }
        wait_until_shown(workspace, workspace.explorer(), painted);
        all.frames.push_back(now_ms() - at);
        all.processor.push_back(processor_ms() - processor_at);
        all.computing.push_back(workspace.explorer().frame()->milliseconds);
        all.painting.push_back(shown.paint_milliseconds());
        all.asked.push_back(double(workspace.explorer().frame()->evaluated));
        all.exact += workspace.explorer().frame()->exact() ? 1 : 0;
    }
    all.frames_a_second = 1000 * double(all.frames.size()) / (now_ms() - begin);
    slider.setSliderDown(false);
    QObject::disconnect(connection);
    all.frames.empty() ? void() : window.session().undo();
    return all;
}

void print(const char* what, Dragged d)
{
    std::printf("%-24s %zu steps: median %.1f ms, worst %.1f ms, %.0f frames/s; processors' time a step: median %.1f ms; recomputing %.1f ms, "
                "painting %.1f ms; exact front in %zu, of %.0f designs asked again\n",
                what, d.frames.size(), median(d.frames), *std::ranges::max_element(d.frames), d.frames_a_second, median(d.processor),
                median(d.computing), median(d.painting), d.exact, median(d.asked));
}

bool strict()
{
    return std::getenv("SLIMLINE_BENCH_STRICT") != nullptr;
}

/// What a drag must keep, if that is asked for. Of a few steps (a batch that soon fits no more) the first, which finds all caches cold, would decide.
bool keeps_up(const char* what, const Dragged& d)
{
    constexpr std::size_t few = 8;
    const double worst = *std::ranges::max_element(d.frames);
    const bool kept = d.frames.size() < few || (median(d.frames) <= 16 && worst <= 33 && d.frames_a_second >= 30);
    if (!kept && strict()) {
        std::printf("%s: TOO SLOW for 16 ms in the middle, 33 ms at worst, 30 frames/s: %.1f ms, %.1f ms, %.0f\n", what, median(d.frames), worst,
                    d.frames_a_second);
    }
    return kept || !strict();
}

/// A fact that the figures stand on.
bool holds(bool fact, const char* words)
{
    if (!fact) {
        std::printf("WRONG: %s\n", words);
    }
    return fact;
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
        settle_search(window);
        const LiveFrame& first = *window.findChild<SearchWorkspace*>()->explorer().frame();
        bool good = holds(first.cloud.size() == 100000, "100,000 designs are shown");
        good &= holds(first.space->size() >= 1000000, "the space holds a million designs");
        std::printf("%zu designs shown of %zu\n", first.cloud.size(), first.space->size());
        double longest = 0;
        for (const char* view : asked.empty() ? std::vector{"Pareto", "Parallel", "Table"} : asked) {
            const Dragged d = drag(window, view, Field::bandwidth, steps);
            const std::string what = std::string("bandwidth, ") + view;
            print(what.c_str(), d);
            good &= holds(!d.frames.empty() && d.exact == d.frames.size(), "every step of the bandwidth shows the exact front");
            good &= keeps_up(what.c_str(), d);
            longest = std::max(longest, median(d.processor));
        }
        for (const FieldInfo& field : fields()) {
            if (field.kind == FieldKind::number && field.field != Field::bandwidth && applies(field.field, session.scenario())) {
                const Dragged d = drag(window, "Pareto", field.field, std::max(10, steps / 3));
                const std::string what(field.id);
                if (holds(!d.frames.empty(), (what + " can be dragged").c_str())) {
                    print(what.c_str(), d);
                    good &= keeps_up(what.c_str(), d);
                } else {
                    good = false;
                }
            }
        }
        const double all = ask_all_designs(window);
        std::printf("a whole step of the bandwidth costs 1/%.1f of it\n", all / longest);
        return good && longest < all / 2 ? 0 : 1;
    } catch (const InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}

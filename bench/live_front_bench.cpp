// The front of a million architectures while a bandwidth slider moves, against asking every design again; and the designs
// that a window shows, asked again at every step.
//   live_front_bench [question]

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>

#include "base/errors.h"
#include "base/json.h"
#include "explorer/live_front.h"

using namespace slimline;

namespace {

double now_ms()
{
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

struct Times {
    std::vector<double> ms;

    template <class Work>
    void take(Work&& work)
    {
        const double start = now_ms();
        work();
        ms.push_back(now_ms() - start);
    }
    double median()
    {
        std::ranges::sort(ms);
        return ms[ms.size() / 2];
    }
    double worst() const { return *std::ranges::max_element(ms); }
};

Scenario with_bandwidth(Scenario run, double factor)
{
    run.device.memory.bandwidth *= factor;
    return run;
}

double factor_at(int step, int steps)
{
    return std::exp2(-2 + 4.0 * step / (steps - 1));  // from a quarter to four times
}

void bench(const std::string& path)
{
    const JsonDocument document = load_json(path);
    const double start = now_ms();
    const auto space = std::make_shared<const LiveSpace>(read_search(JsonPlace(document)));
    const Scenario run = space->question().run;
    std::printf("%zu designs with their losses in %.0f ms\n", space->size(), now_ms() - start);

    constexpr int steps = 120;
    const double made = now_ms();
    LiveFront live(space, run, *rate_move(run, with_bandwidth(run, 2)));
    int ranges = 0;
    while (live.prepare(run)) {
        ++ranges;
    }
    std::printf("%d ranges for a drag from 1/8 to 8 times the bandwidth: %.0f ms\n", ranges, now_ms() - made);

    const Rows all = space->all_rows();
    Times brute;
    for (int i = 0; i < 5; ++i) {
        brute.take([&] { front_of_rows(*space, LiveRun(space->question(), with_bandwidth(run, factor_at(i, 5))), all); });
    }
    Times first;
    Times again;
    std::size_t front = 0;
    std::size_t asked = 0;
    for (int i = 0; i < steps; ++i) {
        first.take([&] {
            const LiveFrontAnswer answer = live.front(LiveRun(space->question(), with_bandwidth(run, factor_at(i, steps))));
            front = std::max(front, answer.rows.size());
            asked = std::max(asked, answer.evaluated);
        });
    }
    for (int i = 0; i < steps; ++i) {
        again.take([&] { live.front(LiveRun(space->question(), with_bandwidth(run, factor_at(i, steps)))); });
    }
    std::printf("every design again: %.1f ms a step\n", brute.median());
    std::printf("live, first drag: median %.2f ms, worst %.2f ms; up to %zu designs asked again, %zu on the front\n",
                first.median(), first.worst(), asked, front);
    std::printf("live, second drag: median %.2f ms, worst %.2f ms: %.0f times as fast\n", again.median(), again.worst(),
                brute.median() / again.median());

    Rows shown;
    for (std::size_t i = 0; i < 100000; ++i) {
        shown.push_back(std::uint32_t(i * space->size() / 100000));
    }
    const std::vector<DesignMetric> metrics{DesignMetric::tpot, DesignMetric::loss, DesignMetric::memory};
    std::vector<double> values(shown.size() * metrics.size());
    Times cloud;
    for (int i = 0; i < 60; ++i) {
        cloud.take([&] {
            space->measure(LiveRun(space->question(), with_bandwidth(run, factor_at(i, 60))), shown, metrics, values);
        });
    }
    std::printf("%zu shown designs again: median %.2f ms, worst %.2f ms\n", shown.size(), cloud.median(), cloud.worst());
}

}  // namespace

int main(int argc, char** argv)
{
    try {
        bench(argc > 1 && argv[1][0] != '-' ? argv[1] : std::string(SLIMLINE_SOURCE_DIR) + "/examples/search-million.json");
    } catch (const InputError& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 2;
    }
}

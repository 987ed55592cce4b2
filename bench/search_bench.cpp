// The exact fronts of a thousand million architectures under two, three and four objectives, of a million million under two,
// and of models and devices together. The question is read beforehand, as a person's program does once.

#include <benchmark/benchmark.h>

#include "base/json.h"
#include "explorer/search.h"

namespace {

using namespace slimline;

SearchQuestion example(const std::string& name)
{
    const JsonDocument document = load_json(std::string(SLIMLINE_SOURCE_DIR) + "/examples/" + name);
    return read_search(JsonPlace(document));
}

void answer(benchmark::State& state, const SearchQuestion& question)
{
    SearchResult result;
    for (auto _ : state) {
        result = search(question);
    }
    const SearchStatistics& s = result.statistics;
    state.counters["candidates"] = s.candidates;
    state.counters["candidates/s"] = benchmark::Counter(s.candidates, benchmark::Counter::kIsIterationInvariantRate);
    state.counters["evaluated"] = s.evaluated;
    state.counters["pruned_%"] = 100 * s.pruned_share();
    state.counters["front"] = double(result.front.size());
}

void thousand_million(benchmark::State& state)
{
    SearchQuestion question = example("search-thousand-million.json");
    const std::vector<DesignMetric> all{DesignMetric::tpot, DesignMetric::loss, DesignMetric::memory,
                                        DesignMetric::ttft};
    question.objectives.assign(all.begin(), all.begin() + std::ptrdiff_t(state.range(0)));
    answer(state, question);
}

void models_and_devices(benchmark::State& state)
{
    answer(state, example("search-hardware.json"));
}
void million_million(benchmark::State& state)
{
    answer(state, example("search-million-million.json"));
}

constexpr auto seconds = benchmark::kSecond;
BENCHMARK(thousand_million)
    ->ArgName("objectives")
    ->Arg(2)
    ->Arg(3)
    ->Arg(4)
    ->Iterations(1)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(seconds);
BENCHMARK(models_and_devices)->Iterations(1)->MeasureProcessCPUTime()->UseRealTime()->Unit(seconds);
BENCHMARK(million_million)->Iterations(1)->MeasureProcessCPUTime()->UseRealTime()->Unit(seconds);

}  // namespace

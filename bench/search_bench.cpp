// The exact front of a thousand million architectures under two, three and four objectives.

#include <benchmark/benchmark.h>

#include "base/json.h"
#include "explorer/search.h"

namespace {

using namespace slimline;

void front(benchmark::State& state)
{
    const JsonDocument document = load_json(std::string(SLIMLINE_SOURCE_DIR) + "/examples/search-thousand-million.json");
    SearchQuestion question = read_search(JsonPlace(document));
    const std::vector<DesignMetric> all{DesignMetric::tpot, DesignMetric::loss, DesignMetric::memory, DesignMetric::ttft};
    question.objectives.assign(all.begin(), all.begin() + std::ptrdiff_t(state.range(0)));
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

BENCHMARK(front)->ArgName("objectives")->Arg(2)->Arg(3)->Arg(4)->Iterations(1)->UseRealTime()->Unit(benchmark::kSecond);

}  // namespace

#include <cstddef>
#include <cstdint>

#include "fuzz/architecture_properties.h"
#include "validation/bench_runs.h"

using namespace slimline;

/// What must hold of every file of llama-bench that the reader accepts: runs of models that are there, with times.
static void demand_sound(const BenchFile& file)
{
    for (const BenchRuns& runs : file.runs) {
        for (const SampledCase& each : runs.sampling.cases) {
            demand(each.model < runs.plan.size());
            demand(!each.seconds.empty() && each.best() > 0);
            demand(each.test.tokens > 0 && each.test.past >= 0);
        }
    }
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    static const ModelNames names = model_names("qwen2-0.5b");
    accept_or_complain([&] { demand_sound(read_bench_file("runs", text, names)); });
    return 0;
}

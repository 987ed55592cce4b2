#include <cmath>
#include <cstddef>
#include <cstdint>

#include "fuzz/architecture_properties.h"
#include "validation/bench_rows.h"

using namespace slimline;

/// What must hold of every result of llama-bench that the reader accepts: a time, and counts that work can be made of.
static void demand_sound(const BenchRow& row)
{
    demand(row.seconds > 0 && std::isfinite(row.seconds));
    demand(row.prompt >= 0 && row.generated >= 0 && row.depth >= 0 && row.threads >= 0 && row.chunk > 0);
    demand(row.size >= 0 && row.parameters >= 0);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    accept_or_complain([&] {
        for (const BenchRow& row : bench_rows(read_bench_fields("runs", text))) {
            demand_sound(row);
        }
    });
    return 0;
}

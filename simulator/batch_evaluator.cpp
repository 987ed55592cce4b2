#include "simulator/batch_evaluator.h"

#include <algorithm>
#include <cmath>

#include "simulator/series_sum.h"

#define SLIMLINE_INLINE [[gnu::always_inline]] inline

namespace slimline {

namespace {

// Widest vectors of any x86-64 or aarch64: two doubles.
namespace generic {
#define SLIMLINE_KERNEL_LANES 2
#include "simulator/batch_kernel.inc"
#undef SLIMLINE_KERNEL_LANES
}  // namespace generic

#if defined(__x86_64__)
#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {
#define SLIMLINE_KERNEL_LANES 4
#include "simulator/batch_kernel.inc"
#undef SLIMLINE_KERNEL_LANES
}  // namespace avx2
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512vl,fma")
namespace avx512 {
#define SLIMLINE_KERNEL_LANES 8
#include "simulator/batch_kernel.inc"
#undef SLIMLINE_KERNEL_LANES
}  // namespace avx512
#pragma GCC pop_options
#endif

using Run = void (*)(const BatchTables&, std::span<const DesignBlock>, const ObjectiveColumns&);

/// The kernel for the widest instruction set that this machine has.
Run best_kernel()
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
        return avx512::Kernel::run_all;
    }
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        return avx2::Kernel::run_all;
    }
#endif
    return generic::Kernel::run_all;
}

}  // namespace

BatchEvaluator::BatchEvaluator(const Device& device, const Backend& backend, const Precision& precision,
                               const Workload& workload, Engine engine, const Calibration& calibration,
                               const BatchEvaluator* same_formats)
    : tables_(make_batch_tables(device, backend, precision, workload, engine, calibration,
                                same_formats == nullptr ? nullptr : &same_formats->tables_))
{
}

Objectives BatchEvaluator::evaluate(const UniformDesign& design) const
{
    Objectives result;
    evaluate({&design, 1}, {&result, 1});
    return result;
}

void BatchEvaluator::evaluate(std::span<const UniformDesign> designs, std::span<Objectives> results) const
{
    constexpr std::size_t together = 64;
    std::array<DesignBlock, together / DesignBlock::size> blocks;
    ObjectivesByColumn<together> answers;
    const std::size_t count = std::min(designs.size(), results.size());
    for (std::size_t first = 0; first < count; first += together) {
        const auto some = designs.subspan(first, std::min(together, count - first));
        evaluate(std::span(blocks).first(pack(some, blocks)), answers.columns());
        for (std::size_t i = 0; i < some.size(); ++i) {
            results[first + i] = answers[i];
        }
    }
}

void BatchEvaluator::evaluate(std::span<const DesignBlock> blocks, const ObjectiveColumns& columns) const
{
    static const Run run = best_kernel();
    run(tables_, blocks, columns);
}

}  // namespace slimline

// What the batch evaluator takes from the heap: nothing, however many designs it is asked about.
#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#include <catch2/catch.hpp>

#include "simulator/batch_evaluator.h"
#include "tests/simulator/random_architecture.h"
#include "tests/support/toy.h"

using namespace slimline;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {

std::atomic<long> allocations{0};

void* counted(std::size_t bytes, std::size_t alignment)
{
    ++allocations;
    void* memory = std::aligned_alloc(alignment, (std::max<std::size_t>(bytes, 1) + alignment - 1) / alignment * alignment);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}

}  // namespace

[[gnu::noinline]] void* operator new(std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
[[gnu::noinline]] void* operator new[](std::size_t bytes) { return counted(bytes, alignof(std::max_align_t)); }
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) { return counted(bytes, std::size_t(alignment)); }
[[gnu::noinline]] void* operator new[](std::size_t bytes, std::align_val_t alignment) { return counted(bytes, std::size_t(alignment)); }
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

TEST_CASE("the batch evaluator takes nothing from the heap", "[simulator][batch]")
{
    RandomArchitecture random(41);
    std::vector<UniformDesign> designs;
    for (int i = 0; i < 1000; ++i) {
        designs.push_back(random.uniform());
    }
    std::vector<Objectives> results(designs.size());
    const Device device = toy_device();
    for (const Engine engine : {Engine::llama_cpp, Engine::int4}) {
        const BatchEvaluator evaluator(device, device.backends[0], {}, {}, engine, toy_calibration());
        const long before = allocations;
        evaluator.evaluate(designs, results);
        for (const UniformDesign& design : designs) {
            results[0] = evaluator.evaluate(design);
        }
        const long taken = allocations - before;
        CHECK(taken == 0);
    }
}

#endif

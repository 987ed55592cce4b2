#include "validation/kernels/read_bandwidth.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "validation/kernels/packed_matrix.h"

namespace slimline::kernels {

namespace {

using Words = std::uint64_t __attribute__((vector_size(32)));

#if defined(__x86_64__) && !defined(__SANITIZE_THREAD__)  // the thread sanitizer is not ready when clones are chosen
#define SLIMLINE_WIDEST [[gnu::target_clones("avx2", "default")]]
#else
#define SLIMLINE_WIDEST
#endif

/// Reads all and does next to nothing with it: eight independent sums keep enough loads under way.
SLIMLINE_WIDEST std::uint64_t sum_of(const std::byte* from, std::size_t bytes)
{
    Words sums[8] = {};
    for (std::size_t at = 0; at + sizeof sums <= bytes; at += sizeof sums) {
        for (int i = 0; i < 8; ++i) {
            Words words;
            std::memcpy(&words, from + at + sizeof(Words) * std::size_t(i), sizeof words);
            sums[i] += words;
        }
    }
    std::uint64_t total = 0;
    for (const Words& sum : sums) {
        total += sum[0] + sum[1] + sum[2] + sum[3];
    }
    return total;
}

}  // namespace

double read_bandwidth(ThreadTeam& team, std::size_t bytes)
{
    constexpr int tries = 20;
    const Pages memory = allocate_pages(bytes);
    std::memset(memory.get(), 1, bytes);
    std::vector<std::uint64_t> sums(std::size_t(team.size()), 0);
    const std::size_t part = bytes / std::size_t(team.size()) / 256 * 256;
    double best = 0;
    for (int i = 0; i < tries; ++i) {
        const auto start = std::chrono::steady_clock::now();
        team.run([&](int index) { sums[std::size_t(index)] = sum_of(memory.get() + part * std::size_t(index), part); });
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::max(best, double(part) * team.size() / seconds.count());
    }
    // The sums are those of ones; using them keeps the reads from being left out.
    return sums.front() == part / 8 * 0x0101010101010101u ? best : 0;
}

}  // namespace slimline::kernels

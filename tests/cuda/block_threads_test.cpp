#include "block_threads.h"

#include <array>
#include <catch2/catch.hpp>
#include <stdexcept>
#include <vector>

#include "emulated_language.h"
#include "validation/cuda/kernels.cuh"

using namespace slimline::cuda;

namespace {

const auto orders = {Order::forward, Order::backward, Order::mixed};

}  // namespace

TEST_CASE("nobody goes on behind a block's barrier before all have come", "[cuda]")
{
    const Order order = GENERATE(values(orders));
    BlockThreads threads(order);
    for (const int count : {32, 128, 64}) {
        int arrived = 0;
        std::vector<int> seen(std::size_t(count), 0);
        threads.run(count, [&] {
            ++arrived;
            block_barrier();
            seen[threadIdx.x] = arrived;
        });
        CHECK(seen == std::vector<int>(std::size_t(count), count));
    }
}

TEST_CASE("shuffles fetch what another thread of the warp holds, one after the other", "[cuda]")
{
    const Order order = GENERATE(values(orders));
    BlockThreads threads(order);
    std::array<int, 64> first{};
    std::array<int, 64> second{};
    threads.run(64, [&] {
        const int mine = int(threadIdx.x);
        first[threadIdx.x] = shuffle_xor(mine, 5);
        second[threadIdx.x] = shuffle(10 * mine, 3);
    });
    for (int i = 0; i < 64; ++i) {
        CHECK(first[std::size_t(i)] == (i ^ 5));
        CHECK(second[std::size_t(i)] == 10 * (i / 32 * 32 + 3));
    }
}

TEST_CASE("threads that wait for one that has ended are told of, and the next block runs", "[cuda]")
{
    BlockThreads threads(Order::forward);
    CHECK_THROWS_AS(threads.run(32,
                                [] {
                                    if (threadIdx.x != 7) {
                                        warp_barrier();
                                    }
                                }),
                    std::logic_error);
    int ran = 0;
    threads.run(32, [&] { ++ran; });
    CHECK(ran == 32);
}

TEST_CASE("products of fragments are those of matrices, by tensor cores and by dots", "[cuda]")
{
    // a[i][k] and b[k][j] small enough to be seen through.
    const auto a = [](int i, int k) { return (3 * i + 5 * k) % 17 - 8; };
    const auto b = [](int k, int j) { return (7 * k + 2 * j) % 13 - 6; };
    const auto packed = [](auto&& at) {
        unsigned word = 0;
        for (int i = 0; i < 4; ++i) {
            word |= unsigned(at(i) & 0xff) << (8 * i);
        }
        return int(word);
    };
    BlockThreads threads(Order::backward);
    std::array<std::array<int, 4>, 32> by_cores{};
    std::array<std::array<int, 4>, 32> by_dots{};
    threads.run(32, [&] {
        const int g = int(threadIdx.x / 4);
        const int t = int(threadIdx.x % 4);
        const int of_a[4] = {packed([&](int i) { return a(g, 4 * t + i); }),
                             packed([&](int i) { return a(g + 8, 4 * t + i); }),
                             packed([&](int i) { return a(g, 16 + 4 * t + i); }),
                             packed([&](int i) { return a(g + 8, 16 + 4 * t + i); })};
        const int b0 = packed([&](int i) { return b(4 * t + i, g); });
        const int b1 = packed([&](int i) { return b(16 + 4 * t + i, g); });
        int c[4] = {1, 2, 3, 4};
        tensor_product(c, of_a, b0, b1);
        std::copy_n(c, 4, by_cores[threadIdx.x].begin());
        int d[4] = {1, 2, 3, 4};
        tensor_product_by_dots(d, of_a, b0, b1);
        std::copy_n(d, 4, by_dots[threadIdx.x].begin());
    });
    CHECK(by_dots == by_cores);
    for (int lane = 0; lane < 32; ++lane) {
        for (int i = 0; i < 4; ++i) {
            int sum = i + 1;
            for (int k = 0; k < 32; ++k) {
                sum += a(lane / 4 + (i < 2 ? 0 : 8), k) * b(k, 2 * (lane % 4) + i % 2);
            }
            CHECK(by_cores[std::size_t(lane)][std::size_t(i)] == sum);
        }
    }
}

TEST_CASE("so are those of fragments of halves", "[cuda]")
{
    const auto a = [](int i, int k) { return float((3 * i + 5 * k) % 17 - 8) / 4; };
    const auto b = [](int k, int j) { return float((7 * k + 2 * j) % 13 - 6) / 2; };
    const auto packed = [](float first, float second) {
        return unsigned(slimline::to_half(first)) | unsigned(slimline::to_half(second)) << 16;
    };
    BlockThreads threads(Order::mixed);
    std::array<std::array<float, 4>, 32> by_cores{};
    std::array<std::array<float, 4>, 32> by_dots{};
    threads.run(32, [&] {
        const int g = int(threadIdx.x / 4);
        const int t = int(threadIdx.x % 4);
        const auto of_a = [&](int row, int k) { return packed(a(row, k), a(row, k + 1)); };
        const unsigned fragment[4] = {of_a(g, 2 * t), of_a(g + 8, 2 * t), of_a(g, 8 + 2 * t), of_a(g + 8, 8 + 2 * t)};
        const unsigned b0 = packed(b(2 * t, g), b(2 * t + 1, g));
        const unsigned b1 = packed(b(8 + 2 * t, g), b(9 + 2 * t, g));
        float c[4] = {1, 2, 3, 4};
        tensor_product(c, fragment, b0, b1);
        std::copy_n(c, 4, by_cores[threadIdx.x].begin());
        float d[4] = {1, 2, 3, 4};
        tensor_product_by_dots(d, fragment, b0, b1);
        std::copy_n(d, 4, by_dots[threadIdx.x].begin());
    });
    CHECK(by_dots == by_cores);
    for (int lane = 0; lane < 32; ++lane) {
        for (int i = 0; i < 4; ++i) {
            float sum = float(i + 1);
            for (int k = 0; k < 16; ++k) {
                sum += a(lane / 4 + (i < 2 ? 0 : 8), k) * b(k, 2 * (lane % 4) + i % 2);
            }
            CHECK(by_cores[std::size_t(lane)][std::size_t(i)] == sum);
        }
    }
}

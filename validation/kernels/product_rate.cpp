#include "validation/kernels/product_rate.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "validation/kernels/kernel_table.h"
#include "validation/kernels/packed_matrix.h"

namespace slimline::kernels {

double product_rate(ThreadTeam& team)
{
    constexpr int least_tries = 3;
    constexpr std::chrono::milliseconds long_enough{200};  // for a core to reach its clock
    constexpr int size = 256;                              // rows and columns: 36 KiB of weights
    constexpr int tokens = 64;
    constexpr int repeats = 8;
    const KernelTable& table = best_kernels();
    const PackedMatrix matrix = random_matrix(Format::q4_0, size, size, 1, 1);
    constexpr int blocks = size / 32;
    std::vector<float> numbers(std::size_t(size), 0.5F);
    std::vector<Activation32> x(std::size_t(tokens * blocks));
    for (int t = 0; t < tokens; ++t) {
        table.quantise32(numbers.data(), size, x.data() + t * blocks);
    }
    std::vector<std::vector<float>> out(std::size_t(team.size()), std::vector<float>(std::size_t(tokens * size), 0.F));
    double best = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < least_tries || std::chrono::steady_clock::now() - begin < long_enough; ++i) {
        const auto start = std::chrono::steady_clock::now();
        team.run([&](int index) {
            for (int n = 0; n < repeats; ++n) {
                table.product[std::size_t(Format::q4_0)]({matrix.data.get(), matrix.group_bytes(), matrix.groups(),
                                                          size, x.data(), sizeof(Activation32) * blocks, tokens,
                                                          out[std::size_t(index)].data(), size});
            }
        });
        const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
        best = std::max(best, 2.0 * size * size * tokens * repeats * team.size() / seconds.count());
    }
    return best;
}

}  // namespace slimline::kernels

#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "archspace/uniform_design.h"
#include "hwmodels/calibration.h"
#include "hwmodels/device.h"
#include "simulator/energy.h"
#include "simulator/passes.h"
#include "simulator/prediction.h"
#include "simulator/roofs.h"

namespace slimline {

/// Everything of a prediction that does not depend on the design, multiplied out: what the batch evaluator reads.
struct BatchTables {
    /// What one weight of a tensor costs: storage, traffic, and its two FLOP a row on either kernel.
    struct Rates {
        double bytes = 0;
        double traffic_s = 0;
        double mat_vec_s = 0;
        double mat_mat_s = 0;
        double cache_use = 1;
    };
    enum class Role : std::uint8_t { q, k, v, v_other, o, gate, gate_other, up, up_other, down, down_other, table, head };
    static constexpr std::size_t role_count = std::size_t(Role::head) + 1;
    static constexpr std::size_t alignments = 5;  // rows are multiples of 256, 128, 64, 32 or of none of them
    static constexpr std::size_t variant_count = 2 * 4 * 2 * 2;

    /// Formats depend on a design through its grouping, experts, tying and depth of 80 layers only.
    using Variant = std::array<std::array<Format, alignments>, role_count>;

    /// How many layers of a stack of a depth hold each role's other format, and whether the last one does.
    struct Depths {
        std::array<float, most_uniform_layers + 1> v{};
        std::array<float, most_uniform_layers + 1> ffn_in{};
        std::array<float, most_uniform_layers + 1> down{};
        std::array<bool, most_uniform_layers + 1> last_in_is_other{};
        std::array<bool, most_uniform_layers + 1> last_down_is_other{};
    };

    Roofs roofs;
    EnergyRates energy;
    Workload workload;
    bool llama = true;
    bool int4 = false;
    double rounded_bytes = 0;  // that a number takes beside its float, in our engine
    bool offloaded = false;
    double activation_bytes = 4;
    double kv_element_bytes = 2;
    double vector_bytes = 4;
    double cache_positions = 256;
    std::array<PassSeries, 2> prefill;
    PassSeries decode;
    Rates router;
    bool gate_equals_up = true;  // in every format: no override tells them apart
    std::array<Rates, format_count> rates{};
    std::vector<Variant> variants;
    std::array<Depths, 2> depths;          // without and with eight experts
    struct HeadCost {
        double vec_factor, mat_factor, kv_row_s;
    };
    std::vector<HeadCost> head_costs;  // by head size
};

BatchTables make_batch_tables(const Device& device, const Backend& backend, const Precision& precision,
                              const Workload& workload, Engine engine, const Calibration& calibration,
                              const BatchTables* same_formats = nullptr);

inline std::size_t alignment_class(int columns)
{
    const int zeros = std::min(8, std::countr_zero(unsigned(columns)));
    return zeros >= 5 ? std::size_t(8 - zeros) : 4;
}

inline std::size_t variant_index(bool wide_groups, int experts, bool tied, bool is_70b)
{
    const std::size_t expert_class = experts == 8 ? 3 : experts >= 4 ? 2 : experts > 0 ? 1 : 0;
    return ((std::size_t(wide_groups) * 4 + expert_class) * 2 + std::size_t(tied)) * 2 + std::size_t(is_70b);
}

}  // namespace slimline

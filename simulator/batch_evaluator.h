#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "hwmodels/calibration.h"
#include "hwmodels/device.h"
#include "simulator/energy.h"
#include "simulator/passes.h"
#include "simulator/prediction.h"
#include "simulator/roofs.h"
#include "simulator/uniform_design.h"

namespace slimline {

/// What a search compares designs by.
struct Objectives {
    double ttft_s = 0;
    double tpot_s = 0;
    double energy_j_per_token = 0;
    double weight_bytes = 0;
    double kv_bytes = 0;
    double compute_bytes = 0;
    double host_bytes = 0;

    double memory_bytes() const { return weight_bytes + kv_bytes + compute_bytes + host_bytes; }
};

/// The most layers a design may have here; tables are made up to this depth.
inline constexpr int most_uniform_layers = 256;

/// predict() for uniform designs, millions a second: the formulas of docs/model.md with everything that does not depend
/// on the design multiplied out beforehand, and no allocation. Latency, energy, weights and KV cache equal predict()'s
/// to 1e-12; the compute buffer is the widest phase without the allocator's holes (docs/model.md, memory).
class BatchEvaluator {
 public:
    BatchEvaluator(const Device& device, const Backend& backend, const Precision& precision, const Workload& workload,
                   Engine engine, const Calibration& calibration);

    Objectives evaluate(const UniformDesign& design) const;
    void evaluate(std::span<const UniformDesign> designs, std::span<Objectives> results) const;

 private:
    /// What one weight of a tensor costs: storage, traffic, and its two FLOP a row on either kernel.
    struct Rates {
        double bytes = 0;
        double traffic_s = 0;
        double mat_vec_s = 0;
        double mat_mat_s = 0;
    };
    enum Role : std::uint8_t { q, k, v, v_other, o, gate, gate_other, up, up_other, down, down_other, table, head, role_count };
    static constexpr std::size_t alignments = 5;  // rows are multiples of 256, 128, 64, 32 or of none of them
    static constexpr std::size_t expert_classes = 4;
    static constexpr std::size_t variant_count = 2 * expert_classes * 2 * 2;

    /// Formats depend on a design through its grouping, experts, tying and depth of 80 layers only.
    using Variant = std::array<std::array<Rates, alignments>, role_count>;

    /// How many layers of a stack of a depth hold each role's other format, and whether the last one does.
    struct Depths {
        std::array<float, most_uniform_layers + 1> v{};
        std::array<float, most_uniform_layers + 1> ffn_in{};
        std::array<float, most_uniform_layers + 1> down{};
        std::array<bool, most_uniform_layers + 1> last_in_is_other{};
        std::array<bool, most_uniform_layers + 1> last_down_is_other{};
    };

    struct Rows;
    struct Shape;
    struct Sum;

    void make_formats(const Precision& precision);
    Rates rates_of(Format format) const;
    Rows rows(double sequences, double new_tokens) const;
    void add_product(Sum& sum, const Rates& rates, double in, double out, double tokens, const Rows& rows, double count) const;
    void add_experts(Sum& sum, const Rates& rates, const Shape& s, double in, double out, const Rows& rows, double count) const;
    void add_ffn(Sum& sum, const Shape& s, const Rows& rows, double layers, double other_in, double other_down) const;
    void add_pass(Sum& sum, const Shape& s, const PassSeries& series) const;
    void add_attention(Sum& sum, const Shape& s, const PassSeries& series) const;

    Roofs roofs_;
    EnergyRates energy_;
    Workload workload_;
    bool llama_ = true;
    bool offloaded_ = false;
    double activation_bytes_ = 4;
    double kv_element_bytes_ = 2;
    double vector_bytes_ = 4;
    double cache_positions_ = 256;
    std::array<PassSeries, 2> prefill_;
    PassSeries decode_;
    std::vector<Variant> variants_;
    std::array<Depths, 2> depths_;          // without and with eight experts
    std::vector<double> head_size_factor_;  // by head size
};

}  // namespace slimline

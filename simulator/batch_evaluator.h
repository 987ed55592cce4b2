#pragma once

#include <array>
#include <span>

#include "archspace/uniform_design.h"
#include "simulator/batch_tables.h"
#include "simulator/design_block.h"

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

/// Where objectives of designs in blocks go: a column each, with room for whole blocks.
struct ObjectiveColumns {
    double* ttft_s = nullptr;
    double* tpot_s = nullptr;
    double* energy_j_per_token = nullptr;
    double* weight_bytes = nullptr;
    double* kv_bytes = nullptr;
    double* compute_bytes = nullptr;
    double* host_bytes = nullptr;
};

/// Those of `most` designs.
template <std::size_t most>
struct ObjectivesByColumn {
    static_assert(most % DesignBlock::size == 0);
    std::array<double, most> ttft_s;  // filled by who makes it: zeros would take as long as some answers
    std::array<double, most> tpot_s;
    std::array<double, most> energy_j_per_token;
    std::array<double, most> weight_bytes;
    std::array<double, most> kv_bytes;
    std::array<double, most> compute_bytes;
    std::array<double, most> host_bytes;

    ObjectiveColumns columns()
    {
        return {ttft_s.data(),   tpot_s.data(),        energy_j_per_token.data(), weight_bytes.data(),
                kv_bytes.data(), compute_bytes.data(), host_bytes.data()};
    }
    Objectives operator[](std::size_t i) const
    {
        return {ttft_s[i], tpot_s[i], energy_j_per_token[i], weight_bytes[i], kv_bytes[i], compute_bytes[i], host_bytes[i]};
    }
};

/// predict() for uniform designs, millions a second: the formulas of docs/model.md with everything that does not depend
/// on the design multiplied out beforehand, several designs side by side in vector registers, and no allocation.
/// Latency, energy, weights and KV cache equal predict()'s to 1e-12; the compute buffer is the widest phase without the
/// allocator's holes (docs/model.md, memory). Designs have at most most_uniform_layers layers.
class BatchEvaluator {
 public:
    /// `same_formats`: an evaluator of the same precision and engine on any device, whose tables of formats are taken over.
    BatchEvaluator(const Device& device, const Backend& backend, const Precision& precision, const Workload& workload,
                   Engine engine, const Calibration& calibration, const BatchEvaluator* same_formats = nullptr);

    const BatchTables& tables() const { return tables_; }

    /// The same with one factor of caches for every working set (roofs.h): costs of parts of designs then add up.
    BatchEvaluator with_cache_factor(double factor) const
    {
        BatchEvaluator other = *this;
        other.tables_.roofs.cache_points = {{0, factor}};
        return other;
    }

    Objectives evaluate(const UniformDesign& design) const;

    /// results[i] is the answer for designs[i]; both spans have one length.
    void evaluate(std::span<const UniformDesign> designs, std::span<Objectives> results) const;

    /// The same numbers to the last bit for designs that are packed already.
    void evaluate(std::span<const DesignBlock> blocks, const ObjectiveColumns& columns) const;

 private:
    BatchTables tables_;
};

}  // namespace slimline

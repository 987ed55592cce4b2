#pragma once

#include <span>

#include "simulator/batch_tables.h"
#include "archspace/uniform_design.h"

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

    Objectives evaluate(const UniformDesign& design) const;

    /// results[i] is the answer for designs[i]; both spans have one length.
    void evaluate(std::span<const UniformDesign> designs, std::span<Objectives> results) const;

 private:
    BatchTables tables_;
};

}  // namespace slimline

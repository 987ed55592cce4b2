#pragma once

#include <vector>

#include "archspace/architecture.h"
#include "archspace/weight_mix.h"
#include "simulator/block_operators.h"
#include "simulator/prediction.h"
#include "simulator/roofs.h"

namespace slimline {

/// Equal layers of one block, with the formats that a weight mix gives their tensors.
struct StackGroup {
    std::size_t block = 0;  // index into Architecture::blocks
    LayerFormats formats;
    LayerGroup group;
};

/// A model as its operators see it: groups of equal layers (closed form) or one group a layer (graph).
struct LoweredModel {
    std::vector<StackGroup> groups;
    Format embedding_format = Format::f32;
    Format head_format = Format::f32;
    Format projection_format = Format::f32;  // of project_in and project_out
    LastLayer last_layer = LastLayer::whole;
};

/// One group for all layers that share a block and, but for attn_v and ffn_down, their formats.
LoweredModel lower_grouped(const Architecture& arch, const WeightMix& mix, Engine engine, double cache_bytes);

/// One group a layer, in order.
LoweredModel lower_by_layer(const Architecture& arch, const WeightMix& mix, Engine engine, double cache_bytes);

PassRules pass_rules(const Precision& precision, const Workload& workload, const Roofs& roofs);

/// Operators before the stack.
template <class Sink>
void visit_inputs(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const PassShape& pass, Sink& sink)
{
    const double e = arch.head_input_width();
    const double d = arch.d_model;
    const double a = rules.activation_bytes;
    OperatorCost gather;
    gather.kind = OperatorKind::embedding;
    gather.kernel = KernelClass::gather;
    gather.format = model.embedding_format;
    gather.weight_bytes = pass.tokens() * e * bytes_per_element(model.embedding_format);
    gather.activation_bytes = pass.tokens() * e * a;
    gather.output_bytes = gather.activation_bytes;
    sink(gather);
    if (arch.learned_positions > 0) {
        OperatorCost positions = gather;
        positions.kind = OperatorKind::position_embedding;
        positions.format = Format::f32;
        positions.weight_bytes = pass.tokens() * d * 4;
        positions.activation_bytes = 3 * pass.tokens() * d * a;
        positions.flops = pass.tokens() * d;
        positions.output_bytes = pass.tokens() * d * a;
        sink(positions);
    }
    if (arch.embedding_norm) {
        OperatorCost norm;
        norm.kind = OperatorKind::embedding_norm;
        norm.flops = 4 * pass.tokens() * d;
        norm.weight_bytes = 2 * d * 4;
        norm.activation_bytes = 2 * pass.tokens() * d * a;
        norm.output_bytes = pass.tokens() * d * a;
        sink(norm);
    }
    if (e != d) {
        OperatorCost project;
        project.kind = OperatorKind::project_in;
        project.kernel = pass.tokens() <= rules.mat_vec_most_rows ? KernelClass::mat_vec : KernelClass::mat_mat;
        project.rows = pass.tokens();
        project.format = model.projection_format;
        project.flops = 2 * pass.tokens() * e * d;
        project.weight_bytes = e * d * bytes_per_element(model.projection_format);
        project.activation_bytes = pass.tokens() * (e + d) * a;
        project.output_bytes = pass.tokens() * d * a;
        sink(project);
    }
}

/// Operators after the stack, for the rows whose logits are wanted; none for a chunk that wants none.
template <class Sink>
void visit_outputs(const Architecture& arch, const LoweredModel& model, const PassRules& rules, const PassShape& pass, Sink& sink)
{
    const double rows = pass.output_rows;
    if (rows <= 0) {
        return;
    }
    const double e = arch.head_input_width();
    const double d = arch.d_model;
    const double a = rules.activation_bytes;
    if (arch.final_norm) {
        OperatorCost norm;
        norm.kind = OperatorKind::output_norm;
        norm.flops = 4 * rows * d;
        norm.weight_bytes = 4 * d;
        norm.activation_bytes = 2 * rows * d * a;
        norm.output_bytes = rows * d * a;
        sink(norm);
    }
    const auto product = [&](OperatorKind kind, Format format, double in, double out) {
        OperatorCost cost;
        cost.kind = kind;
        cost.kernel = rows <= rules.mat_vec_most_rows ? KernelClass::mat_vec : KernelClass::mat_mat;
        cost.format = format;
        cost.flops = 2 * rows * in * out;
        cost.weight_bytes = in * out * bytes_per_element(format);
        cost.activation_bytes = rows * (in * a + out * 4);
        cost.output_bytes = rows * out * 4;
        cost.rows = rows;
        cost.padding = tile_padding(rows, rules.tile_rows) * tile_padding(out, rules.tile_columns);
        sink(cost);
    };
    if (e != d) {
        product(OperatorKind::project_out, model.projection_format, d, e);
    }
    product(OperatorKind::head, model.head_format, e, arch.vocabulary);
}

}  // namespace slimline

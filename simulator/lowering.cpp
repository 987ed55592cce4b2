#include "simulator/lowering.h"

#include <algorithm>
#include <optional>

namespace slimline {

namespace {

/// Formats of one layer's tensors; `attention_index` counts the layers before it that have attn_v.
LayerFormats formats_of_layer(const Architecture& arch, const WeightMix& mix, const MixFacts& facts, std::size_t layer,
                              int attention_index)
{
    const Block& block = arch.block_of(layer);
    LayerFormats formats;
    const auto note = [&](TensorRole role, double columns, double, double) {
        const int index = role == TensorRole::attn_v ? attention_index : int(layer);
        formats.by_role[std::size_t(role)] = format_of(mix, facts, {role, columns, index});
    };
    for_each_mixer_tensor(block, arch.norm, arch.d_model, note);
    for_each_ffn_tensor(block, arch.norm, arch.d_model, note);
    for_each_adapter_tensor(block, arch.d_model, note);
    return formats;
}

double layer_weight_bytes(const Architecture& arch, const Block& block, const LayerFormats& formats)
{
    double bytes = 0;
    const auto add = [&](TensorRole role, double columns, double rows, double count) {
        bytes += columns * rows * count * bytes_per_element(formats[role]);
    };
    for_each_mixer_tensor(block, arch.norm, arch.d_model, add);
    for_each_ffn_tensor(block, arch.norm, arch.d_model, add);
    return bytes;
}

/// Joins `layer` to `formats` when they differ at most in attn_v and ffn_down, with at most one other format each.
bool joins(LayerFormats& formats, const LayerFormats& layer)
{
    const std::size_t v = std::size_t(TensorRole::attn_v);
    const std::size_t down = std::size_t(TensorRole::ffn_down);
    for (std::size_t role = 0; role < tensor_role_count; ++role) {
        if (role != v && role != down && formats.by_role[role] != layer.by_role[role]) {
            return false;
        }
    }
    const auto other = [](Format common, Format now, Format other_format, double others) -> std::optional<bool> {
        if (now == common) {
            return false;
        }
        return others == 0 || now == other_format ? std::optional(true) : std::nullopt;
    };
    const auto v_is_other = other(formats.by_role[v], layer.by_role[v], formats.other_v, formats.other_v_layers);
    const auto down_is_other =
        other(formats.by_role[down], layer.by_role[down], formats.other_down, formats.other_down_layers);
    if (!v_is_other || !down_is_other) {
        return false;
    }
    if (*v_is_other) {
        formats.other_v = layer.by_role[v];
        formats.other_v_layers += 1;
    }
    if (*down_is_other) {
        formats.other_down = layer.by_role[down];
        formats.other_down_layers += 1;
    }
    return true;
}

LoweredModel lower(const Architecture& arch, const WeightMix& mix, Engine engine, double cache_bytes, bool grouped)
{
    const MixFacts facts = mix_facts(arch);
    LoweredModel model;
    model.embedding_format = format_of(mix, facts, {TensorRole::token_embedding, double(arch.head_input_width()), 0});
    model.head_format = facts.tied
                            ? model.embedding_format
                            : format_of(mix, facts, {TensorRole::output, double(arch.head_input_width()), 0});
    model.projection_format = format_of(mix, facts, {TensorRole::project_in, double(arch.head_input_width()), 0});
    model.last_layer = last_layer_of(engine);

    int attention_index = 0;
    for (std::size_t layer = 0; layer < arch.layers.size(); ++layer) {
        const std::size_t index = std::size_t(arch.layers[layer]);
        const Block& block = arch.blocks[index];
        LayerFormats formats = formats_of_layer(arch, mix, facts, layer, attention_index);
        attention_index += std::holds_alternative<Attention>(block.mixer) ? 1 : 0;
        const bool last = layer + 1 == arch.layers.size();
        const bool stays = block.runs > 1 && layer_weight_bytes(arch, block, formats) <= cache_bytes;
        const double weight_reads = stays ? 1.0 / block.runs : 1.0;
        const auto same = std::find_if(model.groups.begin(), model.groups.end(), [&](StackGroup& g) {
            return grouped && g.block == index && g.group.weight_reads == weight_reads && joins(g.formats, formats);
        });
        if (same != model.groups.end()) {
            same->group.layers += 1;
            same->group.has_last = last;
            same->formats.last_down = formats[TensorRole::ffn_down];
            continue;
        }
        StackGroup group{index, formats, {.layers = 1, .has_last = last}};
        group.formats.last_down = formats[TensorRole::ffn_down];
        group.group.rotary = arch.positions == Positions::rope;
        group.group.weight_reads = weight_reads;
        model.groups.push_back(group);
    }
    return model;
}

}  // namespace

LoweredModel lower_grouped(const Architecture& arch, const WeightMix& mix, Engine engine, double cache_bytes)
{
    return lower(arch, mix, engine, cache_bytes, true);
}

LoweredModel lower_by_layer(const Architecture& arch, const WeightMix& mix, Engine engine, double cache_bytes)
{
    return lower(arch, mix, engine, cache_bytes, false);
}

PassRules pass_rules(const Precision& precision, const Workload& workload, const Roofs& roofs)
{
    return {.activation_bytes = precision.activation_bytes,
            .kv_bytes = bytes_per_element(precision.kv_cache),
            .flash_attention = workload.flash_attention,
            .mat_vec_most_rows = roofs.mat_vec_most_rows,
            .attention_vec_most_rows = roofs.attention_vec_most_rows,
            .tile_rows = roofs.tile_rows,
            .tile_columns = roofs.tile_columns};
}

}  // namespace slimline

#include "archspace/gguf_import.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "archspace/gguf_metadata.h"
#include "archspace/gguf_names.h"
#include "archspace/layer_stack.h"
#include "archspace/limits.h"
#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

using R = TensorRole;
using Roles = std::map<TensorRole, const GgufTensor*>;

/// The file's tensors by place in the model.
struct TensorIndex {
    Roles globals;
    std::vector<Roles> layers;
    double other_bytes = 0;
};

[[noreturn]] void fail(const GgufFile& file, const std::string& fact, const std::string& remedy = {})
{
    throw InputError(file.name, fact, remedy);
}

/// Two models use a name for another norm than all others do.
void mend_names(const std::string& family, TensorIndex& index)
{
    if (family == "lfm2" && index.globals.contains(R::embedding_norm) && !index.globals.contains(R::output_norm)) {
        index.globals[R::output_norm] = index.globals.at(R::embedding_norm);
        index.globals.erase(R::embedding_norm);
    }
    if (family == "qwen35") {
        for (Roles& roles : index.layers) {
            if (roles.contains(R::post_attn_norm) && !roles.contains(R::ffn_norm)) {
                roles[R::ffn_norm] = roles.at(R::post_attn_norm);
                roles.erase(R::post_attn_norm);
            }
        }
    }
}

TensorIndex index_of(const GgufFile& file, const std::string& family, int layers)
{
    TensorIndex index;
    index.layers.resize(std::size_t(layers));
    for (const GgufTensor& tensor : file.tensors) {
        if (is_gguf_side_tensor(tensor.name)) {
            index.other_bytes += tensor.bytes;
            continue;
        }
        const auto place = gguf_tensor_place(tensor.name);
        if (!place) {
            fail(file, "tensor '" + printable(tensor.name) + "' is of no kind that is known",
                 "the model has a part that cannot be represented");
        }
        if (place->layer >= layers) {
            fail(file, fmt::format("tensor '{}' belongs to no layer: there are {}", printable(tensor.name), layers));
        }
        Roles& roles = place->layer < 0 ? index.globals : index.layers[std::size_t(place->layer)];
        if (!roles.emplace(place->role, &tensor).second) {
            fail(file, "tensor '" + printable(tensor.name) + "' is there twice under different names");
        }
    }
    mend_names(family, index);
    return index;
}

/// Makes blocks out of one layer's tensors and the metadata.
class LayerReader {
 public:
    LayerReader(const GgufMetadata& metadata, const GgufFamily& family, const Architecture& arch, const Roles& roles,
                int layer)
        : metadata_(metadata), family_(family), arch_(arch), roles_(roles), layer_(layer)
    {
    }

    Block read() const
    {
        Block block;
        block.mixer = mixer();
        if (has(R::ffn_down)) {
            block.ffn = ffn();
        }
        if (arch_.norm != NormKind::layer_no_parameters) {
            block.norms = {has(R::attn_norm), has(R::post_attn_norm), has(R::ffn_norm), has(R::post_ffn_norm)};
        }
        const bool both = block.ffn && !std::holds_alternative<std::monostate>(block.mixer);
        block.parallel =
            both && (family_.name == "gptneox" ? metadata_.flag_or("use_parallel_residual", true) : family_.parallel);
        return block;
    }

 private:
    bool has(TensorRole role) const { return roles_.contains(role); }

    /// One of the sizes of a tensor that must be there: 0 a row's length, 1 the rows, 2 the experts.
    int size(TensorRole role, std::size_t dimension, int most) const
    {
        const auto found = roles_.find(role);
        if (found == roles_.end()) {
            metadata_.fail(fmt::format("layer {} has no tensor '{}'", layer_, info(role).suffix),
                           "the file is damaged or of another kind");
        }
        const std::vector<std::uint64_t>& shape = found->second->shape;
        const std::uint64_t value = dimension < shape.size() ? shape[dimension] : 1;
        if (value < 1 || value > std::uint64_t(most)) {
            metadata_.fail(fmt::format("tensor '{}' has a size of {}", printable(found->second->name), value),
                           fmt::format("between 1 and {} are taken", most));
        }
        return int(value);
    }

    Mixer mixer() const
    {
        if (has(R::latent_kv_a)) {
            return latent_attention();
        }
        if (has(R::ssm_out) && has(R::attn_qkv)) {
            return gated_delta_net();
        }
        if (has(R::ssm_in)) {
            return mamba2();
        }
        if (has(R::shortconv_in)) {
            return ShortConv{size(R::shortconv_conv, 0, limits::kernel)};
        }
        if (has(R::attn_q) || has(R::attn_qkv)) {
            return attention();
        }
        return {};
    }

    Attention attention() const
    {
        Attention a;
        a.heads = metadata_.size_of_layer("attention.head_count", layer_, limits::heads);
        a.kv_heads = metadata_.has("attention.head_count_kv")
                         ? metadata_.size_of_layer("attention.head_count_kv", layer_, limits::heads)
                         : a.heads;
        a.head_dim = metadata_.size_or("attention.key_length", std::max(1, arch_.d_model / a.heads), limits::head_dim);
        a.window = window();
        a.rope_fraction = rope_fraction(a.head_dim);
        a.fused_qkv = has(R::attn_qkv);
        a.q_bias = has(R::attn_q_bias) || has(R::attn_qkv_bias);
        a.out_bias = has(R::attn_output_bias);
        a.output_gate = has(R::attn_q) && size(R::attn_q, 1, limits::ffn_width * 8) == 2 * a.query_width();
        a.softcap = std::clamp(metadata_.number_or("attn_logit_softcapping", 0), 0.0, 1e6);
        a.qk_norm = family_.qk_norm;
        if (has(R::attn_q_norm)) {
            a.qk_norm =
                size(R::attn_q_norm, 0, limits::ffn_width * 8) == a.head_dim ? QkNorm::per_head : QkNorm::full_width;
        }
        return a;
    }

    int window() const
    {
        const int width = metadata_.size_or("attention.sliding_window", 0, limits::context, 0);
        if (const auto local = metadata_.flag_of_layer("attention.sliding_window_pattern", layer_)) {
            return *local ? width : 0;
        }
        const bool local = family_.local_period == 0 || (layer_ + 1) % family_.local_period != 0;
        return local ? width : 0;
    }

    double rope_fraction(int head_dim) const
    {
        if (arch_.positions != Positions::rope) {
            return family_.name == "granitehybrid" ? 0 : 1;
        }
        if (family_.nope_period > 0 && (layer_ + 1) % family_.nope_period == 0) {
            return 0;
        }
        const int rotated = metadata_.size_or("rope.dimension_count", head_dim, limits::head_dim, 0);
        return std::min(1.0, double(rotated) / head_dim);
    }

    LatentAttention latent_attention() const
    {
        LatentAttention a;
        a.heads = metadata_.size_of_layer("attention.head_count", layer_, limits::heads);
        a.q_rank = has(R::latent_q_a) ? size(R::latent_q_a, 1, limits::width) : 0;
        a.kv_rank = size(R::latent_kv_b, 0, limits::width);
        a.v_dim = std::max(1, size(R::attn_output, 0, limits::ffn_width * 4) / a.heads);
        a.nope_dim = std::max(0, size(R::latent_kv_b, 1, limits::ffn_width * 8) / a.heads - a.v_dim);
        a.rope_dim = std::max(0, size(R::latent_kv_a, 1, limits::width * 2) - a.kv_rank);
        return a;
    }

    Mamba2 mamba2() const
    {
        Mamba2 m;
        m.heads = metadata_.size("ssm.time_step_rank", limits::heads);
        m.head_dim = std::clamp(metadata_.size("ssm.inner_size", limits::ffn_width * 4) / m.heads, 1, limits::head_dim);
        m.state = metadata_.size("ssm.state_size", limits::state);
        m.groups = metadata_.size_or("ssm.group_count", 1, limits::heads);
        m.conv_kernel = metadata_.size("ssm.conv_kernel", limits::kernel);
        m.conv_bias = has(R::ssm_conv_bias);
        return m;
    }

    GatedDeltaNet gated_delta_net() const
    {
        GatedDeltaNet g;
        g.key_heads = metadata_.size("ssm.group_count", limits::heads);
        g.value_heads = metadata_.size("ssm.time_step_rank", limits::heads);
        g.key_dim = metadata_.size("ssm.state_size", limits::head_dim);
        g.value_dim =
            std::clamp(metadata_.size("ssm.inner_size", limits::ffn_width * 4) / g.value_heads, 1, limits::head_dim);
        g.conv_kernel = metadata_.size("ssm.conv_kernel", limits::kernel);
        return g;
    }

    Ffn ffn() const
    {
        Ffn f;
        f.width = size(R::ffn_down, 0, limits::ffn_width);
        const bool doubled = size(R::ffn_up, 1, limits::ffn_width * 2) == 2 * f.width;
        f.fused_gate_up = !has(R::ffn_gate) && doubled;
        f.gated = has(R::ffn_gate) || doubled;
        f.activation = family_.activation;
        f.bias = has(R::ffn_up_bias);
        if (has(R::router)) {
            f.experts = size(R::router, 1, limits::experts);
            f.active = metadata_.size("expert_used_count", limits::experts);
        }
        f.shared_width = has(R::shared_down) ? size(R::shared_down, 0, limits::ffn_width) : 0;
        return f;
    }

    const GgufMetadata& metadata_;
    const GgufFamily& family_;
    const Architecture& arch_;
    const Roles& roles_;
    int layer_;
};

NormKind norm_kind(const GgufMetadata& metadata, const TensorIndex& index)
{
    if (metadata.has("attention.layer_norm_rms_epsilon")) {
        return NormKind::rms;
    }
    const Roles& first = index.layers.front();
    if (index.globals.contains(R::output_norm_bias) || first.contains(R::attn_norm_bias)) {
        return NormKind::layer;
    }
    const bool any =
        index.globals.contains(R::output_norm) || first.contains(R::attn_norm) || first.contains(R::ffn_norm);
    return any ? NormKind::layer_no_bias : NormKind::layer_no_parameters;
}

Positions positions_of(const GgufMetadata& metadata, const std::string& family, const TensorIndex& index)
{
    if (index.globals.contains(R::position_embedding)) {
        return Positions::learned;
    }
    if (family == "bloom") {
        return Positions::alibi;
    }
    // Granite uses this key as the switch for rotary positions.
    return family == "granitehybrid" && !metadata.flag_or("rope.scaling.finetuned", true) ? Positions::none
                                                                                          : Positions::rope;
}

int rows_of(const GgufFile& file, const Roles& globals, TensorRole role, int most)
{
    const GgufTensor& tensor = *globals.at(role);
    if (tensor.shape.size() != 2 || tensor.shape[1] > std::uint64_t(most)) {
        fail(file, "tensor '" + printable(tensor.name) + "' is no table of at most " + std::to_string(most) + " rows");
    }
    return int(tensor.shape[1]);
}

std::string id_of(const std::string& name)
{
    std::string id;
    for (const char c : lower_case(name).substr(0, 60)) {
        id += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' ? c : '-';
    }
    return id.empty() ? "gguf" : id;
}

void read_stem(const GgufFile& file, const GgufMetadata& metadata, const std::string& family, const TensorIndex& index,
               Architecture& arch)
{
    arch.name = printable(metadata.text_or("general.name", family), 80);
    arch.id = id_of(arch.name);
    arch.family = family;
    arch.d_model = metadata.size("embedding_length", limits::width);
    arch.max_context = metadata.size_or("context_length", 2048, limits::context);
    if (!index.globals.contains(R::token_embedding)) {
        fail(file, "there is no tensor 'token_embd.weight'", "a language model has one");
    }
    arch.vocabulary = rows_of(file, index.globals, R::token_embedding, limits::vocabulary);
    arch.tied_embeddings = !index.globals.contains(R::output);
    arch.head_bias = index.globals.contains(R::output_bias);
    arch.norm = norm_kind(metadata, index);
    arch.embedding_norm = index.globals.contains(R::embedding_norm);
    arch.final_norm = arch.norm == NormKind::layer_no_parameters || index.globals.contains(R::output_norm);
    arch.positions = positions_of(metadata, family, index);
    if (arch.positions == Positions::learned) {
        arch.learned_positions = rows_of(file, index.globals, R::position_embedding, limits::vocabulary);
    }
    arch.final_softcap = std::clamp(metadata.number_or("final_logit_softcapping", 0), 0.0, 1e6);
    arch.sources = {{"config", "GGUF header", printable(file.name, 200)}};
}

Format format_in_file(const GgufFile& file, const GgufTensor& tensor)
{
    for (const FormatInfo& each : format_table) {
        if (each.ggml_type == std::int64_t(tensor.type)) {
            return each.format;
        }
    }
    fail(file,
         fmt::format("tensor '{}' holds numbers of type {}, which no weight has", printable(tensor.name), tensor.type));
}

/// Our tensors, each with the format of the file's; all must be there with the size that the architecture gives them.
std::vector<StoredTensor> matched_tensors(const GgufFile& file, const Architecture& arch, const TensorIndex& index)
{
    std::vector<StoredTensor> matched;
    std::size_t wanted = 0;
    for (const Roles& roles : index.layers) {
        wanted += roles.size();
    }
    for (Tensor& tensor : tensors(arch)) {
        const Roles& roles = tensor.layer < 0 ? index.globals : index.layers[std::size_t(tensor.layer)];
        const auto found = roles.find(tensor.role);
        if (found == roles.end()) {
            fail(file, "there is no tensor '" + tensor.name + "'", "the file is damaged or of another kind");
        }
        const GgufTensor& theirs = *found->second;
        const bool same_rows = !info(tensor.role).quantised || double(theirs.shape[0]) == tensor.columns;
        if (!same_rows || theirs.elements() != tensor.elements()) {
            fail(file,
                 fmt::format(
                     "tensor '{}' has {:.0f} numbers in rows of {}; the metadata makes that {:.0f} in rows of {:.0f}",
                     printable(theirs.name), theirs.elements(), theirs.shape[0], tensor.elements(), tensor.columns),
                 "the file is damaged or of another kind");
        }
        tensor.name = theirs.name;
        matched.push_back({std::move(tensor), format_in_file(file, theirs)});
    }
    if (matched.size() != wanted + index.globals.size()) {
        std::map<std::string_view, bool> taken;
        for (const StoredTensor& each : matched) {
            taken[each.tensor.name] = true;
        }
        for (const GgufTensor& tensor : file.tensors) {
            if (!taken.contains(tensor.name) && !is_gguf_side_tensor(tensor.name)) {
                fail(file, "tensor '" + printable(tensor.name) + "' does not belong to such a model",
                     "the model has a part that cannot be represented");
            }
        }
    }
    return matched;
}

bool gives_all_formats(const GgufImport& import, const WeightMix& mix)
{
    return std::ranges::equal(stored_tensors(import.architecture, mix), import.tensors, {}, &StoredTensor::format, &StoredTensor::format);
}

/// The named mix, with a format of its own for each class of matrices of which the file holds more in that format than in the
/// rules'.
void set_mix(GgufImport& import, std::string_view name)
{
    import.mix = mix_named(name.empty() ? "Q4_K_M" : name);
    std::map<TensorRole, std::map<Format, double>> held;  // elements
    std::map<TensorRole, double> by_rule;
    const std::vector<StoredTensor> ours = stored_tensors(import.architecture, import.mix);
    for (std::size_t i = 0; i < ours.size(); ++i) {
        const StoredTensor& each = import.tensors[i];
        if (info(each.tensor.role).quantised) {
            held[each.tensor.role][each.format] += each.tensor.elements();
            by_rule[each.tensor.role] += ours[i].format == each.format ? each.tensor.elements() : 0;
        }
    }
    std::map<TensorRole, Format> overrides;
    for (const auto& [role, formats] : held) {
        const auto most = std::ranges::max_element(formats, {}, [](const auto& each) { return each.second; });
        if (most->second > by_rule[role]) {
            overrides[role] = most->first;
        }
    }
    if (!overrides.empty()) {
        import.mix = with_overrides(std::move(import.mix), overrides);
    }
    import.mix_is_exact = gives_all_formats(import, import.mix);
}

}  // namespace

double GgufImport::bytes() const
{
    double sum = other_bytes;
    for (const StoredTensor& each : tensors) {
        sum += each.bytes();
    }
    return sum;
}

GgufImport import_gguf(const GgufFile& file)
{
    const GgufMetadata metadata(file);
    const std::string family_name = metadata.architecture();
    const GgufFamily* family = gguf_family(family_name);
    if (family == nullptr) {
        const std::vector<std::string> known = gguf_architectures();
        const std::string meant = nearest(family_name, known);
        fail(file, "architecture '" + printable(family_name) + "' is not known",
             meant.empty() ? "known: " + joined(known, ", ") : "the nearest known is '" + meant + "'");
    }
    const int layers = metadata.size("block_count", limits::layers);
    const TensorIndex index = index_of(file, family_name, layers);
    GgufImport import;
    import.other_bytes = index.other_bytes;
    Architecture& arch = import.architecture;
    read_stem(file, metadata, family_name, index, arch);
    for (int i = 0; i < layers; ++i) {
        add_layer(arch, LayerReader(metadata, *family, arch, index.layers[std::size_t(i)], i).read());
    }
    check_architecture(arch, file.name);
    import.tensors = matched_tensors(file, arch, index);
    set_mix(import, gguf_file_type_mix(metadata.whole_or("general.file_type", -1)));
    return import;
}

}  // namespace slimline

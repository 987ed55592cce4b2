#include "archspace/gguf_writer.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "archspace/gguf_names.h"
#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

enum class WrittenType : std::uint32_t { uint32 = 4, float32 = 6, boolean = 7, string = 8, array = 9 };

/// What the layers of a model have, all together.
struct Traits {
    bool attention = false, latent = false, mamba2 = false, rg_lru = false, short_conv = false, delta = false;
    bool parallel = false, single_norm = false, post_norms = false, pre_norms = false;
    bool fused_qkv = false, fused_gate = false, gated = false, ungated = false, experts = false, shared_expert = false, q_bias = false;
    bool per_head = false, full_width = false, qk_no_parameters = false, nope = false, window = false;
    bool shared_weights = false, adapter = false, repeated = false;
    bool square = true;  // queries are as wide as the hidden state
    Activation activation = Activation::silu;
};

void note_attention(const Attention& a, Traits& t)
{
    t.attention = true;
    t.fused_qkv |= a.fused_qkv;
    t.q_bias |= a.q_bias;
    t.per_head |= a.qk_norm == QkNorm::per_head;
    t.full_width |= a.qk_norm == QkNorm::full_width;
    t.qk_no_parameters |= a.qk_norm == QkNorm::no_parameters;
    t.nope |= a.rope_fraction == 0;
    t.window |= a.window > 0;
    t.adapter |= a.input_width > 0;
}

Traits traits_of(const Architecture& arch)
{
    Traits t;
    for (const Block& block : arch.blocks) {
        if (const auto* attention = std::get_if<Attention>(&block.mixer)) {
            note_attention(*attention, t);
            t.square &= attention->query_width() == arch.d_model;
        }
        t.latent |= std::holds_alternative<LatentAttention>(block.mixer);
        t.mamba2 |= std::holds_alternative<Mamba2>(block.mixer);
        t.rg_lru |= std::holds_alternative<RgLru>(block.mixer);
        t.short_conv |= std::holds_alternative<ShortConv>(block.mixer);
        t.delta |= std::holds_alternative<GatedDeltaNet>(block.mixer);
        t.parallel |= block.parallel;
        t.single_norm |= block.ffn && !block.norms.before_ffn && !block.norms.after_ffn;
        t.pre_norms |= block.norms.before_mixer;
        t.post_norms |= block.norms.after_mixer || block.norms.after_ffn;
        t.shared_weights |= block.sharing != Sharing::none;
        t.adapter |= block.adapter != Adapter{};
        t.repeated |= block.runs > 1;
        if (block.ffn) {
            t.gated |= block.ffn->gated;
            t.ungated |= !block.ffn->gated;
            t.fused_gate |= block.ffn->fused_gate_up;
            t.experts |= block.ffn->experts > 0;
            t.shared_expert |= block.ffn->shared_width > 0;
            t.activation = block.ffn->activation;
        }
    }
    return t;
}

/// The name for models whose mixers are not all softmax attention; "" when they are.
std::string hybrid_name(const Traits& t)
{
    return t.delta        ? "qwen35"
           : t.mamba2     ? "granitehybrid"
           : t.short_conv ? "lfm2"
           : t.latent     ? (t.experts ? "deepseek2" : "minicpm3")
                          : "";
}

std::string layer_norm_name(const Architecture& arch, const Traits& t)
{
    if (arch.norm == NormKind::layer_no_parameters) {
        return "olmo";
    }
    if (arch.positions == Positions::alibi) {
        return "bloom";
    }
    if (arch.positions == Positions::learned) {
        return "gpt2";
    }
    if (t.parallel) {
        return !t.single_norm ? "gptneox" : t.gated ? "command-r" : "phi2";
    }
    return t.activation == Activation::relu2 ? "nemotron" : arch.norm == NormKind::layer ? "stablelm" : "";
}

std::string rms_norm_name(const Traits& t)
{
    if (t.post_norms) {
        return t.pre_norms ? (t.per_head ? "gemma3" : "gemma2") : t.per_head ? "exaone4" : "olmo2";
    }
    if (t.fused_gate) {
        return "phi3";
    }
    if (t.fused_qkv) {
        return t.per_head ? "openelm" : "qwen";
    }
    if (t.activation == Activation::gelu_tanh) {
        return "gemma";
    }
    if (t.activation == Activation::relu2) {
        return t.per_head ? "apertus" : "arcee";
    }
    if (t.experts) {
        return t.full_width ? "olmoe" : t.per_head ? "qwen3moe" : t.shared_expert ? "granitemoe" : "llama";
    }
    return t.qk_no_parameters ? "llama4" : t.per_head ? "qwen3" : t.nope ? "smollm3" : t.q_bias && t.square ? "qwen2" : "llama";
}

/// Collects a header's bytes.
class Bytes8 {
 public:
    template <class T>
    void number(T value)
    {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
    }
    void text(std::string_view value)
    {
        number(std::uint64_t(value.size()));
        bytes_.append(value);
    }
    std::string take() { return std::move(bytes_); }

 private:
    std::string bytes_;
};

/// Metadata as key and value, counted.
class Metadata {
 public:
    void put(const std::string& key, std::uint32_t value) { begin(key, WrittenType::uint32).number(value); }
    void put(const std::string& key, float value) { begin(key, WrittenType::float32).number(value); }
    void put(const std::string& key, bool value) { begin(key, WrittenType::boolean).number(std::uint8_t(value)); }
    void put(const std::string& key, const std::string& value) { begin(key, WrittenType::string).text(value); }

    /// One number when all are the same, else a list.
    void put(const std::string& key, const std::vector<std::uint32_t>& values)
    {
        if (std::all_of(values.begin(), values.end(), [&](std::uint32_t v) { return v == values.front(); })) {
            return put(key, values.front());
        }
        put_list(key, values);
    }

    void put_list(const std::string& key, const std::vector<std::uint32_t>& values)
    {
        Bytes8& out = begin(key, WrittenType::array);
        out.number(std::uint32_t(WrittenType::uint32));
        out.number(std::uint64_t(values.size()));
        for (const std::uint32_t value : values) {
            out.number(value);
        }
    }

    void put_reals(const std::string& key, const std::vector<float>& values)
    {
        Bytes8& out = begin(key, WrittenType::array);
        out.number(std::uint32_t(WrittenType::float32));
        out.number(std::uint64_t(values.size()));
        for (const float value : values) {
            out.number(value);
        }
    }

    void put_flags(const std::string& key, const std::vector<bool>& values)
    {
        Bytes8& out = begin(key, WrittenType::array);
        out.number(std::uint32_t(WrittenType::boolean));
        out.number(std::uint64_t(values.size()));
        for (const bool value : values) {
            out.number(std::uint8_t(value));
        }
    }

    std::uint64_t count() const { return count_; }
    std::string take() { return bytes_.take(); }

 private:
    Bytes8& begin(const std::string& key, WrittenType type)
    {
        ++count_;
        bytes_.text(key);
        bytes_.number(std::uint32_t(type));
        return bytes_;
    }

    Bytes8 bytes_;
    std::uint64_t count_ = 0;
};

template <class Value>
std::vector<std::uint32_t> per_layer(const Architecture& arch, const Value& value)
{
    std::vector<std::uint32_t> all;
    for (std::size_t i = 0; i < arch.layers.size(); ++i) {
        all.push_back(std::uint32_t(value(arch.block_of(i))));
    }
    return all;
}

/// Query heads, for every kind of attention; 0 where there is none.
int heads_of(const Block& block)
{
    const auto* attention = std::get_if<Attention>(&block.mixer);
    const auto* latent = std::get_if<LatentAttention>(&block.mixer);
    return attention != nullptr ? attention->heads : latent != nullptr ? latent->heads : 0;
}

int kv_heads_of(const Block& block)
{
    const auto* attention = std::get_if<Attention>(&block.mixer);
    return attention != nullptr ? attention->kv_heads : heads_of(block);
}

template <class Kind>
const Kind* first_of(const Architecture& arch)
{
    for (const Block& block : arch.blocks) {
        if (const auto* found = std::get_if<Kind>(&block.mixer)) {
            return found;
        }
    }
    return nullptr;
}

/// The block whose attention is rotated, if there is one; else any with attention.
const Attention* typical_attention(const Architecture& arch)
{
    for (const Block& block : arch.blocks) {
        const auto* found = std::get_if<Attention>(&block.mixer);
        if (found != nullptr && found->rope_fraction > 0) {
            return found;
        }
    }
    return first_of<Attention>(arch);
}

void put_attention(Metadata& out, const std::string& name, const Architecture& arch)
{
    const auto heads = per_layer(arch, heads_of);
    const auto most = *std::max_element(heads.begin(), heads.end());
    // A layer without attention gets the count of the others; its KV heads, 0, tell it apart.
    std::vector<std::uint32_t> filled = heads;
    std::replace(filled.begin(), filled.end(), 0U, most);
    out.put(name + ".attention.head_count", filled);
    if (name == "qwen35") {  // tells its layers apart by their period
        out.put(name + ".attention.head_count_kv", std::uint32_t(typical_attention(arch)->kv_heads));
    } else {
        out.put(name + ".attention.head_count_kv", per_layer(arch, kv_heads_of));
    }
    if (const Attention* attention = typical_attention(arch)) {
        out.put(name + ".attention.key_length", std::uint32_t(attention->head_dim));
        out.put(name + ".attention.value_length", std::uint32_t(attention->head_dim));
        if (attention->rope_fraction > 0) {
            out.put(name + ".rope.dimension_count",
                    std::uint32_t(std::lround(attention->rope_fraction * attention->head_dim)));
        }
        if (attention->softcap > 0) {
            out.put(name + ".attn_logit_softcapping", float(attention->softcap));
        }
    }
    const auto window_of = [](const Block& block) {
        const auto* attention = std::get_if<Attention>(&block.mixer);
        return attention == nullptr ? 0 : attention->window;
    };
    const auto windows = per_layer(arch, window_of);
    if (const auto widest = *std::max_element(windows.begin(), windows.end()); widest > 0) {
        out.put(name + ".attention.sliding_window", widest);
        std::vector<bool> local;
        std::transform(windows.begin(), windows.end(), std::back_inserter(local),
                       [](std::uint32_t w) { return w > 0; });
        out.put_flags(name + ".attention.sliding_window_pattern", local);
    }
}

void put_recurrent(Metadata& out, const std::string& name, const Architecture& arch)
{
    if (const auto* m = first_of<Mamba2>(arch)) {
        out.put(name + ".ssm.conv_kernel", std::uint32_t(m->conv_kernel));
        out.put(name + ".ssm.inner_size", std::uint32_t(m->inner_width()));
        out.put(name + ".ssm.state_size", std::uint32_t(m->state));
        out.put(name + ".ssm.time_step_rank", std::uint32_t(m->heads));
        out.put(name + ".ssm.group_count", std::uint32_t(m->groups));
    }
    if (const auto* g = first_of<GatedDeltaNet>(arch)) {
        out.put(name + ".ssm.conv_kernel", std::uint32_t(g->conv_kernel));
        out.put(name + ".ssm.inner_size", std::uint32_t(g->value_width()));
        out.put(name + ".ssm.state_size", std::uint32_t(g->key_dim));
        out.put(name + ".ssm.time_step_rank", std::uint32_t(g->value_heads));
        out.put(name + ".ssm.group_count", std::uint32_t(g->key_heads));
    }
    if (const auto* c = first_of<ShortConv>(arch)) {
        out.put(name + ".shortconv.l_cache", std::uint32_t(c->kernel));
    }
    if (const auto* l = first_of<LatentAttention>(arch)) {
        out.put(name + ".attention.q_lora_rank", std::uint32_t(l->q_rank));
        out.put(name + ".attention.kv_lora_rank", std::uint32_t(l->kv_rank));
        out.put(name + ".attention.key_length", std::uint32_t(l->nope_dim + l->rope_dim));
        out.put(name + ".attention.value_length", std::uint32_t(l->v_dim));
        out.put(name + ".rope.dimension_count", std::uint32_t(l->rope_dim));
    }
}

void put_ffn(Metadata& out, const std::string& name, const Architecture& arch)
{
    const auto field = [&](int Ffn::*member) {
        return per_layer(arch, [=](const Block& block) { return block.ffn ? (*block.ffn).*member : 0; });
    };
    std::vector<std::uint32_t> widths = field(&Ffn::width);
    if (name == "qwen") {  // the first Qwen counts gate and up together
        std::transform(widths.begin(), widths.end(), widths.begin(), [](std::uint32_t w) { return 2 * w; });
    }
    out.put(name + ".feed_forward_length", widths);
    const auto experts = field(&Ffn::experts);
    if (const auto most = *std::max_element(experts.begin(), experts.end()); most > 0) {
        const auto active = field(&Ffn::active);
        out.put(name + ".expert_count", most);
        out.put(name + ".expert_used_count", *std::max_element(active.begin(), active.end()));
    }
}

/// llama.cpp looks for "phi3" in the name and takes the model for another kind.
std::string safe_name(std::string name)
{
    const std::size_t found = lower_case(name).find("phi3");
    return found == std::string::npos ? name : name.insert(found + 3, "-");
}

/// Keys without which llama.cpp does not load a kind of model, with values that leave its work as it is.
void put_required(Metadata& out, const std::string& name, const Architecture& arch)
{
    if (name == "qwen35") {  // positions of text are the same in all sections
        const auto half = std::uint32_t(std::lround(typical_attention(arch)->rope_fraction * typical_attention(arch)->head_dim / 2));
        out.put_list(name + ".rope.dimension_sections", {half - 2 * (half / 3), half / 3, half / 3, 0});
    }
    if (name == "qwen3moe") {
        out.put(name + ".expert_feed_forward_length", std::uint32_t(arch.block_of(0).ffn->width));
    }
    if (name == "apertus") {  // of its activation, one a layer
        for (const char* key : {"alpha_n", "alpha_p", "beta", "eps"}) {
            out.put_reals("xielu." + std::string(key), std::vector<float>(arch.layers.size(), key[0] == 'e' ? -1e-6F : 0.5F));
        }
    }
}

Metadata metadata_of(const Architecture& arch, const WeightMix& mix)
{
    const std::string name = gguf_architecture_name(arch);
    Metadata out;
    out.put("general.architecture", name);
    out.put("general.name", safe_name(arch.name.empty() ? arch.id : arch.name));
    if (const int type = gguf_file_type(mix.rule_name()); type >= 0) {
        out.put("general.file_type", std::uint32_t(type));
    }
    out.put("general.quantization_version", std::uint32_t(2));
    out.put(name + ".block_count", std::uint32_t(arch.layers.size()));
    out.put(name + ".context_length", std::uint32_t(arch.learned_positions > 0 ? arch.learned_positions : arch.max_context));
    out.put(name + ".embedding_length", std::uint32_t(arch.d_model));
    out.put(name + ".vocab_size", std::uint32_t(arch.vocabulary));
    out.put(arch.norm == NormKind::rms ? name + ".attention.layer_norm_rms_epsilon"
                                       : name + ".attention.layer_norm_epsilon",
            1e-5F);
    if (arch.final_softcap > 0) {
        out.put(name + ".final_logit_softcapping", float(arch.final_softcap));
    }
    if (name == "gptneox") {
        out.put(name + ".use_parallel_residual",
                std::any_of(arch.blocks.begin(), arch.blocks.end(), [](const Block& b) { return b.parallel; }));
    }
    if (name == "granitehybrid") {
        out.put(name + ".rope.scaling.finetuned", arch.positions == Positions::rope);
    }
    out.put("tokenizer.ggml.model", std::string("no_vocab"));
    put_attention(out, name, arch);
    put_recurrent(out, name, arch);
    put_ffn(out, name, arch);
    put_required(out, name, arch);
    return out;
}

std::vector<std::uint64_t> shape_of(const Architecture& arch, const Tensor& tensor)
{
    const auto* mamba = tensor.layer < 0 ? nullptr : std::get_if<Mamba2>(&arch.block_of(std::size_t(tensor.layer)).mixer);
    if (mamba != nullptr && (tensor.role == TensorRole::ssm_a || tensor.role == TensorRole::ssm_d)) {
        return {1, std::uint64_t(tensor.columns)};
    }
    if (mamba != nullptr && tensor.role == TensorRole::ssm_norm) {
        return {std::uint64_t(tensor.columns) / std::uint64_t(mamba->groups), std::uint64_t(mamba->groups)};
    }
    std::vector<std::uint64_t> shape{std::uint64_t(tensor.columns), std::uint64_t(tensor.rows),
                                     std::uint64_t(tensor.count)};
    while (shape.size() > (info(tensor.role).quantised ? 2U : 1U) && shape.back() == 1) {
        shape.pop_back();
    }
    return shape;
}

std::uint64_t aligned(std::uint64_t size)
{
    return (size + gguf_alignment - 1) / gguf_alignment * gguf_alignment;
}

}  // namespace

std::string gguf_architecture_name(const Architecture& arch)
{
    const Traits t = traits_of(arch);
    const bool offset_positions = arch.positions == Positions::learned && !t.fused_qkv;  // OPT, Galactica
    if (t.rg_lru || t.shared_weights || t.adapter || t.repeated || arch.embedding_width != 0 || !arch.final_norm ||
        offset_positions) {
        throw InputError(arch.id, "GGUF has no form for this model",
                         "it can be predicted, but not be written for llama.cpp");
    }
    const std::string hybrid = hybrid_name(t);
    const std::string name = !hybrid.empty()                 ? hybrid
                             : arch.norm == NormKind::rms ? rms_norm_name(t)
                                                          : layer_norm_name(arch, t);
    if (hybrid.empty() && arch.norm == NormKind::rms && t.ungated && t.activation != Activation::relu2) {
        throw InputError(arch.id, "llama.cpp has no model with RMS norms and an FFN without a gate, but with squared ReLU",
                         "give the FFN a gate, or \"activation\": \"relu2\"; it can be predicted as it is");
    }
    if (name.empty() || name == "llama4") {
        throw InputError(arch.id,
                         name.empty() ? "GGUF has no form for layer norms without biases in one block after the other"
                                      : "llama.cpp does not run such models (llama4) without experts",
                         "it can be predicted, but not be written for llama.cpp");
    }
    return name;
}

std::string gguf_tensor_name(const std::string& architecture, const Tensor& tensor)
{
    if (architecture == "lfm2" && tensor.role == TensorRole::output_norm) {
        return "token_embd_norm.weight";
    }
    if (architecture == "qwen35" && tensor.role == TensorRole::ffn_norm) {
        return "blk." + std::to_string(tensor.layer) + ".post_attention_norm.weight";
    }
    return tensor.name;
}

GgufHeader gguf_header(const Architecture& arch, const WeightMix& mix)
{
    const std::vector<StoredTensor> stored = stored_tensors(arch, mix);
    Metadata metadata = metadata_of(arch, mix);
    Bytes8 out;
    out.number(std::array<char, 4>{'G', 'G', 'U', 'F'});
    out.number(std::uint32_t(3));
    out.number(std::uint64_t(stored.size()));
    out.number(metadata.count());
    std::string bytes = out.take() + metadata.take();
    Bytes8 list;
    std::uint64_t offset = 0;
    for (const StoredTensor& each : stored) {
        if (info(each.format).ggml_type < 0) {
            throw InputError(mix.name, "GGUF has no type for " + std::string(info(each.format).name),
                             "choose a mix of llama.cpp");
        }
        const std::vector<std::uint64_t> shape = shape_of(arch, each.tensor);
        list.text(gguf_tensor_name(gguf_architecture_name(arch), each.tensor));
        list.number(std::uint32_t(shape.size()));
        for (const std::uint64_t size : shape) {
            list.number(size);
        }
        list.number(std::uint32_t(info(each.format).ggml_type));
        list.number(offset);
        offset = aligned(offset + std::uint64_t(each.bytes()));
    }
    bytes += list.take();
    bytes.resize(aligned(bytes.size()), '\0');
    return {std::move(bytes), offset};
}

}  // namespace slimline

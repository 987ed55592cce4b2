#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/tensors.h"
#include "archspace/weight_format.h"

namespace slimline {

/// How llama-quantize spreads formats over tensors: a rule per file type, or one format for all matrices.
enum class MixRule : std::uint8_t {
    uniform,  // every matrix in the base format (F16, AWQ, MLX, NPU formats)
    q4_0,
    q4_1,
    q5_0,
    q5_1,
    q8_0,
    q2_k,
    q2_k_s,
    q3_k_s,
    q3_k_m,
    q3_k_l,
    q4_k_s,
    q4_k_m,
    q5_k_s,
    q5_k_m,
    q6_k,
    iq2_xxs,
    iq2_xs,
    iq2_s,
    iq2_m,
    iq3_xxs,
    iq3_xs,
    iq3_s,
    iq3_m,
    iq4_nl,
    iq4_xs,
    mxfp4_moe,
};

/// Which format each tensor of a model is stored in.
struct WeightMix {
    std::string name = "Q4_K_M";  // with its overrides: "Q4_K_M,token_embd=Q8_0"
    MixRule rule = MixRule::q4_k_m;
    Format base = Format::q4_k;
    bool importance_matrix = false;  // some rules differ when llama-quantize was given one
    std::map<TensorRole, Format> overrides{};

    /// The rules' name alone.
    std::string_view rule_name() const { return std::string_view(name).substr(0, name.find(',')); }

    bool operator==(const WeightMix&) const = default;
};

/// The same with formats of their own for some classes of tensors, which its name then tells.
WeightMix with_overrides(WeightMix mix, const std::map<TensorRole, Format>& overrides);

/// What the rules ask of the model: its grouping of query heads, its experts and where the head comes from.
struct MixFacts {
    int gqa = 1;  // query heads a KV head
    int experts = 0;
    bool tied = true;          // the token table is also the head
    int layers = 0;            // n of `more(i, n)` for ffn_down
    int attention_layers = 0;  // n of `more(i, n)` for attn_v
    bool is_70b = false;
};

/// Where a tensor stands: the index among the layers that have such a tensor.
struct TensorPlace {
    TensorRole role{};
    double columns = 0;
    int index = 0;
};

/// The format of a tensor under a mix: the rules of llama.cpp's llama_tensor_get_type_impl, with the fallbacks for rows
/// that are not whole blocks. Vectors, routers and convolutions stay F32.
Format format_of(const WeightMix& mix, const MixFacts& facts, const TensorPlace& place);

MixFacts mix_facts(const Architecture& arch);

/// By name, case ignored: "Q4_K_M", "q8_0", "AWQ"; and with formats of classes of tensors, by their names in GGUF files:
/// "Q4_K_M,token_embd=Q8_0,ffn_down=Q6_K". Throws InputError naming the nearest.
WeightMix mix_named(std::string_view name);
std::vector<std::string> mix_names();

/// A tensor with its format and bytes.
struct StoredTensor {
    Tensor tensor;
    Format format{};
    double bytes() const { return tensor.elements() * bytes_per_element(format); }
};

/// The tensors a model file holds under a mix, in order; a head that deployed files hold twice stands twice.
std::vector<StoredTensor> stored_tensors(const Architecture& arch, const WeightMix& mix);

double weight_bytes(const Architecture& arch, const WeightMix& mix);
double bits_per_weight(const Architecture& arch, const WeightMix& mix);

}  // namespace slimline

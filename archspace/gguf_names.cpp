#include "archspace/gguf_names.h"

#include <algorithm>
#include <array>
#include <map>

#include "archspace/limits.h"
#include "base/text.h"

namespace slimline {

namespace {

using A = Activation;

/// From llama.cpp's src/models and src/llama-hparams.
constexpr std::array<GgufFamily, 36> families{{
    {.name = "apertus", .activation = A::relu2},  // xIELU, which costs about as much
    {.name = "arcee", .activation = A::relu2},
    {.name = "baichuan"},
    {.name = "bloom", .activation = A::gelu_tanh},
    {.name = "command-r", .parallel = true},
    {.name = "deepseek2"},
    {.name = "exaone"},
    {.name = "exaone4", .local_period = 4},
    {.name = "gemma", .activation = A::gelu_tanh},
    {.name = "gemma2", .activation = A::gelu_tanh, .local_period = 2},
    {.name = "gemma3", .activation = A::gelu_tanh, .local_period = 6},
    {.name = "gpt2", .activation = A::gelu_tanh},
    {.name = "gptneox", .activation = A::gelu, .parallel = true},
    {.name = "granite"},
    {.name = "granitehybrid"},
    {.name = "granitemoe"},
    {.name = "lfm2"},
    {.name = "llama"},
    {.name = "llama4", .qk_norm = QkNorm::no_parameters},
    {.name = "minicpm"},
    {.name = "minicpm3"},
    {.name = "mistral3"},
    {.name = "nemotron", .activation = A::relu2},
    {.name = "olmo"},
    {.name = "olmo2"},
    {.name = "olmoe"},
    {.name = "openelm"},
    {.name = "phi2", .activation = A::gelu_tanh, .parallel = true},
    {.name = "phi3"},
    {.name = "qwen"},
    {.name = "qwen2", .local_period = 1},
    {.name = "qwen3", .local_period = 1},
    {.name = "qwen35"},
    {.name = "qwen3moe", .local_period = 1},
    {.name = "smollm3", .nope_period = 4},
    {.name = "stablelm"},
}};

struct FileType {
    int number;
    std::string_view mix;
};
constexpr std::array<FileType, 30> file_types{{
    {0, "F32"},     {1, "F16"},     {2, "Q4_0"},     {3, "Q4_1"},    {7, "Q8_0"},       {8, "Q5_0"},
    {9, "Q5_1"},    {10, "Q2_K"},   {11, "Q3_K_S"},  {12, "Q3_K_M"}, {13, "Q3_K_L"},    {14, "Q4_K_S"},
    {15, "Q4_K_M"}, {16, "Q5_K_S"}, {17, "Q5_K_M"},  {18, "Q6_K"},   {19, "IQ2_XXS"},   {20, "IQ2_XS"},
    {21, "Q2_K_S"}, {22, "IQ3_XS"}, {23, "IQ3_XXS"}, {25, "IQ4_NL"}, {26, "IQ3_S"},     {27, "IQ3_M"},
    {28, "IQ2_S"},  {29, "IQ2_M"},  {30, "IQ4_XS"},  {32, "BF16"},   {38, "MXFP4_MOE"}, {39, "NVFP4"},
}};

const std::map<std::string_view, TensorRole>& roles_by_suffix()
{
    static const std::map<std::string_view, TensorRole> roles = [] {
        std::map<std::string_view, TensorRole> all;
        for (std::size_t i = 0; i < tensor_role_count; ++i) {
            all.emplace(info(TensorRole(i)).suffix, TensorRole(i));
        }
        return all;
    }();
    return roles;
}

bool is_global(TensorRole role)
{
    return role <= TensorRole::output_bias;
}

std::optional<TensorRole> role_of_suffix(std::string suffix)
{
    if (const std::size_t experts = suffix.find("_exps."); experts != std::string::npos) {
        suffix.erase(experts, 5);
    }
    const auto found = roles_by_suffix().find(suffix);
    return found == roles_by_suffix().end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

const GgufFamily* gguf_family(std::string_view name)
{
    const auto found =
        std::find_if(families.begin(), families.end(), [&](const GgufFamily& f) { return f.name == name; });
    return found == families.end() ? nullptr : &*found;
}

std::vector<std::string> gguf_architectures()
{
    std::vector<std::string> names;
    for (const GgufFamily& each : families) {
        names.emplace_back(each.name);
    }
    return names;
}

std::optional<GgufTensorPlace> gguf_tensor_place(std::string_view name)
{
    int layer = -1;
    if (name.starts_with("blk.")) {
        name.remove_prefix(4);
        const std::size_t dot = name.find('.');
        long long number = 0;
        if (dot == std::string_view::npos || !parse_integer(name.substr(0, dot), number) || number < 0 ||
            number >= limits::layers) {
            return std::nullopt;
        }
        layer = int(number);
        name.remove_prefix(dot + 1);
    }
    const std::optional<TensorRole> role = role_of_suffix(std::string(name));
    if (!role || is_global(*role) != (layer < 0)) {
        return std::nullopt;
    }
    return GgufTensorPlace{*role, layer};
}

bool is_gguf_side_tensor(std::string_view name)
{
    return name.ends_with("rope_freqs.weight") || name.ends_with("rope_factors_long.weight") ||
           name.ends_with("rope_factors_short.weight") || name.ends_with("attn_rot_embd.weight");
}

std::string_view gguf_file_type_mix(std::int64_t file_type)
{
    for (const FileType& each : file_types) {
        if (each.number == file_type) {
            return each.mix;
        }
    }
    return {};
}

int gguf_file_type(std::string_view mix)
{
    for (const FileType& each : file_types) {
        if (each.mix == mix) {
            return each.number;
        }
    }
    return -1;
}

}  // namespace slimline

#include <array>

#include "archspace/quality/law.h"

namespace slimline {

namespace {

using enum LawInput;

/// In the order of the enumerators. `parameters` stands for those of the law's own convention.
std::array<LawKindInfo, law_kind_count> make_kinds()
{
    const auto loss = LawGives::loss;
    const auto difference = LawGives::difference;
    const auto other = LawGives::other;
    return {{
        {"chinchilla", loss, {"E", "A", "B", "alpha", "beta"}, {parameters, tokens}},
        {"kaplan", loss, {"N_c", "D_c", "alpha_N", "alpha_D"}, {parameters, tokens}},
        {"vocabulary",
         loss,
         {"E", "A1", "A2", "B", "alpha1", "alpha2", "beta", "f2", "f1", "f0", "most_vocabulary"},
         {parameters, tokens, vocabulary, vocabulary_parameters}},
        {"vocabulary_isoflop", other, {"log_n", "exponent_n", "log_v", "exponent_v"}, {parameters}},
        {"vocabulary_derivative", other, {"N_v0", "N_0", "gamma"}, {parameters}},
        {"tokens_per_character", other, {"f2", "f1", "f0", "most_vocabulary"}, {vocabulary}},
        {"aspect_ratio", loss, {"E", "A", "B", "alpha", "epsilon", "gamma"}, {parameters, tokens, width, depth}},
        {"conditional",
         LawGives::multiplier,
         {"a0", "a1", "a2", "b0", "b1", "b2"},
         {width, non_embedding_parameters, mlp_attention_ratio}},
        {"shape", loss, {"epsilon", "A", "a", "B", "b", "C", "c", "F", "f"}, {width, depth, parameters, tokens}},
        {"depth_width", other, {"a", "b"}, {depth}},
        {"plas",
         loss,
         {"kappa_l", "alpha_l", "kappa_rho", "alpha_rho", "alpha_r", "beta_1", "kappa_d", "beta_2", "kappa_m",
          "alpha_m", "E"},
         {depth, width, ffn_ratio, activation_rate, kv_width}},
        {"plas_kv", difference, {"kappa_m", "alpha_m"}, {kv_width, query_width}},
        {"plas_moe", difference, {"kappa_rho", "alpha_rho", "alpha_r", "beta_1"}, {activation_rate, ffn_ratio, width}},
        {"precision",
         loss,
         {"E", "A", "B", "alpha", "gamma_w", "gamma_a", "gamma_kv", "C_T", "gamma_D", "gamma_N", "gamma_post", "b"},
         {parameters, tokens, weight_bits, activation_bits, kv_bits, post_bits}},
        {"post_training", difference, {"k", "alpha", "beta", "gamma"}, {parameters, tokens, post_bits}},
        {"post_training_table", difference, {"N_reference", "D_reference", "alpha", "beta"}, {parameters, tokens}},
        {"quantisation_aware", difference, {"k", "gamma_N", "gamma_D", "gamma_G"}, {parameters, tokens, group}},
        {"quantisation_aware_share", other, {"a"}, {parameters, tokens, weight_bits}},
        {"overtraining", loss, {"E", "a", "b", "eta"}, {parameters, tokens}},
        {"expression", loss, {}, {}},
    }};
}

}  // namespace

const LawKindInfo& info(LawKind kind)
{
    static const std::array<LawKindInfo, law_kind_count> kinds = make_kinds();
    return kinds[std::size_t(kind)];
}

}  // namespace slimline

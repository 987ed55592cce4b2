#include "archspace/hf_config.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "archspace/architecture_json.h"
#include "archspace/layer_stack.h"
#include "base/files.h"
#include "tests/support/bare_layers.h"
#include "tests/support/complaint.h"

using namespace slimline;
namespace fs = std::filesystem;

namespace {

const fs::path samples = fs::path(SLIMLINE_SOURCE_DIR) / "tests" / "data" / "hf";

/// The layers with names, sources and packing taken away: what decides cost.
}  // namespace

TEST_CASE("a config.json of each kind gives the architecture that the catalogue has", "[archspace][hf]")
{
    int count = 0;
    for (const auto& entry : fs::directory_iterator(samples)) {
        const std::string id = entry.path().stem().string();
        CAPTURE(id);
        const Architecture ours = load_architecture(id);
        const Architecture theirs = load_architecture(entry.path().string());
        CHECK(parameter_count(theirs).total == parameter_count(ours).total);
        CHECK(bare_layers(theirs) == bare_layers(ours));
        CHECK(theirs.norm == ours.norm);
        CHECK(theirs.positions == ours.positions);
        CHECK(theirs.learned_positions == ours.learned_positions);
        CHECK(theirs.tied_embeddings == ours.tied_embeddings);
        CHECK(theirs.max_context == ours.max_context);
        CHECK(theirs.final_softcap == ours.final_softcap);
        ++count;
    }
    CHECK(count >= 50);
}

TEST_CASE("an unknown model_type is told the nearest known one", "[archspace][hf]")
{
    const JsonDocument document = parse_json("config.json", R"({"model_type": "lama", "hidden_size": 64})");
    CHECK(complaint([&] { architecture_from_hf_config(JsonPlace(document)); }) ==
          "config.json:1: /model_type: model_type 'lama' is not known; the nearest known is 'llama'");
}

TEST_CASE("every model_type of the catalogue's families is read", "[archspace][hf]")
{
    const std::vector<std::string> types = hf_model_types();
    CHECK(std::is_sorted(types.begin(), types.end()));
    for (const char* each : {"opt",         "bloom",
                             "gpt_neox",    "gpt2",
                             "phi",         "phi3",
                             "stablelm",    "llama",
                             "qwen",        "qwen2",
                             "qwen3",       "qwen3_5_text",
                             "gemma",       "gemma2",
                             "gemma3_text", "recurrent_gemma",
                             "minicpm",     "minicpm3",
                             "openelm",     "mistral",
                             "olmo",        "olmo2",
                             "nemotron",    "smollm3",
                             "mobilellm",   "llama4_text",
                             "lfm2",        "granite",
                             "granitemoe",  "granitemoehybrid",
                             "zamba2",      "exaone",
                             "exaone4",     "openlm"}) {
        CAPTURE(each);
        CHECK(std::find(types.begin(), types.end(), each) != types.end());
    }
}

TEST_CASE("null in a config is as good as nothing", "[archspace][hf]")
{
    const JsonDocument document =
        parse_json("config.json", R"({"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 4, "num_key_value_heads": null, "intermediate_size": 128, "vocab_size": 100, "head_dim": null})");
    const Architecture arch = architecture_from_hf_config(JsonPlace(document));
    CHECK(std::get<Attention>(arch.blocks[0].mixer).kv_heads == 4);
    CHECK(std::get<Attention>(arch.blocks[0].mixer).head_dim == 16);
    CHECK_FALSE(arch.tied_embeddings);
}

TEST_CASE("DeepSeek-V2-Lite's latent attention and experts are read", "[archspace][hf]")
{
    const JsonDocument document = parse_json("config.json", R"({"model_type": "deepseek_v2", "hidden_size": 2048,
        "num_hidden_layers": 27, "num_attention_heads": 16, "num_key_value_heads": 16, "q_lora_rank": null, "kv_lora_rank": 512,
        "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "intermediate_size": 10944,
        "moe_intermediate_size": 1408, "n_routed_experts": 64, "n_shared_experts": 2, "num_experts_per_tok": 6,
        "first_k_dense_replace": 1, "vocab_size": 102400, "max_position_embeddings": 163840, "tie_word_embeddings": false})");
    // The model card says 15.7B and 2.4B active.
    const ParameterCount count = parameter_count(architecture_from_hf_config(JsonPlace(document)));
    CHECK(count.total == Approx(15.7e9).epsilon(0.01));
    CHECK(count.active == Approx(2.66e9).epsilon(0.01));  // 2.4B without the token table
}

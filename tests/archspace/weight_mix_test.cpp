#include "archspace/weight_mix.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "archspace/architecture_json.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

struct Bits {
    const char* mix;
    double bits;
};

/// From llama.cpp's tools/quantize/README.md, model Llama-3.1-8B.
constexpr Bits llama_3_1_8b[] = {{"Q2_K", 3.1593},   {"Q3_K_S", 3.6429}, {"Q3_K_M", 3.9960}, {"Q3_K_L", 4.2979},
                                 {"IQ4_XS", 4.4597}, {"Q4_0", 4.6358},   {"Q4_K_S", 4.6672}, {"IQ4_NL", 4.6818},
                                 {"Q4_K_M", 4.8944}, {"Q5_K_S", 5.5704}, {"Q5_K_M", 5.7036}, {"Q6_K", 6.5633},
                                 {"Q8_0", 8.5008}};

double to_four_decimals(double value)
{
    return std::round(value * 1e4) / 1e4;
}

Format format_in(const Architecture& arch, const char* mix, const std::string& tensor)
{
    for (const StoredTensor& each : stored_tensors(arch, mix_named(mix))) {
        if (each.tensor.name == tensor) {
            return each.format;
        }
    }
    FAIL("no tensor " << tensor);
    return Format::f32;
}

}  // namespace

TEST_CASE("bits per weight of Llama-3.1-8B equal those that llama.cpp publishes, to four decimals", "[archspace][mix]")
{
    const Architecture arch = load_architecture("llama-3.1-8b");
    for (const Bits& each : llama_3_1_8b) {
        CAPTURE(each.mix);
        CHECK(to_four_decimals(bits_per_weight(arch, mix_named(each.mix))) == each.bits);
    }
}

TEST_CASE("narrow models need more bits, as their rows are no whole 256-blocks", "[archspace][mix]")
{
    // Sizes of the published Q4_K_M files less their metadata: 103.67, 799.9 and 391.9 MB.
    CHECK(to_four_decimals(bits_per_weight(load_architecture("smollm2-135m"), mix_named("Q4_K_M"))) == 6.1655);
    CHECK(weight_bytes(load_architecture("smollm2-135m"), mix_named("Q4_K_M")) == Approx(103.67e6).epsilon(1e-4));
    CHECK(to_four_decimals(bits_per_weight(load_architecture("llama-3.2-1b"), mix_named("Q4_K_M"))) == 5.1779);
    CHECK(to_four_decimals(bits_per_weight(load_architecture("llama-3.2-1b"), mix_named("Q4_0"))) == 4.9399);
    CHECK(weight_bytes(load_architecture("llama-3.2-1b"), mix_named("Q4_K_M")) == Approx(799.9e6).epsilon(1e-4));
    CHECK(to_four_decimals(bits_per_weight(load_architecture("qwen2.5-0.5b"), mix_named("Q4_K_M"))) == 6.3455);
}

TEST_CASE("a head that the file holds a second time costs its bytes", "[archspace][mix]")
{
    Architecture arch = load_architecture("qwen2.5-0.5b");
    CHECK(weight_bytes(arch, mix_named("Q4_K_M")) == Approx(391.9e6).epsilon(1e-3));
    arch.untied_in_gguf = true;
    // d = 896 is no multiple of 256: the head is Q8_0, the token table falls from Q4_K to Q5_0.
    CHECK(weight_bytes(arch, mix_named("Q4_K_M")) == Approx(485.45e6).epsilon(1e-4));
}

TEST_CASE("Gemma-3-1B has 6.3951 bits without its post-norms and QK-norms, and 6.3969 with them", "[archspace][mix]")
{
    Architecture arch = load_architecture("gemma-3-1b");
    CHECK(to_four_decimals(bits_per_weight(arch, mix_named("Q4_K_M"))) == 6.3969);
    for (Block& block : arch.blocks) {
        block.norms = {};
        std::get<Attention>(block.mixer).qk_norm = QkNorm::none;
    }
    CHECK(to_four_decimals(bits_per_weight(arch, mix_named("Q4_K_M"))) == 6.3951);
}

TEST_CASE("files of the survey have the bits per weight that its memory figures imply", "[archspace][mix]")
{
    // (model memory as plotted) / (parameters as llama.cpp counts them), arXiv:2409.15790 figure 7.
    const std::pair<const char*, double> rows[] = {
        {"smollm-135m", 6.170}, {"qwen1.5-0.5b", 5.181}, {"pythia-1.4b", 5.170},       {"phi-1.5", 5.030},
        {"bloom-1.1b", 5.335},  {"qwen2-1.5b", 5.079},   {"qwen-1.8b", 5.386},         {"qwen1.5-1.8b", 5.278},
        {"phi-2", 4.996},       {"pythia-2.8b", 5.145},  {"stablelm-zephyr-3b", 4.885}};
    for (const auto& [id, bits] : rows) {
        CAPTURE(id);
        CHECK(bits_per_weight(load_architecture(id), mix_named("Q4_K_M")) == Approx(bits).epsilon(1e-3));
    }
}

TEST_CASE("OpenELM's files of the survey counted layers in the order of the file: 0, 1, 10, 11, ... 2, 20, ...",
          "[archspace][mix]")
{
    // llama-quantize of 2024 numbered ffn_down and attn_v as they came in the file, which followed the text order of layer
    // numbers; only models whose layers differ in size show it. Today's sorts by layer.
    const std::pair<const char*, double> rows[] = {
        {"openelm-270m", 5.147}, {"openelm-450m", 5.053}, {"openelm-1.1b", 4.980}};
    for (const auto& [id, bits] : rows) {
        CAPTURE(id);
        const Architecture arch = load_architecture(id);
        std::vector<std::string> order;
        for (std::size_t i = 0; i < arch.layers.size(); ++i) {
            order.push_back(std::to_string(i));
        }
        std::sort(order.begin(), order.end());
        const WeightMix mix = mix_named("Q4_K_M");
        const MixFacts facts = mix_facts(arch);
        double bytes = 0;
        for (const Tensor& tensor : tensors(arch)) {
            const auto place = std::find(order.begin(), order.end(), std::to_string(tensor.layer)) - order.begin();
            const Format format = format_of(mix, facts, {tensor.role, tensor.columns, int(place)});
            bytes += tensor.elements() * bytes_per_element(format);
        }
        CHECK(8 * bytes / parameter_count(arch).total == Approx(bits).epsilon(3e-4));
        CHECK(bits_per_weight(arch, mix) == Approx(bits).epsilon(0.01));
    }
}

TEST_CASE("Q4_K_M gives the first and last eighth and every third layer more bits", "[archspace][mix]")
{
    const Architecture arch = load_architecture("llama-3.1-8b");  // 32 layers: 0-3, 28-31, and 6, 9, 12, ...
    CHECK(format_in(arch, "Q4_K_M", "blk.3.ffn_down.weight") == Format::q6_k);
    CHECK(format_in(arch, "Q4_K_M", "blk.4.ffn_down.weight") == Format::q4_k);
    CHECK(format_in(arch, "Q4_K_M", "blk.6.attn_v.weight") == Format::q6_k);
    CHECK(format_in(arch, "Q4_K_M", "blk.27.attn_v.weight") == Format::q6_k);
    CHECK(format_in(arch, "Q4_K_M", "blk.26.attn_v.weight") == Format::q4_k);
    CHECK(format_in(arch, "Q4_K_M", "blk.28.ffn_down.weight") == Format::q6_k);
    CHECK(format_in(arch, "Q4_K_M", "blk.0.attn_norm.weight") == Format::f32);
    CHECK(format_in(arch, "Q4_K_M", "token_embd.weight") == Format::q4_k);
    CHECK(format_in(arch, "Q4_K_M", "output.weight") == Format::q6_k);
}

TEST_CASE("an importance matrix changes the first ffn_down layers of Q4_0", "[archspace][mix]")
{
    const MixFacts facts{.gqa = 4, .layers = 32, .attention_layers = 32};
    WeightMix mix = mix_named("Q4_0");
    CHECK(format_of(mix, facts, {TensorRole::ffn_down, 4096, 0}) == Format::q4_0);
    mix.importance_matrix = true;
    CHECK(format_of(mix, facts, {TensorRole::ffn_down, 4096, 3}) == Format::q4_1);
    CHECK(format_of(mix, facts, {TensorRole::ffn_down, 4096, 4}) == Format::q4_0);
}

TEST_CASE("models of eight experts keep K and V in Q8_0 and the attention output in Q5_K", "[archspace][mix]")
{
    const MixFacts facts{.gqa = 4, .experts = 8, .tied = false, .layers = 32, .attention_layers = 32};
    const WeightMix mix = mix_named("Q4_K_M");
    CHECK(format_of(mix, facts, {TensorRole::attn_v, 4096, 10}) == Format::q8_0);
    CHECK(format_of(mix, facts, {TensorRole::attn_k, 4096, 10}) == Format::q8_0);
    CHECK(format_of(mix, facts, {TensorRole::attn_q, 4096, 10}) == Format::q4_k);
    CHECK(format_of(mix, facts, {TensorRole::attn_output, 4096, 10}) == Format::q5_k);
}

TEST_CASE("rows that are no whole blocks fall back, and at last to F16", "[archspace][mix]")
{
    const MixFacts facts{.gqa = 1, .tied = false, .layers = 24, .attention_layers = 24};
    const auto at = [&](const char* mix, double columns) {
        return format_of(mix_named(mix), facts, {TensorRole::ffn_up, columns, 10});
    };
    CHECK(at("Q4_K_M", 512) == Format::q4_k);
    CHECK(at("Q4_K_M", 288) == Format::q5_0);
    CHECK(at("Q5_K_M", 288) == Format::q5_1);
    CHECK(at("Q6_K", 288) == Format::q8_0);
    CHECK(at("Q3_K_M", 288) == Format::q4_0);
    CHECK(at("IQ4_XS", 288) == Format::iq4_nl);
    CHECK(at("Q4_K_M", 100) == Format::f16);
    CHECK(at("Q8_0", 100) == Format::f16);
    CHECK(at("AWQ", 128) == Format::int4_g128);
    CHECK(at("AWQ", 192) == Format::f16);
}

TEST_CASE("formats of other engines leave the tables alone where their files do", "[archspace][mix]")
{
    const Architecture arch = load_architecture("llama-3.1-8b");
    CHECK(format_in(arch, "AWQ", "token_embd.weight") == Format::f16);
    CHECK(format_in(arch, "AWQ", "blk.0.ffn_up.weight") == Format::int4_g128);
    CHECK(format_in(arch, "MLX_4bit", "token_embd.weight") == Format::mlx4_g64);
    CHECK(format_in(arch, "W8A8", "blk.0.attn_q.weight") == Format::int8_channel);
    CHECK(bits_per_weight(arch, mix_named("F32")) == 32);
}

TEST_CASE("an override decides for its class of tensors", "[archspace][mix]")
{
    WeightMix mix = mix_named("Q4_0");
    mix.overrides[TensorRole::token_embedding] = Format::q8_0;
    const Architecture arch = load_architecture("llama-3.1-8b");
    const double table = 128256.0 * 4096;
    CHECK(weight_bytes(arch, mix) - weight_bytes(arch, mix_named("Q4_0")) == Approx(table * (8.5 - 4.5) / 8));
}

TEST_CASE("mixes go by name, case ignored, and a wrong name is told what was meant", "[archspace][mix]")
{
    CHECK(mix_named("q4_k_m") == mix_named("Q4_K_M"));
    CHECK(mix_named("Q4_K") == mix_named("Q4_K_M"));
    CHECK(complaint([] { mix_named("Q4_K_N"); }) == "no weight mix 'Q4_K_N'; did you mean 'Q4_K_S'?");
    for (const std::string& name : mix_names()) {
        CHECK(mix_named(name).name == name);
    }
}

TEST_CASE("block sizes of formats are those of ggml", "[archspace][format]")
{
    CHECK(info(Format::q4_k).bits_per_element() == 4.5);
    CHECK(info(Format::q6_k).bits_per_element() == 6.5625);
    CHECK(info(Format::mxfp4).bits_per_element() == 4.25);
    CHECK(info(Format::int4_g128).bits_per_element() == 4.15625);
    CHECK(format_named("q8_0") == Format::q8_0);
    CHECK_FALSE(format_named("q9_0").has_value());
    for (std::size_t i = 0; i < format_count; ++i) {
        CHECK(std::size_t(format_table[i].format) == i);
    }
}

#include <cmath>

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "archspace/inline_architecture.h"
#include "archspace/quality/loss.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

WeightMix f16()
{
    return mix_named("F16");
}

Architecture toy(const std::string& more = "kv=16")
{
    return inline_architecture("L=16,d=1024,h=16,ffn=4096,V=32000," + more);
}

double loss_of(const Law& law, const std::string& more, double tokens = 1e11, const WeightMix& mix = f16())
{
    return predicted_loss(law, toy(more), tokens, mix).value;
}

std::vector<Law> loss_laws()
{
    std::vector<Law> laws;
    for (const std::string& id : law_ids()) {
        Law law = load_law(id);
        if (law.gives() == LawGives::loss || law.gives() == LawGives::multiplier) {
            laws.push_back(std::move(law));
        }
    }
    return laws;
}

bool has_outside(const Loss& loss, const std::string& quantity)
{
    for (const OutOfRange& each : loss.outside) {
        if (each.quantity == quantity) {
            return true;
        }
    }
    return false;
}

}  // namespace

TEST_CASE("laws read a design by their own convention of parameters", "[quality]")
{
    // 16 x (4 x 1024^2 + 3 x 1024 x 4096 + 2 x 1024) + 1024, and 32000 x 1024 of the table.
    const double body = 16 * (4 * 1024. * 1024 + 3 * 1024. * 4096 + 2 * 1024) + 1024;
    LawInputs in = law_inputs(toy(), 2e10, f16());
    CHECK(in[LawInput::non_embedding_parameters] == body);
    CHECK(in[LawInput::all_parameters] == body + 32000 * 1024.);
    derive(in, ParameterBasis::non_embedding);
    CHECK(in[LawInput::parameters] == body);
    CHECK(in[LawInput::tokens_per_parameter] == 2e10 / body);
    CHECK(in[LawInput::aspect_ratio] == 64);
    CHECK(in[LawInput::ffn_ratio] == 4);
    CHECK(in[LawInput::mlp_attention_ratio] == 3);
    CHECK(in[LawInput::vocabulary_parameters] == 32000 * 1024.);
    CHECK(std::isinf(in[LawInput::post_bits]));
}

TEST_CASE("of experts, laws see those that one token uses", "[quality]")
{
    const LawInputs in = law_inputs(toy("E=8,K=2"), 2e10, f16());
    CHECK(in[LawInput::experts] == 8);
    CHECK(in[LawInput::activation_rate] == 0.25);
    CHECK(in[LawInput::ffn_ratio] == 8);
    CHECK(in[LawInput::mlp_attention_ratio] == 6);
}

TEST_CASE("the terms of a loss add up to it, under every law", "[quality][property]")
{
    for (const Law& law : loss_laws()) {
        CAPTURE(law.id);
        const Loss loss = predicted_loss(law, toy("kv=4"), 1e11, mix_named("Q4_K_M"));
        double sum = 0;
        for (const LossTerm& term : loss.terms.span()) {
            CHECK(!term.name.empty());
            sum += term.value;
        }
        CHECK(std::isfinite(loss.value));
        CHECK(loss.value == Approx(sum).epsilon(1e-14));
    }
}

TEST_CASE("more tokens never raise the loss of trained weights", "[quality][property]")
{
    const double tokens = GENERATE(1e9, 1e10, 1e11, 1e12, 1e13);
    for (const Law& law : loss_laws()) {
        CAPTURE(law.id, tokens);
        CHECK(loss_of(law, "kv=16", 2 * tokens) <= loss_of(law, "kv=16", tokens));
    }
}

TEST_CASE("more layers at one width never raise a loss of the laws that say so", "[quality][property]")
{
    const char* id = GENERATE("chinchilla-besiroglu", "kaplan", "gemstones", "aspect-ratio", "plas", "overtraining-c4");
    const Law law = load_law(id);
    double last = 100;
    for (int layers = 4; layers <= 48; layers += 4) {
        const Architecture arch = inline_architecture("L=" + std::to_string(layers) + ",d=1024,h=16,ffn=4096");
        const double now = predicted_loss(law, arch, 1e11, f16()).value;
        CAPTURE(id, layers);
        CHECK(now <= last);
        last = now;
    }
}

TEST_CASE("fewer KV heads and fewer bits cost loss, more experts gain some, under the default law",
          "[quality][property]")
{
    const Law law = load_law(std::string(default_law_id));
    const auto in_format = [&](const char* name) { return loss_of(law, "kv=16", 1e11, mix_named(name)); };
    CHECK(loss_of(law, "kv=8") > loss_of(law, "kv=16"));
    CHECK(loss_of(law, "kv=1") > loss_of(law, "kv=8"));
    CHECK(in_format("Q8_0") > in_format("F16"));
    CHECK(in_format("Q4_K_M") > in_format("Q6_K"));
    CHECK(in_format("Q2_K") > in_format("Q3_K_M"));
    CHECK(loss_of(law, "kv=16,E=8,K=1") < loss_of(law, "kv=16"));
    CHECK(loss_of(law, "kv=16,E=16,K=1") < loss_of(law, "kv=16,E=8,K=1"));
}

TEST_CASE("a design inside a law's fitted range is not flagged, one just beyond is, by name", "[quality]")
{
    const Law law = load_law("gemstones");
    const auto with_layers = [&](int layers) {
        return predicted_loss(law, inline_architecture("L=" + std::to_string(layers) + ",d=1024,h=16,ffn=4096"), 1e11,
                              f16());
    };
    CHECK(with_layers(3).in_range());
    REQUIRE(with_layers(2).outside.size() == 1);
    CHECK(with_layers(2).outside[0].quantity == "depth");
    CHECK(with_layers(2).outside[0].value == 2);
    CHECK(with_layers(2).outside[0].least == 3);
    CHECK(has_outside(predicted_loss(law, toy(), 1.2e11, f16()), "tokens"));
    CHECK(!has_outside(predicted_loss(law, toy(), 1.1e11, f16()), "tokens"));
    CHECK(has_outside(predicted_loss(law, toy("E=8,K=2"), 1e11, f16()), "experts"));
}

TEST_CASE("an added law is flagged only where it changes the loss", "[quality]")
{
    const Law law = load_law("gemstones");
    CHECK(predicted_loss(law, toy("kv=16"), 1e11, f16()).in_range());
    const Loss quantised = predicted_loss(law, toy("kv=16"), 1e11, mix_named("Q4_K_M"));
    REQUIRE(!quantised.in_range());
    CHECK(quantised.outside.front().law == "ptq-llama-cpp");
}

TEST_CASE("a format that nobody measured lies between measured ones and is flagged", "[quality]")
{
    const Law law = load_law("gemstones");
    const WeightMix awq = mix_named("AWQ");
    const Loss loss = predicted_loss(law, toy(), 1e11, awq);
    CHECK(has_outside(loss, "format " + awq.name));
    CHECK(loss.value > loss_of(law, "kv=16", 1e11, mix_named("Q6_K")));
    CHECK(loss.value < loss_of(law, "kv=16", 1e11, mix_named("Q2_K")));
}

TEST_CASE("a model without attention has no loss under a law of attention, and the law says why", "[quality]")
{
    Architecture mamba = toy();
    mamba.blocks[0].mixer = Mamba2{.heads = 32, .head_dim = 64, .state = 128};
    const Loss loss = predicted_loss(load_law("plas"), mamba, 1e10, f16());
    CHECK(std::isnan(loss.value));
    CHECK(has_outside(loss, "kv_width"));
    CHECK(std::isfinite(predicted_loss(load_law("chinchilla-besiroglu"), mamba, 1e10, f16()).value));
}

TEST_CASE("the default law knows models without attention: they share no keys", "[quality]")
{
    Architecture mamba = toy();
    mamba.blocks[0].mixer = Mamba2{.heads = 32, .head_dim = 64, .state = 128};
    CHECK(std::isfinite(predicted_loss(load_law("gemstones"), mamba, 1e11, f16()).value));
}

TEST_CASE("a law that gives a width or a difference is refused as a loss", "[quality][errors]")
{
    CHECK(complaint([] { predicted_loss(load_law("levine"), toy(), 1e11, f16()); }) ==
          "levine: gives no loss but d_model; name a law that gives one, as gemstones");
    CHECK_THAT(complaint([] { predicted_loss(load_law("plas-kv"), toy(), 1e11, f16()); }), Catch::Contains("no loss"));
}

TEST_CASE("models of the catalogue have a sensible loss under the default law", "[quality][data]")
{
    const Law law = load_law("gemstones");
    for (const char* id : {"qwen2.5-0.5b", "smollm2-135m", "olmoe-1b-7b", "mobilellm-125m-ls", "minicpm3-4b"}) {
        CAPTURE(id);
        const double value = predicted_loss(law, load_architecture(id), 1e11, mix_named("Q4_K_M")).value;
        CHECK(value > 2);
        CHECK(value < 4);
    }
}

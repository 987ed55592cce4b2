// What others published of the speed of architectures, and what our predictions make of it (docs/published.md).

#include <algorithm>
#include <filesystem>

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "archspace/inline_architecture.h"
#include "explorer/scenario.h"
#include "explorer/search.h"
#include "hwmodels/calibration_choice.h"
#include "hwmodels/device_json.h"

using namespace slimline;

namespace {

/// The space of arXiv 2602.10377 under other formats, objectives or limits.
SearchResult published(const char* weights, std::vector<DesignMetric> objectives, double most_memory = 0)
{
    const JsonDocument document =
        load_json(std::filesystem::path(SLIMLINE_SOURCE_DIR) / "examples" / "search-published.json");
    SearchQuestion q = read_search(JsonPlace(document));
    q.space.weights = {mix_named(weights)};
    q.objectives = std::move(objectives);
    if (most_memory > 0) {
        q.limits.push_back({.metric = DesignMetric::memory, .most = most_memory});
    }
    return search(q);
}

double share(const SearchResult& r, const std::function<bool(const UniformDesign&)>& of)
{
    const auto n = std::ranges::count_if(r.front, [&](const FoundDesign& d) { return of(d.candidate.design); });
    return double(n) / double(r.front.size());
}

bool is_mixture(const UniformDesign& u)
{
    return u.experts > 0;
}

double of(const FoundDesign& d, DesignMetric metric)
{
    return d.measures[std::size_t(metric)];
}

Scenario datasheet(const Architecture& arch, const char* device, Workload work)
{
    Scenario s;
    s.arch = arch;
    s.device = load_device(device);
    s.backend = BackendKind::gpu;
    s.engine = Engine::datasheet;
    s.calibration = datasheet_calibration(s.backend);
    s.precision.weights = mix_named("F16");
    s.workload = work;
    return s;
}

constexpr Workload one_token_after_another{.prompt_tokens = 1, .generated_tokens = 64};

}  // namespace

TEST_CASE("published space: mixtures of experts hold nearly the whole front at batch 1, with one active expert",
          "[published]")
{
    const SearchResult whole = published("F16", {DesignMetric::total, DesignMetric::loss});
    CHECK(whole.statistics.candidates == 8200);
    CHECK(share(whole, is_mixture) >= 0.95);  // published: all of it; ours has four dense designs at the fast end

    const SearchResult decode = published("F16", {DesignMetric::tpot, DesignMetric::loss});
    CHECK(share(decode, [](const UniformDesign& u) { return u.experts > 0 && u.active != 1; }) == 0);
}

TEST_CASE("published space: decode wants many experts, prefill few", "[published]")
{
    const auto sixteen = [](const UniformDesign& u) { return u.experts == 16; };
    CHECK(share(published("F16", {DesignMetric::tpot, DesignMetric::loss}), sixteen) > 0.8);
    CHECK(share(published("F16", {DesignMetric::ttft, DesignMetric::loss}), sixteen) < 0.1);
}

TEST_CASE("published space: mostly under 20 layers, and FFN ratios far below 4", "[published]")
{
    const SearchResult whole = published("F16", {DesignMetric::total, DesignMetric::loss});
    CHECK(share(whole, [](const UniformDesign& u) { return u.layers < 20; }) > 0.5);
    CHECK(share(whole, [](const UniformDesign& u) { return u.d_ffn * std::max(1, u.active) <= u.d_model; }) > 0.9);
}

TEST_CASE("published space: a small memory turns the front to dense models", "[published]")
{
    const auto best = [](const SearchResult& r) {
        return std::ranges::min_element(r.front, {}, [](const FoundDesign& d) { return of(d, DesignMetric::loss); })
            ->candidate.design;
    };
    const std::vector<DesignMetric> objectives{DesignMetric::total, DesignMetric::loss};
    CHECK_FALSE(is_mixture(best(published("F16", objectives, 0.8e9))));
    CHECK(is_mixture(best(published("F16", objectives, 1.5e9))));
}

TEST_CASE("published space: 8-bit weights gain less than twice", "[published]")
{
    const SearchResult half = published("F16", {DesignMetric::total, DesignMetric::loss});
    const SearchResult eight = published("Q8_0", {DesignMetric::total, DesignMetric::loss});
    for (const FoundDesign& d : half.front) {
        for (const FoundDesign& e : eight.front) {
            if (e.candidate.design == d.candidate.design) {
                CHECK(of(d, DesignMetric::total) / of(e, DesignMetric::total) < 2);
            }
        }
    }
}

TEST_CASE("published space: at the latency of Qwen2.5-0.5B there is a design of at least 0.2159 nats less",
          "[published]")
{
    // 19.42 % less perplexity, 50.88 against 63.14. The law gives Qwen2.5-0.5B 3.475358 nats.
    const SearchResult whole = published("F16", {DesignMetric::total, DesignMetric::loss});
    const Prediction qwen = predict(datasheet(load_architecture("qwen2.5-0.5b"), "jetson-agx-orin-64gb",
                                              {.prompt_tokens = 1024, .generated_tokens = 16}));
    double least = 10;
    for (const FoundDesign& d : whole.front) {
        if (of(d, DesignMetric::total) <= qwen.total().value) {
            least = std::min(least, of(d, DesignMetric::loss));
        }
    }
    CHECK(3.475358 - least >= 0.2159);
}

TEST_CASE("MobileLLM: sixty layers take 1.86 times as long as thirty, thirty that run twice take as long as thirty",
          "[published]")
{
    // arXiv 2402.14905, table on an iPhone 13: 15.6, 29.0 and 16.0 ms. Within 15 %.
    const auto tpot = [](const Architecture& arch) {
        return predict(datasheet(arch, "iphone-14-pro", one_token_after_another)).tpot.value;
    };
    const double thirty = tpot(load_architecture("mobilellm-125m"));
    CHECK(tpot(inline_architecture("L=60,d=576,h=9,kv=3,hd=64,ffn=1536,V=32000,tied")) / thirty ==
          Approx(1.86).epsilon(0.15));
    CHECK(tpot(load_architecture("mobilellm-125m-ls")) / thirty == Approx(1.026).epsilon(0.15));
}

TEST_CASE("Surefire-1B serves 1.42 to 1.47 times the tokens of Llama-3.2-1B where a large batch reads keys and values",
          "[published]")
{
    const Workload serving{.batch = 128, .prompt_tokens = 1024, .generated_tokens = 256};
    const Prediction llama = predict(datasheet(load_architecture("llama-3.2-1b"), "nvidia-h200", serving));
    const Prediction surefire = predict(
        datasheet(inline_architecture("L=16,d=2560,h=36,kv=4,hd=64,ffn=6144,V=128256,tied"), "nvidia-h200", serving));
    CHECK(surefire.decode_tokens_per_second() / llama.decode_tokens_per_second() == Approx(1.47).epsilon(0.15));
}

TEST_CASE(
    "Morph-1B: half the layers are 1.84 times as fast where each operator's launch takes 30 us, and hardly where not",
    "[published]")
{
    // arXiv 2501.18107: 3.61 s with 24 layers of 2048, 1.96 s with 12 of 3072. Bytes alone would make the second slower.
    Scenario deep = datasheet(inline_architecture("L=24,d=2048,h=16,kv=16,hd=128,ffn=5632,V=50304,untied"),
                              "nvidia-h200", {.prompt_tokens = 128, .generated_tokens = 256});
    Scenario wide = deep;
    wide.arch = inline_architecture("L=12,d=3072,h=24,kv=24,hd=128,ffn=8192,V=50304,untied");
    CHECK(predict(deep).total() / predict(wide).total() < 1);
    for (Scenario* s : {&deep, &wide}) {
        s->calibration.per_operator = {30e-6};
    }
    CHECK(predict(deep).total() / predict(wide).total() == Approx(3.61 / 1.96).epsilon(0.15));
}

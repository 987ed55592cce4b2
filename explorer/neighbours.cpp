#include "explorer/neighbours.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/numbers.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::string_view usual_mixes[] = {"Q2_K",   "Q3_K_M", "Q4_0", "Q4_K_S", "Q4_K_M",
                                            "Q5_K_M", "Q6_K",   "Q8_0", "F16"};
constexpr Format usual_caches[] = {Format::q4_0, Format::q8_0, Format::f16};

class Neighbourhood {
 public:
    Neighbourhood(const Scenario& from, const QualityBasis* quality) : from_(from), quality_(quality) {}

    void add(std::string dimension, std::string change, double before, double after, Scenario scenario)
    {
        Neighbour n;
        n.dimension = std::move(dimension);
        n.change = std::move(change);
        n.from = before;
        n.to = after;
        n.prediction = predict(scenario);
        n.loss = figure(Figure::loss, scenario, n.prediction, quality_);
        n.scenario = std::move(scenario);
        all_.push_back(std::move(n));
    }

    void add_moves(const Lever& lever)
    {
        const double now = lever.value(from_);
        for (const int way : {-1, +1}) {
            const auto there = std::isnan(now) ? std::nullopt : next(lever, now, way);
            if (there) {
                const double after = lever.value(*there);
                add(std::string(lever.name), fmt::format("{} {:.6g} -> {:.6g}", lever.title, now, after), now, after,
                    *there);
            }
        }
    }

    void add_tying()
    {
        Scenario other = from_;
        other.arch.tied_embeddings = !from_.arch.tied_embeddings;
        other.arch.untied_in_gguf = false;
        add("tied", other.arch.tied_embeddings ? "head tied to the embedding" : "head of its own",
            from_.arch.tied_embeddings, other.arch.tied_embeddings, other);
    }

    /// The nearest smaller and larger of the usual mixes, by this model's bytes.
    void add_mixes()
    {
        const double now = weight_bytes(from_.arch, from_.precision.weights);
        std::optional<WeightMix> smaller;
        std::optional<WeightMix> larger;
        for (const std::string_view name : usual_mixes) {
            const WeightMix mix = mix_named(name);
            const double bytes = weight_bytes(from_.arch, mix);
            if (bytes < now && (!smaller || bytes > weight_bytes(from_.arch, *smaller))) {
                smaller = mix;
            }
            if (bytes > now && (!larger || bytes < weight_bytes(from_.arch, *larger))) {
                larger = mix;
            }
        }
        for (const auto& mix : {smaller, larger}) {
            if (mix) {
                Scenario other = from_;
                other.precision.weights = *mix;
                add("weights", "weights " + from_.precision.weights.name + " -> " + mix->name, not_known, not_known, other);
            }
        }
    }

    void add_caches()
    {
        for (const Format cache : usual_caches) {
            if (cache != from_.precision.kv_cache) {
                Scenario other = from_;
                other.precision.kv_cache = cache;
                add("kv_cache", fmt::format("KV cache {} -> {}", info(from_.precision.kv_cache).name, info(cache).name),
                    not_known, not_known, other);
            }
        }
    }

    std::vector<Neighbour> take() { return std::move(all_); }

 private:
    std::optional<Scenario> next(const Lever& lever, double now, int way) const
    {
        if (lever.name == "kv_heads") {  // the next divisor of the query heads
            for (double value = now + way; value >= 1 && value <= 1024; value += way) {
                if (const auto there = lever.with(from_, value)) {
                    return there;
                }
            }
            return std::nullopt;
        }
        const int granule = std::max(1, lever.granule(from_));
        const double step = granule * std::max(1.0, std::floor(now / 8 / granule));
        return lever.with(from_, now + way * step);
    }

    const Scenario& from_;
    const QualityBasis* quality_;
    std::vector<Neighbour> all_;
};

}  // namespace

std::vector<Neighbour> neighbours(const Scenario& scenario, const QualityBasis* quality)
{
    Neighbourhood around(scenario, quality);
    for (const Lever& lever : levers()) {
        if (lever.of == LeverOf::model) {
            around.add_moves(lever);
        }
    }
    around.add_tying();
    around.add_mixes();
    around.add_caches();
    return around.take();
}

}  // namespace slimline

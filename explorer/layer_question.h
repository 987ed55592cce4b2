#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "explorer/search_question.h"

namespace slimline {

/// A kind of layer that a stack may be made of, and how many of it there may be.
struct LayerKind {
    std::string name;
    Block block{};
    int least = 0;
    int most = 0;
};

enum class Evolution : std::uint8_t { nsga2, moead };

struct EvolutionOptions {
    Evolution method = Evolution::nsga2;
    int population = 100;
    int generations = 200;
    std::uint64_t seed = 1;
};

/// One kind (an index) for each position, from the first layer to the last.
using LayerStack = std::vector<int>;

/// Which stacks of unlike layers are on the front of these objectives: which layers attend to all positions, how wide each
/// FFN is. Width and vocabulary are one.
struct LayerQuestion {
    std::string name;
    Architecture frame{};  // all but the layers
    std::vector<LayerKind> kinds;
    std::vector<std::vector<int>> allowed;  // kinds by position, ascending, none empty
    bool ascending = false;                 // a layer's kind is never before that of the layer below
    Scenario run;                           // with the formats; its architecture is not read
    std::vector<DesignMetric> objectives;
    std::vector<Limit> limits;  // only from above
    Law law;
    double tokens = 0;                        // of training
    std::vector<std::vector<double>> scores;  // nats that a kind adds at a position; empty: the law
    bool must_fit = true;
    EvolutionOptions evolution;
};

/// Most layers and kinds that a question may have.
inline constexpr int most_positions = 256;
inline constexpr int most_kinds = 32;

/// Reads `"format": "layer_search/1"`; every mistake is found here, before a search starts.
LayerQuestion read_layer_search(const JsonPlace& place);

Architecture architecture_of(const LayerQuestion& question, const LayerStack& stack);

/// "4*full, 20*local": from the first layer to the last.
std::string layers_text(const LayerQuestion& question, const LayerStack& stack);

/// Whether the stack has allowed kinds in an allowed order, and neither too few nor too many of any.
bool is_allowed(const LayerQuestion& question, const LayerStack& stack);

/// The number of sequences of allowed kinds, counts and order not regarded.
double sequences(const LayerQuestion& question);

}  // namespace slimline

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "explorer/layer_measures.h"
#include "explorer/search_state.h"
#include "fuzz/architecture_properties.h"

using namespace slimline;

/// What must hold of every question that the reader accepts: objectives, and devices that were all made.
static void demand_sound(const SearchQuestion& q)
{
    demand(!q.objectives.empty() && !q.space.weights.empty() && !q.space.kv_cache.empty());
    for (std::size_t i = 0; i < q.hardware.points.size() && i < 4; ++i) {
        const Scenario run = on_hardware(q.run, q.hardware, i);
        demand(std::isfinite(memory_for(run.device, *find_backend(run.device, run.backend)).value));
    }
    const SearchState state{.question = q.identity, .tasks_done = 3};
    demand(read_state("checkpoint", text_of(state, q.name), q).tasks_done == 3);
}

/// What must hold of every accepted question about layers: stacks can be built, and told.
static void demand_sound(const LayerQuestion& q)
{
    const LayerStack stack = random_stack(q, 1);
    demand(stack.size() == q.allowed.size() && !layers_text(q, stack).empty());
    demand(architecture_of(q, stack).layers.size() == stack.size());
}

/// A search config, one about layers, and the same bytes as a checkpoint of a question.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string text(reinterpret_cast<const char*>(data), size);
    accept_or_complain([&] {
        const JsonDocument document = parse_json("fuzz.json", text);
        demand_sound(read_search(JsonPlace(document)));
    });
    accept_or_complain([&] {
        const JsonDocument document = parse_json("fuzz.json", text);
        demand_sound(read_layer_search(JsonPlace(document)));
    });
    accept_or_complain([&] { read_state("fuzz.json", text, SearchQuestion{}); });
    return 0;
}

#include "explorer/layer_measures.h"

#include <algorithm>

#include "archspace/quality/loss.h"
#include "base/random.h"

namespace slimline {

Prediction predicted(const LayerQuestion& q, const LayerStack& stack)
{
    Scenario run = q.run;
    run.arch = architecture_of(q, stack);
    return predict(run);
}

LawInputs inputs_of(const LayerQuestion& q, const LayerStack& stack)
{
    LawInputs inputs = law_inputs(architecture_of(q, stack), q.tokens, q.run.precision.weights);
    derive(inputs, q.law.basis);
    return inputs;
}

double score_of(const LayerQuestion& q, const LayerStack& stack)
{
    double sum = 0;
    for (std::size_t i = 0; i < stack.size(); ++i) {
        sum += q.scores[i][std::size_t(stack[i])];
    }
    return sum;
}

Measures layer_measures(const LayerQuestion& q, const LayerStack& stack)
{
    Measures m = measures_of(predicted(q, stack));
    m[std::size_t(DesignMetric::loss)] =
        q.scores.empty() ? predicted_loss(q.law, architecture_of(q, stack), q.tokens, q.run.precision.weights).value
                         : score_of(q, stack);
    return m;
}

bool within_limits(const LayerQuestion& q, const Measures& m)
{
    const bool too_large = q.must_fit && m[std::size_t(DesignMetric::memory_share)] > 1;
    return !too_large && std::ranges::all_of(q.limits, [&](const Limit& l) { return m[std::size_t(l.metric)] <= l.most; });
}

LayerStack random_stack(const LayerQuestion& q, std::uint64_t seed)
{
    RandomBits random{seed_of(seed, "stack")};
    LayerStack stack;
    for (const std::vector<int>& at : q.allowed) {
        stack.push_back(at[std::size_t(random.share() * double(at.size()))]);
    }
    return stack;
}

}  // namespace slimline

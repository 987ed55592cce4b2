#include "explorer/layer_costs.h"

#include <tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "archspace/quality/loss.h"
#include "base/numbers.h"

namespace slimline {

namespace {

constexpr std::size_t stacks_to_check = 64;
constexpr double ticks_of_largest = 0x1p36;  // sums of 256 layers stay whole numbers

/// What each stack is measured by: the metrics' own values, and for the loss what decides it.
struct Column {
    DesignMetric metric{};
    bool buffer_left_out = false;  // of the memory: weights and caches alone, which every stack needs at least
};

bool asked(const LayerQuestion& q, DesignMetric metric)
{
    return std::ranges::find(q.objectives, metric) != q.objectives.end() ||
           std::ranges::any_of(q.limits, [&](const Limit& l) { return l.metric == metric; });
}

/// At the loss's place what decides it: scores, or parameters, which make it fall.
std::vector<double> columns_of(const LayerQuestion& q, const std::vector<Column>& columns, const LayerStack& stack)
{
    const Prediction p = predicted(q, stack);
    const Measures measures = measures_of(p);
    std::vector<double> values;
    for (const Column& each : columns) {
        if (each.metric == DesignMetric::loss) {
            values.push_back(q.scores.empty() ? -inputs_of(q, stack)[LawInput::parameters] : score_of(q, stack));
        } else {
            const double buffer = each.buffer_left_out ? p.memory.compute_buffer.value : 0;
            values.push_back(measures[std::size_t(each.metric)] - buffer);
        }
    }
    return values;
}

std::vector<std::vector<double>> all_columns(const LayerQuestion& q, const std::vector<Column>& columns,
                                             const std::vector<LayerStack>& stacks)
{
    std::vector<std::vector<double>> values(stacks.size());
    tbb::parallel_for(std::size_t{0}, stacks.size(),
                      [&](std::size_t i) { values[i] = columns_of(q, columns, stacks[i]); });
    return values;
}

LayerStack first_stack(const LayerQuestion& q)
{
    LayerStack stack;
    for (const std::vector<int>& at : q.allowed) {
        stack.push_back(at.front());
    }
    return stack;
}

/// Whether a stack of the largest layers comes near the memory of the device.
bool memory_may_run_out(const LayerQuestion& q)
{
    constexpr double near = 0.9;
    LayerStack stack = first_stack(q);
    std::vector<double> bytes;
    for (std::size_t k = 0; k < q.kinds.size(); ++k) {
        bytes.push_back(layer_measures(q, LayerStack(stack.size(), int(k)))[std::size_t(DesignMetric::memory)]);
    }
    for (std::size_t i = 0; i < stack.size(); ++i) {
        stack[i] = *std::ranges::max_element(q.allowed[i], {}, [&](int kind) { return bytes[std::size_t(kind)]; });
    }
    return layer_measures(q, stack)[std::size_t(DesignMetric::memory_share)] > near;
}

/// The reference stack, and it with one layer changed: by position and kind; the reference where that kind may not stand.
std::vector<LayerStack> changed_stacks(const LayerQuestion& q)
{
    const LayerStack reference = first_stack(q);
    std::vector<LayerStack> stacks{reference};
    for (std::size_t i = 0; i < reference.size(); ++i) {
        for (std::size_t k = 0; k < q.kinds.size(); ++k) {
            stacks.push_back(reference);
            if (std::ranges::binary_search(q.allowed[i], int(k))) {
                stacks.back()[i] = int(k);
            }
        }
    }
    return stacks;
}

/// Differences that only rounding tells apart become one, so that equal layers are exchangeable.
void make_equal(LayerCosts& costs, std::size_t kinds, std::size_t column, double scale)
{
    for (std::size_t k = 0; k < kinds; ++k) {
        const std::size_t at = k * costs.metrics.size() + column;
        for (std::size_t i = 1; i < costs.ticks.size(); ++i) {
            for (std::size_t j = 0; j < i; ++j) {
                if (std::abs(costs.ticks[i][at] - costs.ticks[j][at]) <= 0.1 * sum_tolerance * scale) {
                    costs.ticks[i][at] = costs.ticks[j][at];
                    break;
                }
            }
        }
    }
}

/// Fills the table of one column from the values of the changed stacks.
void fill_column(LayerCosts& costs, std::size_t kinds, std::size_t column,
                 const std::vector<std::vector<double>>& values)
{
    const double reference = values.front()[column];
    double scale = std::abs(reference);
    for (std::size_t i = 0; i < costs.ticks.size(); ++i) {
        double largest = 0;
        for (std::size_t k = 0; k < kinds; ++k) {
            const double difference = values[1 + i * kinds + k][column] - reference;
            costs.ticks[i][k * costs.metrics.size() + column] = difference;
            largest = std::max(largest, std::abs(difference));
        }
        scale += largest;
    }
    make_equal(costs, kinds, column, scale);
    costs.tick[column] = scale > 0 ? scale / ticks_of_largest : 1;
    costs.base[column] = std::round(reference / costs.tick[column]);
    for (std::vector<double>& at : costs.ticks) {
        for (std::size_t k = 0; k < kinds; ++k) {
            double& ticks = at[k * costs.metrics.size() + column];
            ticks = std::round(ticks / costs.tick[column]);
        }
    }
}

double sum_of(const LayerCosts& costs, const LayerStack& stack, std::size_t column)
{
    double sum = costs.base[column];
    for (std::size_t i = 0; i < stack.size(); ++i) {
        sum += costs.at(i, stack[i], column);
    }
    return sum;
}

/// Of each column the largest difference over the largest cost.
std::vector<double> differences(const LayerQuestion& q, const LayerCosts& costs, const std::vector<Column>& columns)
{
    std::vector<LayerStack> stacks;
    for (std::size_t i = 0; i < stacks_to_check; ++i) {
        stacks.push_back(random_stack(q, i));
    }
    for (std::size_t k = 0; k < q.kinds.size(); ++k) {  // as many as may be of one kind
        LayerStack stack = first_stack(q);
        for (std::size_t i = 0; i < stack.size(); ++i) {
            stack[i] = std::ranges::binary_search(q.allowed[i], int(k)) ? int(k) : stack[i];
        }
        stacks.push_back(stack);
    }
    const auto values = all_columns(q, columns, stacks);
    std::vector<double> largest(columns.size(), 0);
    for (std::size_t i = 0; i < stacks.size(); ++i) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const double difference =
                std::abs(values[i][c] / costs.tick[c] - sum_of(costs, stacks[i], c)) / ticks_of_largest;
            largest[c] = std::isnan(difference) ? infinite : std::max(largest[c], difference);
        }
    }
    return largest;
}

/// Which inputs of a law the stacks tell apart, beside the number of parameters.
std::string other_inputs(const LayerQuestion& q)
{
    const LawInputs first = inputs_of(q, first_stack(q));
    for (std::size_t i = 0; i < stacks_to_check + q.kinds.size(); ++i) {
        const std::size_t kind = i - stacks_to_check;
        const LayerStack stack = i < stacks_to_check ? random_stack(q, i) : LayerStack(q.allowed.size(), int(kind));
        LawInputs same = inputs_of(q, stack);
        const double loss = law_value(q.law, same);
        for (std::size_t input = 0; input < law_input_count; ++input) {
            const LawInput which = LawInput(input);
            const bool counted = which == LawInput::parameters || which == LawInput::all_parameters ||
                                 which == LawInput::non_embedding_parameters || which == LawInput::tokens_per_parameter;
            if (!counted) {
                LawInputs other = same;
                other[which] = first[which];
                if (std::isnan(loss) || law_value(q.law, other) != loss) {
                    return std::string(word(which));
                }
            }
        }
    }
    return "";
}

/// Whether a law's loss falls all along the numbers of parameters that stacks have.
bool falls_with_parameters(const LayerQuestion& q, const LayerCosts& costs, std::size_t column)
{
    constexpr int points = 1000;
    double least = costs.base[column];
    double most = costs.base[column];
    for (std::size_t i = 0; i < q.allowed.size(); ++i) {
        double low = infinite;
        double high = -infinite;
        for (const int kind : q.allowed[i]) {
            low = std::min(low, costs.at(i, kind, column));
            high = std::max(high, costs.at(i, kind, column));
        }
        least += low;
        most += high;
    }
    LawInputs in = inputs_of(q, first_stack(q));
    const double outside = in[LawInput::all_parameters] - in[LawInput::non_embedding_parameters];
    const bool all = q.law.basis == ParameterBasis::all;
    double before = infinite;
    for (int i = 0; i <= points; ++i) {
        const double counted = -costs.tick[column] * (most + (least - most) * i / points);
        in[LawInput::all_parameters] = counted + (all ? 0 : outside);
        in[LawInput::non_embedding_parameters] = counted - (all ? outside : 0);
        in[LawInput::parameters] = counted;
        in[LawInput::tokens_per_parameter] = not_known;
        const double loss = law_value(q.law, in);
        if (!(loss <= before)) {
            return false;
        }
        before = loss;
    }
    return true;
}

void set_limits(const LayerQuestion& q, LayerCosts& costs)
{
    costs.most.assign(costs.metrics.size(), infinite);
    for (std::size_t c = 0; c < costs.metrics.size(); ++c) {
        for (const Limit& limit : q.limits) {
            if (limit.metric == costs.metrics[c] && limit.metric != DesignMetric::loss) {
                costs.most[c] = std::min(costs.most[c], limit.most / costs.tick[c] + 1);
            }
        }
    }
}

}  // namespace

LayerCosts layer_costs(const LayerQuestion& q)
{
    std::vector<Column> columns;
    const bool memory_matters = q.must_fit && memory_may_run_out(q);
    for (std::size_t m = 0; m < metric_count; ++m) {
        const bool wanted = asked(q, DesignMetric(m)) || (memory_matters && DesignMetric(m) == DesignMetric::memory);
        if (wanted && DesignMetric(m) != DesignMetric::loss) {
            columns.push_back({DesignMetric(m)});
        }
    }
    if (asked(q, DesignMetric::loss)) {
        columns.push_back({DesignMetric::loss});
    }
    LayerCosts costs;
    const auto build = [&] {
        costs.metrics.clear();
        for (const Column& each : columns) {
            costs.metrics.push_back(each.metric);
        }
        costs.tick.assign(columns.size(), 1);
        costs.base.assign(columns.size(), 0);
        costs.ticks.assign(q.allowed.size(), std::vector<double>(q.kinds.size() * columns.size(), 0));
        const auto values = all_columns(q, columns, changed_stacks(q));
        for (std::size_t c = 0; c < columns.size(); ++c) {
            fill_column(costs, q.kinds.size(), c, values);
        }
        costs.checked = stacks_to_check + q.kinds.size();
        return differences(q, costs, columns);
    };
    std::vector<double> off = build();
    for (std::size_t c = 0; c < columns.size(); ++c) {
        if (columns[c].metric == DesignMetric::memory && off[c] > sum_tolerance) {
            columns[c].buffer_left_out = true;
            costs.undecided = "the compute buffer";
            off = build();
            break;
        }
    }
    for (std::size_t c = 0; c < columns.size(); ++c) {
        costs.largest_difference = std::max(costs.largest_difference, off[c]);
        if (off[c] > sum_tolerance && costs.not_sums.empty()) {
            costs.not_sums = word(columns[c].metric);
        }
    }
    if (asked(q, DesignMetric::loss) && q.scores.empty()) {
        const std::string other = other_inputs(q);
        costs.undecided = !other.empty()                                        ? other
                          : falls_with_parameters(q, costs, columns.size() - 1) ? costs.undecided
                                                                                : std::string("parameters");
    }
    set_limits(q, costs);
    return costs;
}

}  // namespace slimline

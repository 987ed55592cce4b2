#include "archspace/quality/loss.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

#include "archspace/quality/format_loss.h"
#include "archspace/quality/loss_formulas.h"
#include "base/errors.h"
#include "base/numbers.h"
#include "base/units.h"

namespace slimline {

namespace {

using enum LawInput;
using formulas::counted;
using formulas::parameters_of;
using formulas::shape_multiplier;

void add_outside(const Law& law, const LawInputs& in, std::vector<OutOfRange>& outside)
{
    std::vector<LawInput> reads = info(law.kind).reads;
    for (const int name : law.formula.reads()) {
        if (std::size_t(name) < law_input_count) {
            reads.push_back(LawInput(name));
        }
    }
    for (const LawInput input : reads) {
        const LawInput meant = input == parameters ? counted(law) : input;
        if (std::isnan(in[meant])) {
            outside.push_back({law.id, std::string(word(meant)), not_known, not_known, not_known});
        }
    }
    for (const FittedRange& range : law.range) {
        const double value = range.input == parameters ? parameters_of(law, in) : in[range.input];
        if (value < range.least || value > range.most) {
            outside.push_back({law.id, std::string(word(range.input)), value, range.least, range.most});
        }
    }
    if (law.kind == LawKind::post_training_table && !reference_rise(law, in).measured) {
        outside.push_back({law.id, "format " + in.format, in.format_bits, not_known, not_known});
    }
}

std::vector<OutOfRange> outside_of(const Law& law, const LawInputs& in)
{
    std::vector<OutOfRange> outside;
    add_outside(law, in, outside);
    for (const Law& base : law.base) {
        add_outside(base, in, outside);
    }
    for (const Law& added : law.adds) {
        if (loss_terms(added, in).sum() != 0) {  // what changes nothing need not hold here
            add_outside(added, in, outside);
        }
    }
    return outside;
}

}  // namespace

double LossTerms::sum() const
{
    double total = 0;
    for (const LossTerm& term : span()) {
        total += term.value;
    }
    return total;
}

LossTerms loss_terms(const Law& law, const LawInputs& inputs)
{
    LossTerms terms;
    formulas::add_terms(law, inputs, terms);
    return terms;
}

double law_value(const Law& law, LawInputs inputs)
{
    derive(inputs, law.basis);
    return loss_terms(law, inputs).sum();
}

Loss evaluate(const Law& law, LawInputs inputs)
{
    derive(inputs, law.basis);
    const LossTerms terms = loss_terms(law, inputs);
    return {.value = terms.sum(), .terms = terms, .outside = outside_of(law, inputs)};
}

Loss predicted_loss(const Law& law, const Architecture& arch, double training_tokens, const WeightMix& mix)
{
    if (law.gives() != LawGives::loss && law.gives() != LawGives::multiplier) {
        throw InputError(law.id, "gives no loss but " + law.unit,
                         "name a law that gives one, as " + std::string(default_law_id));
    }
    return evaluate(law, law_inputs(arch, training_tokens, mix));
}

double part(const Law& law, const LawInputs& inputs, std::string_view of)
{
    const Loss loss = evaluate(law, inputs);
    if (of.empty()) {
        return loss.value;
    }
    if (of == "multiplier" && law.kind == LawKind::conditional) {
        return shape_multiplier(law, inputs);
    }
    for (const LossTerm& term : loss.terms.span()) {
        if (term.name == of) {
            return term.value;
        }
    }
    for (const AccuracyMap& map : law.accuracy) {
        if (map.task == of) {
            return accuracy(map, loss.value);
        }
    }
    return not_known;
}

double accuracy(const AccuracyMap& map, double loss)
{
    const std::vector<double>& c = map.coefficients;
    if (map.kind == AccuracyKind::exponential) {  // Gadre 2024: epsilon, k, gamma; above 1 below every real loss
        return std::min(1.0, 1 - (c[0] - c[1] * std::exp(-c[2] * loss)));
    }
    return c[0] / (1 + std::exp(-c[1] * (loss - c[2]))) + c[3];  // Bhagia 2024: a, k, L0, b
}

std::vector<BenchmarkAccuracy> accuracies(const Law& law, double loss)
{
    std::vector<BenchmarkAccuracy> all;
    for (const AccuracyMap& map : law.accuracy) {
        all.push_back({map.task, accuracy(map, loss)});
    }
    return all;
}

double tokens_per_character(const Law& law, double size)
{
    assert(law.kind == LawKind::tokens_per_character);
    LawInputs inputs;
    inputs[vocabulary] = size;
    return loss_terms(law, inputs).sum();
}

double per_character(double loss_per_token, double tokens_a_character)
{
    return loss_per_token * tokens_a_character;
}

}  // namespace slimline

#include "explorer/layer_evolution.h"

#include <algorithm>

#include "base/errors.h"
#include "explorer/layer_measures.h"

#ifdef SLIMLINE_HAS_PAGMO
#include <pagmo/algorithm.hpp>
#include <pagmo/algorithms/moead.hpp>
#include <pagmo/algorithms/nsga2.hpp>
#include <pagmo/population.hpp>
#include <pagmo/problem.hpp>
#include <pagmo/utils/hypervolume.hpp>
#endif

namespace slimline {

bool has_evolution()
{
#ifdef SLIMLINE_HAS_PAGMO
    return true;
#else
    return false;
#endif
}

#ifdef SLIMLINE_HAS_PAGMO

namespace {

/// A number a layer: its whole part chooses among the kinds that may stand there. Both algorithms know real numbers.
struct StackProblem {
    const LayerQuestion* question = nullptr;
    const StackFitness* fitness_of = nullptr;
    std::size_t objectives = 2;

    LayerStack stack(const pagmo::vector_double& x) const
    {
        LayerStack stack;
        for (std::size_t i = 0; i < x.size(); ++i) {
            const std::vector<int>& allowed = question->allowed[i];
            stack.push_back(allowed[std::min(std::size_t(std::max(0.0, x[i])), allowed.size() - 1)]);
        }
        if (question->ascending) {
            std::ranges::sort(stack);
        }
        return stack;
    }
    pagmo::vector_double numbers(const LayerStack& stack) const
    {
        pagmo::vector_double x;
        for (std::size_t i = 0; i < stack.size(); ++i) {
            const auto found = std::ranges::lower_bound(question->allowed[i], stack[i]);
            x.push_back(std::min(double(found - question->allowed[i].begin()), double(question->allowed[i].size()) - 1) + 0.5);
        }
        return x;
    }

    pagmo::vector_double fitness(const pagmo::vector_double& x) const { return (*fitness_of)(stack(x)); }
    pagmo::vector_double::size_type get_nobj() const { return objectives; }
    std::pair<pagmo::vector_double, pagmo::vector_double> get_bounds() const
    {
        std::pair<pagmo::vector_double, pagmo::vector_double> bounds;
        for (const std::vector<int>& at : question->allowed) {
            bounds.first.push_back(0);
            bounds.second.push_back(double(at.size()) - 1e-9);
        }
        return bounds;
    }
};

/// NSGA-II wants a multiple of four.
int population_of(const EvolutionOptions& options)
{
    return (options.population + 3) / 4 * 4;
}

pagmo::algorithm algorithm_of(const EvolutionOptions& options, unsigned seed)
{
    if (options.method == Evolution::nsga2) {
        return pagmo::algorithm(pagmo::nsga2(1, 0.95, 10, 0.02, 20, seed));
    }
    const unsigned neighbours = unsigned(std::min(20, population_of(options) - 1));
    return pagmo::algorithm(pagmo::moead(1, "low discrepancy", "tchebycheff", neighbours, 1, 0.5, 20, 0.9, 2, true, seed));
}

}  // namespace

int evolve_stacks(const LayerQuestion& question, const std::vector<LayerStack>& seeds, std::size_t objectives,
                  const StackFitness& fitness, const std::function<bool(int)>& go_on)
{
    const StackProblem problem{&question, &fitness, objectives};
    const EvolutionOptions& options = question.evolution;
    const auto wanted = std::size_t(population_of(options));
    pagmo::population population{pagmo::problem(problem), 0, unsigned(options.seed)};
    for (std::size_t i = 0; i < std::min(seeds.size(), wanted); ++i) {
        population.push_back(problem.numbers(seeds[i * seeds.size() / std::min(seeds.size(), wanted)]));
    }
    for (std::size_t i = 0; population.size() < wanted; ++i) {
        population.push_back(problem.numbers(random_stack(question, options.seed + i)));
    }
    int generation = 0;
    while (generation < options.generations && go_on(generation)) {
        population = algorithm_of(options, unsigned(options.seed) + unsigned(generation)).evolve(population);
        ++generation;
    }
    return generation;
}

double dominated_volume(const std::vector<std::vector<double>>& points, const std::vector<double>& corner)
{
    std::vector<std::vector<double>> inside;
    std::ranges::copy_if(points, std::back_inserter(inside), [&](const std::vector<double>& point) {
        return std::ranges::equal(point, corner, std::less<>());
    });
    return inside.empty() ? 0 : pagmo::hypervolume(inside).compute(corner);
}

#else

int evolve_stacks(const LayerQuestion& question, const std::vector<LayerStack>&, std::size_t, const StackFitness&,
                  const std::function<bool(int)>&)
{
    throw InputError(question.name, "needs an evolution, and this program was built without pagmo",
                     "install libpagmo-dev and build again, or ask for what is a sum over layers");
}

double dominated_volume(const std::vector<std::vector<double>>&, const std::vector<double>&)
{
    return std::numeric_limits<double>::quiet_NaN();
}

#endif

}  // namespace slimline

#pragma once

#include <functional>
#include <string>
#include <vector>

#include "explorer/layer_question.h"

namespace slimline {

/// Whether this program was built with pagmo.
bool has_evolution();

/// Objectives of a stack, all to be made small; a stack that is not allowed, or beyond a limit, gets worse ones than any
/// that is.
using StackFitness = std::function<std::vector<double>(const LayerStack&)>;

/// Evolves stacks by NSGA-II or MOEA/D; whoever wants to know which were asked for keeps them in `fitness`. The population
/// starts from the seeds, then from stacks drawn at random. The same for the same seed. `go_on` is asked between generations
/// with their number. Returns how many there were. Throws InputError where there is no pagmo.
int evolve_stacks(const LayerQuestion& question, const std::vector<LayerStack>& seeds, std::size_t objectives,
                  const StackFitness& fitness, const std::function<bool(int)>& go_on);

/// Volume that the points dominate below a corner; points beyond it do not count.
double dominated_volume(const std::vector<std::vector<double>>& points, const std::vector<double>& corner);

}  // namespace slimline

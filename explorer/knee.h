#pragma once

#include "explorer/pareto.h"

namespace slimline {

/// The point of a front that is nearest to having the least of everything, each objective measured from its least to its
/// most over the front: where a little more of one costs a lot of the other. 0 for an empty front.
std::size_t knee(const PointSet& front);

}  // namespace slimline

#pragma once

#include <numeric>

#include "hwmodels/device.h"

namespace slimline {

/// Cores of all clusters; 0 where a backend has none.
inline int core_count(const Backend& backend)
{
    return std::accumulate(backend.clusters.begin(), backend.clusters.end(), 0,
                           [](int sum, const CoreCluster& cluster) { return sum + cluster.cores; });
}

}  // namespace slimline

#pragma once

#include <string>
#include <vector>

#include "archspace/space.h"
#include "base/json.h"
#include "explorer/scenario.h"

namespace slimline {

/// Devices made from one by giving it other rates and sizes, with the price and power that the person's own formulas say.
struct HardwareSpace {
    std::vector<std::string> names;           // what a point has values of: members of `hardware` and its helpers
    std::vector<std::vector<double>> points;  // in the order of `names`; in the order in which values are listed

    bool empty() const { return points.empty(); }
    /// NaN: no such name.
    double value(std::size_t point, std::string_view name) const;
};

/// Reads `hardware` of a search/1 document. Throws InputError for what is no device: a rate of 0, too many points.
HardwareSpace read_hardware(const JsonPlace& place, const Scenario& run);

/// The run on the device of a point.
Scenario on_hardware(const Scenario& run, const HardwareSpace& hardware, std::size_t point);

}  // namespace slimline

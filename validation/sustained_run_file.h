#pragma once

#include <string>
#include <vector>

#include "archspace/architecture.h"
#include "base/json.h"
#include "validation/sustained/session.h"

namespace slimline {

/// A long session as it was observed.
struct SustainedRun {
    std::string engine{};
    std::string version{};
    std::string device{};
    int threads = 1;
    std::string model{};  // as whoever asked calls it
    Architecture arch{};
    std::string mix{};
    sustained::Session session{};
    sustained::SensorList sensors{};
    std::vector<sustained::Sample> samples{};
    bool cut_short = false;
    std::string failure{};  // what ended it early; "": a wish to stop
};

/// Format "sustained_run/1".
Json to_json(const SustainedRun& run);
SustainedRun read_sustained_run(const JsonPlace& place);

}  // namespace slimline

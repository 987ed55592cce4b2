#pragma once

#include <functional>
#include <memory>
#include <string>

#include "validation/case_work.h"
#include "validation/run_sampling.h"
#include "validation/transport/runner_link.h"

namespace slimline {

/// An engine and the machine it runs on, which is probed when nobody has done so.
struct MeasuringPlace {
    std::unique_ptr<TestEngine> engine;
    std::function<Bed(const Watcher&)> bed;
};

/// The engine `name` of test_engine_names() in this process.
MeasuringPlace place_here(const std::string& name);

/// The same on a target, which is connected to: our own engine, which is sent, or a llama-bench that is there (its path, or
/// "llama-bench" on PATH). Throws InputError for another engine, when connecting fails, and where there is no llama-bench.
MeasuringPlace place_on_target(const std::string& name, LinkOptions link);

}  // namespace slimline

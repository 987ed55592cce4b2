#pragma once

#include <memory>

#include "validation/backends/test_engine.h"

namespace slimline {

/// Our own engine, in this process. A model is made once for each number of threads that it is asked to run with.
std::unique_ptr<TestEngine> int4_test_engine();

}  // namespace slimline

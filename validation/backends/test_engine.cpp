#include "validation/backends/test_engine.h"

#include <chrono>

namespace slimline {

double TestEngine::now() const
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace slimline

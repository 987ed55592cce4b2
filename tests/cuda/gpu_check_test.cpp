#include "validation/cuda/gpu_check.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "emulated_device.h"

using namespace slimline::cuda;

// As in the engine's tests: a rounding that goes the other way moves quantised models by more than the hundredth asked, which
// is then said.
TEST_CASE("the check of a GPU finds the emulated one's logits near, and says which are farther than asked", "[cuda]")
{
    std::ostringstream out;
    const LogitsCheck check = check_logits(std::make_shared<EmulatedDevice>(), out);
    INFO(out.str());
    CHECK(check.real < 1e-2);
    CHECK(check.quantised < 2e-2);
    CHECK((out.str().find("TOO FAR") == std::string::npos) == check.as_asked());
}

TEST_CASE("the check of a GPU runs every kind of product on its way to a share of copying", "[cuda]")
{
    EmulatedDevice device;
    std::ostringstream out;
    measure_kernels(device, 1e4, out);
    for (const char* format : {" Q4_0 ", " Q4_K ", " Q6_K ", " Q8_0 ", " F16 ", "TOPS"}) {
        CHECK_THAT(out.str(), Catch::Contains(format));
    }
    CHECK(device.held_bytes() == 0);
}

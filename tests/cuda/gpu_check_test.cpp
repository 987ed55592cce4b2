#include "validation/cuda/gpu_check.h"

#include <catch2/catch.hpp>
#include <sstream>

#include "archspace/inline_architecture.h"
#include "emulated_device.h"
#include "validation/cuda/gpu_measurement.h"

using namespace slimline;
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

TEST_CASE("speeds of a model become rows of measurements, as far as its context goes", "[cuda]")
{
    Architecture arch = inline_architecture("L=1,d=64,h=2,ffn=64,V=64,tied");
    arch.max_context = 160;
    const auto rows = measured_rows(std::make_shared<EmulatedDevice>(), arch, mix_named("Q4_0"));
    REQUIRE(rows.size() == 2);  // a prompt of 128, and tokens from an empty context
    CHECK(rows[0]["metric"] == "prefill_tokens_per_s");
    CHECK(rows[0]["prompt_tokens"] == 128);
    CHECK(rows[1]["metric"] == "decode_tokens_per_s");
    CHECK(rows[1]["generated_tokens"] == 32);
    CHECK(rows[1]["depth_tokens"] == 0);
    for (const auto& row : rows) {
        CHECK(row["context"] == 160);
        CHECK(row["engine"] == "int4");
        CHECK(row["interface"] == "cuda");
        CHECK(row["value"].get<double>() > 0);
    }
}

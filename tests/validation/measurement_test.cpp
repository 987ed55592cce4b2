#include <catch2/catch.hpp>

#include "base/errors.h"
#include "base/files.h"
#include "validation/observation.h"

using namespace slimline;

namespace {

std::string file_with(const std::string& row)
{
    return R"({"format": "measurements/1", "id": "toy", "device": "rtx-4090", "rows": [)" + row + "]}";
}

std::string row_with(const std::string& more)
{
    return R"({"id": "a", "backend": "gpu", "interface": "cuda", "engine": "llama.cpp", "model": "TinyLlama",
      "quant": "Q4_0", "source": "a page")" +
           more + "}";
}

std::vector<Measurement> read(const std::string& text)
{
    const JsonDocument document = parse_json("rows.json", text);
    return read_measurements(JsonPlace(document));
}

const std::string timed = R"(, "metric": "decode_tokens_per_s", "value": 100)";

}  // namespace

TEST_CASE("a measurement is read with its device and circumstances", "[validation]")
{
    const auto rows =
        read(file_with(row_with(timed + R"(, "mix": "Q4_0", "architecture": "tinyllama-1.1b", "threads": 4)")));
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].device == "rtx-4090");
    CHECK(rows[0].backend == BackendKind::gpu);
    CHECK(rows[0].threads == 4);
    CHECK(rows[0].value == 100);
    CHECK_FALSE(rows[0].mix_is_nearest);
}

TEST_CASE("a broken measurement is refused in one line", "[validation]")
{
    const auto row = GENERATE(
        std::string(R"({"id": "a"})"), row_with(""), row_with(R"(, "metric": "speed", "value": 1)"),
        row_with(R"(, "metric": "ttft_ms", "value": 0)"), row_with(R"(, "metric": "ttft_ms", "value": -3)"),
        row_with(R"(, "metric": "ttft_ms", "value": "fast")"), row_with(timed + R"(, "threads": 0)"),
        row_with(timed + R"(, "thraeds": 4)"), row_with(timed + R"(, "prompt_tokens": -1)"),
        row_with(timed + R"(, "prompt_tokens": 1.5)"), row_with(timed + R"(, "mix": "Q4_0", "nearest_mix": "Q4_0")"),
        row_with(timed + R"(, "streamed_bytes": 0)"), row_with(timed) + ", " + row_with(timed), std::string("7"),
        std::string("[]"));
    CAPTURE(row);
    CHECK_THROWS_AS(read(file_with(row)), InputError);
}

TEST_CASE("what a speed is turned into is the time of one token", "[validation]")
{
    const auto observed =
        observe(read(file_with(row_with(timed + R"(, "mix": "Q4_0", "architecture": "tinyllama-1.1b")"))));
    REQUIRE(observed.used.size() == 1);
    CHECK(observed.used[0].seconds == Approx(0.01));
    CHECK(observed.used[0].phase == Phase::decode);
    CHECK(observed.used[0].four_bit);
    // 22 layers of 2048 wide, head of 32000 rows: 1034.5 M weights, 18 bytes for 32; the head is Q6_K
    CHECK(observed.used[0].weight_bytes == Approx(968.9e6 * 18 / 32 + 65.536e6 * 210 / 256).epsilon(0.005));
}

TEST_CASE("a time per token and a speed say the same", "[validation]")
{
    const std::string model = R"(, "mix": "Q4_0", "architecture": "tinyllama-1.1b")";
    const auto speed = observe(read(file_with(row_with(timed + model))));
    const auto time = observe(read(file_with(row_with(R"(, "metric": "decode_ms_per_token", "value": 10)" + model))));
    CHECK(speed.used.at(0).seconds == Approx(time.used.at(0).seconds));
}

TEST_CASE("what cannot be used is counted with its reason", "[validation]")
{
    const auto observed =
        observe(read(file_with(row_with(timed) + R"(, {"id": "b", "backend": "gpu", "interface": "cuda",
      "engine": "x", "model": "m", "quant": "?", "source": "s", "metric": "power_W", "value": 5})")));
    CHECK(observed.used.empty());
    CHECK(observed.unused.size() == 2);
}

TEST_CASE("bytes that were stated replace ours where our weight format is only near", "[validation]")
{
    const auto observed = observe(read(file_with(row_with(
        timed + R"(, "nearest_mix": "Q4_0", "architecture": "tinyllama-1.1b", "streamed_bytes": 500000000)"))));
    REQUIRE(observed.used.size() == 1);
    CHECK(observed.used[0].weight_bytes == Approx(500e6));
}

TEST_CASE("every shipped measurement is read, and nearly all times can be used", "[validation][data]")
{
    const auto rows = load_measurements(data_folder() / "measurements");
    CHECK(rows.size() == 1404);  // 1,130 public ones, 94 of the survey, 180 of our own engine on a GPU
    const Observations observed = observe(rows);
    CHECK(observed.used.size() == 1194);
}

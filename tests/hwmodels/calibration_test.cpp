#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>

#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/files.h"
#include "hwmodels/calibration_choice.h"
#include "hwmodels/calibration_json.h"
#include "tests/support/best_of.h"
#include "tests/support/toy.h"

using namespace slimline;

namespace {

Calibration reread(const Calibration& calibration)
{
    const JsonDocument document = parse_json("calibration.json", pretty(to_json(calibration)));
    return read_calibration(JsonPlace(document));
}

/// A user's folder and a shipped one of this test's own, both empty at first.
class Folders {
 public:
    Folders()
    {
        std::filesystem::remove_all(root_);
        ::setenv("SLIMLINE_DATA", (root_ / "shipped").c_str(), 1);
        ::setenv("XDG_DATA_HOME", (root_ / "home").c_str(), 1);
    }
    ~Folders()
    {
        ::unsetenv("SLIMLINE_DATA");
        ::unsetenv("XDG_DATA_HOME");
        std::filesystem::remove_all(root_);
    }
    Folders(const Folders&) = delete;
    Folders& operator=(const Folders&) = delete;

    void ship(const std::string& id) const { put(data_folder(), id); }
    void keep(const std::string& id) const { put(user_folder(), id); }

 private:
    static void put(const std::filesystem::path& folder, const std::string& id)
    {
        Calibration calibration = toy_calibration();
        calibration.id = id;
        calibration.note = folder == user_folder() ? "the user's" : "shipped";
        write_file(folder / "calibrations" / (id + ".json"), pretty(to_json(calibration)));
    }

    std::filesystem::path root_ =
        std::filesystem::temp_directory_path() / ("slimline-choice-" + std::to_string(::getpid()));
};

Calibration chosen(std::string_view engine = "llama.cpp", BackendKind backend = BackendKind::gpu)
{
    Device device = toy_device();
    device.backends[0].interfaces = {"vulkan", "cuda"};
    return best_calibration(device, backend, engine);
}

}  // namespace

TEST_CASE("a calibration written and read again is the same", "[hwmodels]")
{
    Calibration c = toy_calibration();
    c.mat_vec_compute[std::size_t(Format::q4_k)] = 0.25;
    c.mat_mat_compute[std::size_t(Format::int4_channel)] = 0.75;
    c.head_dim_cost = {{64, 1}, {80, 1.25}};
    c.serial_share = 0.5;
    c.per_operator = {5e-6};
    c.per_pass = {2e-3};
    c.per_prompt = {30e-3};
    c.mat_mat_tile_rows = 8;
    c.head_group_cost = {{1, 1}, {4, 0.5}};
    c.weight_stream_cost[std::size_t(Format::q6_k)] = 1.5;
    c.working_set_cost = {{64 * MiB, 0.5}, {256 * MiB, 1.25}};
    c.weight_cache_use[std::size_t(Format::q6_k)] = 0.5;
    c.kv_shares_caches = true;
    c.activation_kernel_cost[std::size_t(ActivationKernel::norm)] = 2;
    c.per_attention_row = {50e-9};
    c.per_attention_score = {0.5e-9};
    c.head_dim_mat_cost = {{64, 0.5}};
    c.kv_row_seconds = {{64, 3e-9}, {128, 5e-9}};
    c.attention_vec_most_rows = 63;
    c.repeatability = {0.01, 0.05};
    c.anchors = {{.architecture = "L=8,d=512,h=8,ffn=1408", .mix = "Q4_0", .prompt = 32, .seconds = 0.01},
                 {.architecture = "L=8,d=512,h=8,ffn=1408", .mix = "Q4_0", .generated = 4, .past = 512, .seconds = 0.002}};
    c.learnt = {{"weight_bandwidth", 0.5, 0.1, {1, -0.5}}, {"per_pass", 2, 0.25, {-0.5, 1}}};
    c.sustained = SustainedSpeed{.length = {600},
                                 .model = "toy",
                                 .mix = "Q4_0",
                                 .decode = {.samples = 100,
                                            .first_tokens_per_s = 20,
                                            .share = 0.5,
                                            .share_low = 0.25,
                                            .share_high = 0.75,
                                            .time_constant = {90},
                                            .settled = false,
                                            .noise = 0.125,
                                            .power = {12.5}},
                                 .prefill = {.samples = 30, .first_tokens_per_s = 300, .share_low = 0.875},
                                 .idle_power = {4},
                                 .energy_per_token = {0.5},
                                 .power_source = "VDD_IN",
                                 .first_clock_hz = 2e9,
                                 .last_clock_hz = 1.5e9,
                                 .first_temperature_c = 40,
                                 .last_temperature_c = 80,
                                 .missing = {"power: none"}};
    CHECK(reread(c).sustained == c.sustained);
    c.measurements = {"survey"};
    c.note = "a note";
    CHECK(to_json(reread(c)) == to_json(c));  // times in ms and us may change their last bit
    CHECK(reread(toy_calibration(BackendKind::cpu)) == toy_calibration(BackendKind::cpu));
}

TEST_CASE("a speed falls from all of the first to the share that stays", "[hwmodels][sustained]")
{
    const SustainedPhase phase{.share = 0.6, .time_constant = {50}};
    CHECK(speed_share_after(phase, {0}) == 1);
    CHECK(speed_share_after(phase, {50}) == Approx(0.6 + 0.4 / std::exp(1)));
    CHECK(speed_share_after(phase, {1e6}) == Approx(0.6));
    CHECK(speed_share_after({}, {1000}) == 1);
}

TEST_CASE("the datasheet's calibration learns nothing and is sure of little", "[hwmodels]")
{
    const Calibration c = datasheet_calibration(BackendKind::npu);
    CHECK(c.backend == BackendKind::npu);
    CHECK(c.engine == "datasheet");
    CHECK(c.weight_bandwidth == 1);
    CHECK(c.per_pass.value == 0);
    CHECK(c.decode.count == 0);
    CHECK(c.decode.log_high > std::log(5.0));
    CHECK(load_calibration("datasheet", BackendKind::npu) == c);
}

TEST_CASE("a calibration's id names device, backend and engine", "[hwmodels]")
{
    CHECK(calibration_id("rtx-4090", BackendKind::gpu, "", "llama.cpp") == "rtx-4090--gpu--llama.cpp");
    CHECK(calibration_id("", BackendKind::gpu, "vulkan", "llama.cpp") == "default--gpu-vulkan--llama.cpp");
}

TEST_CASE("the nearest calibration is chosen, and the user's before the shipped", "[hwmodels]")
{
    const Folders folders;
    CHECK(chosen().id == "datasheet");

    folders.ship("default--cpu--llama.cpp");
    CHECK(chosen().id == "datasheet");  // another kind of backend

    folders.ship("default--gpu--llama.cpp");
    CHECK(chosen().id == "default--gpu--llama.cpp");
    CHECK(chosen("int4").id == "default--gpu--llama.cpp");

    folders.ship("default--gpu-cuda--llama.cpp");
    CHECK(chosen().id == "default--gpu--llama.cpp");  // not the usual interface
    folders.ship("default--gpu-vulkan--llama.cpp");
    CHECK(chosen().id == "default--gpu-vulkan--llama.cpp");

    folders.ship("toy--gpu--mlc");
    CHECK(chosen().id == "toy--gpu--mlc");
    folders.ship("toy--gpu--llama.cpp");
    CHECK(chosen().id == "toy--gpu--llama.cpp");
    CHECK(chosen().note == "shipped");
    folders.keep("toy--gpu--llama.cpp");
    CHECK(chosen().note == "the user's");

    CHECK(chosen("datasheet").id == "datasheet");
    CHECK(chosen("llama.cpp", BackendKind::cpu).id == "default--cpu--llama.cpp");
}

TEST_CASE("choosing among the shipped calibrations reads few of them", "[hwmodels]")
{
    const auto ids = shipped_ids("calibrations");
    REQUIRE(ids.size() > 30);
    const double all = best_of([&] {
        for (const std::string& id : ids) {
            load_calibration(id);
        }
    });
    CHECK(best_of([] { best_calibration(toy_device(), BackendKind::gpu, "llama.cpp"); }) < all / 3);
}

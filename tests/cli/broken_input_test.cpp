// Shipped files, broken on purpose in every way a slip of the editor can: each must be refused in one clear line.
#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/files.h"
#include "base/json.h"
#include "tests/cli/ran.h"

using namespace slimline;
namespace fs = std::filesystem;

namespace {

struct Broken {
    std::string how;
    std::string text;
};

Json wrong_kind(const Json& value)
{
    return value.is_string() ? Json(5) : value.is_object() ? Json::array({1}) : Json("text");
}

/// Every value once of another kind, every object once with an unknown key, the text cut at many places.
std::vector<Broken> broken_versions(const Json& good)
{
    std::vector<Broken> all;
    const Json flat = good.flatten();
    for (auto it = flat.begin(); it != flat.end(); ++it) {
        Json bad = good;
        bad[Json::json_pointer(it.key())] = wrong_kind(bad[Json::json_pointer(it.key())]);
        all.push_back({"wrong kind at " + it.key(), bad.dump(1)});

        const Json::json_pointer parent = Json::json_pointer(it.key()).parent_pointer();
        if (good[parent].is_object()) {
            Json more = good;
            more[parent]["no_such_key"] = 1;
            all.push_back({"unknown key beside " + it.key(), more.dump(1)});
        }
        if (it->is_number()) {
            Json negative = good;
            negative[Json::json_pointer(it.key())] = -1;
            all.push_back({"negative " + it.key(), negative.dump(1)});
        }
    }
    const std::string text = good.dump(1);
    for (std::size_t i = 0; i < 20; ++i) {
        all.push_back({"cut short", text.substr(0, text.size() * i / 20)});
    }
    all.push_back({"two values", text + text});
    all.push_back({"not an object", "[1, 2, 3]"});
    all.push_back({"nothing but zeros", std::string(1000, '\0')});
    all.push_back({"deeply nested", std::string(100'000, '[')});
    return all;
}

/// Refused in one line that names the file.
void check_refused(const std::vector<Broken>& all, const fs::path& file, const std::vector<std::string>& words)
{
    for (const Broken& broken : all) {
        write_file(file, broken.text);
        const Ran r = ran(words);
        CAPTURE(broken.how, r.code, r.err);
        CHECK(complains_in_one_line(r));
        CHECK(r.err.find(file.filename().string()) != std::string::npos);
    }
}

/// Of this process: ctest runs several of these at a time.
struct ScratchFile {
    fs::path path = fs::temp_directory_path() / ("slimline-broken-input-" + std::to_string(::getpid()) + ".json");
    ~ScratchFile() { fs::remove(path); }
};

Json shipped(const std::string& file)
{
    return Json::parse(read_file(data_folder() / file));
}

}  // namespace

TEST_CASE("commands that measure tell a slip before they measure anything", "[cli][broken]")
{
    const std::string line = GENERATE(as<std::string>(), "calibrate --backend int5", "calibrate --threads 0", "calibrate --threads 1,x",
                                      "calibrate --budget soon", "calibrate --budget -3s", "calibrate --quant Q9_9",
                                      "calibrate --from /nonexistent/runs.json", "calibrate --sustained soon", "calibrate --sustained 2s",
                                      "calibrate --rest 5s", "calibrate --sustained 20s --rest -1s", "calibrate --sustained 20s --sustained-arch smolm",
                                      "calibrate --sustained 20s --from data", "validate", "validate --archs smolm",
                                      "validate --random 2 --parameters many", "validate --random -1", "race", "race smollm-135m",
                                      "race nobody smollm-135m", "race --random 1", "race --random 4 --threads 1,2",
                                      "race --phase sideways smollm-135m qwen2-0.5b", "device", "device prob");
    CAPTURE(line);
    CHECK(complains_in_one_line(ran(line)));
}

TEST_CASE("a broken architecture is refused in one line", "[cli]")
{
    const ScratchFile scratch;
    const std::vector<Broken> all = broken_versions(shipped("archs/qwen2-0.5b.json"));
    CHECK(all.size() > 50);
    check_refused(all, scratch.path, {"predict", "--arch", scratch.path.string(), "--device", "rtx-4090"});
}

TEST_CASE("a broken long session in a calibration is refused in one line", "[cli][sustained]")
{
    const ScratchFile scratch;
    Json calibration = shipped("calibrations/jetson-orin-nx-16gb--gpu--llama.cpp.json");
    const Json phase{{"samples", 100}, {"first_tokens_per_s", 20}, {"share", 0.5}, {"share_low", 0.4}, {"share_high", 0.6}, {"time_constant_s", 9}, {"noise", 0.1}};
    calibration["sustained"] = {{"session_s", 60}, {"model", "toy"}, {"mix", "Q4_0"}, {"decode", phase}, {"idle_power_W", 3}};
    const std::vector<std::string> words{"predict", "--arch", "phi-1", "--device", "jetson-orin-nx-16gb", "--sustained", "--calibration", scratch.path.string()};
    write_file(scratch.path, pretty(calibration));
    CHECK(ran(words).code == 0);
    for (const auto& [key, value] : std::vector<std::pair<const char*, Json>>{
             {"share", 0}, {"share", 1.5}, {"share", 0.7}, {"share_low", 0.55}, {"samples", 0}, {"samples", 1.5}, {"noise", -1},
             {"noise", nullptr}, {"time_constant_s", 0}, {"time_constant_s", 1e9}, {"settled", 1}, {"power_W", "much"}, {"more", 1}}) {
        CAPTURE(key, value.dump());
        Json broken = calibration;
        broken["sustained"]["decode"][key] = value;
        write_file(scratch.path, pretty(broken));
        CHECK(complains_in_one_line(ran(words)));
    }
    for (const char* key : {"session_s", "model", "mix", "decode"}) {
        CAPTURE(key);
        Json broken = calibration;
        broken["sustained"].erase(key);
        write_file(scratch.path, pretty(broken));
        CHECK(complains_in_one_line(ran(words)));
    }
}

TEST_CASE("a broken device is refused in one line", "[cli]")
{
    const ScratchFile scratch;
    const std::vector<Broken> all = broken_versions(shipped("devices/jetson-orin-nx-16gb.json"));
    CHECK(all.size() > 100);
    check_refused(all, scratch.path, {"predict", "--arch", "phi-1", "--device", scratch.path.string()});
}

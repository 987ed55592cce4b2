#include <cmath>

#include <unistd.h>

#include <catch2/catch.hpp>

#include "base/files.h"
#include "base/json.h"
#include "cli/console.h"
#include "tests/cli/ran.h"

using namespace slimline;
using Catch::Contains;

namespace {

const std::string jetson = "predict --arch qwen2-0.5b --device jetson-orin-nx-16gb";

Json predicted(const std::string& line)
{
    const Ran r = ran(line + " --json");
    INFO(r.err);
    REQUIRE(r.code == 0);
    return Json::parse(r.out);
}

std::vector<std::string> keys(const Json& object)
{
    std::vector<std::string> names;
    for (auto it = object.begin(); it != object.end(); ++it) {
        names.push_back(it.key());
    }
    return names;
}

using Keys = std::vector<std::string>;

/// A calibration of the Jetson that knows a long session: decode keeps half its speed with 100 s, prompts four fifths with 50 s.
class LongSession {
 public:
    LongSession()
    {
        Json json = Json::parse(read_file(data_folder() / "calibrations/jetson-orin-nx-16gb--gpu--llama.cpp.json"));
        json["sustained"] = {{"session_s", 600},
                             {"model", "toy"},
                             {"mix", "Q4_0"},
                             {"decode",
                              {{"samples", 100},
                               {"first_tokens_per_s", 20},
                               {"share", 0.5},
                               {"share_low", 0.4},
                               {"share_high", 0.625},
                               {"time_constant_s", 100},
                               {"noise", 0.01},
                               {"power_W", 12}}},
                             {"prefill",
                              {{"samples", 30},
                               {"first_tokens_per_s", 300},
                               {"share", 0.8},
                               {"share_low", 0.8},
                               {"share_high", 0.8},
                               {"time_constant_s", 50},
                               {"noise", 0.01}}},
                             {"idle_power_W", 4},
                             {"power_source", "VDD_IN"}};
        write_file(path, pretty(json));
    }
    ~LongSession() { std::filesystem::remove(path); }
    LongSession(const LongSession&) = delete;
    LongSession& operator=(const LongSession&) = delete;

    std::string options() const { return " --sustained --calibration " + path.string(); }

    std::filesystem::path path = std::filesystem::temp_directory_path() / ("slimline-long-session-" + std::to_string(::getpid()) + ".json");
};

}  // namespace

TEST_CASE("prediction/1 has the keys that docs/json.md promises", "[cli][contract]")
{
    const Json p = predicted(jetson);
    CHECK(p["format"] == "prediction/1");
    CHECK(keys(p) == Keys{"format", "ttft_s", "tpot_s", "prefill_tokens_per_s", "decode_tokens_per_s", "total_s",
                          "energy_j_per_token", "prefill_energy_j", "memory_bytes", "memory_available_bytes", "fits",
                          "parameters", "interval_90", "notes", "inputs", "calibration", "prefill", "decode"});
    CHECK(keys(p["memory_bytes"]) == Keys{"weights", "kv_cache", "compute_buffer", "host", "total"});
    CHECK(keys(p["parameters"]) == Keys{"total", "active", "embedding"});
    CHECK(keys(p["interval_90"]) == Keys{"ttft_s", "tpot_s"});
    CHECK(p["interval_90"]["tpot_s"].size() == 2);
    CHECK(keys(p["inputs"]) == Keys{"architecture", "device", "backend", "engine", "precision", "workload"});
    for (const char* pass : {"prefill", "decode"}) {
        CHECK(keys(p[pass]) == Keys{"time_s", "fixed_s", "flops", "bytes", "operators"});
        REQUIRE(!p[pass]["operators"].empty());
        CHECK(keys(p[pass]["operators"][0]) ==
              Keys{"name", "class", "layer_kind", "repeats", "flops", "bytes", "time_s", "bound", "share"});
    }
}

TEST_CASE("the shipped schema lists the same keys in the same order", "[cli][contract]")
{
    const Json schema = Json::parse(read_file(data_folder() / "schema" / "prediction-1.json"));
    const LongSession session;
    const Json p = predicted(jetson + " --draft smollm-135m --resident 0.1 --fine-tune lora" + session.options());
    CHECK(keys(schema["properties"]) == keys(p));
    for (const char* optional : {"speculative", "storage", "fine_tuning", "sustained"}) {
        CHECK(keys(schema["properties"][optional]["properties"]) == keys(p[optional]));
    }
    CHECK(keys(schema["properties"]["inputs"]["properties"]["workload"]["properties"]) ==
          keys(p["inputs"]["workload"]));
    CHECK(keys(schema["properties"]["inputs"]["properties"]["precision"]["properties"]) ==
          keys(p["inputs"]["precision"]));
    const Json& pass = schema["$defs"]["pass"]["properties"];
    CHECK(keys(pass) == keys(p["decode"]));
    CHECK(keys(pass["operators"]["items"]["properties"]) == keys(p["decode"]["operators"][0]));
}

TEST_CASE("the figures of a prediction agree with each other", "[cli][contract]")
{
    const Json p = predicted(jetson + " --prompt 300 --generate 40 --batch 2");
    const double ttft = p["ttft_s"];
    const double tpot = p["tpot_s"];
    CHECK(double(p["total_s"]) == Approx(ttft + 39 * tpot));
    CHECK(double(p["prefill_tokens_per_s"]) == Approx(2 * 300 / ttft));
    CHECK(double(p["decode_tokens_per_s"]) == Approx(2 / tpot));
    CHECK(double(p["interval_90"]["tpot_s"][0]) <= tpot);
    CHECK(double(p["interval_90"]["tpot_s"][1]) >= tpot);
    const Json& m = p["memory_bytes"];
    CHECK(double(m["total"]) ==
          Approx(double(m["weights"]) + double(m["kv_cache"]) + double(m["compute_buffer"]) + double(m["host"])));
    for (const char* pass : {"prefill", "decode"}) {
        double time = p[pass]["fixed_s"];
        double share = time / double(p[pass]["time_s"]);
        for (const Json& op : p[pass]["operators"]) {
            time += double(op["time_s"]);
            share += double(op["share"]);
        }
        CHECK(time == Approx(double(p[pass]["time_s"])));
        CHECK(share == Approx(1));
    }
}

TEST_CASE("the inputs are repeated in full, defaults filled in", "[cli][contract]")
{
    const Json inputs = predicted(jetson + " --prompt 100 --kv q8_0 --flash-attention off --quant q8_0")["inputs"];
    CHECK(inputs["architecture"]["format"] == "architecture/1");
    CHECK(inputs["architecture"]["d_model"] == 896);
    CHECK(inputs["device"]["format"] == "device/1");
    CHECK(inputs["engine"] == "llama.cpp");
    CHECK(inputs["precision"]["weights"] == "Q8_0");
    CHECK(inputs["precision"]["kv_cache"] == "Q8_0");
    CHECK(inputs["workload"]["prompt_tokens"] == 100);
    CHECK(inputs["workload"]["context_tokens"] == 256);
    CHECK(inputs["workload"]["flash_attention"] == false);
}

TEST_CASE("an inline model predicts as the file that it is imported to", "[cli]")
{
    const std::string model = "L=4,d=256,h=4,kv=2,hd=64,ffn=512,V=1000,tied";
    const std::filesystem::path file = std::filesystem::temp_directory_path() / "slimline-inline-test.json";
    REQUIRE(ran({"import", model, "--out", file.string()}).code == 0);
    const Ran by_words = ran({"predict", "--arch", model, "--device", "rtx-4090", "--json"});
    const Ran by_file = ran({"predict", "--arch", file.string(), "--device", "rtx-4090", "--json"});
    std::filesystem::remove(file);
    CHECK(by_words.code == 0);
    CHECK(by_words.out == by_file.out);
}

TEST_CASE("the text names model, device, memory, bound and calibration", "[cli]")
{
    const Ran r = ran(jetson);
    for (const char* expected :
         {"Qwen2-0.5B", "Orin NX", "time to first token", "tokens/s", "weights", "KV cache", "calibration"}) {
        CHECK_THAT(r.out, Contains(expected));
    }
}

TEST_CASE("a prediction, its reasons and a comparison fit the terminal", "[cli]")
{
    const int width = GENERATE(80, 100);
    const std::string line = GENERATE(
        "predict --arch qwen2-0.5b --device jetson-orin-nx-16gb", "predict --arch llama-3.1-8b --device meizu-18-pro --backend cpu",
        "explain --arch qwen2-0.5b --device jetson-orin-nx-16gb --to-arch smollm2-360m",
        "compare --arch qwen2-0.5b --arch smollm2-360m --device jetson-orin-nx-16gb");
    for (const std::string& each : split(ran(line, width).out, '\n')) {
        CAPTURE(line, each);
        CHECK(shown_width(each) <= std::size_t(width));
    }
}

TEST_CASE("classes of tensors may have formats of their own, and activations another width", "[cli]")
{
    const Json plain = predicted(jetson);
    const Json wide = predicted(jetson + " --quant q4_k_m,token_embd=q8_0");
    CHECK(wide["inputs"]["precision"]["weights"] == "Q4_K_M,token_embd=Q8_0");
    CHECK(wide["inputs"]["precision"]["weight_overrides"] == Json({{"token_embd.weight", "Q8_0"}}));
    CHECK(wide["memory_bytes"]["weights"] == plain["memory_bytes"]["weights"]);  // its rows are Q8_0 as they are: 896 is not 3.5 blocks
    const Json narrow = predicted(jetson + " --quant Q4_K_M,token_embd=Q4_0");
    CHECK(narrow["memory_bytes"]["weights"].get<double>() ==
          plain["memory_bytes"]["weights"].get<double>() - 151936.0 * 896 * (8.5 - 4.5) / 8);
    const Json halved = predicted(jetson + " --activations f16");
    CHECK(halved["inputs"]["precision"]["activation_bytes"] == 2);
    CHECK(halved["ttft_s"] < plain["ttft_s"]);
}

TEST_CASE("a GGUF file is predicted in the formats that it has, unless others are asked for", "[cli]")
{
    const std::string file = std::filesystem::temp_directory_path() / ("slimline-own-mix-" + std::to_string(::getpid()) + ".gguf");
    REQUIRE(ran({"export-gguf", "L=2,d=256,h=4,kv=2,hd=64,ffn=512,V=1000,tied", "--mix", "Q8_0", "--out", file}).code == 0);
    const std::string line = "predict --device jetson-orin-nx-16gb --arch " + file;
    CHECK(predicted(line)["inputs"]["precision"]["weights"] == "Q8_0");
    CHECK(predicted(line + " --quant Q4_0")["inputs"]["precision"]["weights"] == "Q4_0");
    std::filesystem::remove(file);
}

TEST_CASE("a calibration of another engine is used with a note", "[cli]")
{
    const Json other = predicted(jetson + " --engine int4");
    CHECK_THAT(other["notes"].dump(), Contains("calibrated with another engine, llama.cpp: its efficiencies are taken for those of int4"));
    CHECK_THAT(predicted(jetson)["notes"].dump(), !Contains("another engine"));
}

TEST_CASE("colour is only where it is wanted", "[cli]")
{
    const std::vector<std::string> words = split(jetson, ' ');
    CHECK(ran(words, 100, false).out.find('\x1b') == std::string::npos);
    CHECK(ran(words, 100, true).out.find("\x1b[") != std::string::npos);
}

TEST_CASE("a comparison starts at ratio one and has a row for each combination", "[cli]")
{
    const Ran r = ran("compare --arch qwen2-0.5b --arch phi-1 --device rtx-4090 --quant Q4_K_M Q8_0 --json");
    REQUIRE(r.code == 0);
    const Json c = Json::parse(r.out);
    CHECK(c["format"] == "comparison/1");
    REQUIRE(c["rows"].size() == 4);
    CHECK(c["rows"][0]["ratios"]["tpot"] == 1.0);
    CHECK(double(c["rows"][3]["ratios"]["tpot"]) ==
          Approx(double(c["rows"][3]["prediction"]["tpot_s"]) / double(c["rows"][0]["prediction"]["tpot_s"])));
}

TEST_CASE("an explanation's shares add up to one and its waterfall ends at the other design", "[cli]")
{
    const Ran r = ran("explain --arch qwen2-0.5b --to-arch phi-1 --device rtx-4090 --json");
    REQUIRE(r.code == 0);
    const Json e = Json::parse(r.out);
    for (const char* pass : {"prefill", "decode"}) {
        const Json& shares = e[pass];
        CHECK(double(shares["memory"]) + double(shares["compute"]) + double(shares["overhead"]) +
                  double(shares["fixed"]) ==
              Approx(1));
        double end = e["to"][pass]["start_s"];
        for (const Json& step : e["to"][pass]["steps"]) {
            end += double(step["difference_s"]);
        }
        CHECK(end == Approx(double(e["to"][pass]["end_s"])));
    }
    CHECK(e["elasticities"].size() >= 8);
}

TEST_CASE("the graph of a pass is a DOT digraph with one cluster a layer", "[cli]")
{
    const std::string phase = GENERATE("prefill", "decode");
    const Ran r = ran("graph --arch qwen2-0.5b --device rtx-4090 --phase " + phase);
    CHECK(r.code == 0);
    CHECK(r.out.starts_with("digraph"));
    CHECK_THAT(r.out, Contains("cluster_23"));
    CHECK_THAT(r.out, !Contains("cluster_24"));
}

TEST_CASE("the calibration can be chosen, must be of the backend, and is named", "[cli]")
{
    CHECK(predicted(jetson + " --calibration datasheet")["calibration"]["id"] == "datasheet");
    CHECK(predicted(jetson + " --engine datasheet")["calibration"]["id"] == "datasheet");
    CHECK(predicted(jetson)["calibration"]["device"] == "jetson-orin-nx-16gb");
    const Ran r = ran(jetson + " --backend cpu --calibration jetson-orin-nx-16gb--gpu--llama.cpp");
    CHECK(complains_in_one_line(r));
    CHECK_THAT(r.err, Contains("is of a gpu, not of a cpu"));
}

TEST_CASE("a prediction without measurements has a wider interval than one with", "[cli]")
{
    const auto width = [](const Json& p) {
        return double(p["interval_90"]["tpot_s"][1]) / double(p["interval_90"]["tpot_s"][0]);
    };
    CHECK(width(predicted(jetson + " --calibration datasheet")) > 2 * width(predicted(jetson)));
}

TEST_CASE("a draft, weights in flash and a training step are answered beside the prediction when asked for", "[cli]")
{
    const Json p = predicted(jetson + " --draft smollm-135m --acceptance 0.8 --draft-tokens 3 --resident 0.1 --fine-tune lora");
    CHECK(keys(p["speculative"]) == Keys{"draft_step_s", "verify_step_s", "tokens_per_step", "tpot_s", "speedup"});
    CHECK(double(p["speculative"]["tokens_per_step"]) == Approx(1 + 0.8 + 0.64 + 0.512));
    CHECK(double(p["storage"]["tpot_s"]) > double(p["tpot_s"]));
    CHECK(double(p["fine_tuning"]["flops"]) > 4 * 300e6 * 512);
    CHECK_THAT(ran(jetson + " --draft smollm-135m --acceptance much").err, Contains("--acceptance") && Contains("between 0 and 1"));
    CHECK(ran(jetson + " --draft no-such-model").code == 2);
}

TEST_CASE("of a machine long at work, times are divided by the shares of the first speed that stay", "[cli][sustained]")
{
    const LongSession session;
    const Json p = predicted(jetson + session.options() + " --after 0s,100s,10m");
    const Json& s = p["sustained"];
    const double ttft = p["ttft_s"];
    const double tpot = p["tpot_s"];
    CHECK(double(s["tpot_s"]) == Approx(2 * tpot));
    CHECK(double(s["ttft_s"]) == Approx(ttft / 0.8));
    CHECK(double(s["total_s"]) == Approx(ttft / 0.8 + 127 * 2 * tpot));
    CHECK(double(s["interval_90"]["tpot_s"][0]) == Approx(double(p["interval_90"]["tpot_s"][0]) / 0.625));
    CHECK(double(s["interval_90"]["tpot_s"][1]) == Approx(double(p["interval_90"]["tpot_s"][1]) / 0.4));
    CHECK(double(s["energy_j_per_token"]) == Approx(12 * 2 * tpot));
    CHECK(double(s["energy_above_idle_j_per_token"]) == Approx(8 * 2 * tpot));
    REQUIRE(s["after"].size() == 3);
    CHECK(double(s["after"][0]["tpot_s"]) == Approx(tpot));
    CHECK(double(s["after"][0]["ttft_s"]) == Approx(ttft));
    CHECK(double(s["after"][1]["tpot_s"]) == Approx(tpot / (0.5 + 0.5 * std::exp(-1))));
    CHECK(double(s["after"][1]["ttft_s"]) == Approx(ttft / (0.8 + 0.2 * std::exp(-2))));
    CHECK(s["after"][2]["after_s"] == 600);
    const Ran text = ran(jetson + session.options());
    CHECK(text.code == 0);
    for (const char* expected : {"long at work", "keeps 50 % of its first speed (40 to 62 %)", "after 300 s", "VDD_IN", "above idle"}) {
        CHECK_THAT(text.out, Contains(expected));
    }
}

TEST_CASE("a long session that nobody measured is asked for in vain", "[cli][sustained]")
{
    const Ran r = ran(jetson + " --sustained");
    CHECK(complains_in_one_line(r));
    CHECK_THAT(r.err, Contains("no long session was measured") && Contains("slimline calibrate --sustained"));
    for (const char* words : {" --sustained --after soon", " --sustained --after 1s,,2s", " --sustained --after -1s", " --after 1m",
                              " --sustained --after 2000m"}) {
        CAPTURE(words);
        CHECK(complains_in_one_line(ran(jetson + words)));
        CHECK_THAT(ran(jetson + words).err, Contains("--after"));
    }
}

TEST_CASE("without --sustained a long session changes nothing", "[cli][sustained]")
{
    const LongSession session;
    Json with = predicted(jetson + " --calibration " + session.path.string());
    Json without = predicted(jetson);
    CHECK(with["calibration"].contains("sustained"));
    with.erase("calibration");
    without.erase("calibration");
    CHECK(with == without);
}

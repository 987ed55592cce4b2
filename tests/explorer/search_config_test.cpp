// A config with any mistake is refused before a search starts: with its file, its place, the fact and what to do.
#include <catch2/catch.hpp>

#include "base/files.h"
#include "tests/explorer/random_search.h"
#include "tests/support/complaint.h"
#include "tests/support/schema.h"

using namespace slimline;

namespace {

const std::string good = R"q({"format": "search/1", "name": "good",
  "space": {"layers": {"from": 8, "to": 32, "step": 4}, "d_model": [512, 1024], "head_dim": 64, "heads": "d_model / head_dim",
            "kv_heads": "heads / gqa", "d_ffn": "round_up(8 / 3 * d_model, 256)", "vocabulary": [32000], "experts": [0, 8],
            "active": [1, 2], "tied": [true], "weights": ["Q4_0"], "kv_cache": ["F16"]},
  "helpers": {"gqa": [1, 2]}, "constraints": ["d_model % 256 == 0"],
  "device": "jetson-orin-nx-16gb", "backend": "gpu", "engine": "llama.cpp",
  "hardware": {"bandwidth_GBps": [50, 100], "memory_GiB": [8], "price_USD": "100 + channels", "helpers": {"channels": [1, 2]},
               "constraints": ["channels > 0"]},
  "workloads": [{"workload": {"prompt_tokens": 512, "generated_tokens": 128}, "weight": 1}], "across": "mean",
  "objectives": ["tpot_s", "loss"], "limits": {"price_USD": {"most": 1000}}, "law": "gemstones", "tokens": 1e11,
  "must_fit": true})q";

struct Mistake {
    std::string pointer;
    Json value;
    std::string says;
};

// clang-format off
const std::vector<Mistake> mistakes{
    {"/format", "search/2", "search/1"}, {"/format", 1, "format"}, {"/nme", "x", "nme"}, {"/name", 5, "name"},
    {"/space", 5, "space"}, {"/space/layers", Json::array(), "no values"}, {"/space/layers", "layrs", "layers"},
    {"/space/layers", Json::object(), "from"}, {"/space/layers/from", 99, "down to"}, {"/space/layers/step", 0, "step"},
    {"/space/layers/step", -1, "step"}, {"/space/layers/stop", 1, "stop"}, {"/space/layers/from", "a", "from"},
    {"/space/layers/step", 1e-9, "values"}, {"/space/d_model", Json::array({"512"}), "d_model"},
    {"/space/d_model", nullptr, "d_model"}, {"/space/d_modl", 5, "d_modl"}, {"/space/heads", "d_model /", "heads"},
    {"/space/heads", "d_model / hd", "hd"}, {"/space/heads", "kv_heads", "depends on itself"},
    {"/space/kv_heads", "sqroot(heads)", "sqroot"}, {"/space/vocabulary", Json::object({{"from", 1}}), "to"},
    {"/space/weights", Json::array(), "weights"}, {"/space/weights/0", "Q4_9", "Q4_9"}, {"/space/weights/0", 4, "weights"},
    {"/space/weights/1", "Q4_0", "twice"}, {"/space/kv_cache/0", "F17", "F17"}, {"/space/kv_cache/1", "F16", "twice"},
    {"/helpers/2x", 1, "2x"}, {"/helpers/heads", 1, "dimension"}, {"/helpers", 3, "helpers"},
    {"/helpers/gqa", "gqa", "depends on itself"}, {"/constraints/0", "d_model %% 2", "column"}, {"/constraints", "x", "constraints"},
    {"/constraints/0", "size > 3", "size"}, {"/device", "jetson-orin", "jetson-orin"}, {"/device", 3, "device"},
    {"/backend", "tpu", "tpu"}, {"/backend", "npu", "npu"}, {"/engine", "lama.cpp", "lama.cpp"},
    {"/calibration", "none-of-ours", "none-of-ours"}, {"/hardware", Json::object(), "hardware"}, {"/hardware/bandwidth", 3, "bandwidth"},
    {"/hardware/bandwidth_GBps", 0, "bandwidth_GBps"}, {"/hardware/bandwidth_GBps", Json::array({-5}), "bandwidth_GBps"},
    {"/hardware/bandwidth_factor", 2, "both"}, {"/hardware/memory_GiB", "ram", "ram"},
    {"/hardware/price_USD", "0 / 0", "price_USD"}, {"/hardware/constraints/0", "channels > 9", "no device"},
    {"/hardware/helpers/memory_GiB", 3, "twice"}, {"/fleet", Json::array({{{"device", "pixel-8"}}}), "fleet"},
    {"/workload", Json::object(), "workload"}, {"/workloads", Json::array(), "no workloads"},
    {"/workloads/0/weight", 0, "weight"}, {"/workloads/0/workload/prompt_tokens", 0, "prompt_tokens"},
    {"/workloads/0/workload/promt_tokens", 5, "promt_tokens"}, {"/workloads/0/workload/context_tokens", 100, "context"},
    {"/across", "best", "best"}, {"/objectives", Json::array(), "nothing to compare"}, {"/objectives/0", "tpot", "tpot_s"},
    {"/objectives/1", "tpot_s", "twice"}, {"/objectives/0", "power_W", "power_W"}, {"/limits/tpot", Json::object(), "tpot"},
    {"/limits/tpot_s", 3, "tpot_s"}, {"/limits/tpot_s", {{"least", 2}, {"most", 1}}, "swap"}, {"/limits/tpot_s/max", 1, "max"},
    {"/law", "gemstone", "gemstone"}, {"/law", "plas-kv", "gives no loss"}, {"/tokens", 0, "tokens"}, {"/tokens", "many", "tokens"},
    {"/must_fit", "yes", "must_fit"},
};
// clang-format on

std::string said_of(const std::string& text)
{
    return complaint([&] { question(text); });
}

}  // namespace

TEST_CASE("each of some seventy mistakes in a config is named with file, place and remedy", "[explorer][search]")
{
    CHECK(said_of(good).empty());
    CHECK(mistakes.size() >= 60);
    for (const Mistake& each : mistakes) {
        Json broken = Json::parse(good);
        broken[Json::json_pointer(each.pointer)] = each.value;
        const std::string said = said_of(broken.dump(1));
        CAPTURE(each.pointer, each.value.dump(), said);
        CHECK_THAT(said, Catch::Contains("question.json") && Catch::Contains(each.says) && !Catch::Contains("\n"));
    }
    for (const char* missing : {"/space", "/space/layers", "/space/heads", "/device", "/objectives", "/format"}) {
        const Json::json_pointer pointer(missing);
        Json broken = Json::parse(good);
        broken[pointer.parent_pointer()].erase(pointer.back());
        CAPTURE(missing);
        CHECK_THAT(said_of(broken.dump(1)), Catch::Contains("question.json") && Catch::Contains(pointer.back()));
    }
    for (std::size_t cut = 0; cut < good.size(); cut += 37) {
        CHECK_THAT(said_of(good.substr(0, cut)), Catch::Contains("question.json"));
    }
}

TEST_CASE("the JSON schema of searches lists every member of the examples and of a full config", "[explorer][search][schema]")
{
    const Json schema = load_json(data_folder() / "schema" / "search-1.json").root;
    CHECK(unlisted(Json::parse(good), schema).empty());
    const std::filesystem::path examples = std::filesystem::path(SLIMLINE_SOURCE_DIR) / "examples";
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(examples)) {
        if (entry.path().filename().string().starts_with("search-")) {
            CAPTURE(entry.path());
            const JsonDocument document = load_json(entry.path());
            Json listed = document.root;
            listed.erase("helpers");  // their names are free
            CHECK(unlisted(listed, schema).empty());
            CHECK_NOTHROW(read_search(JsonPlace(document)));
            ++files;
        }
    }
    CHECK(files >= 4);
}

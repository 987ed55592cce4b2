#include "tests/gui/broken_files.h"

#include <algorithm>
#include <functional>

#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

namespace slimline::gui {

namespace {

using Change = std::function<void(Json&)>;

Json search_by_price()
{
    Json search = Json::parse(read_file(data_folder().parent_path() / "examples" / "search-hardware.json"));
    search["objectives"] = {"price_USD"};
    return search;
}

/// A shipped model with a key that no model has.
std::string model_with_unknown_key()
{
    Json model = Json::parse(read_file(data_folder() / "archs" / "qwen2-0.5b.json"));
    model["idd"] = "x";
    return pretty(model);
}

void add_sessions(std::vector<BrokenFile>& all, const std::string& good)
{
    const Json session = Json::parse(good);
    const auto add = [&](const char* what, const char* place, const char* fact, const Change& change) {
        Json broken = session;
        change(broken);
        all.push_back({what, "session.json", pretty(broken), place, fact});
    };
    const auto set = [](const char* pointer, Json value) {
        return [pointer, value](Json& json) { json[Json::json_pointer(pointer)] = value; };
    };
    const auto drop = [](const char* key) { return [key](Json& json) { json.erase(key); }; };
    add("newer version", "/format", "takes 'session/1'", set("/format", "session/2"));
    add("format is a number", "/format", "must be a text, not 1", set("/format", 1));
    add("unknown key", "/colour", "unknown key 'colour'", set("/colour", "red"));
    add("no architecture", "/", "'architecture' is missing", drop("architecture"));
    add("no device", "/", "'device' is missing", drop("device"));
    add("no precision", "/", "'precision' is missing", drop("precision"));
    add("no such model", "/architecture", "no architecture 'qwen-no-such'", set("/architecture", "qwen-no-such"));
    add("model is a number", "/architecture", "must be an object, not 7", set("/architecture", 7));
    add("model is empty", "/architecture", "'format' is missing", set("/architecture", Json::object()));
    add("no such device", "/device", "no device 'no-such-device'", set("/device", "no-such-device"));
    add("device is a list", "/device", "must be an object, not a list", set("/device", Json::array()));
    add("no such backend", "/backend", "unknown word 'tpu'; did you mean 'cpu'?", set("/backend", "tpu"));
    add("backend that the device has not", "/backend", "has no npu", set("/backend", "npu"));
    add("no such engine", "/engine", "no engine 'vllm'", set("/engine", "vllm"));
    add("no such mix", "/precision/weights", "no weight mix 'Q9_Z'", set("/precision/weights", "Q9_Z"));
    add("no such KV format", "/precision/kv_cache", "no format 'F17'", set("/precision/kv_cache", "F17"));
    add("precision has more", "/precision/more", "unknown key 'more'", set("/precision/more", 1));
    add("prompt is negative", "/workload/prompt_tokens", "whole number between 1 and 16777216, not -1", set("/workload/prompt_tokens", -1));
    add("prompt is text", "/workload/prompt_tokens", "not the text 'many'", set("/workload/prompt_tokens", "many"));
    add("prompt is no whole number", "/workload/prompt_tokens", "not 1.5", set("/workload/prompt_tokens", 1.5));
    add("prompt is huge", "/workload/prompt_tokens", "not 1e+18", set("/workload/prompt_tokens", 1e18));
    add("answer is zero", "/workload/generated_tokens", "not 0", set("/workload/generated_tokens", 0));
    add("context too short", "/workload", "the context does not hold prompt and answer", set("/workload/context_tokens", 3));
    add("batch is zero", "/workload/batch", "not 0", set("/workload/batch", 0));
    add("flash attention is text", "/workload/flash_attention", "must be true or false, not the text 'yes'", set("/workload/flash_attention", "yes"));
    add("workload is a list", "/workload", "must be an object, not a list", set("/workload", Json::array({1})));
    add("no such calibration", "/calibration", "no calibration 'no-such-calibration'", set("/calibration", "no-such-calibration"));
    add("calibration of another processor", "/calibration", "is of another kind of processor", set("/calibration", "jetson-orin-nx-16gb--gpu--llama.cpp"));
    add("no such field to lock", "/locked/0", "there is no field 'speed' to lock", set("/locked", Json::array({"speed"})));
    add("locked is text", "/locked", "must be a list, not the text 'prompt'", set("/locked", "prompt"));
    add("pinned is an object", "/pinned", "must be a list, not an object", set("/pinned", Json::object()));
    add("pinned without a name", "/pinned/0", "'name' is missing", [](Json& json) { json["pinned"][0].erase("name"); });
    add("pinned with an empty name", "/pinned/0/name", "a name has 1 to 200 characters", set("/pinned/0/name", ""));
    add("pinned on nothing", "/pinned/0/device", "no device 'nothing'", [](Json& json) { json["pinned"][0]["device"] = "nothing"; });
    add("no such theme", "/view/theme", "unknown word 'purple'", set("/view/theme", "purple"));
    add("scale too large", "/view/scale_percent", "whole number between 100 and 200, not 1000", set("/view/scale_percent", 1000));
    add("view value is a number", "/view/values/x", "must be a text, not 3", set("/view/values/x", 3));
    add("view has more", "/view/zoom", "unknown key 'zoom'", set("/view/zoom", 3));
    add("search of another kind", "/search/format", "format is 'search/9'", set("/search", Json{{"format", "search/9"}}));
    add("pinned with a calibration of nothing", "/pinned/0/calibration", "no calibration 'nothing'", set("/pinned/0/calibration", "nothing"));
    add("an axis of nothing", "/view/values/pareto.x", "'tpot' cannot be chosen; did you mean 'tpot_s'?", set("/view/values/pareto.x", "tpot"));
    add("an axis of no measure", "/view/values/pareto.y", "'layers' cannot be chosen", set("/view/values/pareto.y", "layers"));
    add("a colour of nothing", "/view/values/pareto.colour", "'red' cannot be chosen", set("/view/values/pareto.colour", "red"));
    add("a switch that is neither on nor off", "/view/values/pareto.log", "'maybe' cannot be chosen", set("/view/values/pareto.log", "maybe"));
    add("a parallel axis twice", "/view/values/parallel.axes", "loss stands here twice", set("/view/values/parallel.axes", "loss;tpot_s;loss log"));
    add("a parallel axis of nothing", "/view/values/parallel.axes", "'depth' is no axis", set("/view/values/parallel.axes", "loss;depth"));
    add("a parallel axis upside up", "/view/values/parallel.axes", "'upright' says nothing of an axis", set("/view/values/parallel.axes", "loss upright;tpot_s"));
    add("a filter of nothing", "/view/values/search.brushes", "'tpot_s 1 x' is no filter", set("/view/values/search.brushes", "tpot_s 1 x"));
    add("a comparison with nothing", "/view/values/compare.from", "'first' is no design", set("/view/values/compare.from", "first"));
    add("search by prices alone", "/search/objectives", "asks for nothing that the window knows", set("/search", search_by_price()));
    add("search is text", "/search", "must be an object, not the text 'all'", set("/search", "all"));
}

void add_texts(std::vector<BrokenFile>& all, const std::string& good)
{
    const std::string half = good.substr(0, good.size() / 2);
    const std::string half_ends = "line " + std::to_string(1 + std::ranges::count(half, '\n')) + ",";
    all.push_back({"empty", "empty.json", "", "line 1, column 1", "unexpected end of input"});
    all.push_back({"half of a session", "half.json", half, half_ends, "is not valid JSON"});
    all.push_back({"no JSON", "text.json", "hello", "line 1, column 1", "invalid literal"});
    all.push_back({"a list", "list.json", "[1, 2]", "/", "is no JSON object"});
    all.push_back({"bytes", "bytes.json", std::string("\x00\xff\xfe\x01", 4), "line 1, column 1", "is not valid JSON"});
    all.push_back({"deep", "deep.json", std::string(100000, '['), "/0/0/0", "is nested more than 64 levels deep"});
    all.push_back({"key twice", "twice.json", R"({"format": "session/1", "format": "session/1"})", "/", "key 'format' stands twice in one object"});
    all.push_back({"key twice in a list", "twice2.json", R"({"a": 1,
 "b": [0, {"c": {"x": 1, "x": 2}}]})", "/b/1/c", "key 'x' stands twice in one object"});
    all.push_back({"no format", "plain.json", R"({"a": 1})", "/", "says no \"format\" and is no config.json"});
    all.push_back({"another format", "other.json", R"({"format": "prediction/1"})", "/format", "files of format 'prediction/1' cannot be opened"});
    all.push_back({"config of an unknown model", "config.json", R"({"model_type": "no_such_model", "hidden_size": 8})", "/model_type", "'no_such_model' is not known"});
    all.push_back({"config without sizes", "config2.json", R"({"model_type": "llama"})", "/", "'hidden_size' is missing"});
    all.push_back({"config with a negative size", "config3.json",
                   R"({"model_type": "llama", "hidden_size": -8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 8})", "/hidden_size", "must be a whole number between 1 and 65536, not -8"});
    all.push_back({"device without memory", "device.json", R"({"format": "device/1", "id": "x", "name": "X", "class": "custom"})", "/", "'memory' is missing"});
    all.push_back({"model with unknown key", "model.json", model_with_unknown_key(), "/idd", "unknown key 'idd'"});
    all.push_back({"search without a space", "search.json", R"({"format": "search/1"})", "/", "'space' is missing"});
    all.push_back({"GGUF that ends early", "short.gguf", "GGUF", "short.gguf", "is cut off inside the header: it has 4 bytes"});
    all.push_back({"GGUF of another version", "version.gguf", std::string("GGUF\x63\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24), "version.gguf", "is GGUF version 99"});
    all.push_back({"GGUF with a million million tensors", "many.gguf",
                   std::string("GGUF\x03\0\0\0\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0", 24), "many.gguf", "claims 1099511627775 tensors"});
}

}  // namespace

std::string BrokenFile::complaint(const std::string& path, const std::string& message) const
{
    const auto says = [&](const std::string& words) { return message.find(words) != std::string::npos; };
    if (!message.starts_with(path) || !says(fact)) {
        return what + ": expected '" + fact + "', but it says: " + message;
    }
    if (!place.starts_with("/")) {
        return says(place) ? "" : what + ": expected the place '" + place + "', but it says: " + message;
    }
    // path:LINE: POINTER, and in that line stands the pointer's last key.
    std::size_t digits = 0;
    const std::size_t line = message[path.size()] == ':' ? std::stoul("0" + message.substr(path.size() + 1), &digits) : 0;
    const std::string key = place.substr(place.rfind('/') + 1);
    const std::vector<std::string> lines = split(content, '\n');
    if (line == 0 || line > lines.size() || message.find(": " + place, path.size()) != path.size() + digits) {
        return what + ": expected the place '" + place + "', but it says: " + message;
    }
    const bool named = !key.empty() && key.find_first_not_of("0123456789") != std::string::npos;
    return named && lines[line - 1].find('"' + key + '"') == std::string::npos ? what + ": not in line " + std::to_string(line) : "";
}

std::vector<BrokenFile> broken_files(const std::string& good_session)
{
    std::vector<BrokenFile> all;
    add_sessions(all, good_session);
    add_texts(all, good_session);
    return all;
}

}  // namespace slimline::gui

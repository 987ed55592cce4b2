#include "tests/gui/broken_files.h"

#include <functional>

#include "base/files.h"
#include "base/json.h"

namespace slimline::gui {

namespace {

using Change = std::function<void(Json&)>;

void add_sessions(std::vector<BrokenFile>& all, const std::string& good)
{
    const Json session = Json::parse(good);
    const auto add = [&](const char* what, const Change& change) {
        Json broken = session;
        change(broken);
        all.push_back({what, "session.json", pretty(broken)});
    };
    const auto set = [](const char* pointer, Json value) {
        return [pointer, value](Json& json) { json[Json::json_pointer(pointer)] = value; };
    };
    const auto drop = [](const char* key) { return [key](Json& json) { json.erase(key); }; };
    add("newer version", set("/format", "session/2"));
    add("format is a number", set("/format", 1));
    add("unknown key", set("/colour", "red"));
    add("no architecture", drop("architecture"));
    add("no device", drop("device"));
    add("no precision", drop("precision"));
    add("no such model", set("/architecture", "qwen-no-such"));
    add("model is a number", set("/architecture", 7));
    add("model is empty", set("/architecture", Json::object()));
    add("no such device", set("/device", "no-such-device"));
    add("device is a list", set("/device", Json::array()));
    add("no such backend", set("/backend", "tpu"));
    add("backend that the device has not", set("/backend", "npu"));
    add("no such engine", set("/engine", "vllm"));
    add("no such mix", set("/precision/weights", "Q9_Z"));
    add("no such KV format", set("/precision/kv_cache", "F17"));
    add("precision has more", set("/precision/more", 1));
    add("prompt is negative", set("/workload/prompt_tokens", -1));
    add("prompt is text", set("/workload/prompt_tokens", "many"));
    add("prompt is no whole number", set("/workload/prompt_tokens", 1.5));
    add("prompt is huge", set("/workload/prompt_tokens", 1e18));
    add("answer is zero", set("/workload/generated_tokens", 0));
    add("context too short", set("/workload/context_tokens", 3));
    add("batch is zero", set("/workload/batch", 0));
    add("flash attention is text", set("/workload/flash_attention", "yes"));
    add("workload is a list", set("/workload", Json::array({1})));
    add("no such calibration", set("/calibration", "no-such-calibration"));
    add("calibration of another processor", set("/calibration", "jetson-orin-nx-16gb--gpu--llama.cpp"));
    add("no such field to lock", set("/locked", Json::array({"speed"})));
    add("locked is text", set("/locked", "prompt"));
    add("pinned is an object", set("/pinned", Json::object()));
    add("pinned without a name", [](Json& json) { json["pinned"][0].erase("name"); });
    add("pinned with an empty name", set("/pinned/0/name", ""));
    add("pinned on nothing", [](Json& json) { json["pinned"][0]["device"] = "nothing"; });
    add("no such theme", set("/view/theme", "purple"));
    add("scale too large", set("/view/scale_percent", 1000));
    add("view value is a number", set("/view/values/x", 3));
    add("view has more", set("/view/zoom", 3));
    add("search of another kind", set("/search", Json{{"format", "search/9"}}));
    add("search is text", set("/search", "all"));
}

void add_texts(std::vector<BrokenFile>& all, const std::string& good)
{
    all.push_back({"empty", "empty.json", ""});
    all.push_back({"half of a session", "half.json", good.substr(0, good.size() / 2)});
    all.push_back({"no JSON", "text.json", "hello"});
    all.push_back({"a list", "list.json", "[1, 2]"});
    all.push_back({"bytes", "bytes.json", std::string("\x00\xff\xfe\x01", 4)});
    all.push_back({"deep", "deep.json", std::string(100000, '[')});
    all.push_back({"key twice", "twice.json", R"({"format": "session/1", "format": "session/1"})"});
    all.push_back({"no format", "plain.json", R"({"a": 1})"});
    all.push_back({"another format", "other.json", R"({"format": "prediction/1"})"});
    all.push_back({"config of an unknown model", "config.json", R"({"model_type": "no_such_model", "hidden_size": 8})"});
    all.push_back({"config without sizes", "config2.json", R"({"model_type": "llama"})"});
    all.push_back({"config with a negative size", "config3.json",
                   R"({"model_type": "llama", "hidden_size": -8, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 8, "vocab_size": 8})"});
    all.push_back({"device without memory", "device.json", R"({"format": "device/1", "id": "x", "name": "X", "class": "custom"})"});
    all.push_back({"model with unknown key", "model.json", R"({"format": "architecture/1", "idd": "x"})"});
    all.push_back({"search without a space", "search.json", R"({"format": "search/1"})"});
    all.push_back({"GGUF that ends early", "short.gguf", "GGUF"});
    all.push_back({"GGUF of another version", "version.gguf", std::string("GGUF\x63\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24)});
    all.push_back({"GGUF with a million million tensors", "many.gguf",
                   std::string("GGUF\x03\0\0\0\xff\xff\xff\xff\xff\0\0\0\0\0\0\0\0\0\0\0", 24)});
}

}  // namespace

std::vector<BrokenFile> broken_files(const std::string& good_session)
{
    std::vector<BrokenFile> all;
    add_sessions(all, good_session);
    add_texts(all, good_session);
    return all;
}

}  // namespace slimline::gui

#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "explorer/search_question.h"

namespace slimline {

inline SearchQuestion question(const std::string& text)
{
    const JsonDocument document = parse_json("question.json", text);
    return read_search(JsonPlace(document));
}

using Random = std::mt19937;

inline int pick(Random& random, int least, int most)
{
    return std::uniform_int_distribution(least, most)(random);
}

template <class T>
T one_of(Random& random, const std::vector<T>& values)
{
    return values[std::size_t(pick(random, 0, int(values.size()) - 1))];
}

/// Some of the values, at least one.
template <class T>
Json some_of(Random& random, const std::vector<T>& values)
{
    Json some = Json::array();
    for (const T& value : values) {
        if (pick(random, 0, 2) > 0) {
            some.push_back(value);
        }
    }
    if (some.empty()) {
        some.push_back(one_of(random, values));
    }
    return some;
}

/// A search/1 document over some of the values of each dimension.
inline Json random_search(Random& random)
{
    using Words = std::vector<std::string>;
    const std::vector<int> expert_counts =
        pick(random, 0, 1) == 0 ? std::vector<int>{0} : std::vector<int>{0, 2, 4, 8, 16};
    Json j{{"format", "search/1"},
           {"device", one_of(random, Words{"jetson-orin-nx-16gb", "meizu-18-pro", "raspberry-pi-5-8gb"})}};
    j["space"] = {{"layers", some_of<int>(random, {4, 8, 12, 24, 80})},
                  {"d_model", some_of<int>(random, {512, 576, 768, 1024, 2048})},
                  {"head_dim", some_of<int>(random, {64, 96, 128})},
                  {"heads", pick(random, 0, 1) == 0 ? Json("d_model / head_dim") : some_of<int>(random, {4, 8, 9, 16})},
                  {"kv_heads", some_of<int>(random, {1, 2, 4, 8})},
                  {"d_ffn", pick(random, 0, 1) == 0 ? Json("round_up(ratio * d_model, 64)")
                                                    : some_of<int>(random, {1024, 1536, 2560, 4096})},
                  {"vocabulary", some_of<int>(random, {16384, 32000, 65536})},
                  {"experts", some_of<int>(random, expert_counts)},
                  {"active", some_of<int>(random, {1, 2})},
                  {"tied", some_of<bool>(random, {false, true})},
                  {"weights", some_of<std::string>(random, {"Q4_K_M", "Q4_0", "Q8_0", "Q2_K", "F16"})},
                  {"kv_cache", some_of<std::string>(random, {"F16", "Q8_0"})}};
    j["helpers"] = {{"ratio", some_of<double>(random, {1, 2.5, 4})}};
    Json constraints = Json::array();
    for (const char* each : {"heads * head_dim <= 2 * d_model", "d_ffn >= d_model", "layers * d_model <= 40000",
                             "vocabulary <= 32 * d_model", "heads * head_dim <= d_ffn"}) {
        if (pick(random, 0, 3) == 0) {
            constraints.push_back(each);
        }
    }
    j["constraints"] = constraints;
    const Words metrics{"tpot_s",  "ttft_s",     "memory_bytes",       "energy_j_per_token",
                        "total_s", "parameters", "loss_per_character", "tpot_s_per_character"};
    j["objectives"] = Json::array({"loss"});
    for (int i = pick(random, 1, 3); i > 0; --i) {
        const std::string metric = one_of(random, metrics);
        if (std::find(j["objectives"].begin(), j["objectives"].end(), Json(metric)) == j["objectives"].end()) {
            j["objectives"].push_back(metric);
        }
    }
    j["limits"] = Json::object();
    if (pick(random, 0, 1) == 0) {
        j["limits"]["parameters"] = {{"least", 5e7}, {"most", 2e9}};
    }
    if (pick(random, 0, 2) == 0) {
        j["limits"]["tpot_s"] = {{"most", 0.05}};
    }
    if (pick(random, 0, 2) == 0) {
        j["limits"]["memory_bytes"] = {{"most", 1e9}};
    }
    j["law"] = one_of(random, Words{"gemstones", "plas", "chinchilla-besiroglu", "conditional-1b", "aspect-ratio",
                                    "precision", "vocabulary", "kaplan"});
    j["tokens"] = 1e11;
    return j;
}

inline SearchQuestion random_question(Random& random)
{
    return question(random_search(random).dump());
}

}  // namespace slimline

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "hwmodels/device.h"

namespace slimline {

enum class Metric {
    decode_tokens_per_s,
    decode_ms_per_token,
    prefill_tokens_per_s,
    ttft_ms,
    end_to_end_tokens_per_s,
    memory_bytes,
    power_W,
    compute_buffer_MiB,
    kv_cache_MiB,
    memory_as_plotted_MB,
    weights_as_plotted_MB,
    other_memory_as_plotted_MB,
};

/// One observed number and what its reporter says about the circumstances. Zero and "" mean: not stated.
struct Measurement {
    std::string id;
    std::string device;
    BackendKind backend{};
    std::string interface;
    std::string engine;
    std::string setup;  // variant of the engine: "repack", "radv", a front end
    std::string engine_version;
    std::string model;         // as its reporter calls it
    std::string architecture;  // ours; "": nobody documents its shape
    double parameters = 0;
    std::string quant;            // as its reporter calls it
    std::string mix;              // ours; "": none is near
    bool mix_is_nearest = false;  // not the same formats: sizes are scaled to the bytes stated
    double streamed_bytes = 0;    // weights read for one token
    double model_bytes = 0;
    int prompt_tokens = 0;
    int generated_tokens = 0;
    int depth_tokens = 0;  // in the cache before the first generated token
    int context = 0;
    int threads = 0;
    bool flash_attention = false;
    Metric metric{};
    double value = 0;
    double standard_deviation = 0;
    std::string date;
    std::string source;
    std::string tier;  // A: stated by whoever measured; B: details are missing or the reporter is unknown
    std::string note;

    bool operator==(const Measurement&) const = default;
};

std::string_view word(Metric metric);

/// Format "measurements/1" (data/schema/measurements-1.json): observations of one device, never edited.
std::vector<Measurement> read_measurements(const JsonPlace& place);

/// A file, or all files of a folder in order of their names. An id that stands twice is an error.
std::vector<Measurement> load_measurements(const std::filesystem::path& path);

}  // namespace slimline

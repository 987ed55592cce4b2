#include "validation/measurement.h"

#include <algorithm>
#include <set>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::pair<std::string_view, Metric> metric_words[] = {
    {"decode_tokens_per_s", Metric::decode_tokens_per_s},
    {"decode_ms_per_token", Metric::decode_ms_per_token},
    {"prefill_tokens_per_s", Metric::prefill_tokens_per_s},
    {"ttft_ms", Metric::ttft_ms},
    {"end_to_end_tokens_per_s", Metric::end_to_end_tokens_per_s},
    {"memory_bytes", Metric::memory_bytes},
    {"power_W", Metric::power_W},
    {"compute_buffer_MiB", Metric::compute_buffer_MiB},
    {"kv_cache_MiB", Metric::kv_cache_MiB},
    {"memory_as_plotted_MB", Metric::memory_as_plotted_MB},
    {"weights_as_plotted_MB", Metric::weights_as_plotted_MB},
    {"other_memory_as_plotted_MB", Metric::other_memory_as_plotted_MB},
};

constexpr std::int64_t most_tokens = 100'000'000;
constexpr Range count_range{1, 1e15};

void read_mix(JsonObject& object, Measurement& m)
{
    m.mix = object.text_or("mix", "");
    const std::string nearest = object.text_or("nearest_mix", "");
    if (!m.mix.empty() && !nearest.empty()) {
        object.place().fail("has both 'mix' and 'nearest_mix'", "keep one");
    }
    if (!nearest.empty()) {
        m.mix = nearest;
        m.mix_is_nearest = true;
    }
}

void read_circumstances(JsonObject& object, Measurement& m)
{
    const auto tokens = [&](const char* key) { return int(object.integer_or(key, 0, 0, most_tokens)); };
    m.parameters = object.number_or("parameters", 0, count_range);
    m.streamed_bytes = object.number_or("streamed_bytes", 0, count_range);
    m.model_bytes = object.number_or("model_bytes", 0, count_range);
    m.prompt_tokens = tokens("prompt_tokens");
    m.generated_tokens = tokens("generated_tokens");
    m.depth_tokens = tokens("depth_tokens");
    m.context = tokens("context");
    m.threads = int(object.integer_or("threads", 0, 1, 4096));
    m.flash_attention = object.boolean_or("flash_attention", false);
}

Measurement read_row(const JsonPlace& place, const std::string& device)
{
    JsonObject object(place);
    Measurement m;
    m.id = object.text("id");
    m.device = device;
    m.backend = object.one_of<BackendKind>("backend", backend_words);
    m.interface = object.text("interface");
    m.engine = object.text("engine");
    object.ignore("engine_as_stated");
    m.setup = object.text_or("setup", "");
    m.engine_version = object.text_or("engine_version", "");
    m.model = object.text("model");
    m.architecture = object.text_or("architecture", "");
    m.quant = object.text("quant");
    read_mix(object, m);
    read_circumstances(object, m);
    m.metric = object.one_of<Metric>("metric", metric_words);
    m.value = object.number("value", Range::positive());
    m.standard_deviation = object.number_or("standard_deviation", 0, Range::not_negative());
    m.date = object.text_or("date", "");
    m.source = object.text("source");
    m.tier = object.text_or("tier", "");
    m.note = object.text_or("note", "");
    object.done();
    if (m.source.empty()) {
        place.fail("has an empty source", "say where the number comes from");
    }
    return m;
}

void refuse_repeated_ids(const std::vector<Measurement>& rows, const std::string& where)
{
    std::set<std::string> seen;
    for (const Measurement& row : rows) {
        if (!seen.insert(row.id).second) {
            throw InputError(where, "measurement '" + printable(row.id) + "' stands twice", "keep one");
        }
    }
}

std::vector<std::filesystem::path> files_of(const std::filesystem::path& path)
{
    if (!std::filesystem::is_directory(path)) {
        return {path};
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
        if (entry.path().extension() == ".json") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace

std::string_view word(Metric metric)
{
    const auto* const found = std::ranges::find(metric_words, metric, [](const auto& row) { return row.second; });
    return found->first;
}

std::vector<Measurement> read_measurements(const JsonPlace& place)
{
    JsonObject object(place);
    expect_format(object, "measurements/1");
    object.text("id");
    const std::string device = object.text("device");
    object.ignore("note");
    std::vector<Measurement> rows;
    for (const JsonPlace& item : object.at("rows").items()) {
        rows.push_back(read_row(item, device));
    }
    object.done();
    refuse_repeated_ids(rows, place.file());
    return rows;
}

std::vector<Measurement> load_measurements(const std::filesystem::path& path)
{
    std::vector<Measurement> all;
    for (const std::filesystem::path& file : files_of(path)) {
        const JsonDocument document = load_json(file);
        std::ranges::move(read_measurements(JsonPlace(document)), std::back_inserter(all));
    }
    refuse_repeated_ids(all, path.string());
    return all;
}

}  // namespace slimline

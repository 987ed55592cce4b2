#include "hwmodels/calibration_json.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/files.h"
#include "hwmodels/six_digits.h"
#include "hwmodels/sustained_speed_json.h"

namespace slimline {

namespace {

// A cache or a sparse kernel can beat a datasheet, but not by a hundred times.
constexpr Range share_of_peak{1e-6, 100};

using Shares = std::array<double, format_count>;

constexpr Range times_as_much{1e-3, 1e3};

/// Learnt numbers are not known to more than a few digits; more would only make files noisy.
void read_shares(const JsonPlace& place, Shares& shares, double& other)
{
    JsonObject object(place);
    other = object.number("other", share_of_peak);
    for (const FormatInfo& format : format_table) {
        shares[std::size_t(format.format)] = object.number_or(format.name, 0, share_of_peak);
    }
    object.done();
}

Json shares_json(const Shares& shares, double other)
{
    Json object{{"other", six_digits(other)}};
    for (const FormatInfo& format : format_table) {
        if (const double share = shares[std::size_t(format.format)]; share > 0) {
            object[std::string(format.name)] = six_digits(share);
        }
    }
    return object;
}

/// Entries of a number `key` and how many times as much it costs.
std::vector<std::pair<int, double>> read_costs_by(const JsonPlace& place, const char* key, const char* value = "times",
                                                  Range range = {1e-3, 1e3})
{
    std::vector<std::pair<int, double>> costs;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        const int number = int(object.integer(key, 1, 65536));
        if (!costs.empty() && number <= costs.back().first) {
            item.fail(std::string(key) + " must rise from entry to entry", "sort the entries");
        }
        costs.emplace_back(number, object.number(value, range));
        object.done();
    }
    return costs;
}

void read_by_format(const JsonPlace& place, Shares& costs)
{
    JsonObject object(place);
    for (const FormatInfo& format : format_table) {
        costs[std::size_t(format.format)] = object.number_or(format.name, 0, times_as_much);
    }
    object.done();
}

std::vector<WorkingSetCost> read_working_set_cost(const JsonPlace& place)
{
    std::vector<WorkingSetCost> costs;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        const WorkingSetCost cost{object.number("working_set_MiB", {1e-6, 1e9}) * MiB,
                                  object.number("times", times_as_much)};
        object.done();
        if (!costs.empty() && cost.bytes <= costs.back().bytes) {
            item.fail("working_set_MiB must rise from entry to entry", "sort the entries");
        }
        costs.push_back(cost);
    }
    return costs;
}

void read_activation_kernel_cost(const JsonPlace& place, std::array<double, activation_kernel_count>& costs)
{
    JsonObject object(place);
    for (std::size_t i = 0; i < activation_kernel_count; ++i) {
        costs[i] = object.number_or(word(ActivationKernel(i)), 1, times_as_much);
    }
    object.done();
}

Residuals read_residuals(const JsonPlace& place)
{
    JsonObject object(place);
    Residuals residuals{.count = int(object.integer("count", 0, 100'000'000)),
                        .median_error = object.number("median_error", {0, 1e6}),
                        .p90_error = object.number("p90_error", {0, 1e6}),
                        .log_low = object.number("log_low", {-20, 20}),
                        .log_high = object.number("log_high", {-20, 20}),
                        .basis = object.text("basis")};
    object.done();
    if (residuals.log_low > residuals.log_high) {
        place.fail("log_low is above log_high", "swap them");
    }
    return residuals;
}

Json residuals_json(const Residuals& residuals)
{
    return {{"count", residuals.count},
            {"median_error", six_digits(residuals.median_error)},
            {"p90_error", six_digits(residuals.p90_error)},
            {"log_low", six_digits(residuals.log_low)},
            {"log_high", six_digits(residuals.log_high)},
            {"basis", residuals.basis}};
}

std::vector<AnchorRun> read_anchors(const JsonPlace& place)
{
    constexpr int most_tokens = 10'000'000;
    std::vector<AnchorRun> anchors;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        AnchorRun anchor{.architecture = object.text("architecture"), .mix = object.text("mix")};
        anchor.prompt = int(object.integer_or("prompt", 0, 0, most_tokens));
        anchor.generated = int(object.integer_or("generated", 0, 0, most_tokens));
        anchor.past = int(object.integer_or("past", 0, 0, most_tokens));
        anchor.seconds = object.number("seconds", Range::positive());
        if ((anchor.prompt > 0) == (anchor.generated > 0)) {
            item.fail("a run is either of a prompt or of generated tokens", "give one of 'prompt' and 'generated'");
        }
        object.done();
        anchors.push_back(std::move(anchor));
    }
    return anchors;
}

Json anchor_json(const AnchorRun& anchor)
{
    Json json{{"architecture", anchor.architecture}, {"mix", anchor.mix}};
    for (const auto& [key, tokens] : {std::pair{"prompt", anchor.prompt}, std::pair{"generated", anchor.generated}, std::pair{"past", anchor.past}}) {
        if (tokens > 0) {
            json[key] = tokens;
        }
    }
    json["seconds"] = six_digits(anchor.seconds);
    return json;
}

std::vector<LearntNumber> read_learnt(const JsonPlace& place)
{
    std::vector<LearntNumber> numbers;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        LearntNumber number{
            object.text("number"), object.number("value"), object.number("relative_error", Range::not_negative()), {}};
        for (const JsonPlace& each : object.at("correlation").items()) {
            number.correlation.push_back(each.number({-1.001, 1.001}));
        }
        object.done();
        numbers.push_back(std::move(number));
    }
    return numbers;
}

Json learnt_json(const LearntNumber& number)
{
    Json correlation = Json::array();
    for (const double each : number.correlation) {
        correlation.push_back(std::round(each * 1e3) / 1e3);
    }
    return {{"number", number.name},
            {"value", six_digits(number.value)},
            {"relative_error", six_digits(number.relative_error)},
            {"correlation", std::move(correlation)}};
}

void read_identity(JsonObject& object, Calibration& c)
{
    c.id = object.text("id");
    c.device = object.text_or("device", "");
    c.backend = object.one_of<BackendKind>("backend", backend_words);
    c.interface = object.text_or("interface", "");
    c.engine = object.text("engine");
    c.engine_version = object.text_or("engine_version", "");
    c.threads = int(object.integer_or("threads", 0, 0, 4096));
}

void read_roofs(JsonObject& object, Calibration& c)
{
    c.weight_bandwidth = object.number("weight_bandwidth_share", share_of_peak);
    c.kv_bandwidth = object.number("kv_bandwidth_share", share_of_peak);
    c.activation_bandwidth = object.number("activation_bandwidth_share", share_of_peak);
    c.thread_bandwidth = object.number_or("thread_bandwidth_share", 1, share_of_peak);
    read_shares(object.at("mat_vec_compute_share"), c.mat_vec_compute, c.other_mat_vec_compute);
    read_shares(object.at("mat_mat_compute_share"), c.mat_mat_compute, c.other_mat_mat_compute);
    c.attention_vec_compute = object.number("attention_vec_compute_share", share_of_peak);
    c.attention_mat_compute = object.number("attention_mat_compute_share", share_of_peak);
    c.recurrent_compute = object.number("recurrent_compute_share", share_of_peak);
    if (const auto costs = object.find("head_dim_cost")) {
        c.head_dim_cost = read_costs_by(*costs, "head_dim");
    }
    if (const auto costs = object.find("head_dim_mat_cost")) {
        c.head_dim_mat_cost = read_costs_by(*costs, "head_dim");
    }
    if (const auto costs = object.find("kv_row_cost")) {
        c.kv_row_seconds = read_costs_by(*costs, "head_dim", "ns", {0, 1e6});
        for (auto& [head_dim, seconds] : c.kv_row_seconds) {
            seconds *= nano;
        }
    }
    if (const auto costs = object.find("head_group_cost")) {
        c.head_group_cost = read_costs_by(*costs, "heads_per_kv_head");
    }
    if (const auto costs = object.find("weight_stream_cost")) {
        read_by_format(*costs, c.weight_stream_cost);
    }
    if (const auto costs = object.find("working_set_cost")) {
        c.working_set_cost = read_working_set_cost(*costs);
    }
    if (const auto uses = object.find("weight_cache_use")) {
        read_by_format(*uses, c.weight_cache_use);
    }
    c.kv_shares_caches = object.boolean_or("kv_shares_caches", false);
    if (const auto costs = object.find("activation_kernel_cost")) {
        read_activation_kernel_cost(*costs, c.activation_kernel_cost);
    }
}

void read_times(JsonObject& object, Calibration& c)
{
    c.serial_share = object.number_or("serial_share", 0, Range::share());
    c.per_operator = {object.number_or("per_operator_us", 0, {0, 1e6}) * micro};
    c.per_pass = {object.number_or("per_pass_ms", 0, {0, 1e6}) * milli};
    c.per_attention_row = {object.number_or("per_attention_row_us", 0, {0, 1e6}) * micro};
    c.per_attention_score = {object.number_or("per_attention_score_ns", 0, {0, 1e6}) * nano};
    c.per_prompt = {object.number_or("per_prompt_ms", 0, {0, 1e6}) * milli};
    c.mat_mat_tile_rows = int(object.integer_or("mat_mat_tile_rows", 1, 1, 4096));
    c.mat_mat_tile_columns = int(object.integer_or("mat_mat_tile_columns", 1, 1, 4096));
    c.mat_vec_most_rows = int(object.integer_or("mat_vec_most_rows", 8, 1, 4096));
    c.attention_vec_most_rows = int(object.integer_or("attention_vec_most_rows", 0, 0, 4096));
}

}  // namespace

Calibration read_calibration(const JsonPlace& place)
{
    JsonObject object(place);
    expect_format(object, "calibration/1");
    Calibration c;
    read_identity(object, c);
    read_roofs(object, c);
    read_times(object, c);
    c.decode = read_residuals(object.at("decode_residuals"));
    c.prefill = read_residuals(object.at("prefill_residuals"));
    if (const auto repeatability = object.find("repeatability")) {
        JsonObject spread(*repeatability);
        c.repeatability = {spread.number("median", Range::not_negative()), spread.number("p90", Range::not_negative())};
        spread.done();
    }
    if (const auto anchors = object.find("anchors")) {
        c.anchors = read_anchors(*anchors);
    }
    if (const auto sustained = object.find("sustained")) {
        c.sustained = read_sustained_speed(*sustained);
    }
    if (const auto learnt = object.find("learnt")) {
        c.learnt = read_learnt(*learnt);
    }
    c.measurements = object.texts_or_none("measurements");
    c.note = object.text_or("note", "");
    object.done();
    return c;
}

Json to_json(const Calibration& c)
{
    Json object{{"format", "calibration/1"}, {"id", c.id}};
    const auto put_text = [&](const char* key, const std::string& text) {
        if (!text.empty()) {
            object[key] = text;
        }
    };
    put_text("device", c.device);
    object["backend"] = std::string(word(c.backend));
    put_text("interface", c.interface);
    object["engine"] = c.engine;
    put_text("engine_version", c.engine_version);
    object["threads"] = c.threads;
    object["weight_bandwidth_share"] = six_digits(c.weight_bandwidth);
    object["kv_bandwidth_share"] = six_digits(c.kv_bandwidth);
    object["activation_bandwidth_share"] = six_digits(c.activation_bandwidth);
    object["thread_bandwidth_share"] = six_digits(c.thread_bandwidth);
    object["mat_vec_compute_share"] = shares_json(c.mat_vec_compute, c.other_mat_vec_compute);
    object["mat_mat_compute_share"] = shares_json(c.mat_mat_compute, c.other_mat_mat_compute);
    object["attention_vec_compute_share"] = six_digits(c.attention_vec_compute);
    object["attention_mat_compute_share"] = six_digits(c.attention_mat_compute);
    object["recurrent_compute_share"] = six_digits(c.recurrent_compute);
    for (const auto& [head_dim, times] : c.head_dim_cost) {
        object["head_dim_cost"].push_back({{"head_dim", head_dim}, {"times", six_digits(times)}});
    }
    for (const auto& [head_dim, times] : c.head_dim_mat_cost) {
        object["head_dim_mat_cost"].push_back({{"head_dim", head_dim}, {"times", six_digits(times)}});
    }
    for (const auto& [head_dim, seconds] : c.kv_row_seconds) {
        object["kv_row_cost"].push_back({{"head_dim", head_dim}, {"ns", six_digits(seconds / nano)}});
    }
    for (const auto& [heads, times] : c.head_group_cost) {
        object["head_group_cost"].push_back({{"heads_per_kv_head", heads}, {"times", six_digits(times)}});
    }
    for (const FormatInfo& format : format_table) {
        if (const double cost = c.weight_stream_cost[std::size_t(format.format)]; cost > 0) {
            object["weight_stream_cost"][std::string(format.name)] = six_digits(cost);
        }
    }
    for (const WorkingSetCost& cost : c.working_set_cost) {
        object["working_set_cost"].push_back(
            {{"working_set_MiB", six_digits(cost.bytes / MiB)}, {"times", six_digits(cost.times)}});
    }
    for (const FormatInfo& format : format_table) {
        if (const double use = c.weight_cache_use[std::size_t(format.format)]; use > 0) {
            object["weight_cache_use"][std::string(format.name)] = six_digits(use);
        }
    }
    if (c.kv_shares_caches) {
        object["kv_shares_caches"] = true;
    }
    for (std::size_t i = 0; i < activation_kernel_count; ++i) {
        if (c.activation_kernel_cost[i] != 1) {
            object["activation_kernel_cost"][std::string(word(ActivationKernel(i)))] =
                six_digits(c.activation_kernel_cost[i]);
        }
    }
    object["serial_share"] = six_digits(c.serial_share);
    object["per_operator_us"] = six_digits(c.per_operator.value / micro);
    if (c.per_attention_row.value > 0) {
        object["per_attention_row_us"] = six_digits(c.per_attention_row.value / micro);
    }
    if (c.per_attention_score.value > 0) {
        object["per_attention_score_ns"] = six_digits(c.per_attention_score.value / nano);
    }
    object["per_pass_ms"] = six_digits(c.per_pass.value / milli);
    object["per_prompt_ms"] = six_digits(c.per_prompt.value / milli);
    object["mat_mat_tile_rows"] = c.mat_mat_tile_rows;
    object["mat_mat_tile_columns"] = c.mat_mat_tile_columns;
    object["mat_vec_most_rows"] = c.mat_vec_most_rows;
    if (c.attention_vec_most_rows > 0) {
        object["attention_vec_most_rows"] = c.attention_vec_most_rows;
    }
    object["decode_residuals"] = residuals_json(c.decode);
    object["prefill_residuals"] = residuals_json(c.prefill);
    if (c.repeatability != Repeatability{}) {
        object["repeatability"] = {{"median", six_digits(c.repeatability.median)},
                                   {"p90", six_digits(c.repeatability.p90)}};
    }
    for (const AnchorRun& anchor : c.anchors) {
        object["anchors"].push_back(anchor_json(anchor));
    }
    if (c.sustained) {
        object["sustained"] = to_json(*c.sustained);
    }
    for (const LearntNumber& number : c.learnt) {
        object["learnt"].push_back(learnt_json(number));
    }
    if (!c.measurements.empty()) {
        object["measurements"] = c.measurements;
    }
    put_text("note", c.note);
    return object;
}

Calibration load_calibration(const std::string& id_or_path, BackendKind backend)
{
    if (id_or_path == "datasheet") {
        return datasheet_calibration(backend);
    }
    const JsonDocument document = load_json(find_data_file(id_or_path, "calibrations", "calibration"));
    return read_calibration(JsonPlace(document));
}

std::vector<Calibration> shipped_calibrations()
{
    std::vector<Calibration> all;
    std::error_code error;
    for (std::filesystem::directory_iterator entry(data_folder() / "calibrations", error), end; !error && entry != end;
         entry.increment(error)) {
        if (entry->path().extension() == ".json") {
            const JsonDocument document = load_json(entry->path());
            all.push_back(read_calibration(JsonPlace(document)));
        }
    }
    std::ranges::sort(all, {}, &Calibration::id);
    return all;
}

}  // namespace slimline

#include "explorer/search_state.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/json.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::size_t row_width = 3 + dimension_count;

/// Weights, KV format, device, then the dimensions in their order.
std::string row_text(const Candidate& c)
{
    std::string row = fmt::format("[{},{},{}", c.weights, c.kv_cache, c.hardware);
    for (std::size_t d = 0; d < dimension_count; ++d) {
        row += fmt::format(",{}", int(value_of(c.design, Dimension(d))));
    }
    return row + "]";
}

Candidate read_row(const JsonPlace& place, const SearchQuestion& q)
{
    const std::vector<JsonPlace> numbers = place.items();
    if (numbers.size() != row_width) {
        place.fail("is no design of a checkpoint", "delete the file to begin anew");
    }
    const auto index = [&](std::size_t i, std::size_t count) {
        const double value = numbers[i].number();
        if (!(value >= 0 && value < double(std::max<std::size_t>(1, count)) && value == std::floor(value))) {
            numbers[i].fail("is not in the question's lists", "delete the file to begin anew");
        }
        return std::size_t(value);
    };
    Candidate c{index(0, q.space.weights.size()), index(1, q.space.kv_cache.size()),
                {}, index(2, q.hardware.points.size())};
    for (std::size_t d = 0; d < dimension_count; ++d) {
        const double value = numbers[3 + d].number();
        if (!set_dimension(c.design, Dimension(d), value)) {
            numbers[3 + d].fail("is no " + std::string(word(Dimension(d))), "delete the file to begin anew");
        }
    }
    return c;
}

}  // namespace

std::string text_of(const SearchState& state, const std::string& name)
{
    std::string text = fmt::format(
        "{{\"format\": \"search_checkpoint/1\", \"name\": {}, \"question\": \"{:016x}\",\n \"tasks_done\": {}, "
        "\"evaluated\": {:.0f}, \"blocks_done\": {:.0f},\n \"front\": [",
        Json(name).dump(), state.question, state.tasks_done, state.evaluated, state.blocks_done);
    for (std::size_t i = 0; i < state.front.size(); ++i) {
        text += (i == 0 ? "\n  " : ",\n  ") + row_text(state.front[i]);
    }
    return text + "]}\n";
}

SearchState read_state(const std::string& place, std::string text, const SearchQuestion& q)
{
    constexpr double most = 1e15;
    const JsonDocument document = parse_json(place, std::move(text));
    JsonObject o{JsonPlace(document)};
    expect_format(o, "search_checkpoint/1");
    const std::string name = o.text_or("name", "");
    const JsonPlace question = o.at("question");
    if (question.text() != fmt::format("{:016x}", q.identity)) {
        question.fail("belongs to another question ('" + printable(name) + "'), or its device, calibration or law changed",
                      "name another file, or delete this one to begin anew");
    }
    SearchState state{.question = q.identity};
    state.tasks_done = std::size_t(o.number("tasks_done", Range{0, most}));
    state.evaluated = o.number("evaluated", Range{0, most});
    state.blocks_done = o.number("blocks_done", Range{0, most});
    for (const JsonPlace& row : o.at("front").items()) {
        state.front.push_back(read_row(row, q));
    }
    o.done();
    return state;
}

}  // namespace slimline

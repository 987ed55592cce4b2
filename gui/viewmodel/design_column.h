#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "explorer/live_space.h"
#include "gui/viewmodel/axis_unit.h"

namespace slimline::gui {

/// What is known of a design of a search: its metrics, its dimensions, its formats; a column of the table, an axis of a
/// plot.
enum class Column : std::uint8_t {
    ttft,
    tpot,
    total,
    energy,
    memory,
    loss,
    parameters,
    active_parameters,
    tpot_per_character,
    loss_per_character,
    layers,
    d_model,
    heads,
    kv_heads,
    head_dim,
    d_ffn,
    vocabulary,
    experts,
    active,
    tied,
    weights,
    kv_cache,
};
/// The metrics that a live space knows: those of one device under one workload, which are the first of all.
inline constexpr std::size_t live_metric_count = std::size_t(DesignMetric::loss_per_character) + 1;
inline constexpr std::size_t column_count = std::size_t(Column::kv_cache) + 1;
static_assert(column_count == live_metric_count + dimension_count + 2);

constexpr Column column_of(DesignMetric metric)
{
    return Column(std::size_t(metric));
}
constexpr Column column_of(Dimension dimension)
{
    return Column(live_metric_count + std::size_t(dimension));
}
std::optional<DesignMetric> metric_of(Column column);

std::array<Column, column_count> all_columns();

/// "tpot_s", "d_model": as in JSON.
std::string_view id(Column column);
std::optional<Column> column_named(std::string_view id);

/// "Time a token", for people.
std::string_view label(Column column);

/// The unit of numbers that display() writes without one: of losses; empty elsewhere.
std::string_view bare_unit(Column column);

/// The unit that makes an axis with values up to `largest` short; an empty name where there is none.
AxisUnit axis_unit(Column column, double largest);

/// A dimension or format: an index into the question's formats for these.
double value_of(Column column, const Candidate& candidate);

/// "12.3 ms", "Q4_K_M", "yes": derived from the value.
std::string display(Column column, double value, const SearchQuestion& question);

/// "L=24,d=2048,...": the short form of a model, as the CLI takes it.
std::string short_form(const UniformDesign& design);

}  // namespace slimline::gui

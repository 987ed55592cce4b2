#include "gui/viewmodel/design_column.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace slimline::gui {

namespace {

constexpr std::array<std::string_view, column_count> labels{"Time to first token",
                                                            "Time a token",
                                                            "Time in all",
                                                            "Energy a token",
                                                            "Memory",
                                                            "Loss",
                                                            "Parameters",
                                                            "Active parameters",
                                                            "Time a character",
                                                            "Loss a character",
                                                            "Layers",
                                                            "Width",
                                                            "Heads",
                                                            "KV heads",
                                                            "Head size",
                                                            "FFN width",
                                                            "Vocabulary",
                                                            "Experts",
                                                            "Active experts",
                                                            "Tied",
                                                            "Weights",
                                                            "KV cache"};

bool is_time(Column column)
{
    return column == Column::ttft || column == Column::tpot || column == Column::total ||
           column == Column::tpot_per_character;
}

}  // namespace

std::optional<DesignMetric> metric_of(Column column)
{
    return std::size_t(column) < live_metric_count ? std::optional(DesignMetric(std::size_t(column))) : std::nullopt;
}

std::array<Column, column_count> all_columns()
{
    std::array<Column, column_count> all{};
    for (std::size_t i = 0; i < column_count; ++i) {
        all[i] = Column(i);
    }
    return all;
}

std::string_view id(Column column)
{
    if (const auto metric = metric_of(column)) {
        return word(*metric);
    }
    if (column == Column::weights || column == Column::kv_cache) {
        return column == Column::weights ? "weights" : "kv_cache";
    }
    return word(Dimension(std::size_t(column) - live_metric_count));
}

std::optional<Column> column_named(std::string_view name)
{
    const auto all = all_columns();
    const auto found = std::ranges::find(all, name, [](Column column) { return id(column); });
    return found == all.end() ? std::nullopt : std::optional(*found);
}

std::string_view label(Column column)
{
    return labels[std::size_t(column)];
}

std::string_view bare_unit(Column column)
{
    return column == Column::loss ? "nats/token" : column == Column::loss_per_character ? "nats/character" : "";
}

AxisUnit axis_unit(Column column, double largest)
{
    if (is_time(column)) {
        return time_unit(largest);
    }
    switch (column) {
        case Column::energy:
            return largest >= 1 ? AxisUnit{1, "J"} : AxisUnit{milli, "mJ"};
        case Column::memory:
            return memory_unit(largest);
        case Column::parameters:
        case Column::active_parameters:
            return largest >= giga ? AxisUnit{giga, "10⁹"} : AxisUnit{mega, "10⁶"};
        case Column::loss:
        case Column::loss_per_character:
            return {1, std::string(bare_unit(column))};
        default:
            return {};
    }
}

double value_of(Column column, const Candidate& candidate)
{
    switch (column) {
        case Column::weights:
            return double(candidate.weights);
        case Column::kv_cache:
            return double(candidate.kv_cache);
        default:
            return slimline::value_of(candidate.design, Dimension(std::size_t(column) - live_metric_count));
    }
}

std::string display(Column column, double value, const SearchQuestion& question)
{
    if (is_time(column)) {
        return slimline::display(Seconds{value});
    }
    switch (column) {
        case Column::energy:
            return slimline::display(Joules{value});
        case Column::memory:
            return slimline::display(Bytes{value});
        case Column::parameters:
        case Column::active_parameters:
            return display_count(value);
        case Column::loss:
        case Column::loss_per_character:
            return significant(value, 5);
        case Column::tied:
            return value != 0 ? "yes" : "no";
        case Column::weights:
            return value >= 0 && value < double(question.space.weights.size())
                       ? question.space.weights[std::size_t(value)].name
                       : std::string{};
        case Column::kv_cache:
            return value >= 0 && value < double(question.space.kv_cache.size())
                       ? std::string(info(question.space.kv_cache[std::size_t(value)]).name)
                       : std::string{};
        default:
            return fmt::format("{:.0f}", value);
    }
}

std::string short_form(const UniformDesign& u)
{
    const std::string mixture = u.experts > 0 ? fmt::format(",E={},K={}", u.experts, u.active) : "";
    return fmt::format("L={},d={},h={},kv={},hd={},ffn={},V={}{}{}", u.layers, u.d_model, u.heads, u.kv_heads,
                       u.head_dim, u.d_ffn, u.vocabulary, mixture, u.tied ? ",tied" : ",untied");
}

}  // namespace slimline::gui

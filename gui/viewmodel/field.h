#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "explorer/scenario.h"

namespace slimline::gui {

struct SessionState;

/// What can be turned in the design panel.
enum class Field : std::uint8_t {
    layers,
    d_model,
    heads,
    kv_heads,
    head_dim,
    d_ffn,
    vocabulary,
    tied,
    experts,
    active,
    weights,
    kv_cache,
    backend,
    engine,
    bandwidth,
    compute,
    cache_size,
    cache_bandwidth,
    memory,
    threads,
    prompt,
    generate,
    context,
    batch,
};
inline constexpr std::size_t field_count = std::size_t(Field::batch) + 1;

enum class FieldKind : std::uint8_t { number, choice, toggle };
enum class FieldGroup : std::uint8_t { architecture, format, device, workload };

/// How a field is named, and which numbers its slider offers; more may be typed.
struct FieldInfo {
    Field field{};
    std::string_view id{};     // in session files
    std::string_view label{};
    std::string_view unit{};   // of the number shown, empty for counts
    std::string_view help{};
    FieldGroup group{};
    FieldKind kind = FieldKind::number;
    double least = 0;
    double most = 0;
    double step = 1;           // of the slider; 0: not a whole number, three digits
    std::string_view zero{};   // what 0 means ("all cores"); empty: 0 is not special
};

std::span<const FieldInfo> fields();
const FieldInfo& info(Field field);

/// Whether the scenario has such a thing (a dense model has no active experts, a device may have no known cache).
bool applies(Field field, const Scenario& scenario);

/// The number as shown, in the field's unit; of a choice the index into choices(), of a toggle 0 or 1.
double value_of(Field field, const Scenario& scenario);

/// The words of a choice.
std::vector<std::string> choices(Field field, const Scenario& scenario);

/// The scenario with the field at this value, its calibration not chosen anew. Throws InputError for what no reader of
/// such a file would take.
Scenario with_value(Field field, double value, Scenario scenario);

/// "24", "102.4 GB/s", "Q4_K_M", "all cores": derived from value_of().
std::string display_value(Field field, const Scenario& scenario);

}  // namespace slimline::gui

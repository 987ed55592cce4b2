#pragma once

#include <cstddef>
#include <cstdint>

#include "gui/viewmodel/chart.h"
#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// Time to first token against prompt, decode speed against context, decode and prefill speed against bandwidth and
/// against compute with the points where more stops paying off.
enum class Curves : std::uint8_t { prompt, context, bandwidth, compute };
inline constexpr std::size_t curves_count = std::size_t(Curves::compute) + 1;

/// Pinned designs are dashed.
Chart curve_chart(const SessionState& state, Curves which);

}  // namespace slimline::gui

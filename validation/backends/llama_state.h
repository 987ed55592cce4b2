#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace slimline::llama {

/// A sequence's state, as llama_state_seq_get_data() writes it, made longer: its cells over and over, at positions 0 to
/// length - 1. What they hold does not matter to whoever times what comes behind them, and reading as many tokens takes
/// seconds. Empty for states of other forms than that of one cache of plain attention whose values are not transposed.
std::vector<std::uint8_t> stretched_state(std::span<const std::uint8_t> state, int length);

}  // namespace slimline::llama

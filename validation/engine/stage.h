#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace slimline::engine {

/// What a pass is made of, as it is timed: everything between two barriers belongs to one stage. Names are those of the
/// predictions' operators; attn_qkv covers the three products, ffn_up also the gate, rope also QK norms and writing the cache.
enum class Stage : std::uint8_t {
    embedding,
    attn_norm,
    attn_qkv,
    rope,
    attention,
    attn_output,
    ffn_norm,
    router,
    ffn_up,
    ffn_activation,
    ffn_down,
    output_norm,
    head,
};
inline constexpr std::size_t stage_count = std::size_t(Stage::head) + 1;

std::string_view name(Stage stage);

/// Seconds spent in each stage, and how often it ran.
struct StageTimes {
    std::array<double, stage_count> seconds{};
    std::array<long, stage_count> runs{};

    double total() const;
};

}  // namespace slimline::engine

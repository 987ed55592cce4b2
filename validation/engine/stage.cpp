#include "validation/engine/stage.h"

#include <numeric>

namespace slimline::engine {

std::string_view name(Stage stage)
{
    constexpr std::array<std::string_view, stage_count> names{
        "embedding", "attn_norm", "attn_qkv", "rope",           "attention", "attn_output", "ffn_norm",
        "router",    "ffn_up",    "ffn_activation", "ffn_down", "output_norm", "head"};
    return names[std::size_t(stage)];
}

double StageTimes::total() const
{
    return std::accumulate(seconds.begin(), seconds.end(), 0.0);
}

}  // namespace slimline::engine

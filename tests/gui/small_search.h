#pragma once

#include <string>

#include "gui/viewmodel/session.h"

namespace slimline::gui {

/// A search of a few hundred designs, so that tests take no time.
inline std::string small_search()
{
    return R"q({"format": "search/1", "name": "small", "device": "jetson-orin-nx-16gb",
  "space": {"layers": {"from": 4, "to": 24, "step": 4}, "d_model": [512, 768, 1024, 1536], "heads": "d_model / 64",
            "kv_heads": "heads / gqa", "d_ffn": "round_up(ratio * d_model, 256)", "vocabulary": [32000, 65536],
            "weights": ["Q4_K_M", "Q8_0"]},
  "helpers": {"gqa": [1, 2, 4], "ratio": [2, 4]}, "objectives": ["tpot_s", "loss"], "tokens": 1e11})q";
}

inline SessionState small_state()
{
    SessionState state = worked_example();
    state.search = small_search();
    return state;
}

}  // namespace slimline::gui

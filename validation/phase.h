#pragma once

namespace slimline {

/// What a run times: a prompt, or tokens generated one after the other.
enum class Phase { decode, prefill };

}  // namespace slimline

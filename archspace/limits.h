#pragma once

#include <string>

#include "archspace/architecture.h"

namespace slimline {

/// The largest sizes that any reader accepts: far above every known model, and small enough that no product of them
/// overflows or asks for much memory.
namespace limits {
inline constexpr int layers = 1024;
inline constexpr int width = 1 << 16;  // d_model and other widths of the residual stream
inline constexpr int ffn_width = 1 << 20;
inline constexpr int heads = 1024;
inline constexpr int head_dim = 4096;
inline constexpr int vocabulary = 1 << 22;
inline constexpr int context = 1 << 28;
inline constexpr int experts = 4096;
inline constexpr int state = 4096;
inline constexpr int kernel = 64;
inline constexpr int runs = 16;
}  // namespace limits

/// What no single field can say: groups that divide, experts that exist. Throws InputError, `place` first.
void check_architecture(const Architecture& arch, const std::string& place);

}  // namespace slimline

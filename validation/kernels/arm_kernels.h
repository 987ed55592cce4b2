#pragma once

#include <vector>

#include "validation/kernels/kernel_table.h"

namespace slimline::kernels {

/// Rows for NEON, its dot products (Armv8.2) and its matrix products (Armv8.6, I8MM) as far as this machine has them,
/// slowest first.
std::vector<KernelTable> arm_kernels();

}  // namespace slimline::kernels

#pragma once

#include <vector>

#include "validation/kernels/kernel_table.h"

namespace slimline::kernels {

/// Rows for AVX2, AVX-VNNI and AVX-512 VNNI as far as this machine has them, slowest first.
std::vector<KernelTable> x86_kernels();

}  // namespace slimline::kernels

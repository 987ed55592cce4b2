#pragma once

#include "validation/kernels/kernel_table.h"

namespace slimline::kernels {

/// Plain C++: what every other row of the table is tested against.
KernelTable scalar_kernels();

}  // namespace slimline::kernels

#pragma once

#include "base/half.h"

namespace slimline::kernels {

using slimline::Half;
using slimline::to_float;
using slimline::to_half;

}  // namespace slimline::kernels

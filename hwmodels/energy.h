#pragma once

#include "base/units.h"
#include "hwmodels/device.h"

namespace slimline {

/// Energy of moving a byte between main memory and the processor: the device's own number, else the usual one of its
/// memory's kind.
JoulesPerByte memory_energy(const Device& device);

/// Energy of one FLOP of this arithmetic on this backend: a bare multiply-accumulate of the process node, halved (two
/// FLOP), times what instructions, registers and caches add around it.
JoulesPerFlop arithmetic_energy(const Device& device, const Backend& backend, Arithmetic arithmetic);

}  // namespace slimline

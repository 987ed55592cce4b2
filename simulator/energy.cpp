#include "simulator/energy.h"

#include "hwmodels/energy.h"

namespace slimline {

EnergyRates energy_rates(const Device& device, const Backend& backend)
{
    // Nearly all FLOP of a pass are products of quantised weights, so one arithmetic stands for all.
    const Arithmetic arithmetic = backend.kind == BackendKind::npu ? Arithmetic::fp16 : Arithmetic::int8;
    return {.idle = device.idle_power,
            .memory = memory_energy(device),
            .arithmetic = arithmetic_energy(device, backend, arithmetic)};
}

}  // namespace slimline

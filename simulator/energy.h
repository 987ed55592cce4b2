#pragma once

#include "base/units.h"
#include "hwmodels/device.h"

namespace slimline {

/// What a backend spends while it works: E = idle power x time + bytes x memory energy + FLOP x arithmetic energy.
struct EnergyRates {
    Watts idle;
    JoulesPerByte memory;
    JoulesPerFlop arithmetic;  // instruction overhead included
};

EnergyRates energy_rates(const Device& device, const Backend& backend);

constexpr Joules energy_of(Seconds time, Bytes bytes, Flops flops, const EnergyRates& rates)
{
    return rates.idle * time + rates.memory * bytes + rates.arithmetic * flops;
}

}  // namespace slimline

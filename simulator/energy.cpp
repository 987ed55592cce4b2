#include "simulator/energy.h"

namespace slimline {

EnergyRates energy_rates(const Device& device, const Backend&)
{
    return {.idle = device.idle_power, .memory = device.memory.energy, .arithmetic = {}};
}

}  // namespace slimline

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "fuzz/architecture_properties.h"
#include "hwmodels/device_json.h"

using namespace slimline;

/// What must hold of every device that the reader accepts: finite rates, and a JSON form that reads back the same.
static void demand_sound(const Device& device)
{
    demand(!device.backends.empty());
    for (const Backend& backend : device.backends) {
        demand(std::isfinite(peak_bandwidth(device, backend).value) &&
               std::isfinite(memory_for(device, backend).value));
        demand(std::isfinite(peak_rate(backend, Arithmetic::int8, 0).value));
    }
    const JsonDocument written = parse_json("round trip", pretty(to_json(device)));
    demand(read_device(JsonPlace(written)) == device);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string text(reinterpret_cast<const char*>(data), size);
    accept_or_complain([&] {
        const JsonDocument document = parse_json("fuzz.json", std::move(text));
        demand_sound(read_device(JsonPlace(document)));
    });
    return 0;
}

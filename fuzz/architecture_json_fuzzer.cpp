#include "archspace/architecture_json.h"

#include <cstddef>
#include <cstdint>

#include "fuzz/architecture_properties.h"

using namespace slimline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string text(reinterpret_cast<const char*>(data), size);
    accept_or_complain([&] {
        const JsonDocument document = parse_json("fuzz.json", std::move(text));
        demand_sound(read_architecture(JsonPlace(document)));
    });
    return 0;
}

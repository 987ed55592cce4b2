#include <cstddef>
#include <cstdint>

#include "archspace/gguf_import.h"
#include "fuzz/architecture_properties.h"

using namespace slimline;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    accept_or_complain([&] { demand_sound(import_gguf(read_gguf("fuzz.gguf", bytes)).architecture); });
    return 0;
}

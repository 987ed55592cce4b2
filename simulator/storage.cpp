#include "simulator/storage.h"

#include <algorithm>

#include "base/errors.h"

namespace slimline {

StorageDecoding decode_from_storage(const Prediction& prediction, const Device& device, Bytes resident)
{
    Bytes streamed{};
    for (const OperatorTime& o : prediction.decode.operators) {
        streamed += o.weight_bytes;
    }
    const Bytes weights = prediction.memory.weights;
    const double missing = weights.value > 0 ? std::clamp(1 - resident / weights, 0.0, 1.0) : 0.0;
    StorageDecoding result;
    result.from_flash = streamed * missing;
    if (result.from_flash.value > 0) {
        if (device.flash_bandwidth.value <= 0) {
            throw InputError(device.id, "has no flash bandwidth", "add \"flash_GBps\" to the device");
        }
        result.flash_time = result.from_flash / device.flash_bandwidth;
    }
    result.tpot = prediction.tpot + result.flash_time;
    return result;
}

}  // namespace slimline

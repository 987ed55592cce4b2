#pragma once

#include "base/units.h"
#include "simulator/prediction.h"

namespace slimline {

/// Decoding when memory holds only part of the weights and the rest is read from flash for every token.
struct StorageDecoding {
    Bytes from_flash;   // a token
    Seconds flash_time;
    Seconds tpot;       // flash time on top of the time in memory: they are not overlapped
};

/// `resident` bytes of the weights stay in memory; of what a token streams, the same share misses.
/// Throws InputError when the device's flash bandwidth is unknown and something has to be read from it.
StorageDecoding decode_from_storage(const Prediction& prediction, const Device& device, Bytes resident);

}  // namespace slimline

#pragma once

#include "hwmodels/device.h"

namespace slimline {

// What a person asks of a machine that does not exist yet: one number of a device changed, all others as they are.

/// The bandwidth that this backend may draw from main memory; what other backends draw keeps its proportion.
Device with_bandwidth(Device device, BackendKind backend, BytesPerSecond bandwidth);

/// The backend's 8-bit rate; its other rates and its cores keep their proportions.
Device with_compute(Device device, BackendKind backend, FlopsPerSecond int8_rate);

/// The backend's largest cache, or nullptr.
const Cache* last_level_cache(const Device& device, BackendKind backend);

/// Size and bandwidth of the backend's largest cache; a device without one is returned as it is.
Device with_cache_size(Device device, BackendKind backend, Bytes size);
Device with_cache_bandwidth(Device device, BackendKind backend, BytesPerSecond bandwidth);

/// The memory that a model may use on this backend.
Device with_memory(Device device, BackendKind backend, Bytes capacity);

}  // namespace slimline

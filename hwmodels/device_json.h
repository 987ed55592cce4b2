#pragma once

#include <string>

#include "base/json.h"
#include "hwmodels/device.h"

namespace slimline {

/// Format "device/1" (data/schema/device-1.json). Numbers in a datasheet's units; unknown keys are errors,
/// and so are numbers that no machine has.
Device read_device(const JsonPlace& place);
Json to_json(const Device& device);

/// A file, or an id of the user's folder or the shipped one.
Device load_device(const std::string& id_or_path);

/// What a document names as its device: an id, a path, or a whole device/1.
Device read_device_reference(const JsonPlace& place);

}  // namespace slimline

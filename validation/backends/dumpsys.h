#pragma once

#include "validation/sustained/android_services.h"

namespace slimline {

/// Asks Android's services by its program `dumpsys` (on PATH, else /system/bin/dumpsys); empty on other systems.
sustained::AskService dumpsys();

}  // namespace slimline

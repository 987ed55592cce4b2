#pragma once

#include "cli/console.h"
#include "cli/option.h"

namespace slimline {

/// The whole program but for the terminal: 0 done, 2 the input cannot be used (one line says why), 1 our own fault.
int run(Args args, Console console);

}  // namespace slimline

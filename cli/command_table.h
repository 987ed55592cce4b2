#pragma once

#include <vector>

#include "cli/command.h"

namespace slimline {

// Each in the file of its name: predict_command.cpp, ...
Command predict_command();
Command compare_command();
Command explain_command();
Command search_command();
Command sweep_command();
Command require_command();
Command neighbours_command();
Command sensitivity_command();
Command batch_command();
Command report_command();
Command list_command();
Command import_command();
Command export_gguf_command();
Command lint_command();
Command graph_command();
Command backend_command();
Command calibrate_command();
Command validate_command();
Command race_command();
Command device_command();
Command completion_command();

/// All of them, in the order in which the help lists them.
std::vector<Command> commands();

}  // namespace slimline

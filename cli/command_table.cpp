#include "cli/command_table.h"

namespace slimline {

std::vector<Command> commands()
{
    return {predict_command(),   compare_command(),    explain_command(),     search_command(),   sweep_command(),
            require_command(),   neighbours_command(), sensitivity_command(), batch_command(),    report_command(),
            list_command(),      import_command(),     lint_command(),        graph_command(),    export_gguf_command(),
            backend_command(),   device_command(),     calibrate_command(),   validate_command(), race_command(),
            completion_command()};
}

}  // namespace slimline

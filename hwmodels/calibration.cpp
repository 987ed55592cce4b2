#include "hwmodels/calibration.h"

#include <cmath>

namespace slimline {

std::string_view word(ActivationKernel kernel)
{
    static constexpr std::array<std::string_view, activation_kernel_count> words{
        "norm", "residual", "rotation", "kv_write", "activation", "attention", "other"};
    return words[std::size_t(kernel)];
}

Calibration datasheet_calibration(BackendKind backend)
{
    // Nothing runs faster than its datasheet; public measurements reach 18 to 86 % of it in decode and 6 to
    // 80 % in prefill (data/measurements), hence intervals of 0.95 to 6 and 0.95 to 20 times the predicted
    // time.
    const Residuals decode{.log_low = std::log(0.95), .log_high = std::log(6.0), .basis = "assumed"};
    const Residuals prefill{.log_low = std::log(0.95), .log_high = std::log(20.0), .basis = "assumed"};
    return {.id = "datasheet",
            .backend = backend,
            .engine = "datasheet",
            .decode = decode,
            .prefill = prefill,
            .note = "every share 1 and every fixed time 0"};
}

}  // namespace slimline

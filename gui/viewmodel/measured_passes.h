#pragma once

#include <string>
#include <vector>

#include "gui/viewmodel/session_state.h"
#include "validation/measurement.h"

namespace slimline::gui {

/// What a published time says of a roofline: the work of its pass as the simulator counts it, done in the time that was
/// measured.
struct MeasuredPass {
    bool decode = true;
    double flops_per_byte = 0;
    double flops_per_s = 0;
    std::string label{};  // what was measured with what, and who published it
};

/// Which measurements belong beside a prediction: those of this model on this backend of this device. Empty ids where model
/// or device were changed: of these nobody published anything.
struct MeasuredKey {
    std::string architecture{};
    std::string device{};
    BackendKind backend{};
    bool operator==(const MeasuredKey&) const = default;
};
MeasuredKey measured_key(const SessionState& state);

std::vector<MeasuredPass> measured_passes(const std::vector<Measurement>& all, const MeasuredKey& key);

}  // namespace slimline::gui

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "gui/viewmodel/session_state.h"

namespace slimline::gui {

/// A state that shares with another one what the two have in common. A slider changes one number; what a state holds
/// (models, devices, calibrations, pinned designs) is much more than that.
class PackedState {
 public:
    /// `like`: what equals a part of it is not kept again; nullptr: all is.
    PackedState(SessionState state, const PackedState* like);
    SessionState unpacked() const;

 private:
    SessionState rest_;  // without what follows
    std::shared_ptr<const Architecture> arch_;
    std::shared_ptr<const Architecture> base_arch_;
    std::shared_ptr<const Device> device_;
    std::shared_ptr<const Device> base_device_;
    std::shared_ptr<const Calibration> calibration_;
    std::shared_ptr<const std::vector<PinnedDesign>> pinned_;
    std::shared_ptr<const std::string> search_;
};

/// States in the order they were made, and which of them is shown. QUndoStack is in Qt Gui, which this library has not.
class History {
 public:
    explicit History(SessionState start);

    const SessionState& now() const { return now_; }

    /// A new step after the present one; what was undone is forgotten. A step with the key of the present one takes its
    /// place, so that a drag is one step; an empty key joins nothing.
    void push(SessionState state, std::string text, std::string key);

    /// Ends joining: the next push makes a step of its own.
    void close_step() { steps_[at_].key.clear(); }

    /// Changes the present state without a step: what is shown where, which nobody wants to undo.
    void amend_view(ViewState view) { now_.view = std::move(view); }

    bool can_undo() const { return at_ > 0; }
    bool can_redo() const { return at_ + 1 < steps_.size(); }
    void undo();
    void redo();
    std::string undo_text() const { return can_undo() ? steps_[at_].text : std::string{}; }
    std::string redo_text() const { return can_redo() ? steps_[at_ + 1].text : std::string{}; }

 private:
    struct Step {
        PackedState state;
        std::string text;  // "bandwidth": what the step changed
        std::string key;
    };
    static constexpr std::size_t most_steps = 500;
    void go_to(std::size_t step);

    SessionState now_;
    std::vector<Step> steps_;  // their views are not used
    std::size_t at_ = 0;
};

}  // namespace slimline::gui

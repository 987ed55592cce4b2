#include "gui/viewmodel/history.h"

#include <utility>

namespace slimline::gui {

namespace {

/// Moves a part out of a state, or takes the one that is held already.
template <class Part>
std::shared_ptr<const Part> kept(Part& part, const std::shared_ptr<const Part>& held)
{
    if (held && *held == part) {
        part = {};
        return held;
    }
    return std::make_shared<const Part>(std::exchange(part, {}));
}

}  // namespace

PackedState::PackedState(SessionState state, const PackedState* like) : rest_(std::move(state))
{
    const auto take = [&](auto& part, auto PackedState::*held) {
        this->*held = kept(part, like != nullptr ? like->*held : nullptr);
    };
    rest_.view = {};
    take(rest_.scenario.arch, &PackedState::arch_);
    take(rest_.base_arch, &PackedState::base_arch_);
    take(rest_.scenario.device, &PackedState::device_);
    take(rest_.base_device, &PackedState::base_device_);
    take(rest_.scenario.calibration, &PackedState::calibration_);
    take(rest_.pinned, &PackedState::pinned_);
    take(rest_.search, &PackedState::search_);
}

SessionState PackedState::unpacked() const
{
    SessionState state = rest_;
    state.scenario.arch = *arch_;
    state.base_arch = *base_arch_;
    state.scenario.device = *device_;
    state.base_device = *base_device_;
    state.scenario.calibration = *calibration_;
    state.pinned = *pinned_;
    state.search = *search_;
    return state;
}

History::History(SessionState start) : now_(std::move(start))
{
    steps_.push_back({PackedState(now_, nullptr), {}, {}});
}

void History::push(SessionState state, std::string text, std::string key)
{
    steps_.erase(steps_.begin() + std::ptrdiff_t(at_) + 1, steps_.end());
    now_ = std::move(state);
    PackedState packed(now_, &steps_.back().state);
    if (!key.empty() && steps_.back().key == key) {
        steps_.back().state = std::move(packed);
        return;
    }
    steps_.push_back({std::move(packed), std::move(text), std::move(key)});
    if (steps_.size() > most_steps) {
        steps_.erase(steps_.begin());
    }
    at_ = steps_.size() - 1;
}

// What is shown where stays as it is: only the design goes back.
void History::go_to(std::size_t step)
{
    close_step();
    at_ = step;
    close_step();
    ViewState view = std::move(now_.view);
    now_ = steps_[at_].state.unpacked();
    now_.view = std::move(view);
}

void History::undo()
{
    if (can_undo()) {
        go_to(at_ - 1);
    }
}

void History::redo()
{
    if (can_redo()) {
        go_to(at_ + 1);
    }
}

}  // namespace slimline::gui

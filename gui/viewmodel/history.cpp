#include "gui/viewmodel/history.h"

#include <utility>

namespace slimline::gui {

History::History(SessionState start)
{
    steps_.push_back({std::move(start), {}, {}});
}

void History::push(SessionState state, std::string text, std::string key)
{
    steps_.resize(at_ + 1);
    if (!key.empty() && steps_.back().key == key) {
        steps_.back().state = std::move(state);
        return;
    }
    steps_.push_back({std::move(state), std::move(text), std::move(key)});
    if (steps_.size() > most_steps) {
        steps_.erase(steps_.begin());
    }
    at_ = steps_.size() - 1;
}

// What is shown where stays as it is: only the design goes back.
void History::undo()
{
    if (can_undo()) {
        ViewState view = std::move(steps_[at_].state.view);
        close_step();
        --at_;
        close_step();
        amend_view(std::move(view));
    }
}

void History::redo()
{
    if (can_redo()) {
        ViewState view = std::move(steps_[at_].state.view);
        ++at_;
        close_step();
        amend_view(std::move(view));
    }
}

}  // namespace slimline::gui

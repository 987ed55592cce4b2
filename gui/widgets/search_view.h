#pragma once

#include "gui/viewmodel/search_workspace.h"
#include "gui/widgets/session_view.h"

namespace slimline::gui {

/// A view of the search: shows the newest frame, brushes and selection, each burst of changes once.
class SearchView : public SessionView {
    Q_OBJECT

 public:
    SearchView(SearchWorkspace& workspace, QWidget* parent);

    /// Milliseconds that the last painting of new numbers took.
    double paint_milliseconds() const { return paint_milliseconds_; }

 Q_SIGNALS:
    void shown();

 protected:
    SearchWorkspace& workspace() const { return workspace_; }
    /// frame() is there.
    virtual void show_search() = 0;
    void show_state() final;
    int parts() const override { return 0; }

    const std::shared_ptr<const LiveFrame>& frame() const { return workspace_.explorer().frame(); }

 private:
    SearchWorkspace& workspace_;
    double paint_milliseconds_ = 0;
};

}  // namespace slimline::gui

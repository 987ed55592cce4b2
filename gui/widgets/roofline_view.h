#pragma once

#include <memory>
#include <vector>

#include "gui/viewmodel/latest_job.h"
#include "gui/viewmodel/measured_passes.h"
#include "gui/widgets/session_view.h"

namespace slimline::gui {

class ChartView;

/// Operators under the device's roofs, which can be dragged.
class RooflineView : public SessionView {
    Q_OBJECT

 public:
    RooflineView(Session& session, QWidget* parent = nullptr);
    ~RooflineView() override;
    QString csv() const override;
    ChartView& chart() { return *chart_; }
    void settle() override;

 protected:
    void show_state() override;
    int parts() const override { return Session::Design | Session::Pinned | Session::Marked; }

 private:
    void look_for_measurements();

    ChartView* chart_ = nullptr;
    MeasuredKey shown_key_{};                  // what measured_ is of, or what was asked for
    std::vector<MeasuredPass> measured_{};
    std::unique_ptr<LatestJob> measurements_;  // reads all that were published, once
};

}  // namespace slimline::gui

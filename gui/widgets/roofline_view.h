#pragma once

#include "gui/widgets/session_view.h"

namespace slimline::gui {

class ChartView;

/// Operators under the device's roofs, which can be dragged.
class RooflineView : public SessionView {
    Q_OBJECT

 public:
    RooflineView(Session& session, QWidget* parent = nullptr);
    QString csv() const override;
    ChartView& chart() { return *chart_; }

 protected:
    void show_state() override;
    int parts() const override { return Session::Design | Session::Pinned; }

 private:
    ChartView* chart_ = nullptr;
};

}  // namespace slimline::gui

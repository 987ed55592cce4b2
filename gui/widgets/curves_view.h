#pragma once

#include <array>

#include "gui/widgets/session_view.h"

namespace slimline::gui {

class ChartView;

/// How the latencies run when prompt, context, bandwidth or compute change.
class CurvesView : public SessionView {
    Q_OBJECT

 public:
    CurvesView(Session& session, QWidget* parent = nullptr);
    QString csv() const override;

 protected:
    void show_state() override;
    int parts() const override { return Session::Design | Session::Pinned; }

 private:
    std::array<ChartView*, 4> charts_{};
};

}  // namespace slimline::gui

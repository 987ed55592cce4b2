#pragma once

#include <array>

#include "gui/viewmodel/curve_charts.h"
#include "gui/widgets/session_view.h"

namespace slimline::gui {

class ChartView;

/// How the latencies run when prompt, context, bandwidth or compute change. One chart follows the other, so that a drag
/// goes on between them.
class CurvesView : public SessionView {
    Q_OBJECT

 public:
    CurvesView(Session& session, QWidget* parent = nullptr);
    void settle() override;
    QString csv() const override;

 protected:
    void show_state() override;
    bool has_more() const override { return charts_behind_ > 0; }
    void show_more() override;
    int parts() const override { return Session::Design | Session::Pinned | Session::Marked; }

 private:

    std::array<ChartView*, curves_count> charts_{};
    std::size_t next_ = 0;           // to be shown; in turn, so that each is where changes come faster than they can be shown
    std::size_t charts_behind_ = 0;  // so many do not show the present state yet
};

}  // namespace slimline::gui

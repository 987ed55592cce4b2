#pragma once

#include "gui/widgets/session_view.h"

namespace slimline::gui {

class ChartView;

/// Where the time goes, by operator and kind of layer, and what memory a longer context takes.
class BreakdownView : public SessionView {
    Q_OBJECT

 public:
    BreakdownView(Session& session, QWidget* parent = nullptr);
    QString csv() const override;

 protected:
    void show_state() override;
    int parts() const override { return Session::Design | Session::Marked; }
    void resizeEvent(QResizeEvent* event) override;

 private:
    ChartView* prefill_ = nullptr;
    ChartView* decode_ = nullptr;
    ChartView* memory_ = nullptr;
};

}  // namespace slimline::gui

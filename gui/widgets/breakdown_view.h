#pragma once

#include "gui/viewmodel/breakdown.h"
#include "gui/widgets/session_view.h"

class QCustomPlot;

namespace slimline::gui {

/// Where the time goes, by operator and kind of layer, and what memory a longer context takes.
class BreakdownView : public SessionView {
    Q_OBJECT

 public:
    BreakdownView(Session& session, QWidget* parent = nullptr);
    QString csv() const override;

 protected:
    void show_state() override;
    int parts() const override { return Session::Design; }

 private:
    void show_bars(QCustomPlot& plot, const Breakdown& breakdown, const QString& title);
    void show_memory();

    QCustomPlot* prefill_ = nullptr;
    QCustomPlot* decode_ = nullptr;
    QCustomPlot* memory_ = nullptr;
};

}  // namespace slimline::gui

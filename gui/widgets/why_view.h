#pragma once

#include "gui/widgets/session_view.h"

class QDoubleSpinBox;
class QTextBrowser;
class QTimer;

namespace slimline::gui {

/// One paragraph, the slopes, and what reaches a target.
class WhyView : public SessionView {
    Q_OBJECT

 public:
    WhyView(Session& session, QWidget* parent = nullptr);
    QString csv() const override;

 protected:
    void show_state() override;
    int parts() const override { return Session::Design | Session::View; }

 private:
    void show_now();

    QTimer* pause_ = nullptr;
    QDoubleSpinBox* target_ = nullptr;
    QTextBrowser* text_ = nullptr;
    QString csv_{};
};

}  // namespace slimline::gui

#pragma once

#include <memory>

#include "gui/viewmodel/latest_job.h"
#include "gui/widgets/session_view.h"

class QDoubleSpinBox;
class QTextBrowser;
class QTimer;

namespace slimline::gui {

struct Why;

/// One paragraph, the slopes, and what reaches a target.
class WhyView : public SessionView {
    Q_OBJECT

 public:
    WhyView(Session& session, QWidget* parent = nullptr);
    ~WhyView() override;
    QString csv() const override;
    void settle() override;

 protected:
    void show_state() override;
    int parts() const override { return Session::Design | Session::View; }

 private:
    void ask();
    void show_answer(const Why& answer);

    QTimer* pause_ = nullptr;
    QDoubleSpinBox* target_ = nullptr;
    QTextBrowser* text_ = nullptr;
    QString csv_{};
    std::size_t asked_ = 0;
    std::size_t shown_ = 0;  // the number of the answer
    std::unique_ptr<LatestJob> job_;  // dozens of predictions, of a model of a thousand layers for longer than a drag may wait
};

}  // namespace slimline::gui

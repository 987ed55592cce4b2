#pragma once

#include "gui/viewmodel/validation_job.h"
#include "gui/widgets/session_view.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace slimline::gui {

class ChartView;

/// Predicted against measured: published times, or those of this machine or a device that it reaches, measured now
/// with progress and a way to stop.
class ValidationView : public SessionView {
    Q_OBJECT

 public:
    ValidationView(Session& session, QWidget* parent = nullptr);
    QString csv() const override;
    ValidationJob& job() { return *job_; }

    void start_survey() { job_->survey(); }
    void start_measuring();

 protected:
    void show_state() override;
    int parts() const override { return 0; }

 private:
    void show_running(bool running);

    ValidationJob* job_ = nullptr;
    QPushButton* survey_ = nullptr;
    QPushButton* measure_ = nullptr;
    QPushButton* cancel_ = nullptr;
    QComboBox* engine_ = nullptr;
    QLineEdit* target_ = nullptr;
    QSpinBox* budget_ = nullptr;
    QProgressBar* progress_ = nullptr;
    QLabel* note_ = nullptr;
    ChartView* scatter_ = nullptr;
    ChartView* residuals_ = nullptr;
    ValidationResult result_{};
};

}  // namespace slimline::gui

#include "gui/widgets/validation_view.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QProgressBar>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/widgets/chart_view.h"
#include "validation/backends/test_engines.h"

namespace slimline::gui {

namespace {

constexpr const char* target_key = "validation.target";

}  // namespace

ValidationView::ValidationView(Session& session, QWidget* parent) : SessionView(session, parent), job_(new ValidationJob(this))
{
    survey_ = new QPushButton(tr("Compare with published times"), this);
    measure_ = new QPushButton(tr("Measure"), this);
    cancel_ = new QPushButton(tr("Stop"), this);
    engine_ = new QComboBox(this);
    engine_->setAccessibleName(tr("Engine to measure with"));
    for (const std::string& name : test_engine_names()) {
        engine_->addItem(QString::fromStdString(name));
    }
    target_ = new QLineEdit(QString::fromStdString(session.view_value(target_key)), this);
    target_->setObjectName("validation.target");
    target_->setAccessibleName(tr("Device to measure on"));
    target_->setPlaceholderText(tr("this machine"));
    target_->setToolTip(tr("ssh:user@host[:port], adb[:serial]; empty: this machine (docs/devices.md)"));
    target_->setMaxLength(200);
    budget_ = new QSpinBox(this);
    budget_->setAccessibleName(tr("Seconds to measure for"));
    budget_->setRange(5, 3600);
    budget_->setValue(20);
    budget_->setSuffix(tr(" s"));
    progress_ = new QProgressBar(this);
    progress_->setAccessibleName(tr("Progress"));
    progress_->setRange(0, 1000);
    note_ = new QLabel(this);
    note_->setObjectName("validation.note");
    note_->setWordWrap(true);
    scatter_ = new ChartView(tr("Predicted against measured"), this);
    residuals_ = new ChartView(tr("Errors by kind"), this);
    auto* controls = new QHBoxLayout;
    for (QWidget* each : std::initializer_list<QWidget*>{survey_, measure_, engine_, target_, budget_, cancel_}) {
        controls->addWidget(each);
    }
    controls->addWidget(progress_, 1);
    auto* charts = new QHBoxLayout;
    charts->addWidget(scatter_, 1);
    charts->addWidget(residuals_, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(4, 4, 4, 2);
    layout->addLayout(controls);
    layout->addWidget(note_);
    layout->addLayout(charts, 1);
    connect(target_, &QLineEdit::textEdited, this, [this](const QString& text) { this->session().set_view_value(target_key, text.toStdString()); });
    connect(&session, &Session::changed, this, [this](int changed) {
        const QString held = QString::fromStdString(this->session().view_value(target_key));
        if ((changed & Session::View) != 0 && held != target_->text()) {
            target_->setText(held);  // another session was opened
        }
    });
    connect(survey_, &QPushButton::clicked, this, &ValidationView::start_survey);
    connect(measure_, &QPushButton::clicked, this, &ValidationView::start_measuring);
    connect(cancel_, &QPushButton::clicked, job_, &ValidationJob::cancel);
    connect(job_, &ValidationJob::started, this, [this] { show_running(true); });
    connect(job_, &ValidationJob::progressed, this, [this](const QString& what, double share, double left) {
        progress_->setValue(int(1000 * share));
        note_->setText(left >= 0 ? tr("%1; about %2 s left").arg(what).arg(left, 0, 'f', 0) : what);
    });
    connect(job_, &ValidationJob::finished, this, [this](const ValidationResult& result) {
        result_ = result;
        show_running(false);
        note_->setText(QString::fromStdString(result.title + ": " + result.note));
        show_soon();
    });
    connect(job_, &ValidationJob::failed, this, [this](const QString& message) {
        show_running(false);
        note_->setText(message);
    });
    show_running(false);
}

/// The session's model, where its weights fit the device's memory.
void ValidationView::start_measuring()
{
    job_->measure({.target = target_->text().trimmed().toStdString(),
                   .engine = engine_->currentText().toStdString(),
                   .archs = {session().scenario().arch},
                   .budget_s = double(budget_->value())});
}

void ValidationView::show_running(bool running)
{
    for (QWidget* each : std::initializer_list<QWidget*>{survey_, measure_, engine_, target_, budget_}) {
        each->setEnabled(!running);
    }
    cancel_->setEnabled(running);
    progress_->setVisible(running);
    progress_->setValue(0);
}

void ValidationView::show_state()
{
    scatter_->show_chart(scatter_chart(result_));
    residuals_->show_chart(residual_chart(result_));
}

QString ValidationView::csv() const
{
    return QString::fromStdString(slimline::gui::csv(scatter_->chart()));
}

}  // namespace slimline::gui

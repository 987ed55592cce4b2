#include "gui/widgets/roofline_view.h"

#include <QCoreApplication>
#include <QThread>
#include <QVBoxLayout>

#include "base/errors.h"
#include "base/files.h"
#include "gui/viewmodel/roofline.h"
#include "gui/widgets/chart_view.h"

namespace slimline::gui {

RooflineView::RooflineView(Session& session, QWidget* parent) : SessionView(session, parent), measurements_(std::make_unique<LatestJob>(LatestJob::Pace::idle))
{
    chart_ = new ChartView(tr("Roofline"), this);
    chart_->setToolTip(tr("drag a roof to change the device; arrow keys choose a roof and move it"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2, 2, 2, 2);
    layout->addWidget(chart_);
    connect(chart_, &ChartView::picked, this, [this](const QString& key) { this->session().mark_operator(key.toStdString()); });
    connect(chart_, &ChartView::handle_pressed, this, [this] { this->session().begin_drag(); });
    connect(chart_, &ChartView::handle_released, this, [this] { this->session().end_drag(); });
    connect(chart_, &ChartView::handle_moved, this, [this](const QString& id, double x, double y) {
        if (const auto edit = roof_edit(id.toStdString(), x, y, this->session().scenario())) {
            this->session().edit(edit->field, edit->value);
        }
    });
    connect(chart_, &ChartView::handle_stepped, this, [this](const QString& id, int direction) {
        if (const auto edit = roof_step(id.toStdString(), direction, this->session().scenario())) {
            this->session().edit(edit->field, edit->value);
        }
    });
}

RooflineView::~RooflineView() = default;

void RooflineView::show_state()
{
    look_for_measurements();
    chart_->show_chart(roofline_chart(session().compared(), session().prediction(), measured_, session().marked_operator()));
}

/// Of another model or device, in the background: they come a moment later.
void RooflineView::look_for_measurements()
{
    const MeasuredKey key = measured_key(session().state());
    if (key == shown_key_) {
        return;
    }
    shown_key_ = key;
    measured_.clear();
    measurements_->cancel();
    if (key.architecture.empty()) {
        return;
    }
    measurements_->ask([this, key](const std::stop_token&) {
        std::vector<MeasuredPass> found;
        try {
            static const std::vector<Measurement> all = load_measurements(data_folder() / "measurements");
            found = measured_passes(all, key);
        } catch (const InputError&) {
            // Not installed, or another's file is broken: Validation says so, and predictions stand by themselves.
        }
        QMetaObject::invokeMethod(this, [this, key, found = std::move(found)] {
            if (key == shown_key_ && !found.empty()) {
                measured_ = found;
                show_soon();
            }
        });
    });
}

void RooflineView::settle()
{
    while (measurements_->busy()) {
        QThread::msleep(1);
    }
    QCoreApplication::sendPostedEvents(this);
    catch_up();
}

QString RooflineView::csv() const
{
    return QString::fromStdString(slimline::gui::csv(chart_->chart()));
}

}  // namespace slimline::gui

#include "gui/widgets/roofline_view.h"

#include <QVBoxLayout>

#include "gui/viewmodel/roofline.h"
#include "gui/widgets/chart_view.h"

namespace slimline::gui {

RooflineView::RooflineView(Session& session, QWidget* parent) : SessionView(session, parent)
{
    chart_ = new ChartView(tr("Roofline"), this);
    chart_->setToolTip(tr("drag a roof to change the device; arrow keys choose a roof and move it"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(2, 2, 2, 2);
    layout->addWidget(chart_);
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

void RooflineView::show_state()
{
    chart_->show_chart(roofline_chart(session().state(), session().prediction()));
}

QString RooflineView::csv() const
{
    return QString::fromStdString(slimline::gui::csv(chart_->chart()));
}

}  // namespace slimline::gui

#include "gui/widgets/design_panel.h"

#include <QComboBox>
#include <QCompleter>
#include <QGridLayout>
#include <QGroupBox>
#include <QLabel>
#include <QScrollArea>
#include <QVBoxLayout>

#include "base/files.h"
#include "gui/widgets/field_editor.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

DesignPanel::DesignPanel(Session& session, QWidget* parent) : SessionView(session, parent)
{
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* inside = new QWidget;
    auto* column = new QVBoxLayout(inside);
    column->setContentsMargins(4, 4, 4, 4);
    column->setSpacing(6);
    models_ = make_presets("archs", tr("Model"));
    devices_ = make_presets("devices", tr("Device"));
    column->addWidget(make_group(tr("Model"), FieldGroup::architecture, models_, inside));
    // The device is last: its roofs can be dragged in the roofline, too.
    column->addWidget(make_group(tr("Workload"), FieldGroup::workload, nullptr, inside));
    column->addWidget(make_group(tr("Formats"), FieldGroup::format, nullptr, inside));
    column->addWidget(make_group(tr("Device"), FieldGroup::device, devices_, inside));
    column->addStretch(1);
    scroll->setWidget(inside);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(scroll);
    connect(models_, &QComboBox::activated, this, [this](int index) {
        this->session().load_architecture(models_->itemData(index).toString().toStdString());
        show_soon();
    });
    connect(devices_, &QComboBox::activated, this, [this](int index) {
        this->session().load_device(devices_->itemData(index).toString().toStdString());
        show_soon();
    });
}

QComboBox* DesignPanel::make_presets(const char* folder, const QString& name)
{
    auto* box = new QComboBox(this);
    box->setObjectName(QString("preset.") + folder);
    box->setAccessibleName(name);
    box->setToolTip(tr("%1 of the catalogue; locked fields keep their values").arg(name));
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(12);
    box->setFocusPolicy(Qt::StrongFocus);
    for (const std::string& id : shipped_ids(folder)) {
        box->addItem(QString::fromStdString(id), QString::fromStdString(id));
    }
    return box;
}

QWidget* DesignPanel::make_group(const QString& title, FieldGroup group, QWidget* preset, QWidget* parent)
{
    auto* box = new QGroupBox(title, parent);
    auto* grid = new QGridLayout(box);
    grid->setContentsMargins(6, 4, 4, 4);
    grid->setHorizontalSpacing(4);
    grid->setVerticalSpacing(1);
    grid->setColumnStretch(1, 1);
    int row = 0;
    if (preset != nullptr) {
        grid->addWidget(preset, row++, 0, 1, 5);
    }
    for (const FieldInfo& each : fields()) {
        if (each.group == group) {
            editors_.push_back(new FieldEditor(session(), each.field, *box));
            editors_.back()->add_to(*grid, row++);
        }
    }
    return box;
}

void DesignPanel::show_preset(QComboBox& box, const std::string& id, bool edited)
{
    const QString plain = QString::fromStdString(id.empty() ? "custom" : id);
    int index = box.findData(plain);
    if (index < 0) {
        box.insertItem(0, plain, plain);
        index = 0;
    }
    for (int i = 0; i < box.count(); ++i) {
        box.setItemText(i, i == index && edited ? tr("%1, changed").arg(plain) : box.itemData(i).toString());
    }
    box.setCurrentIndex(index);
}

void DesignPanel::show_state()
{
    for (FieldEditor* editor : editors_) {
        editor->show_state();
    }
    const SessionState& state = session().state();
    show_preset(*models_, state.base_arch.id, !(state.scenario.arch == state.base_arch));
    show_preset(*devices_, state.base_device.id, !(state.scenario.device == state.base_device));
}

}  // namespace slimline::gui

#pragma once

#include <QDoubleSpinBox>

#include "gui/viewmodel/field.h"

namespace slimline::gui {

/// Typed entry of a field's number, with its unit; steps by the slider's step, or by 5 %.
class NumberBox : public QDoubleSpinBox {
    Q_OBJECT

 public:
    NumberBox(const FieldInfo& field, QWidget* parent);

    QString textFromValue(double value) const override;
    void stepBy(int steps) override;

 protected:
    void wheelEvent(QWheelEvent* event) override;

 private:
    const FieldInfo& field_;
};

}  // namespace slimline::gui

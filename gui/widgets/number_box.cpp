#include "gui/widgets/number_box.h"

#include <cmath>
#include <cstdlib>

#include <QWheelEvent>

namespace slimline::gui {

NumberBox::NumberBox(const FieldInfo& field, QWidget* parent) : QDoubleSpinBox(parent), field_(field)
{
    setDecimals(field.step > 0 ? 0 : 6);
    setRange(field.zero.empty() ? (field.step > 0 ? 1 : 1e-6) : 0, 1e9);
    setKeyboardTracking(false);
    setGroupSeparatorShown(false);
    setFocusPolicy(Qt::StrongFocus);
    setLocale(QLocale::c());
    if (!field.zero.empty()) {
        setSpecialValueText(QString::fromUtf8(field.zero.data(), qsizetype(field.zero.size())));
    }
    if (!field.unit.empty() && field.unit != "tokens") {
        setSuffix(" " + QString::fromUtf8(field.unit.data(), qsizetype(field.unit.size())));
    }
}

QString NumberBox::textFromValue(double value) const
{
    return QString::number(value, 'g', field_.step > 0 ? 10 : 5);
}

void NumberBox::stepBy(int steps)
{
    if (field_.step > 0) {
        setSingleStep(field_.step);
        QDoubleSpinBox::stepBy(steps);
        return;
    }
    // From "unknown" the first step goes to the least that is known.
    if (value() == 0) {
        setValue(steps > 0 ? field_.least : 0);
        return;
    }
    setValue(std::strtod(QByteArray::number(value() * std::pow(1.05, steps), 'g', 3).constData(), nullptr));
}

// A person who scrolls the panel does not mean to change what passes under the pointer.
void NumberBox::wheelEvent(QWheelEvent* event)
{
    hasFocus() ? QDoubleSpinBox::wheelEvent(event) : event->ignore();
}

}  // namespace slimline::gui

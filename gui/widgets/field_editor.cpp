#include "gui/widgets/field_editor.h"

#include <QCheckBox>
#include <QComboBox>
#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <QWheelEvent>

#include "gui/viewmodel/slider_scale.h"
#include "gui/widgets/icons.h"
#include "gui/widgets/number_box.h"
#include "gui/widgets/text.h"
#include "gui/widgets/theme.h"

namespace slimline::gui {

namespace {

/// Only a new one: an icon that is set makes its panel lay out again, whether it is another or not.
void set_icon(QToolButton& button, const QIcon& icon)
{
    if (button.icon().cacheKey() != icon.cacheKey()) {
        button.setIcon(icon);
    }
}

/// Leaves the wheel to the panel's scroll area unless the control was chosen first.
class QuietSlider : public QSlider {
 public:
    using QSlider::QSlider;

 protected:
    void wheelEvent(QWheelEvent* event) override { hasFocus() ? QSlider::wheelEvent(event) : event->ignore(); }
};

class QuietCombo : public QComboBox {
 public:
    using QComboBox::QComboBox;

 protected:
    void wheelEvent(QWheelEvent* event) override { hasFocus() ? QComboBox::wheelEvent(event) : event->ignore(); }
};

}  // namespace

FieldEditor::FieldEditor(Session& session, Field field, QWidget& parent)
    : QObject(&parent), session_(session), field_(field), about_(info(field))
{
    label_ = new QLabel(text(about_.label), &parent);
    label_->setToolTip(text(about_.help));
    switch (about_.kind) {
        case FieldKind::number: make_number(parent); break;
        case FieldKind::choice: make_choice(parent); break;
        case FieldKind::toggle: make_toggle(parent); break;
    }
    make_buttons(parent);
}

void FieldEditor::make_number(QWidget& parent)
{
    slider_ = new QuietSlider(Qt::Horizontal, &parent);
    slider_->setObjectName("slider." + text(about_.id));
    slider_->setRange(0, slider_positions);
    slider_->setPageStep(50);
    slider_->setFocusPolicy(Qt::StrongFocus);
    slider_->setAccessibleName(text(about_.label) + " slider");
    slider_->setToolTip(text(about_.help));
    box_ = new NumberBox(about_, &parent);
    box_->setObjectName("entry." + text(about_.id));
    box_->setAccessibleName(text(about_.label) + (about_.unit.empty() ? QString{} : ", " + text(about_.unit)));
    box_->setToolTip(text(about_.help));

    connect(slider_, &QSlider::sliderPressed, this, [this] { session_.begin_drag(); });
    connect(slider_, &QSlider::sliderReleased, this, [this] { session_.end_drag(); });
    connect(slider_, &QSlider::valueChanged, this, [this](int position) {
        double value = value_at(about_, position);
        const double present = value_of(field_, session_.scenario());
        // Where one position is less than a step, an arrow key still moves by a step.
        if (!slider_->isSliderDown() && value == present && about_.step > 0) {
            value += position > position_of(about_, present) ? about_.step : -about_.step;
        }
        if (!session_.edit(field_, value)) {
            show_state();
        }
    });
    connect(box_, &QDoubleSpinBox::valueChanged, this, [this](double value) {
        if (!session_.edit(field_, value)) {
            show_state();
        }
    });
}

void FieldEditor::make_choice(QWidget& parent)
{
    choice_ = new QuietCombo(&parent);
    choice_->setObjectName("choice." + text(about_.id));
    choice_->setFocusPolicy(Qt::StrongFocus);
    choice_->setAccessibleName(text(about_.label));
    choice_->setToolTip(text(about_.help));
    choice_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    choice_->setMinimumContentsLength(8);
    connect(choice_, &QComboBox::activated, this, [this](int index) {
        if (!session_.edit(field_, index)) {
            show_state();
        }
    });
}

void FieldEditor::make_toggle(QWidget& parent)
{
    toggle_ = new QCheckBox(&parent);
    toggle_->setObjectName("toggle." + text(about_.id));
    toggle_->setAccessibleName(text(about_.label));
    toggle_->setToolTip(text(about_.help));
    connect(toggle_, &QCheckBox::clicked, this, [this](bool on) {
        if (!session_.edit(field_, on ? 1 : 0)) {
            show_state();
        }
    });
}

void FieldEditor::make_buttons(QWidget& parent)
{
    const auto button = [&](const char* what, const QString& tip) {
        auto* made = new QToolButton(&parent);
        made->setObjectName(QString(what) + "." + text(about_.id));
        made->setAutoRaise(true);
        made->setToolTip(tip);
        made->setAccessibleName(tip);
        made->setFocusPolicy(Qt::TabFocus);
        return made;
    };
    reset_ = button("reset", "Reset " + text(about_.label));
    connect(reset_, &QToolButton::clicked, this, [this] { session_.reset(field_); });
    lock_ = button("lock", "Lock " + text(about_.label));
    lock_->setCheckable(true);
    connect(lock_, &QToolButton::clicked, this, [this](bool on) { session_.set_locked(field_, on); });
}

void FieldEditor::add_to(QGridLayout& grid, int row)
{
    grid.addWidget(label_, row, 0);
    if (slider_ != nullptr) {
        grid.addWidget(slider_, row, 1);
        grid.addWidget(box_, row, 2);
        label_->setBuddy(box_);
    } else {
        QWidget* control = choice_ != nullptr ? static_cast<QWidget*>(choice_) : toggle_;
        grid.addWidget(control, row, 1, 1, 2);
        label_->setBuddy(control);
    }
    grid.addWidget(reset_, row, 3);
    grid.addWidget(lock_, row, 4);
}

void FieldEditor::show_number()
{
    const double value = value_of(field_, session_.scenario());
    const QSignalBlocker quiet_slider(slider_);
    const QSignalBlocker quiet_box(box_);
    if (!slider_->isSliderDown()) {
        slider_->setValue(position_of(about_, value));
    }
    if (box_->value() != value) {
        box_->setValue(value);
    }
}

void FieldEditor::show_choice()
{
    const std::vector<std::string> words = choices(field_, session_.scenario());
    const QSignalBlocker quiet(choice_);
    if (std::size_t(choice_->count()) != words.size() || choice_->property("of").toInt() != int(session_.scenario().device.backends.size())) {
        choice_->clear();
        for (const std::string& word : words) {
            choice_->addItem(QString::fromStdString(word));
        }
        choice_->setProperty("of", int(session_.scenario().device.backends.size()));
    }
    if (field_ == Field::backend) {
        for (std::size_t i = 0; i < words.size(); ++i) {
            choice_->setItemText(int(i), QString::fromStdString(words[i]));
        }
    }
    choice_->setCurrentIndex(int(value_of(field_, session_.scenario())));
}

void FieldEditor::show_state()
{
    const bool usable = applies(field_, session_.scenario());
    const bool locked = session_.state().locked.contains(field_);
    if (slider_ != nullptr) {
        show_number();
        slider_->setEnabled(usable && !locked);
        box_->setEnabled(usable && !locked);
    } else if (choice_ != nullptr) {
        show_choice();
        choice_->setEnabled(usable && !locked);
    } else {
        const QSignalBlocker quiet(toggle_);
        toggle_->setChecked(value_of(field_, session_.scenario()) != 0);
        toggle_->setText(QString::fromStdString(display_value(field_, session_.scenario())));
        toggle_->setEnabled(usable && !locked);
    }
    label_->setEnabled(usable);
    reset_->setEnabled(usable && !locked);
    set_icon(*reset_, reset_icon());
    lock_->setChecked(locked);
    lock_->setEnabled(usable || locked);
    set_icon(*lock_, lock_icon(locked));
}

}  // namespace slimline::gui

#pragma once

#include <QObject>

#include "gui/viewmodel/session.h"

class QGridLayout;
class QWidget;
class QSlider;
class QComboBox;
class QCheckBox;
class QToolButton;
class QLabel;

namespace slimline::gui {

class NumberBox;

/// The row of one field: name, slider or choice, typed entry, reset, lock.
class FieldEditor : public QObject {
    Q_OBJECT

 public:
    FieldEditor(Session& session, Field field, QWidget& parent);

    void add_to(QGridLayout& grid, int row);
    void show_state();
    Field field() const { return field_; }

 private:
    void make_number(QWidget& parent);
    void make_choice(QWidget& parent);
    void make_toggle(QWidget& parent);
    void make_buttons(QWidget& parent);
    void show_number();
    void show_choice();

    Session& session_;
    Field field_;
    const FieldInfo& about_;
    QLabel* label_ = nullptr;
    QSlider* slider_ = nullptr;
    NumberBox* box_ = nullptr;
    QComboBox* choice_ = nullptr;
    QCheckBox* toggle_ = nullptr;
    QToolButton* reset_ = nullptr;
    QToolButton* lock_ = nullptr;
};

}  // namespace slimline::gui

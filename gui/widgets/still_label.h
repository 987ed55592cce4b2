#pragma once

#include <QWidget>

class QLabel;

namespace slimline::gui {

/// One line of text whose changes lay nothing out again: a label in a layout makes every parent up to the window ask for
/// its places, which at each step of a drag costs more than the step's picture. It asks for more room only when a text is
/// wider than all before and `grows`; else it takes what width it is given.
class StillLabel : public QWidget {
    Q_OBJECT

 public:
    StillLabel(bool grows, QWidget* parent);

    void set_text(const QString& text);
    /// Has the text; a screen reader meets it there.
    QLabel& label() const { return *label_; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {1, sizeHint().height()}; }

 protected:
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;

 private:
    QLabel* label_;
    bool grows_;
    int widest_ = 1;
};

}  // namespace slimline::gui

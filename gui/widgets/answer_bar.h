#pragma once

#include <array>

#include "gui/widgets/session_view.h"

class QLabel;

namespace slimline::gui {

/// The answer in one line: what a person looks at while dragging.
class AnswerBar : public SessionView {
    Q_OBJECT

 public:
    AnswerBar(Session& session, QWidget* parent = nullptr);

 protected:
    void show_state() override;
    int parts() const override { return Session::Design; }
    void resizeEvent(QResizeEvent* event) override;

 private:
    struct Cell {
        QLabel* title = nullptr;
        QLabel* value = nullptr;
        QLabel* detail = nullptr;
    };
    Cell add_cell(const QString& title);
    void show_cell(Cell& cell, const QString& value, const QString& detail, bool bad = false);
    void lay_out();

    std::array<Cell, 6> cells_{};
};

}  // namespace slimline::gui

#pragma once

#include <QWidget>

#include "gui/viewmodel/search_workspace.h"

class QLabel;
class QPushButton;

namespace slimline::gui {

/// All filters that are active, each a button that takes it away; always in sight.
class ChipsBar : public QWidget {
    Q_OBJECT

 public:
    ChipsBar(SearchWorkspace& workspace, QWidget* parent = nullptr);

 protected:
    void resizeEvent(QResizeEvent* event) override;

 private:
    void show_chips();

    SearchWorkspace& workspace_;
};

}  // namespace slimline::gui

#pragma once

#include <QWidget>

#include "gui/viewmodel/search_workspace.h"

class QLabel;
class QPushButton;

namespace slimline::gui {

/// All filters that are active, each a button that takes it away, and whether designs must fit into the device's memory;
/// always in sight.
class ChipsBar : public QWidget {
    Q_OBJECT

 public:
    ChipsBar(SearchWorkspace& workspace, QWidget* parent = nullptr);

    /// As high as the chips are in the room that there is; a layout by itself asks for one above the other.
    QSize sizeHint() const override { return {room(), minimumHeight()}; }
    QSize minimumSizeHint() const override { return {0, minimumHeight()}; }

 protected:
    void resizeEvent(QResizeEvent* event) override;

 private:
    void show_chips();
    void add_fits();
    int room() const;

    SearchWorkspace& workspace_;
    QString fits_;  // as shown
};

}  // namespace slimline::gui

#pragma once

#include "gui/viewmodel/design_table_model.h"
#include "gui/widgets/search_view.h"

class QCheckBox;
class QTableView;

namespace slimline::gui {

class StillLabel;

/// The designs as rows, sorted by any column.
class DesignTableView : public SearchView {
    Q_OBJECT

 public:
    DesignTableView(SearchWorkspace& workspace, QWidget* parent = nullptr);

    QTableView& table() const { return *table_; }
    QString csv() const override { return model_->csv(); }

 protected:
    void show_search() override;

 private:
    void take_selection();
    void show_selection();

    DesignTableModel* model_ = nullptr;
    QTableView* table_ = nullptr;
    QCheckBox* all_ = nullptr;
    StillLabel* count_ = nullptr;
    bool showing_ = false;
};

}  // namespace slimline::gui

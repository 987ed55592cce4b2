#pragma once

#include "gui/widgets/actions.h"
#include "gui/widgets/search_view.h"

class QCheckBox;
class QComboBox;

namespace slimline::gui {

class ColourKey;
class ParetoPlot;
class StillLabel;

/// Search results: any two objectives, coloured by a third, with the front, its knee and limits.
class ParetoView : public SearchView {
    Q_OBJECT

 public:
    ParetoView(SearchWorkspace& workspace, QWidget* parent = nullptr);

    ParetoPlot& plot() const { return *plot_; }
    QString csv() const override;

 protected:
    void show_search() override;

 private:
    QComboBox* add_choice(const QString& name, const QString& id);
    QCheckBox* add_switch(const QString& name, const QString& id, bool on, const QString& help);
    void take_choice();
    void compare_by_axes();
    QString selected_words() const;

    QComboBox* x_ = nullptr;
    QComboBox* y_ = nullptr;
    QComboBox* colour_ = nullptr;
    QCheckBox* dominated_ = nullptr;
    QCheckBox* logarithmic_ = nullptr;
    QCheckBox* limits_ = nullptr;
    QCheckBox* intervals_ = nullptr;
    std::vector<std::pair<QCheckBox*, bool>> switches_;  // and how each is at first
    ColourKey* key_ = nullptr;
    StillLabel* summary_ = nullptr;
    ParetoPlot* plot_ = nullptr;
};

}  // namespace slimline::gui

#pragma once

#include <vector>

#include "gui/widgets/session_view.h"

class QComboBox;
class QTableWidget;
class QPlainTextEdit;
class QTabWidget;

namespace slimline::gui {

class ChartView;

/// The present design beside those pinned: figures, the way from one to another, and what differs in their inputs.
class CompareView : public SessionView {
    Q_OBJECT

 public:
    CompareView(Session& session, QWidget* parent = nullptr);
    QString csv() const override;

 protected:
    void show_state() override;
    void resizeEvent(QResizeEvent* event) override;
    int parts() const override { return Session::Design | Session::Pinned | Session::View | Session::Marked; }

 private:
    QWidget* make_waterfall();
    QWidget* make_pins();
    void rename(std::size_t row, const std::string& name);
    void show_pins();
    void show_table();
    void fit_columns(const std::vector<int>& least);
    void show_choices();
    void show_way();

    QTabWidget* tabs_ = nullptr;
    QTableWidget* table_ = nullptr;
    QTableWidget* pins_ = nullptr;
    std::vector<PinnedDesign> shown_pins_;
    int look_ = 0;  // size of the letters that the rows are laid out for
    QComboBox* from_ = nullptr;
    QComboBox* to_ = nullptr;
    QComboBox* phase_ = nullptr;
    ChartView* fall_ = nullptr;
    QPlainTextEdit* difference_ = nullptr;
};

}  // namespace slimline::gui

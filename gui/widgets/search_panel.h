#pragma once

#include <array>

#include "gui/viewmodel/search_form.h"
#include "gui/widgets/search_view.h"

class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;
class QProgressBar;
class QPushButton;

namespace slimline::gui {

/// The question of a search as a person types it: the space, objectives, law, limits; run, cancel, open, save.
class SearchPanel : public SessionView {
    Q_OBJECT

 public:
    SearchPanel(SearchWorkspace& workspace, QWidget* parent = nullptr);

    void open_dialog();
    void save_dialog();
    /// What the last problem was; empty when there is none.
    QString problem() const;

 protected:
    void show_state() override;
    int parts() const override { return Session::Search; }

 private:
    QLineEdit* add_line(QGridLayout& grid, const QString& name, const QString& id, const QString& hint);
    QPlainTextEdit* add_lines(QGridLayout& grid, const QString& name, const QString& id, const QString& hint);
    void add_objectives(QGridLayout& grid);
    void add_buttons(QLayout& box);
    SearchForm form() const;
    void apply();
    void count();
    void show_progress();
    void show_problem(const QString& message);
    void show_note(const QString& message);

    SearchWorkspace& workspace_;
    QLineEdit* name_ = nullptr;
    std::array<QLineEdit*, dimension_count> dimensions_{};
    QLineEdit* weights_ = nullptr;
    QLineEdit* kv_cache_ = nullptr;
    QPlainTextEdit* helpers_ = nullptr;
    QPlainTextEdit* constraints_ = nullptr;
    std::array<QComboBox*, 4> objectives_{};
    QPlainTextEdit* limits_ = nullptr;
    QComboBox* law_ = nullptr;
    QLineEdit* tokens_ = nullptr;
    QLabel* count_ = nullptr;
    QLabel* message_ = nullptr;
    QProgressBar* progress_ = nullptr;
    QPushButton* run_ = nullptr;
    QPushButton* cancel_ = nullptr;
    bool is_problem_ = false;
    LatestJob counting_{LatestJob::Pace::idle};
};

}  // namespace slimline::gui

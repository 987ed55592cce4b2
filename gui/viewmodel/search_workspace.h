#pragma once

#include <optional>
#include <string>

#include "gui/viewmodel/brushes.h"
#include "gui/viewmodel/live_explorer.h"
#include "gui/viewmodel/search_job.h"
#include "gui/viewmodel/session.h"

namespace slimline::gui {

/// What all views of a search share: its question (a part of the session), its picture on the session's device, brushes,
/// the selection, and a running search.
class SearchWorkspace : public QObject {
    Q_OBJECT

 public:
    explicit SearchWorkspace(Session& session, QObject* parent = nullptr, std::size_t most_shown = 100000);

    Session& session() const { return session_; }
    LiveExplorer& explorer() { return explorer_; }
    Brushes& brushes() { return brushes_; }
    DesignSelection& selection() { return selection_; }
    SearchJob& job() { return job_; }

    /// The text of the session's search as it is asked here, or of the worked example where it has none; empty where there
    /// is neither.
    const std::string& text() const { return text_; }
    /// What of a search over several devices is not asked here; empty: all is.
    const QString& notice() const { return notice_; }
    /// Of that text, on the session's device and workload.
    SearchQuestion question() const;

    /// Takes a search/1 document with its device and workload. A bad one leaves everything as it was, and failed() says
    /// where and why.
    bool open(const std::string& name, const std::string& text);
    bool open_file(const std::string& path);
    /// What a search found, once the session has its question: its designs are in the space and selected.
    void show_found(std::vector<Candidate> designs);
    /// Changes the question on the present device.
    bool change(const std::string& text);
    /// Writes the question as it is answered here: on the session's device and workload.
    bool save(const std::string& path);

    void run();
    /// The design on the session's device, with its formats; nothing where there is no such row.
    std::optional<Scenario> scenario_of(std::uint32_t row) const;
    /// The design becomes the session's model, with its formats, as one step.
    void load(std::uint32_t row);
    /// Moves the selection along the front.
    void step_on_front(int places);
    void select_knee();

    /// The session's own model among the designs: its measures by prediction and law; NaN where there is no answer.
    Measures of_session() const;

 Q_SIGNALS:
    void question_changed();
    void failed(const QString& message);
    void told(const QString& message);

 private:
    void follow(int parts);
    void mark_selected();
    void read_text();
    void show_result(const SearchResult& result);
    void select_found();

    Session& session_;
    LiveExplorer explorer_;
    Brushes brushes_;
    DesignSelection selection_;
    SearchJob job_;
    std::string said_;  // the session's text, or the worked example's
    std::string text_;  // what of it is asked here
    SearchQuestion question_;  // as text_ says
    QString notice_;
    std::vector<Candidate> found_;  // that wait for their space
};

/// Text of the search that a first start opens.
std::string worked_search();

}  // namespace slimline::gui

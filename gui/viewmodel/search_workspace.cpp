#include "gui/viewmodel/search_workspace.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "archspace/quality/loss.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "gui/viewmodel/copied_command.h"
#include "gui/viewmodel/opened_files.h"
#include "gui/viewmodel/search_form.h"
#include "gui/viewmodel/session_edits.h"
#include "gui/viewmodel/taken_file.h"
#include "gui/viewmodel/view_values.h"

namespace slimline::gui {

namespace {

/// Two documents ask about the same designs and losses: only objectives and limits differ.
bool same_space(const std::string& a, const std::string& b)
{
    const auto without = [](const std::string& text) {
        Json j = parse_json("search", text).root;
        for (const char* key : {"objectives", "limits", "must_fit", "name", "note", "device", "workload", "backend",
                                "engine", "calibration"}) {
            j.erase(key);
        }
        return j;
    };
    return without(a) == without(b);
}

/// What of a search over several devices is not asked on one.
QString notice_of(const SearchQuestion& q, const std::string& left_out)
{
    QString notice;
    if (!q.fleet.empty() || !q.hardware.empty()) {
        notice = QObject::tr("This search is over devices or workloads; here it is asked on the session's device and workload");
    } else if (!left_out.empty()) {
        notice = QObject::tr("Here the search is asked on the session's device");
    }
    if (!left_out.empty()) {
        notice += QObject::tr(", without: %1").arg(QString::fromStdString(left_out));
    }
    return notice.isEmpty() ? notice : notice + QObject::tr(". 'slimline search' answers it whole.");
}

}  // namespace

std::string worked_search()
{
    try {
        return read_file(data_folder().parent_path() / "examples" / "search-million.json");
    } catch (const InputError&) {
        return {};  // not installed: the panel says how to begin
    }
}

SearchWorkspace::SearchWorkspace(Session& session, QObject* parent, std::size_t most_shown)
    : QObject(parent), session_(session), explorer_(nullptr, most_shown)
{
    connect(&session_, &Session::changed, this, &SearchWorkspace::follow);
    connect(&explorer_, &LiveExplorer::failed, this, &SearchWorkspace::failed);
    connect(&explorer_, &LiveExplorer::changed, this, &SearchWorkspace::select_found);
    connect(&job_, &SearchJob::failed, this, &SearchWorkspace::failed);
    connect(&job_, &SearchJob::finished, this, [this](const auto& result) { show_result(*result); });
    connect(&selection_, &DesignSelection::changed, this, &SearchWorkspace::mark_selected);
    // Rows are numbers of designs of one space.
    connect(&explorer_, &LiveExplorer::making_changed, this, [this](bool making) { making ? void() : selection_.clear(); });
    connect(&explorer_, &LiveExplorer::changed, this, [this] { selection_.empty() ? void() : mark_selected(); });
    connect(&brushes_, &Brushes::changed, this, [this] { session_.set_view_value("search.brushes", brushes_.text()); });
    brushes_.read(session_.view_value("search.brushes"));
    read_text();
}

SearchQuestion SearchWorkspace::question() const
{
    SearchQuestion question = question_;
    question.run = session_.scenario();
    question.fleet.clear();  // the window looks at one device: the session's
    question.hardware = {};
    return question;
}

void SearchWorkspace::follow(int parts)
{
    if ((parts & Session::Search) != 0) {
        read_text();
    }
    if ((parts & Session::View) != 0) {
        brushes_.read(session_.view_value("search.brushes"));
    }
    if ((parts & Session::Design) != 0) {
        explorer_.show(session_.scenario());
        selection_.empty() ? void() : mark_selected();
    }
}

void SearchWorkspace::read_text()
{
    const std::string& held = session_.state().search;
    const std::string said = held.empty() ? worked_search() : held;
    if (said == said_) {
        return;
    }
    try {
        AskedHere next;
        if (!said.empty()) {
            const JsonDocument document = parse_json("search", said);
            next = asked_here(JsonPlace(document));
            next.text = next.left_out.empty() ? said : next.text;  // as it was typed
        }
        const bool same = !said.empty() && !text_.empty() && same_space(next.text, text_);
        const bool keeps_memory = next.question.must_fit == question_.must_fit;
        said_ = said;
        text_ = next.text;
        question_ = std::move(next.question);
        found_.clear();
        if (same && keeps_memory) {
            explorer_.set_asked(question_.objectives, question_.limits);
        } else if (!text_.empty()) {
            selection_.clear();
            explorer_.set_question(question(), session_.scenario());
        }
        const QString notice = notice_of(question_, next.left_out);
        const bool news = notice != notice_ && !notice.isEmpty();
        notice_ = notice;
        Q_EMIT question_changed();
        if (news) {
            Q_EMIT told(notice_);
        }
    } catch (const InputError& error) {
        Q_EMIT failed(QString::fromStdString(error.what()));
    }
}

bool SearchWorkspace::open(const std::string& name, const std::string& text)
{
    try {
        const JsonDocument document = parse_json(name, text);
        return session_.take_state(with_search(session_.state(), text, asked_here(JsonPlace(document)).question), "open search");
    } catch (const InputError& error) {
        Q_EMIT failed(QString::fromStdString(error.what()));
        return false;
    }
}

bool SearchWorkspace::open_file(const std::string& path)
{
    try {
        const std::vector<TakenFile> files{take_file(path)};
        if (!std::holds_alternative<TakenSearch>(files.front()) && !std::holds_alternative<FoundDesigns>(files.front())) {
            throw InputError(path, "is no search", "open it by File, Open");
        }
        OpenedFiles opened = open_taken(session_.state(), {path}, files);
        if (!session_.take_state(std::move(opened.state), "open search")) {
            return false;
        }
        if (opened.found) {
            show_found(std::move(opened.found->designs));
            Q_EMIT told(QString::fromStdString(opened.note));
        }
        return true;
    } catch (const InputError& error) {
        Q_EMIT failed(QString::fromStdString(error.what()));
        return false;
    }
}

void SearchWorkspace::show_found(std::vector<Candidate> designs)
{
    std::vector<UniformDesign> also;
    for (const Candidate& each : designs) {
        also.push_back(each.design);
    }
    found_ = std::move(designs);
    explorer_.set_question(question(), session_.scenario(), std::move(also));
}

/// A frame that is shown while the space is being made is not theirs.
void SearchWorkspace::select_found()
{
    if (found_.empty() || explorer_.making_space()) {
        return;
    }
    const LiveSpace& space = *explorer_.frame()->space;
    Rows rows;
    for (const Candidate& each : std::exchange(found_, {})) {
        const std::uint32_t row = space.row_of(each);
        if (row < space.size()) {
            rows.push_back(row);
        }
    }
    selection_.select(std::move(rows));
}

bool SearchWorkspace::change(const std::string& text)
{
    try {
        const JsonDocument document = parse_json("search", text);
        const AskedHere next = asked_here(JsonPlace(document));
        if (next.question.objectives != question_.objectives) {
            session_.forget_view_values(values_of_a_search);
        }
    } catch (const InputError& error) {
        Q_EMIT failed(QString::fromStdString(error.what()));
        return false;
    }
    if (text != text_) {
        session_.set_search(text);
    }
    return true;
}

bool SearchWorkspace::save(const std::string& path)
{
    try {
        write_file(path, search_on(text_, session_.scenario(), session_.state().calibration_choice));
        return true;
    } catch (const InputError& error) {
        Q_EMIT failed(QString::fromStdString(error.what()));
        return false;
    }
}

void SearchWorkspace::run()
{
    if (!text_.empty()) {
        job_.start(question());
    }
}

void SearchWorkspace::show_result(const SearchResult& result)
{
    const SearchStatistics& s = result.statistics;
    Q_EMIT told(QString::fromStdString(fmt::format(
        "{}{} designs on the front of {} candidates, {} of them evaluated one by one, in {:.1f} s",
        result.partial ? "Stopped: so far " : "", result.front.size(), display_count(s.candidates),
        display_count(s.evaluated), s.seconds)));
    const auto& frame = explorer_.frame();
    if (frame && frame->space->complete()) {
        Rows rows;
        for (const FoundDesign& found : result.front) {
            const std::uint32_t row = frame->space->row_of(found.candidate);
            if (row < frame->space->size()) {
                rows.push_back(row);
            }
        }
        selection_.select(std::move(rows));
    } else {
        std::vector<Candidate> designs;
        for (const FoundDesign& found : result.front) {
            designs.push_back(found.candidate);
        }
        show_found(std::move(designs));
    }
}

std::optional<Scenario> SearchWorkspace::scenario_of(std::uint32_t row) const
{
    const auto& frame = explorer_.frame();
    if (!frame || row >= frame->space->size()) {
        return std::nullopt;
    }
    const Candidate candidate = frame->space->candidate(row);
    Scenario scenario = session_.scenario();
    scenario.arch = architecture_of(candidate.design);
    scenario.precision.weights = frame->space->question().space.weights[candidate.weights];
    scenario.precision.kv_cache = frame->space->question().space.kv_cache[candidate.kv_cache];
    return scenario;
}

void SearchWorkspace::load(std::uint32_t row)
{
    if (auto scenario = scenario_of(row)) {
        SessionState next = session_.state();
        next.base_arch = scenario->arch;
        next.scenario = std::move(*scenario);
        session_.take_state(std::move(next), "design of the search");
    }
}

/// The design chosen last is a ghost in the views that compare; of a whole front, none is.
void SearchWorkspace::mark_selected()
{
    constexpr std::size_t few = 12;
    const bool chosen = !selection_.empty() && selection_.rows().size() <= few;
    const auto scenario = chosen ? scenario_of(selection_.current()) : std::nullopt;
    session_.mark_design(scenario ? std::optional(PinnedDesign{"selected in the search", *scenario}) : std::nullopt);
}

void SearchWorkspace::step_on_front(int places)
{
    const auto& frame = explorer_.frame();
    if (!frame || frame->front.rows.empty()) {
        return;
    }
    const Rows& rows = frame->front.rows;
    const auto found = std::ranges::find(rows, selection_.current());
    const auto last = std::ptrdiff_t(rows.size()) - 1;
    const std::ptrdiff_t from = selection_.empty() || found == rows.end() ? std::ptrdiff_t(frame->knee) - places
                                                                          : found - rows.begin();
    selection_.select(rows[std::size_t(std::clamp<std::ptrdiff_t>(from + places, 0, last))]);
}

void SearchWorkspace::select_knee()
{
    const auto& frame = explorer_.frame();
    if (frame && !frame->front.rows.empty()) {
        selection_.select(frame->front.rows[frame->knee]);
    }
}

Measures SearchWorkspace::of_session() const
{
    Measures m = measures_of(session_.prediction());
    try {
        const Scenario& scenario = session_.scenario();
        m[std::size_t(DesignMetric::loss)] =
            predicted_loss(question_.law, scenario.arch, question_.tokens, scenario.precision.weights).value;
    } catch (const InputError&) {
        // The law says nothing of such a model: it has no place on that axis.
    }
    return m;
}

}  // namespace slimline::gui

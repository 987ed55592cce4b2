#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <QObject>
#include <QString>

#include "gui/viewmodel/history.h"
#include "simulator/prediction.h"

namespace slimline::gui {

/// What the window shows and changes: a value with its history, and the prediction that follows from it. Lives on the
/// window's thread; a long job takes a copy of the state.
class Session : public QObject {
    Q_OBJECT

 public:
    /// What a change touched, so that a view that does not show it need not look.
    enum Part { Design = 1, Pinned = 2, Search = 4, View = 8, Marked = 16, Everything = 31 };

    /// Opens the worked example.
    explicit Session(QObject* parent = nullptr);
    explicit Session(SessionState state, QObject* parent = nullptr);

    const SessionState& state() const { return history_.now(); }
    const Scenario& scenario() const { return state().scenario; }
    const Prediction& prediction() const { return prediction_; }

    /// Sets a field. A value that cannot be used leaves the state as it is, says why by refused(), and returns false.
    /// Between begin_drag() and end_drag() all settings of a field are one step of the history.
    bool edit(Field field, double value);
    void begin_drag();
    void end_drag();
    bool dragging() const { return dragging_; }

    void reset(Field field);
    void set_locked(Field field, bool locked);

    /// Takes another model or device; locked fields keep their values.
    bool take_architecture(const Architecture& arch);
    bool take_device(const Device& device);

    /// The same from an id of the catalogue, a file, or (models) the short form.
    bool load_architecture(const std::string& id_or_path);
    bool load_device(const std::string& id_or_path);

    void pin(std::string name);
    void unpin(std::size_t index);
    bool rename_pinned(std::size_t index, const std::string& name);

    /// Replaces the design by a pinned one, with its calibration.
    void take_pinned(std::size_t index);

    /// Text of a search/1 document that is known to be good.
    void set_search(std::string text);

    /// Everything at once, as one step (a session that was read).
    bool take_state(SessionState state, const std::string& text);

    /// What is selected in all views: an operator by its name, and the design of the search that was chosen last, on the
    /// session's device. Neither is a part of the state: nothing of it is saved or undone.
    void mark_operator(std::string name);
    const std::string& marked_operator() const { return marked_operator_; }
    void mark_design(std::optional<PinnedDesign> design);
    /// The state with the marked design behind those pinned: what views compare.
    SessionState compared() const;

    void set_view(ViewState view);
    /// An empty value is none.
    void set_view_value(const std::string& key, const std::string& value);
    std::string view_value(const std::string& key) const;
    void forget_view_values(std::span<const std::string_view> keys);

    bool can_undo() const { return history_.can_undo(); }
    bool can_redo() const { return history_.can_redo(); }
    std::string undo_text() const { return history_.undo_text(); }
    std::string redo_text() const { return history_.redo_text(); }
    void undo();
    void redo();

 Q_SIGNALS:
    void changed(int parts);
    void refused(const QString& message);

 private:
    /// Runs `make`, which gives the next state; InputError becomes refused().
    template <class Make>
    bool attempt(const std::string& text, const std::string& key, int parts, Make&& make);
    void show_present(int parts);

    History history_;
    Prediction prediction_{};
    bool dragging_ = false;
    std::string marked_operator_{};
    std::optional<PinnedDesign> marked_design_{};
};

/// Qwen2-0.5B on a Jetson Orin NX: what the window opens with when there is nothing to go on with.
SessionState worked_example();

/// Throws InputError for what is no name of a pinned design.
void require_name(const std::string& name);

/// The calibration that the state asks for.
Calibration calibration_of(const SessionState& state);

}  // namespace slimline::gui

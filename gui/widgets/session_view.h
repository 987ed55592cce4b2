#pragma once

#include <QWidget>

#include "gui/viewmodel/session.h"

namespace slimline::gui {

/// A widget that shows the session. One that is not in sight does nothing; changes that come faster than it paints are shown once.
class SessionView : public QWidget {
    Q_OBJECT

 public:
    SessionView(Session& session, QWidget* parent);

    /// Shown, and not behind another tab.
    bool in_sight() const;

    /// Shows the present state now, where it is behind (before a picture is taken).
    void catch_up();

    /// Waits for what is computed for it in the background, and shows it (before a picture is taken).
    virtual void settle() {}

    /// What an export writes as CSV: what is visible. Empty: this view has no rows.
    virtual QString csv() const { return {}; }

 protected:
    /// Shows session().state(). Called for changes of `parts()` alone, and when theme or scale change.
    virtual void show_state() = 0;
    virtual int parts() const { return Session::Everything; }
    /// For a view of several slow parts, which shows one at a time so that a drag goes on between them: whether some still
    /// show an older state, and the next of these.
    virtual bool has_more() const { return false; }
    virtual void show_more() {}

    Session& session() const { return session_; }
    /// Something else than the session changed what is to be shown.
    void show_soon();

    void showEvent(QShowEvent* event) override;
    void changeEvent(QEvent* event) override;

 private:
    void plan();

    Session& session_;
    bool behind_ = true;
    bool planned_ = false;
};

}  // namespace slimline::gui

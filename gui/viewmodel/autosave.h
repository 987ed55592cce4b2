#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <QObject>

#include "gui/viewmodel/session_state.h"

class QLockFile;
class QTimer;

namespace slimline::gui {

class LatestJob;
class Session;

/// Keeps the session in a file a moment after each change, so that a crash loses nothing. Each window has files of its own,
/// the first that no other window holds: what several had comes back as several are opened.
class Autosave : public QObject {
    Q_OBJECT

 public:
    explicit Autosave(std::filesystem::path folder, QObject* parent = nullptr);
    ~Autosave() override;

    /// Whether the session is kept: not in a folder that cannot be written, nor beside too many windows.
    bool keeps() const { return lock_ != nullptr; }
    std::string why_not_kept() const;  // for people; empty: it is

    /// What is left of the last window of these files: after a crash, or as it was closed. What another window left in a
    /// crash, and nobody has opened again, comes before what was closed. A file that cannot be used says why in `message` and
    /// is kept aside.
    std::optional<SessionState> left_behind(std::string& message);

    /// From now on the session is kept. What was left behind and not asked for waits for another window.
    void watch(Session& session);

    /// Now, and as the end of a window that was closed as it should be.
    void close(const SessionState& state);

    /// The folder of the user.
    static std::filesystem::path usual_folder();

 private:
    std::filesystem::path running_file() const { return file_of("running", number_); }
    std::filesystem::path last_file() const { return file_of("last", number_); }
    std::filesystem::path file_of(const char* kind, int window) const;
    std::unique_ptr<QLockFile> lock_of(int window) const;
    std::optional<SessionState> read(const std::filesystem::path& file, std::string& message) const;
    int take_over();
    void put_aside() const;

    std::filesystem::path folder_;
    std::unique_ptr<QLockFile> lock_;  // of those files; none: nothing is kept
    QTimer* timer_ = nullptr;
    int number_ = 1;  // of the window's files
    bool asked_ = false;  // what was left behind
    std::unique_ptr<LatestJob> writer_;  // a disk may take its time, and nobody should wait for it; last: it uses the others
};

/// Files that were opened or saved, the latest first, at most ten; those that are gone are left out.
std::vector<std::string> recent_files(const std::filesystem::path& folder);
void remember_file(const std::filesystem::path& folder, const std::string& path);

}  // namespace slimline::gui

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

/// Keeps the session in a file a moment after each change, so that a crash loses nothing. One window at a time does so; a
/// second one beside it keeps to itself.
class Autosave : public QObject {
    Q_OBJECT

 public:
    explicit Autosave(std::filesystem::path folder, QObject* parent = nullptr);
    ~Autosave() override;

    /// What is left of the last window: after a crash, or as it was closed. A file that cannot be used says why in `message`
    /// and is kept aside.
    std::optional<SessionState> left_behind(std::string& message);

    /// From now on the session is kept.
    void watch(Session& session);

    /// Now, and as the end of a window that was closed as it should be.
    void close(const SessionState& state);

    /// The folder of the user.
    static std::filesystem::path usual_folder();

 private:
    std::filesystem::path running_file() const { return folder_ / "running.json"; }
    std::filesystem::path last_file() const { return folder_ / "last.json"; }

    std::filesystem::path folder_;
    std::unique_ptr<QLockFile> lock_;
    QTimer* timer_ = nullptr;
    bool mine_ = false;
    std::unique_ptr<LatestJob> writer_;  // a disk may take its time, and nobody should wait for it; last: it uses the others
};

/// Files that were opened or saved, the latest first, at most ten; those that are gone are left out.
std::vector<std::string> recent_files(const std::filesystem::path& folder);
void remember_file(const std::filesystem::path& folder, const std::string& path);

}  // namespace slimline::gui

#include "gui/viewmodel/autosave.h"

#include <algorithm>

#include <QLockFile>
#include <QTimer>

#include "base/errors.h"
#include "base/files.h"
#include "base/json.h"
#include "gui/viewmodel/latest_job.h"
#include "gui/viewmodel/session.h"
#include "gui/viewmodel/session_json.h"

namespace slimline::gui {

namespace {

namespace fs = std::filesystem;

constexpr int delay_ms = 800;
constexpr std::size_t most_recent = 10;
constexpr int most_windows = 16;

}  // namespace

Autosave::Autosave(fs::path folder, QObject* parent) : QObject(parent), folder_(std::move(folder))
{
    std::error_code error;
    fs::create_directories(folder_, error);
    for (number_ = 1; number_ <= most_windows && !lock_; ++number_) {
        lock_ = lock_of(number_);
    }
    --number_;
    timer_ = new QTimer(this);
    timer_->setSingleShot(true);
    timer_->setInterval(delay_ms);
}

Autosave::~Autosave() = default;

fs::path Autosave::usual_folder()
{
    return user_folder() / "window";
}

/// "running.json", "running-2.json".
fs::path Autosave::file_of(const char* kind, int window) const
{
    return folder_ / (kind + (window == 1 ? std::string{} : "-" + std::to_string(window)) + ".json");
}

/// Held; nothing where another window has it.
std::unique_ptr<QLockFile> Autosave::lock_of(int window) const
{
    const std::string name = window == 1 ? "lock" : "lock-" + std::to_string(window);
    auto lock = std::make_unique<QLockFile>(QString::fromStdString((folder_ / name).string()));
    lock->setStaleLockTime(0);  // a window may stay open for weeks; one that crashed is known by its process
    return lock->tryLock(0) ? std::move(lock) : nullptr;
}

/// Makes what a crashed window kept this one's, where this one's files have no crash of their own. How many such windows
/// are left.
int Autosave::take_over()
{
    int left = 0;
    std::error_code error;
    for (int window = 1; window <= most_windows; ++window) {
        if (window == number_ || !fs::exists(file_of("running", window), error)) {
            continue;
        }
        const auto lock = lock_of(window);
        if (!lock) {
            continue;  // it runs
        }
        if (fs::exists(running_file(), error)) {
            ++left;
        } else {
            fs::rename(file_of("running", window), running_file(), error);
        }
    }
    return left;
}

std::optional<SessionState> Autosave::read(const fs::path& file, std::string& message) const
{
    std::error_code error;
    if (!fs::exists(file, error)) {
        return std::nullopt;
    }
    try {
        return load_session(file);
    } catch (const InputError& problem) {
        message = std::string("what was kept of the last window cannot be used: ") + problem.what();
        fs::rename(file, fs::path(file).concat(".broken"), error);
        return std::nullopt;
    }
}

std::string Autosave::why_not_kept() const
{
    return keeps() ? std::string{}
                   : "this window is not kept: " + folder_.string() + " cannot be written, or holds " + std::to_string(most_windows) +
                         " windows already; save what you need (Ctrl+S)";
}

void Autosave::put_aside() const
{
    std::error_code error;
    for (int window = 1; window <= most_windows && fs::exists(running_file(), error); ++window) {
        const bool free = window != number_ && !fs::exists(file_of("running", window), error) && lock_of(window) != nullptr;
        if (free) {
            fs::rename(running_file(), file_of("running", window), error);
        }
    }
}

std::optional<SessionState> Autosave::left_behind(std::string& message)
{
    message.clear();
    if (!keeps()) {
        message = why_not_kept();
        return std::nullopt;
    }
    asked_ = true;
    const int left = take_over();
    if (auto state = read(running_file(), message)) {
        message = "opened again what was on screen when the window ended unexpectedly";
        if (left > 0) {
            message += "; " + std::to_string(left) + " more such windows come back as they are opened";
        }
        return state;
    }
    return read(last_file(), message);
}

void Autosave::watch(Session& session)
{
    if (!keeps()) {
        return;
    }
    if (!asked_) {
        put_aside();
    }
    connect(&session, &Session::changed, timer_, qOverload<>(&QTimer::start));
    writer_ = std::make_unique<LatestJob>();
    connect(timer_, &QTimer::timeout, this, [this, &session] {
        const auto write = [this, &session, file = running_file(), state = session.state()](const std::stop_token&) {
            try {
                save_session(file, state);
            } catch (const InputError& problem) {
                const QString words = QString::fromStdString(std::string("not kept: ") + problem.what());
                QMetaObject::invokeMethod(this, [&session, words] { Q_EMIT session.refused(words); });
            }
        };
        if (writer_) {  // not closed yet
            writer_->ask(write, {}, false);
        }
    });
}

void Autosave::close(const SessionState& state)
{
    if (!keeps()) {
        return;
    }
    timer_->stop();
    writer_.reset();  // once it has written what it is at
    std::error_code error;
    try {
        save_session(last_file(), state);
        fs::remove(running_file(), error);
    } catch (const InputError&) {
        // The disk is full or read-only: what was kept before stays, and is offered at the next start.
    }
}

std::vector<std::string> recent_files(const fs::path& folder)
{
    std::vector<std::string> files;
    try {
        const JsonDocument document = load_json(folder / "recent.json");
        for (const std::string& file : JsonPlace(document).texts()) {
            std::error_code error;
            if (fs::exists(file, error) && files.size() < most_recent) {
                files.push_back(file);
            }
        }
    } catch (const InputError&) {
        files.clear();  // none yet, or broken: a list of conveniences is not worth a message
    }
    return files;
}

void remember_file(const fs::path& folder, const std::string& path)
{
    std::vector<std::string> files = recent_files(folder);
    const std::string whole = fs::absolute(path).string();
    std::erase(files, whole);
    files.insert(files.begin(), whole);
    files.resize(std::min(files.size(), most_recent));
    std::error_code error;
    fs::create_directories(folder, error);
    try {
        write_file(folder / "recent.json", pretty(Json(files)));
    } catch (const InputError&) {
        // The list is a convenience: without it everything works.
    }
}

}  // namespace slimline::gui

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

}  // namespace

Autosave::Autosave(fs::path folder, QObject* parent) : QObject(parent), folder_(std::move(folder))
{
    std::error_code error;
    fs::create_directories(folder_, error);
    lock_ = std::make_unique<QLockFile>(QString::fromStdString((folder_ / "lock").string()));
    lock_->setStaleLockTime(0);  // a window may stay open for weeks; one that crashed is known by its process
    mine_ = lock_->tryLock(0);
    timer_ = new QTimer(this);
    timer_->setSingleShot(true);
    timer_->setInterval(delay_ms);
}

Autosave::~Autosave() = default;

fs::path Autosave::usual_folder()
{
    return user_folder() / "window";
}

std::optional<SessionState> Autosave::left_behind(std::string& message)
{
    if (!mine_) {
        return std::nullopt;
    }
    for (const fs::path& file : {running_file(), last_file()}) {
        std::error_code error;
        if (!fs::exists(file, error)) {
            continue;
        }
        try {
            SessionState state = load_session(file);
            message = file == running_file() ? "opened again what was on screen when the window ended unexpectedly" : "";
            return state;
        } catch (const InputError& problem) {
            message = std::string("what was kept of the last window cannot be used: ") + problem.what();
            fs::rename(file, fs::path(file).concat(".broken"), error);
        }
    }
    return std::nullopt;
}

void Autosave::watch(Session& session)
{
    if (!mine_) {
        return;
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
    if (!mine_) {
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

#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/errors.h"
#include "base/json.h"
#include "validation/backends/child_process.h"
#include "validation/transport/target.h"

namespace slimline {

struct LinkOptions {
    Target target{};
    std::filesystem::path runner{};     // "": the one for the target's processor
    bool keep_runner = false;           // stays on the target, by the hash of its content, and is not sent again
    std::chrono::seconds timeout{600};  // for one answer
    std::vector<int> cores{};           // to run on; empty: all that it may use
    std::function<bool()> cancelled = [] { return false; };
};

/// What its device and calibrations are called when nobody says: as the target, and where only some cores are meant,
/// "jetson-cores-4-7": they are a device of their own.
std::string device_id_of(const LinkOptions& options);

/// The connection has ended; a new one may go on.
struct LinkLost : InputError {
    using InputError::InputError;
};

/// What a runner says of itself and where it runs.
struct RunnerGreeting {
    std::string processor;  // "aarch64"
    std::string kernels;    // "neon-dotprod"
    int cores = 1;
    std::vector<int> only{};  // these, where they are not the first ones
    std::string model;      // of the device, as its system calls it; "": it does not say
};

/// A runner on a target: put there through the one connection that it is then asked through, and gone with it. Nothing of it
/// stays there, however the connection ends, unless `keep_runner` says so.
class RunnerLink {
 public:
    /// Connects, sends and starts. Throws InputError with a fact and a remedy.
    explicit RunnerLink(const LinkOptions& options);
    ~RunnerLink();
    RunnerLink(const RunnerLink&) = delete;
    RunnerLink& operator=(const RunnerLink&) = delete;

    const RunnerGreeting& greeting() const { return greeting_; }
    /// An answer without "error"; InputError with its words otherwise. LinkLost when the connection has ended; after any
    /// other failure of the link itself (no answer in time, no JSON, cancelled), is_up() is false too.
    Json ask(const Json& request) { return ask(request, {}, 0); }
    /// The same for an answer of several lines: all but the last are said to `each`, at most so many.
    Json ask(const Json& request, const std::function<void(const Json& line)>& each, double most_lines);
    bool is_up() const { return client_ != nullptr; }

 private:
    Json next_answer();
    std::string next_line(std::chrono::seconds limit, const char* waiting_for);
    void read_hello();
    void send_runner();
    void read_greeting();
    void close();
    [[noreturn]] void fail_ended(const char* waiting_for);
    [[noreturn]] void fail(const std::string& fact, const std::string& remedy);

    LinkOptions options_;
    std::string place_;
    std::unique_ptr<ChildProcess> client_;
    RunnerGreeting greeting_{};
};

}  // namespace slimline

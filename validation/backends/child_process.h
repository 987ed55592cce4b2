#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

namespace slimline {

/// A program to start, with what it gets.
struct ChildCommand {
    std::filesystem::path program;
    std::vector<std::string> arguments{};  // without the program's name
    std::vector<int> descriptors{};        // that stay open in it, under the same numbers
    bool with_input = false;               // it reads from us; otherwise its input is empty
    bool own_group = false;                // Ctrl-C in our terminal does not reach it; whatever it starts ends with it
    bool ends_with_us = false;             // is killed when the thread that starts it ends, however that comes
    std::vector<std::string> environment{};  // "NAME=value", besides ours
};

/// How a child ended, in words: "exit status 3", "killed by signal 11 (Segmentation fault)".
std::string words_of_status(int status);

/// A running program whose output we read line by line, never longer than a limit of time. It ends with this object; what
/// it writes to standard error is kept, up to a megabyte.
class ChildProcess {
 public:
    using Clock = std::chrono::steady_clock;
    enum class Read { line, end, timeout };

    /// Throws InputError when it cannot be started.
    explicit ChildProcess(const ChildCommand& command);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// False when it reads no more, or not all of it before the deadline.
    bool send(std::string_view text, Clock::time_point deadline = Clock::time_point::max());
    /// No more input comes to it.
    void close_input();
    /// The next line of its output, without the end of line; at the end of output a last one without it counts too.
    Read next_line(std::string& line, Clock::time_point deadline);
    const std::string& errors() const { return errors_; }
    pid_t id() const { return id_; }
    /// Waits until it has ended, at most to the deadline, after that kills it. Its wait status.
    int finish(Clock::time_point deadline);
    void kill();

 private:
    void read_some(Clock::time_point deadline);

    pid_t id_ = -1;
    bool own_group_ = false;
    int status_ = 0;
    int input_ = -1;
    int output_ = -1;
    int error_ = -1;
    std::string pending_{};
    std::string errors_{};
};

}  // namespace slimline

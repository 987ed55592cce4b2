#include "validation/backends/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <thread>
#include <utility>

#include "base/errors.h"
#include "base/text.h"
#include "validation/backends/own_cores.h"

namespace slimline {

namespace {

constexpr std::size_t most_errors = 1 << 20;
constexpr std::size_t most_line = std::size_t{256} << 20;

struct Pipe {
    int read = -1;
    int write = -1;

    Pipe()
    {
        int ends[2] = {-1, -1};
        if (::pipe2(ends, O_CLOEXEC) != 0) {
            throw InputError("", std::string("no pipe could be made (") + std::strerror(errno) + ")");
        }
        read = ends[0];
        write = ends[1];
    }
};

void close_descriptor(int& descriptor)
{
    if (descriptor >= 0) {
        ::close(std::exchange(descriptor, -1));
    }
}

/// As exec takes them, with an end.
std::vector<char*> pointers_to(std::vector<std::string>& texts)
{
    std::vector<char*> pointers;
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

/// Between fork and exec: only calls that are safe there.
[[noreturn]] void become(char* const* words, char* const* environment, const int (&ends)[3], const ChildCommand& command,
                         pid_t parent, int failure)
{
    if (command.ends_with_us) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) {  // it ended before that
            ::_exit(127);
        }
    }
    if (command.own_group) {
        ::setpgid(0, 0);
    }
    for (int i = 0; i < 3; ++i) {
        ::dup2(ends[i], i);
    }
    for (const int descriptor : command.descriptors) {
        ::fcntl(descriptor, F_SETFD, 0);
    }
    ::signal(SIGPIPE, SIG_DFL);
    ::sched_setaffinity(0, sizeof(cpu_set_t), &own_cores());  // the caller may be pinned to one core
    ::execvpe(words[0], words, environment);
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(failure, &error, sizeof error);
    ::_exit(127);
}

}  // namespace

std::string words_of_status(int status)
{
    if (WIFSIGNALED(status)) {
        return "killed by signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
    }
    return "exit status " + std::to_string(WEXITSTATUS(status));
}

ChildProcess::ChildProcess(const ChildCommand& command)
{
    std::vector<std::string> words{command.program.string()};
    words.insert(words.end(), command.arguments.begin(), command.arguments.end());
    std::vector<std::string> extra = command.environment;
    std::vector<char*> environment = pointers_to(extra);
    for (char** each = environ; *each != nullptr; ++each) {
        environment.insert(environment.end() - 1, *each);
    }
    std::vector<char*> pointers = pointers_to(words);
    const pid_t parent = ::getpid();

    Pipe input;
    Pipe output;
    Pipe error;
    Pipe failure;
    const int ends[3] = {input.read, output.write, error.write};
    id_ = ::fork();
    if (id_ == 0) {
        become(pointers.data(), environment.data(), ends, command, parent, failure.write);
    }
    for (int each : {input.read, output.write, error.write, failure.write}) {
        ::close(each);
    }
    own_group_ = command.own_group;
    ::fcntl(input.write, F_SETFL, O_NONBLOCK);  // of our end alone: a child that does not read must not hold us up
    input_ = input.write;
    output_ = output.read;
    error_ = error.read;
    int reason = id_ < 0 ? errno : 0;
    const bool failed = id_ < 0 || ::read(failure.read, &reason, sizeof reason) == ssize_t(sizeof reason);
    ::close(failure.read);
    if (failed) {
        kill();
        throw InputError(command.program.string(), std::string("cannot be started (") + std::strerror(reason) + ")",
                         "check the path and its permissions");
    }
    if (!command.with_input) {
        close_descriptor(input_);
    }
}

ChildProcess::~ChildProcess()
{
    kill();
}

bool ChildProcess::send(std::string_view text, Clock::time_point deadline)
{
    // A write to a child that has gone raises SIGPIPE: held back for this thread, and taken off again.
    sigset_t pipe_signal;
    sigset_t before;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    bool sent = true;
    while (!text.empty() && sent) {
        const ssize_t written = ::write(input_, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(std::size_t(written));
        } else if (errno == EPIPE) {
            const timespec none{};
            ::sigtimedwait(&pipe_signal, nullptr, &none);
            sent = false;
        } else if (errno == EAGAIN) {
            pollfd end{input_, POLLOUT, 0};
            sent = Clock::now() < deadline;
            ::poll(&end, 1, 100);
        } else {
            sent = errno == EINTR;
        }
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return sent;
}

void ChildProcess::read_some(Clock::time_point deadline)
{
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    std::array<pollfd, 2> ends{{{output_, POLLIN, 0}, {error_, POLLIN, 0}}};
    if (::poll(ends.data(), ends.size(), int(std::clamp<long>(left, 0, 1000))) < 1) {
        return;
    }
    char piece[65536];
    const auto take = [&](const pollfd& end, int& descriptor, std::string& to, std::size_t most) {
        if (descriptor < 0 || end.revents == 0) {
            return;
        }
        const ssize_t count = ::read(descriptor, piece, sizeof piece);
        if (count == 0 || (count < 0 && errno != EINTR)) {
            close_descriptor(descriptor);
        } else if (count > 0) {
            to.append(piece, std::min(std::size_t(count), most - std::min(most, to.size())));
        }
    };
    take(ends[0], output_, pending_, most_line);
    take(ends[1], error_, errors_, most_errors);
}

ChildProcess::Read ChildProcess::next_line(std::string& line, Clock::time_point deadline)
{
    while (true) {
        const std::size_t end = pending_.find('\n');
        if (end != std::string::npos || pending_.size() >= most_line || (output_ < 0 && !pending_.empty())) {
            line = pending_.substr(0, end);
            pending_.erase(0, end == std::string::npos ? end : end + 1);
            return Read::line;
        }
        if (output_ < 0) {
            return Read::end;
        }
        if (Clock::now() >= deadline) {
            return Read::timeout;
        }
        read_some(deadline);
    }
}

void ChildProcess::close_input()
{
    close_descriptor(input_);
}

int ChildProcess::finish(Clock::time_point deadline)
{
    close_descriptor(input_);
    while (error_ >= 0 && Clock::now() < deadline) {
        read_some(deadline);
    }
    while (id_ > 0 && ::waitpid(id_, &status_, WNOHANG) == 0) {
        if (Clock::now() >= deadline) {
            kill();
            return status_;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    id_ = -1;
    return status_;
}

void ChildProcess::kill()
{
    if (id_ > 0) {
        ::kill(own_group_ ? -id_ : id_, SIGKILL);
        ::waitpid(id_, &status_, 0);
        id_ = -1;
    }
    close_descriptor(input_);
    close_descriptor(output_);
    close_descriptor(error_);
}

}  // namespace slimline

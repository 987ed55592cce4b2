// slimline-runner: the int4 engine and its micro-benchmarks as a small program that is sent to a device. Speaks JSON lines
// on standard input and output (validation/runner/runner.h); ends with its input.
//   --sent           it was put there for one session: removes its own file and the folder around it as soon as it runs
//   --attached       ends at once when its input ends, also in the middle of an answer; after ten minutes without a request
//   --limit SECONDS  ends when one answer takes longer
//   --cores LIST     runs on these only: 4-7 or 0-3,6

#include <poll.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string_view>
#include <thread>

#include "base/errors.h"
#include "base/text.h"
#include "validation/backends/own_cores.h"
#include "validation/runner/runner.h"

namespace {

constexpr unsigned idle_s = 600;

/// A running program needs no name: nothing is left, whatever happens to the device or the link later.
void remove_itself(const std::filesystem::path& file)
{
    std::error_code ignored;
    std::filesystem::remove(file, ignored);
    std::filesystem::remove(file.parent_path(), ignored);  // only when nothing else is in it
}

/// Ends this process when whoever asks has gone: a pipe that nobody writes to, or a socket whose other end is closed.
void watch_input()
{
    std::thread([] {
        pollfd input{STDIN_FILENO, POLLRDHUP, 0};
        while (::poll(&input, 1, -1) < 1 || (input.revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) == 0) {
        }
        ::_exit(0);
    }).detach();
}

}  // namespace

int main(int count, char** words)
{
    slimline::runner::Limits limits;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        long long seconds = 0;
        if (word == "--sent") {
            remove_itself(words[0]);
        } else if (word == "--attached") {
            watch_input();
            limits.idle_s = idle_s;
        } else if (word == "--limit" && i + 1 < count && slimline::parse_integer(words[i + 1], seconds) && seconds > 0 &&
                   seconds <= 86400) {
            limits.answer_s = unsigned(seconds);
            ++i;
        } else if (word == "--cores" && i + 1 < count) {
            try {
                slimline::keep_to_cores(slimline::core_numbers(words[++i]));
            } catch (const slimline::InputError& error) {
                std::cerr << error.what() << "\n";
                return 2;
            }
        } else {
            std::cerr << "usage: slimline-runner [--sent] [--attached] [--limit SECONDS] [--cores LIST]\n";
            return 2;
        }
    }
    std::ios::sync_with_stdio(false);
    return slimline::runner::serve(std::cin, std::cout, limits);
}

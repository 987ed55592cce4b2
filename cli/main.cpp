#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <vector>

#include "cli/run.h"

namespace {

int terminal_width()
{
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
        return std::clamp(int(size.ws_col), 40, 200);
    }
    return 100;
}

bool wants_colour()
{
    return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
}

}  // namespace

int main(int count, char** words)
{
    std::signal(SIGPIPE, SIG_DFL);  // `slimline list archs | head` ends quietly
    std::signal(SIGXFSZ, SIG_IGN);  // a file that grows too large is an error in words
    std::ios::sync_with_stdio(false);
    const std::vector<std::string_view> args(words + std::min(count, 1), words + count);
    return slimline::run(args, {std::cout, std::cerr, terminal_width(), wants_colour()});
}

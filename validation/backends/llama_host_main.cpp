// slimline-llama-host FOLDER: opens llama.cpp's library in FOLDER and serves it on standard input and output. A process of
// its own, so that nothing the library does can take the program down that asks.

#include <poll.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <thread>

#include <ext/stdio_filebuf.h>

#include "validation/backends/llama_host.h"

namespace {

/// Ends this process with the one that asks, also in the middle of a long answer.
void watch_input()
{
    std::thread([] {
        pollfd input{STDIN_FILENO, 0, 0};
        while (::poll(&input, 1, -1) < 1 || (input.revents & (POLLHUP | POLLERR)) == 0) {
        }
        ::_exit(0);
    }).detach();
}

}  // namespace

int main(int count, char** words)
{
    if (count != 2) {
        std::cerr << "usage: slimline-llama-host FOLDER\n";
        return 2;
    }
    ::setenv("GGML_NO_BACKTRACE", "1", 1);
    watch_input();
    std::ios::sync_with_stdio(false);
    // The library may print; answers go where nobody else writes.
    const int answers = ::dup(STDOUT_FILENO);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    __gnu_cxx::stdio_filebuf<char> buffer(answers, std::ios::out);
    std::ostream out(&buffer);
    return slimline::llama::serve(words[1], std::cin, out);
}

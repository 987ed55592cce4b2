#pragma once

#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "cli/run.h"

namespace slimline {

/// What a run of the program left behind.
struct Ran {
    int code = 0;
    std::string out;
    std::string err;
};

inline Ran ran(const std::vector<std::string>& words, int width = 100, bool colour = false)
{
    ::setenv("XDG_DATA_HOME", "/nonexistent", 1);  // whoever runs the tests may have devices of their own
    const std::vector<std::string_view> args(words.begin(), words.end());
    std::ostringstream out;
    std::ostringstream err;
    const int code = run(args, {out, err, width, colour});
    return {code, out.str(), err.str()};
}

/// Words split at spaces, as a shell would.
inline Ran ran(const std::string& line, int width = 100)
{
    return ran(line.empty() ? std::vector<std::string>{} : split(line, ' '), width);
}

/// One line that starts with the program's name, and nothing on standard output.
inline bool complains_in_one_line(const Ran& r)
{
    return r.code == 2 && r.out.empty() && r.err.starts_with("slimline: ") && r.err.size() > 20 &&
           r.err.find('\n') == r.err.size() - 1;
}

}  // namespace slimline

#include <fmt/format.h>

#include "base/json.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/lint.h"

namespace slimline {

namespace {

constexpr int found_problems = 2;

struct LintOptions {
    std::vector<std::string> files;
    bool json = false;
};

OptionList declare(LintOptions& o)
{
    return {{.name = "FILES",
             .help = "data files of any kind; default: all shipped ones",
             .target = &o.files,
             .takes_file = true},
            {.name = "--json", .help = "write JSON (docs/json.md)", .target = &o.json}};
}

int work(const LintOptions& o, Console& console)
{
    std::vector<std::filesystem::path> files(o.files.begin(), o.files.end());
    if (files.empty()) {
        files = shipped_files();
    }
    std::vector<std::string> problems;
    for (const auto& file : files) {
        const std::vector<std::string> more = problems_of(file);
        problems.insert(problems.end(), more.begin(), more.end());
    }
    if (o.json) {
        console.out << pretty({{"format", "lint/1"}, {"files", files.size()}, {"problems", problems}});
    } else {
        for (const std::string& problem : problems) {
            console.out << problem << "\n";
        }
        console.out << fmt::format("{} files, {} problems\n", files.size(), problems.size());
    }
    return problems.empty() ? 0 : found_problems;
}

}  // namespace

Command lint_command()
{
    return make_command<LintOptions>("lint", "checks shipped or given data files and lists every problem",
                                     {"lint", "lint my-device.json"}, declare, work);
}

}  // namespace slimline

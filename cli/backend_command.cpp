#include <string>
#include <vector>

#include "base/errors.h"
#include "base/json.h"
#include "cli/command_table.h"
#include "validation/backends/llama_installation.h"

namespace slimline {

namespace {

struct BackendOptions {
    std::vector<std::string> words;
    bool json = false;
};

OptionList declare(BackendOptions& o)
{
    return {{.name = "ACTION",
             .help = "'list' the engines that measure, or 'install llama.cpp'",
             .target = &o.words,
             .required = true,
             .choices = {"list", "install", "llama.cpp"}},
            {.name = "--json", .help = "the answer as JSON", .target = &o.json}};
}

int work(const BackendOptions& o, Console& console)
{
    const bool wants_install = o.words.front() == "install";
    if (o.words != (wants_install ? std::vector<std::string>{"install", "llama.cpp"} : std::vector<std::string>{"list"})) {
        throw InputError("backend", "takes 'list' or 'install llama.cpp'");
    }
    const llama::Installation found = wants_install ? llama::install() : llama::installation();
    if (o.json) {
        console.out << pretty({{"backends",
                                {{{"name", "int4"}, {"present", true}},
                                 {{"name", "libllama"},
                                  {"present", found.present},
                                  {"release", found.release},
                                  {"package", found.package + "@" + found.version},
                                  {"folder", found.folder.string()}}}}});
        return 0;
    }
    if (wants_install) {
        console.out << "llama.cpp " << found.release << " is in " << found.folder.string() << "\n";
        return 0;
    }
    console.out << "int4         our own engine, part of this program\n"
                << "libllama     llama.cpp " << found.release
                << (found.present ? ", in " + found.folder.string()
                                  : ", not installed: run 'slimline backend install llama.cpp'")
                << "\n";
    return 0;
}

}  // namespace

Command backend_command()
{
    return make_command<BackendOptions>("backend", "the engines that measure: which are there, and how to get them",
                                        {"backend list", "backend install llama.cpp"}, declare, work);
}

}  // namespace slimline

#include "archspace/architecture_json.h"
#include "base/files.h"
#include "cli/command_table.h"

namespace slimline {

namespace {

struct ImportOptions {
    std::string file;
    std::string out;
};

OptionList declare(ImportOptions& o)
{
    return {{.name = "FILE",
             .help = "a Hugging Face config.json, a GGUF file or its first megabytes, our JSON, or the short form "
                     "L=24,d=2048,...",
             .target = &o.file,
             .required = true,
             .ids_of = "archs",
             .takes_file = true},
            {.name = "--out",
             .value_name = "FILE",
             .help = "file to write; default: standard output",
             .target = &o.out,
             .takes_file = true}};
}

int work(const ImportOptions& o, Console& console)
{
    const std::string text = pretty(to_json(load_architecture(o.file)));
    if (o.out.empty()) {
        console.out << text;
    } else {
        write_file(o.out, text);
        console.out << "wrote " << o.out << "\n";
    }
    return 0;
}

}  // namespace

Command import_command()
{
    return make_command<ImportOptions>(
        "import", "a config.json, GGUF file or short form as our architecture JSON",
        {"import model/config.json --out my-model.json", "import L=24,d=2048,h=16,kv=4,ffn=5632,V=32000,tied"}, declare,
        work);
}

}  // namespace slimline

#include <filesystem>

#include "archspace/architecture_json.h"
#include "archspace/gguf_export.h"
#include "archspace/gguf_writer.h"
#include "base/files.h"
#include "base/new_file.h"
#include "base/text.h"
#include "cli/command_table.h"

namespace slimline {

namespace {

struct ExportOptions {
    std::string model;
    std::string mix = "Q4_0";
    std::string out;
    int seed = 1;
    bool json = false;
};

OptionList declare(ExportOptions& o)
{
    return {{.name = "MODEL",
             .value_name = "ID|FILE",
             .help = "a catalogued model, a file of one, or the short form L=24,d=2048,...",
             .target = &o.model,
             .required = true,
             .ids_of = "archs",
             .takes_file = true},
            {.name = "--mix", .value_name = "MIX", .help = "formats of the weights, as llama-quantize spreads them",
             .target = &o.mix, .ids_of = "quants"},
            {.name = "--out", .value_name = "FILE", .help = "file to write", .target = &o.out, .required = true,
             .takes_file = true},
            {.name = "--seed", .value_name = "N", .help = "of the random weights", .target = &o.seed, .least = 0,
             .most = 1'000'000'000},
            {.name = "--json", .help = "what was written, as JSON", .target = &o.json}};
}

int work(const ExportOptions& o, Console& console)
{
    const Architecture arch = load_architecture(o.model);
    const WeightMix mix = mix_named(o.mix);
    const std::uint64_t bytes = gguf_file_bytes(arch, mix);
    require_free_space(std::filesystem::path(o.out).parent_path(), double(bytes));
    NewFile file(o.out);
    export_gguf(arch, mix, std::uint64_t(o.seed), [&](std::span<const std::byte> piece) { file.write(piece); });
    file.keep();
    if (o.json) {
        console.out << pretty({{"file", o.out},
                               {"architecture", gguf_architecture_name(arch)},
                               {"mix", mix.name},
                               {"seed", o.seed},
                               {"bytes", bytes},
                               {"parameters", parameter_count(arch).total}});
    } else {
        console.out << "wrote " << o.out << ": " << arch.id << " as '" << gguf_architecture_name(arch) << "', "
                    << display_count(parameter_count(arch).total) << " random parameters, " << mix.name << ", "
                    << display(Bytes{double(bytes)}) << "\n";
    }
    return 0;
}

}  // namespace

Command export_gguf_command()
{
    return make_command<ExportOptions>("export-gguf", "a model with random weights as a GGUF file for llama.cpp",
                                       {"export-gguf smollm2-135m --mix Q4_K_M --out smollm2.gguf",
                                        "export-gguf L=24,d=2048,h=16,kv=4,ffn=5632,tied --out mine.gguf"},
                                       declare, work);
}

}  // namespace slimline

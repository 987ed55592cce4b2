#include "cli/bench_file_options.h"

#include "hwmodels/device_json.h"
#include "simulator/engine.h"
#include "validation/probe.h"

namespace slimline {

void append_bench_file_options(OptionList& list, BenchFileOptions& options)
{
    list.push_back(
        {.name = "--arch",
         .value_name = "NAME=ARCH",
         .help =
             "with --from: which architecture a model of the file is (several with ';' between), or one ARCH for all",
         .target = &options.arch,
         .ids_of = "archs"});
    list.push_back({.name = "--device",
                    .value_name = "ID|FILE",
                    .help = "with --from: the device that the file's runs are from",
                    .target = &options.device,
                    .ids_of = "devices"});
}

Bed bed_of(const BenchFileOptions& options, const BenchRuns& runs)
{
    const Device device = options.device == "local" ? local_device() : load_device(options.device);
    require_backend(device, runs.backend);
    return {.device = device, .backend = runs.backend, .engine_name = "llama.cpp", .engine = Engine::llama_cpp};
}

void for_each_bench(const BenchFile& file, const BenchFileOptions& options,
                    const std::function<void(const BenchRuns&, const Bed&)>& use)
{
    for (const BenchRuns& runs : file.runs) {
        use(runs, bed_of(options, runs));
    }
}

std::vector<std::string> notes_on(const BenchFile& file)
{
    std::vector<std::string> notes;
    for (const auto& [why, count] : file.unused) {
        notes.push_back(std::to_string(count) + (count == 1 ? " result" : " results") + " not used: " + why);
    }
    return notes;
}

}  // namespace slimline

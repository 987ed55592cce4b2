#pragma once

#include <functional>
#include <string>

#include "cli/option.h"
#include "validation/bench_runs.h"
#include "validation/run_fit.h"

namespace slimline {

/// What commands that take a file of llama-bench ask beside it.
struct BenchFileOptions {
    std::string arch;
    std::string device = "local";
};

void append_bench_file_options(OptionList& list, BenchFileOptions& options);

/// The device that the runs are from, under llama.cpp; this machine is probed when nobody has done so. Throws InputError when it
/// has no such backend.
Bed bed_of(const BenchFileOptions& options, const BenchRuns& runs);

/// Each backend and number of threads of the file in turn, with where it ran.
void for_each_bench(const BenchFile& file, const BenchFileOptions& options,
                    const std::function<void(const BenchRuns&, const Bed&)>& use);

/// "3 results not used: prompt and generated tokens in one time (pp+tg)".
std::vector<std::string> notes_on(const BenchFile& file);

}  // namespace slimline

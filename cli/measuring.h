#pragma once

#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/option.h"
#include "validation/case_work.h"
#include "validation/run_sampling.h"

namespace slimline {

/// What commands that run an engine on this machine have in common.
struct MeasuringOptions {
    std::string backend = "int4";
    std::string threads;  // "1,2"; "": as the command says
    std::string budget = "120s";
    std::string quant = "Q4_0";
    int seed = 1;
};

void append_measuring_options(OptionList& list, MeasuringOptions& options);

/// "1,2" as numbers, each once, at least 1; `fallback` of "".
std::vector<int> thread_counts(const std::string& text, std::vector<int> fallback);

/// "90s", "2m", "90" in seconds.
double seconds_named(const std::string& text);

/// This machine under an engine; probed first when nobody has done so.
Bed local_bed(const TestEngine& engine, const Watcher& watcher);

/// Progress on standard error with the time that is left, and Ctrl-C as a wish to stop; while it lives.
class ProgressLine {
 public:
    ProgressLine(Console& console, double budget_s);
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    Watcher watcher();

 private:
    void show(const std::string& what, double done);

    Console& console_;
    double budget_s_;
    double start_;
    double shown_ = 0;
    bool terminal_;
    void (*old_handler_)(int);
};

}  // namespace slimline

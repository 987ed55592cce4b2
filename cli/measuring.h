#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cli/console.h"
#include "cli/option.h"
#include "validation/transport/measuring_place.h"

namespace slimline {

class RemoteEngine;

/// Where it is measured.
struct TargetOptions {
    std::string target;  // "": in this process
    std::string runner;
    std::string timeout = "10m";
    bool keep_runner = false;
    std::string cores;   // "4-7"; "": all
};

/// What commands that run an engine have in common.
struct MeasuringOptions {
    TargetOptions where{};
    std::string backend = "int4";
    std::string threads;  // "1,2"; "": as the command says
    std::string budget = "120s";
    std::string quant = "Q4_0";
    int seed = 1;
};

void append_target_options(OptionList& list, TargetOptions& options);
void append_measuring_options(OptionList& list, MeasuringOptions& options);

/// "1,2" as numbers, each once, at least 1; `fallback` of "".
std::vector<int> thread_counts(const std::string& text, std::vector<int> fallback);

/// "90s", "2m", "90" in seconds.
double seconds_named(const std::string& text);
/// The same of another option than --budget; at least so many seconds, at most a day.
double seconds_of(const std::string& option, const std::string& text, double least);

/// This machine, or the target, which is connected to; throws InputError when that fails. Ctrl-C ends what a target is at.
MeasuringPlace measuring_place(const MeasuringOptions& options);

/// The runner on a target; nullptr when none is named.
std::unique_ptr<RemoteEngine> connected(const TargetOptions& options);

/// What the target's device is called: "jetson" of ssh:me@jetson.
std::string target_id(const TargetOptions& options);

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

#pragma once

#include <string>

#include "cli/option.h"
#include "explorer/scenario.h"

namespace slimline {

/// How a model is run, as every command that predicts takes it.
struct RunOptions {
    std::string backend;  // "": the device's first
    std::string kv = "f16";
    std::string activations = "f32";
    int prompt = 512;
    int generate = 128;
    int context = 0;
    int batch = 1;
    int threads = 0;
    int ubatch = 512;
    std::string flash_attention = "on";
    std::string engine = "llama.cpp";
    std::string calibration;  // "": the best that there is
};

Option arch_option(OptionTarget target);
Option device_option(OptionTarget target);
Option quant_option(OptionTarget target);
Option json_option(bool& json);
void append_run_options(OptionList& list, RunOptions& run);

/// Loads what the words name.
Scenario scenario(const std::string& arch, const std::string& device, const std::string& quant, const RunOptions& run);

}  // namespace slimline

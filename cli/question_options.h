#pragma once

#include <string>
#include <vector>

#include "base/errors.h"
#include "cli/option.h"
#include "cli/scenario_options.h"
#include "explorer/figure.h"
#include "explorer/sweep.h"

namespace slimline {

/// One model on one device, and which loss is meant: what questions about a design start from.
struct QuestionOptions {
    std::string arch;
    std::string device;
    std::string quant;  // "": the model file's own
    RunOptions run;
    std::string law = "gemstones";
    std::string tokens = "1e12";
};

void append_question_options(OptionList& list, QuestionOptions& o);
Scenario scenario(const QuestionOptions& o);
QualityBasis quality_basis(const QuestionOptions& o);

/// Reads what an option says; a complaint names the option.
template <class Read>
decltype(auto) read_option(const std::string& option, Read&& read)
{
    try {
        return read();
    } catch (const InputError& error) {
        throw InputError("option " + option, error.what());
    }
}

std::vector<Axis> axes_of(const char* option, const std::vector<std::string>& texts);
std::vector<Figure> figures_of(const char* option, const std::vector<std::string>& names);

/// "68.4 GB/s"
std::string display(const Lever& lever, double value);
/// "bandwidth, compute, ...": for help texts.
std::string lever_names();

}  // namespace slimline

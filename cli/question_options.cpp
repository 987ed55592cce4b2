#include "cli/question_options.h"

#include <fmt/format.h>

#include "base/text.h"

namespace slimline {

void append_question_options(OptionList& list, QuestionOptions& o)
{
    list.push_back(arch_option(&o.arch));
    list.push_back(device_option(&o.device));
    list.push_back(quant_option(&o.quant));
    append_run_options(list, o.run);
    list.push_back({.name = "--law",
                    .value_name = "ID|FILE",
                    .help = "quality law that losses are of, one of 'slimline list laws'",
                    .target = &o.law,
                    .ids_of = "laws",
                    .takes_file = true});
    list.push_back({.name = "--tokens", .value_name = "N", .help = "tokens of training, as 1e12", .target = &o.tokens});
}

Scenario scenario(const QuestionOptions& o)
{
    return scenario(o.arch, o.device, o.quant, o.run);
}

QualityBasis quality_basis(const QuestionOptions& o)
{
    QualityBasis basis{read_option("--law", [&] { return load_law(o.law); })};
    if (!parse_number(o.tokens, basis.tokens) || !(basis.tokens > 0) || basis.tokens > 1e18) {
        throw InputError("option --tokens", "'" + printable(o.tokens) + "' is not a number of tokens",
                         "write it as 1e12 or 300000000000");
    }
    if (basis.law.gives() != LawGives::loss && basis.law.gives() != LawGives::multiplier) {
        throw InputError("option --law", "'" + basis.law.id + "' gives no loss but " + basis.law.unit,
                         "name a law that gives one, as " + std::string(default_law_id));
    }
    return basis;
}

std::vector<Axis> axes_of(const char* option, const std::vector<std::string>& texts)
{
    std::vector<Axis> axes;
    for (const std::string& text : texts) {
        axes.push_back(read_option(option, [&] { return read_axis(text); }));
    }
    return axes;
}

std::vector<Figure> figures_of(const char* option, const std::vector<std::string>& names)
{
    std::vector<Figure> figures;
    for (const std::string& name : names) {
        figures.push_back(read_option(option, [&] { return figure_named(name); }));
    }
    return figures;
}

std::string display(const Lever& lever, double value)
{
    return significant(value / lever.scale, lever.whole ? 7 : 4) +
           (lever.unit.empty() ? "" : " " + std::string(lever.unit));
}

std::string lever_names()
{
    std::vector<std::string> names;
    for (const Lever& lever : levers()) {
        names.emplace_back(lever.name);
    }
    return joined(names, ", ");
}

}  // namespace slimline

#include "cli/command_table.h"
#include "cli/scenario_options.h"
#include "explorer/pass_graph.h"

namespace slimline {

namespace {

struct GraphOptions {
    std::string arch;
    std::string device;
    std::string quant;  // "": the model file's own
    std::string phase = "decode";
    RunOptions run;
};

OptionList declare(GraphOptions& o)
{
    OptionList list{arch_option(&o.arch),
                    device_option(&o.device),
                    quant_option(&o.quant),
                    {.name = "--phase",
                     .value_name = "NAME",
                     .help = "prefill (the prompt's last chunk) or decode (a generated token)",
                     .target = &o.phase,
                     .choices = {"prefill", "decode"}}};
    append_run_options(list, o.run);
    return list;
}

int work(const GraphOptions& o, Console& console)
{
    const Scenario s = scenario(o.arch, o.device, o.quant, o.run);
    console.out << to_dot(o.phase == "prefill" ? prefill_graph(s) : decode_graph(s), s.arch);
    return 0;
}

}  // namespace

Command graph_command()
{
    return make_command<GraphOptions>("graph", "the operators of a pass and what they wait for, in Graphviz's language",
                                      {"graph --arch qwen2-0.5b --device jetson-orin-nx-16gb --phase decode"}, declare,
                                      work);
}

}  // namespace slimline

#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/scenario_options.h"
#include "simulator/prediction_json.h"

namespace slimline {

namespace {

struct PredictOptions {
    std::string arch;
    std::string device;
    std::string quant = "Q4_K_M";
    RunOptions run;
    bool json = false;
};

OptionList declare(PredictOptions& o)
{
    OptionList list{arch_option(&o.arch), device_option(&o.device), quant_option(&o.quant)};
    append_run_options(list, o.run);
    list.push_back(json_option(o.json));
    return list;
}

int work(const PredictOptions& o, Console& console)
{
    const Scenario s = scenario(o.arch, o.device, o.quant, o.run);
    const Prediction prediction = predict(s);
    if (o.json) {
        console.out << pretty(to_json(prediction, s.arch, s.device));
    } else {
        write_prediction(console, s, prediction);
    }
    return 0;
}

}  // namespace

Command predict_command()
{
    return make_command<PredictOptions>(
        "predict", "latency, memory and energy of a model on a device, and what binds it",
        {"predict --arch qwen2-0.5b --device jetson-orin-nx-16gb",
         "predict --arch phi-1 --device meizu-18-pro --backend cpu --quant Q8_0 --prompt 1024 --json",
         "predict --arch L=24,d=2048,h=16,kv=4,hd=128,ffn=5632,V=32000,tied --device raspberry-pi-5-8gb"},
        declare, work);
}

}  // namespace slimline

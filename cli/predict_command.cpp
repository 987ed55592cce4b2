#include "archspace/architecture_json.h"
#include "base/errors.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/measuring.h"
#include "cli/prediction_text.h"
#include "cli/scenario_options.h"
#include "explorer/deployment.h"
#include "simulator/prediction_json.h"

namespace slimline {

namespace {

constexpr const char* usual_moments = "0s,1m,5m,30m";

struct PredictOptions {
    std::string arch;
    std::string device;
    std::string quant;  // "": the model file's own
    RunOptions run;
    std::string draft;
    std::string acceptance = "0.7";
    int draft_tokens = 4;
    std::string resident;
    std::string fine_tune;
    int lora_rank = 16;
    bool sustained = false;
    std::string after;
    bool json = false;
};

double number_of(const std::string& option, const std::string& text, double least, double most)
{
    double value = 0;
    if (!parse_number(text, value) || value < least || value > most) {
        throw InputError("option " + option, "'" + printable(text) + "' is not a number between " + significant(least) + " and " +
                                                 significant(most));
    }
    return value;
}

std::vector<Seconds> moments_of(const PredictOptions& o)
{
    std::vector<Seconds> moments;
    for (const std::string& word : split(o.after.empty() ? usual_moments : o.after, ',')) {
        moments.push_back({seconds_of("option --after", word, 0)});
    }
    return moments;
}

DeploymentQuestion question_of(const PredictOptions& o)
{
    DeploymentQuestion question;
    if (!o.draft.empty()) {
        question.draft = load_architecture(o.draft);
        question.speculation = {number_of("--acceptance", o.acceptance, 0, 1), o.draft_tokens};
    }
    if (!o.resident.empty()) {
        question.resident = Bytes{number_of("--resident", o.resident, 0, 1e6) * GiB};
    }
    if (!o.fine_tune.empty()) {
        question.fine_tuning = o.fine_tune == "lora" ? FineTuning::lora : FineTuning::full;
        question.lora_rank = o.lora_rank;
    }
    if (o.sustained) {
        question.sustained = moments_of(o);
    } else if (!o.after.empty()) {
        throw InputError("option --after", "is of a long session", "give --sustained too");
    }
    return question;
}

OptionList declare(PredictOptions& o)
{
    OptionList list{arch_option(&o.arch), device_option(&o.device), quant_option(&o.quant)};
    append_run_options(list, o.run);
    list.push_back({.name = "--draft",
                    .value_name = "ID|FILE|SHORT",
                    .help = "speculative decoding: the model that drafts",
                    .target = &o.draft,
                    .ids_of = "archs",
                    .takes_file = true});
    list.push_back({.name = "--draft-tokens",
                    .value_name = "N",
                    .help = "tokens it drafts a step",
                    .target = &o.draft_tokens,
                    .least = 1,
                    .most = 64});
    list.push_back({.name = "--acceptance",
                    .value_name = "SHARE",
                    .help = "probability that a drafted token is accepted",
                    .target = &o.acceptance});
    list.push_back({.name = "--resident",
                    .value_name = "GIB",
                    .help = "weights that stay in memory; the rest is read from flash for every token",
                    .target = &o.resident});
    list.push_back({.name = "--fine-tune",
                    .value_name = "KIND",
                    .help = "a training step over the batch's prompts",
                    .target = &o.fine_tune,
                    .choices = {"lora", "full"}});
    list.push_back({.name = "--lora-rank",
                    .value_name = "N",
                    .help = "rank of LoRA's adapters",
                    .target = &o.lora_rank,
                    .least = 1,
                    .most = 4096});
    list.push_back({.name = "--sustained",
                    .help = "also for a machine that has long been at work, as 'slimline calibrate --sustained' found it",
                    .target = &o.sustained});
    list.push_back({.name = "--after",
                    .value_name = "TIME,TIME",
                    .help = std::string("with --sustained: after so long at work; default: ") + usual_moments,
                    .target = &o.after});
    list.push_back(json_option(o.json));
    return list;
}

int work(const PredictOptions& o, Console& console)
{
    const Scenario s = scenario(o.arch, o.device, o.quant, o.run);
    const Prediction prediction = predict(s);
    const DeploymentAnswer beyond = answer(question_of(o), s, prediction);
    if (o.json) {
        Json json = to_json(prediction, s.arch, s.device);
        json.update(to_json(beyond));
        console.out << pretty(json);
    } else {
        write_prediction(console, s, prediction);
        write_deployment(console, beyond);
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

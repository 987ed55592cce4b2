#include <cmath>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/question_options.h"
#include "cli/table.h"
#include "explorer/compare.h"
#include "explorer/neighbours.h"

namespace slimline {

namespace {

struct NeighboursOptions {
    QuestionOptions question;
    bool json = false;
};

OptionList declare(NeighboursOptions& o)
{
    OptionList list;
    append_question_options(list, o.question);
    list.push_back(json_option(o.json));
    return list;
}

std::string change(double ratio)
{
    return fmt::format("{:+.1f} %", 100 * (ratio - 1));
}

void write_text(Console& console, const Scenario& s, const Prediction& p, double loss,
                const std::vector<Neighbour>& all, const QualityBasis& quality)
{
    console.out << title_line(console, s) << "\n"
                << workload_line(p) << "\n"
                << fmt::format("first token {}, a token {}, memory {}, loss {} ({}, {} tokens)\n\n", display(p.ttft),
                               display(p.tpot), display(p.memory.total()), display(Figure::loss, loss), quality.law.id,
                               display_count(quality.tokens));
    Table table{{{"change"},
                 {"first token", Align::right},
                 {"a token", Align::right},
                 {"memory", Align::right, 2},
                 {"energy a token", Align::right, 3},
                 {"loss", Align::right},
                 {"fits", Align::left, 1}},
                {}};
    for (const Neighbour& n : all) {
        const Ratios r = ratios(p, n.prediction);
        table.rows.push_back({n.change, change(r.ttft), change(r.tpot), change(r.memory), change(r.energy),
                              std::isfinite(n.loss - loss) ? fmt::format("{:+.4f}", n.loss - loss) : "-",
                              n.prediction.fits ? "yes" : "no"});
    }
    write_table(console, table);
}

Json figures_json(const Prediction& p, double loss)
{
    return {{"ttft_s", p.ttft.value},
            {"tpot_s", p.tpot.value},
            {"energy_j_per_token", p.energy_per_token.value},
            {"memory_bytes", p.memory.total().value},
            {"loss", std::isfinite(loss) ? Json(loss) : Json()},
            {"fits", p.fits}};
}

Json to_json(const Scenario& s, const Prediction& p, double loss, const std::vector<Neighbour>& all,
             const QualityBasis& quality)
{
    Json rows = Json::array();
    for (const Neighbour& n : all) {
        Json row{{"dimension", n.dimension}, {"change", n.change}};
        if (std::isfinite(n.from)) {
            row["from"] = n.from;
            row["to"] = n.to;
        }
        row["figures"] = figures_json(n.prediction, n.loss);
        rows.push_back(std::move(row));
    }
    return {{"format", "neighbours/1"},         {"architecture", s.arch.id},    {"device", s.device.id},
            {"calibration", s.calibration.id},  {"law", quality.law.id},        {"training_tokens", quality.tokens},
            {"figures", figures_json(p, loss)}, {"neighbours", std::move(rows)}};
}

int work(const NeighboursOptions& o, Console& console)
{
    const Scenario s = scenario(o.question);
    const QualityBasis quality = quality_basis(o.question);
    const Prediction p = predict(s);
    const double loss = figure(Figure::loss, s, p, &quality);
    const std::vector<Neighbour> all = neighbours(s, &quality);
    if (o.json) {
        console.out << pretty(to_json(s, p, loss, all, quality));
    } else {
        write_text(console, s, p, loss, all, quality);
    }
    return 0;
}

}  // namespace

Command neighbours_command()
{
    return make_command<NeighboursOptions>("neighbours", "what one step in each dimension of a model would do",
                                           {"neighbours --arch qwen2-0.5b --device jetson-orin-nx-16gb",
                                            "neighbours --arch L=24,d=1024,h=16,kv=4,hd=64,ffn=2816,V=32000,tied "
                                            "--device raspberry-pi-5-8gb --tokens 1e11"},
                                           declare, work);
}

}  // namespace slimline

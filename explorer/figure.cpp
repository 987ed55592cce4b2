#include "explorer/figure.h"

#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "archspace/quality/loss.h"
#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::string_view words[figure_count] = {
    "ttft_s",       "tpot_s", "prefill_tokens_per_s", "decode_tokens_per_s", "total_s", "energy_j_per_token",
    "memory_bytes", "loss"};

double loss_of(const Scenario& s, const QualityBasis* quality)
{
    return quality == nullptr ? std::numeric_limits<double>::quiet_NaN()
                              : predicted_loss(quality->law, s.arch, quality->tokens, s.precision.weights).value;
}

}  // namespace

std::string_view word(Figure figure)
{
    return words[std::size_t(figure)];
}

Figure figure_named(std::string_view name)
{
    std::vector<std::string> known;
    for (std::size_t i = 0; i < figure_count; ++i) {
        if (words[i] == name) {
            return Figure(i);
        }
        known.emplace_back(words[i]);
    }
    throw InputError("", "there is no figure '" + printable(name) + "'", did_you_mean(name, known));
}

std::string display(Figure figure, double value)
{
    if (!std::isfinite(value)) {
        return "-";
    }
    switch (figure) {
        case Figure::ttft:
        case Figure::tpot:
        case Figure::total:
            return display(Seconds{value});
        case Figure::prefill_rate:
        case Figure::decode_rate:
            return significant(value) + " tokens/s";
        case Figure::energy:
            return display(Joules{value});
        case Figure::memory:
            return display(Bytes{value});
        case Figure::loss:
            return significant(value, 5);
    }
    return {};
}

double figure(Figure figure, const Scenario& s, const Prediction& p, const QualityBasis* quality)
{
    switch (figure) {
        case Figure::ttft:
            return p.ttft.value;
        case Figure::tpot:
            return p.tpot.value;
        case Figure::prefill_rate:
            return p.prefill_tokens_per_second();
        case Figure::decode_rate:
            return p.decode_tokens_per_second();
        case Figure::total:
            return p.total().value;
        case Figure::energy:
            return p.energy_per_token.value;
        case Figure::memory:
            return p.memory.total().value;
        case Figure::loss:
            return loss_of(s, quality);
    }
    return std::numeric_limits<double>::quiet_NaN();
}

FigureTarget read_target(std::string_view text)
{
    for (const bool at_least : {true, false}) {
        const std::size_t at = text.find(at_least ? ">=" : "<=");
        double value = 0;
        if (at == std::string_view::npos) {
            continue;
        }
        if (!parse_number(text.substr(at + 2), value)) {
            throw InputError("", "'" + printable(text) + "' has no number behind its sign",
                             "write it as decode_tokens_per_s>=30");
        }
        return {figure_named(text.substr(0, at)), at_least, value};
    }
    throw InputError("", "'" + printable(text) + "' says neither >= nor <=", "write it as decode_tokens_per_s>=30");
}

std::string text_of(const FigureTarget& t)
{
    return fmt::format("{} {} {:.6g}", word(t.figure), t.at_least ? ">=" : "<=", t.value);
}

}  // namespace slimline

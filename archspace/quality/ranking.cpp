#include "archspace/quality/ranking.h"
#include "base/numbers.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace slimline {

namespace {

LawRanking ranking_under(const Law& law, std::span<const Design> designs, const RankOptions& options)
{
    LawRanking ranking{.law = law.id, .losses = {}, .compared = {}, .ranks = {}};
    for (const Design& design : designs) {
        ranking.losses.push_back(predicted_loss(law, design.arch, design.tokens, design.mix));
        const double loss = ranking.losses.back().value;
        ranking.compared.push_back(
            options.text == nullptr ? loss
                                    : per_character(loss, tokens_per_character(*options.text, design.arch.vocabulary)));
    }
    ranking.ranks = ranks_of(ranking.compared, options.least_difference);
    return ranking;
}

double median(std::vector<double> values)
{
    if (values.empty()) {
        return not_known;
    }
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

double median_rank(const std::vector<LawRanking>& laws, std::size_t design)
{
    std::vector<double> known;
    for (const LawRanking& law : laws) {
        if (!std::isnan(law.ranks[design])) {
            known.push_back(law.ranks[design]);
        }
    }
    return median(std::move(known));
}

Dispute comparison(const std::vector<LawRanking>& laws, std::size_t first, std::size_t second, double least_difference)
{
    Dispute dispute{.first = first, .second = second, .for_first = {}, .for_second = {}};
    for (const LawRanking& law : laws) {
        const double gap = law.compared[second] - law.compared[first];
        if (gap > least_difference) {
            dispute.for_first.push_back(law.law);
        } else if (gap < -least_difference) {
            dispute.for_second.push_back(law.law);
        }
    }
    return dispute;
}

std::vector<Dispute> disputes_of(const std::vector<LawRanking>& laws, std::size_t count, double least_difference)
{
    std::vector<Dispute> disputes;
    for (std::size_t first = 0; first < count; ++first) {
        for (std::size_t second = first + 1; second < count; ++second) {
            Dispute dispute = comparison(laws, first, second, least_difference);
            if (!dispute.for_first.empty() && !dispute.for_second.empty()) {
                disputes.push_back(std::move(dispute));
            }
        }
    }
    return disputes;
}

}  // namespace

std::vector<double> ranks_of(std::span<const double> values, double least_difference)
{
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!std::isnan(values[i])) {
            order.push_back(i);
        }
    }
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });

    std::vector<double> ranks(values.size(), not_known);
    for (std::size_t start = 0; start < order.size();) {
        std::size_t end = start + 1;
        while (end < order.size() && values[order[end]] - values[order[end - 1]] <= least_difference) {
            ++end;
        }
        for (std::size_t i = start; i < end; ++i) {
            ranks[order[i]] = (double(start) + 1 + double(end)) / 2;  // mean of ranks start + 1 to end
        }
        start = end;
    }
    return ranks;
}

double spearman(std::span<const double> ranks, std::span<const double> other)
{
    std::vector<double> a;
    std::vector<double> b;
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        if (!std::isnan(ranks[i]) && !std::isnan(other[i])) {
            a.push_back(ranks[i]);
            b.push_back(other[i]);
        }
    }
    if (a.size() < 2) {
        return not_known;
    }
    a = ranks_of(a);  // what is left is ranked anew
    b = ranks_of(b);
    const double mean = (double(a.size()) + 1) / 2;
    double product = 0;
    double square_a = 0;
    double square_b = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        product += (a[i] - mean) * (b[i] - mean);
        square_a += (a[i] - mean) * (a[i] - mean);
        square_b += (b[i] - mean) * (b[i] - mean);
    }
    return square_a > 0 && square_b > 0 ? product / std::sqrt(square_a * square_b) : not_known;
}

Ranking rank(std::span<const Design> designs, std::span<const Law> laws, const RankOptions& options)
{
    Ranking ranking;
    for (const Law& law : laws) {
        ranking.laws.push_back(ranking_under(law, designs, options));
    }
    for (std::size_t i = 0; i < designs.size(); ++i) {
        ranking.median_rank.push_back(median_rank(ranking.laws, i));
    }
    ranking.disputes = disputes_of(ranking.laws, designs.size(), options.least_difference);
    for (const LawRanking& law : ranking.laws) {
        std::vector<double>& row = ranking.agreement.emplace_back();
        for (const LawRanking& other : ranking.laws) {
            row.push_back(spearman(law.ranks, other.ranks));
        }
    }
    return ranking;
}

bool Ranking::disputed(std::size_t design) const
{
    return std::any_of(disputes.begin(), disputes.end(),
                       [&](const Dispute& each) { return each.first == design || each.second == design; });
}

bool Ranking::in_range(std::size_t design) const
{
    return std::all_of(laws.begin(), laws.end(), [&](const LawRanking& law) { return law.losses[design].in_range(); });
}

}  // namespace slimline

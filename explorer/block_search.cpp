#include "explorer/block_search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/numbers.h"
#include "explorer/column_directions.h"

namespace slimline {

namespace {

constexpr double margin = 1e-9;            // relative to a block's costs; rounding of sums is far below
constexpr std::size_t most_merged = 4096;  // parts of two groups taken together

void keep(PartList& list, std::size_t from, std::size_t to, std::size_t width)
{
    list.parts[to] = list.parts[from];
    std::copy_n(&list.shares[from * width], width, &list.shares[to * width]);
}

}  // namespace

std::vector<double> objective_values(const std::vector<FoundDesign>& designs,
                                     const std::vector<DesignMetric>& objectives)
{
    std::vector<double> values;
    values.reserve(designs.size() * objectives.size());
    for (const FoundDesign& each : designs) {
        for (const DesignMetric metric : objectives) {
            values.push_back(each.measures[std::size_t(metric)]);
        }
    }
    return values;
}

/// The joint terms fall with the count: at each upper end stands what the whole step has at least.
void BlockLoss::prepare(const CandidateEvaluator& evaluator, const UniformDesign& base, double least_counted,
                        double most_counted)
{
    start_ = least_counted;
    const double doublings = std::max(1e-6, std::log2(most_counted / least_counted));
    steps_a_doubling_ = double(steps) / doublings;
    values_.resize(steps + 2);
    for (std::size_t i = 0; i < values_.size(); ++i) {
        values_[i] = evaluator.joint_loss(least_counted * std::exp2(double(i + 1) / steps_a_doubling_), base);
    }
}

double BlockLoss::least(double most_counted) const
{
    const double step = std::log2(most_counted / start_) * steps_a_doubling_ + 1e-6;
    return values_[std::min(values_.size() - 1, std::size_t(std::max(0.0, step)))];
}

BlockSearch::BlockSearch(const SearchQuestion& question, const ProductSpace& product,
                         const CandidateEvaluator& evaluator, const DominanceTree& known, Candidate formats)
    : question_(question),
      product_(product),
      evaluator_(evaluator),
      known_(known),
      formats_(formats),
      owners_(owners_of(product))
{
}

Found BlockSearch::take()
{
    flush();
    return std::move(found_);
}

/// Where caches hold weights, costs do not add up. Those with caches at the best that the designs of some depths may find do, and are
/// lower ends; depths go together while that differs by little.
void BlockSearch::run(std::span<const ProductSpace::Base* const> bases)
{
    if (product_.groups.empty()) {
        for (const ProductSpace::Base* base : bases) {
            propose_all(base->design, *base, 0);
        }
        return;
    }
    exact_ = evaluator_.additive();
    if (exact_) {
        run_additive(bases, evaluator_);
        return;
    }
    constexpr double alike = 0.02;
    std::vector<std::pair<double, const ProductSpace::Base*>> by_bytes;
    for (const ProductSpace::Base* base : bases) {
        by_bytes.emplace_back(least_streamed_bytes(*base), base);
    }
    std::ranges::sort(by_bytes);
    std::vector<const ProductSpace::Base*> together;
    for (std::size_t i = 0; i < by_bytes.size();) {
        const double bytes = by_bytes[i].first;
        const double most = evaluator_.caches_at(bytes) + alike;
        together.clear();
        for (; i < by_bytes.size() && (together.empty() || evaluator_.caches_at(by_bytes[i].first) <= most); ++i) {
            together.push_back(by_bytes[i].second);
        }
        run_additive(together, evaluator_.at_best_of_caches(bytes));
    }
}

double BlockSearch::least_streamed_bytes(const ProductSpace::Base& base) const
{
    double sum = 0;
    for (std::size_t g = 0; g < product_.groups.size(); ++g) {
        double least = infinite;
        for (const UniformDesign& part : *base.groups[g]) {
            least = std::min(least, evaluator_.least_streamed_bytes(with_part(base.design, part, product_.groups[g]), owners_[g]));
        }
        sum += least;
    }
    return sum;
}

void BlockSearch::run_additive(std::span<const ProductSpace::Base* const> bases, const CandidateEvaluator& costs)
{
    const PartTables tables(costs, product_, owners_, bases);
    for (std::size_t i = 0; i < bases.size(); ++i) {
        for (std::size_t c = 0; c < tables.combinations(); ++c) {
            base_ = bases[i]->design;
            tables.fill(c, i, lists_);
            block();
        }
    }
}

void BlockSearch::propose_all(const UniformDesign& design, const ProductSpace::Base& base, std::size_t group)
{
    if (group == product_.groups.size()) {
        propose(design);
        return;
    }
    for (const UniformDesign& part : *base.groups[group]) {
        propose_all(with_part(design, part, product_.groups[group]), base, group + 1);
    }
}

/// Of the sums of one part of each list, but for the one left out.
ShareBox BlockSearch::hull_of_all(std::size_t but) const
{
    const ShareColumns& columns = evaluator_.columns();
    const std::size_t n = columns.size();
    ShareBox all{};
    std::vector<double> ends(2 * n);
    std::vector<double> sum(2 * n);
    for (std::size_t g = 0; g < lists_.size(); ++g) {
        if (g == but) {
            continue;
        }
        const std::vector<double>& shares = lists_[g].shares;
        std::copy_n(shares.begin(), n, ends.begin());
        std::copy_n(shares.begin(), n, ends.begin() + std::ptrdiff_t(n));
        for (std::size_t i = 0; i < shares.size(); i += n) {
            for (std::size_t c = 0; c < n; ++c) {
                ends[c] = std::min(ends[c], shares[i + c]);
                ends[n + c] = std::max(ends[n + c], shares[i + c]);
            }
        }
        add_boxes(ends.data(), sum.data(), all, columns);
        std::copy_n(all.low.begin(), n, sum.begin());
        std::copy_n(all.high.begin(), n, sum.begin() + std::ptrdiff_t(n));
    }
    return all;
}

/// Leaves out parts that are hopeless with whatever others.
void BlockSearch::drop_hopeless(std::size_t group)
{
    PartList& list = lists_[group];
    const ShareBox others = hull_of_all(group);
    const std::size_t n = evaluator_.columns().size();
    std::vector<double> rest(others.low.begin(), others.low.begin() + std::ptrdiff_t(n));
    rest.insert(rest.end(), others.high.begin(), others.high.begin() + std::ptrdiff_t(n));
    std::vector<double> part(2 * n);
    std::size_t kept = 0;
    ShareBox box;
    for (std::size_t i = 0; i < list.size(); ++i) {
        std::copy_n(&list.shares[i * n], n, part.begin());
        std::copy_n(&list.shares[i * n], n, part.begin() + std::ptrdiff_t(n));
        add_boxes(part.data(), rest.data(), box, evaluator_.columns());
        if (!hopeless(box, least_loss(box, false))) {
            keep(list, i, kept++, n);
        }
    }
    list.parts.resize(kept);
    list.shares.resize(kept * n);
}

void BlockSearch::block()
{
    const ShareBox all = hull_of_all(lists_.size());
    if (hopeless(all, evaluator_.least_loss(all, base_))) {
        return;
    }
    choose_columns(all);
    if (evaluator_.law().by_count && wants_loss(question_)) {
        const std::size_t counted = evaluator_.counted_column();
        loss_.prepare(evaluator_, base_, all.low[counted], all.high[counted]);
    }
    for (std::size_t g = 0; g < lists_.size(); ++g) {
        drop_hopeless(g);
        if (lists_[g].size() == 0) {
            return;
        }
        drop_beaten(lists_[g]);
    }
    while (lists_.size() > 2) {
        merge_smallest();
    }
    if (lists_.size() == 1) {
        lists_.push_back({0, {UniformDesign{}}, std::vector<double>(evaluator_.columns().size())});
    }
    trees_[0].build(lists_[0], evaluator_.columns(), scale_);
    trees_[1].build(lists_[1], evaluator_.columns(), scale_);
    visit(0, 0);
}

/// What matters of a column in this block, and how wide the block is in it.
void BlockSearch::choose_columns(const ShareBox& all)
{
    const ShareColumns& columns = evaluator_.columns();
    const std::size_t n = columns.size();
    better_low_.assign(n, 0);
    better_high_.assign(n, 0);
    slack_.assign(n, 0);
    scale_.assign(n, 0);
    objective_cost_.assign(n, 0);
    const Measures most = evaluator_.most(all);
    for (std::size_t c = 0; c < n; ++c) {
        const Share share = columns.columns[c].share;
        const bool objective =
            std::ranges::any_of(question_.objectives, [&](DesignMetric m) { return is_part_of(share, m); });
        const bool only_limited = c < columns.costs || c >= columns.sums || share == Share::parameters;
        const bool matters = objective || !only_limited || !evaluator_.certainly_within(most, share);
        const Direction d = matters ? direction_of(columns.columns[c], question_, evaluator_) : Direction::none;
        better_low_[c] = d == Direction::rises || d == Direction::unknown;
        better_high_[c] = d == Direction::falls || d == Direction::unknown;
        slack_[c] = c < columns.costs ? margin * std::abs(all.high[c]) : 0;
        objective_cost_[c] = objective && slack_[c] > 0;
        const double width = all.high[c] - all.low[c];
        scale_[c] = d == Direction::none || !(width > 0) ? 0 : 1 / width;
    }
}

/// Leaves out parts that another part of the list beats in every design. One that is beaten by a beaten part is beaten by
/// what beats that: some cost is less each time.
void BlockSearch::drop_beaten(PartList& list) const
{
    const ShareColumns& columns = evaluator_.columns();
    const std::size_t n = columns.size();
    const bool costs_less = std::ranges::find(objective_cost_, 1) != objective_cost_.end();
    if (!exact_ || !costs_less || !may_drop(question_, evaluator_) || list.size() < 2) {
        return;
    }
    std::vector<double> values;
    std::vector<double> wanted;
    for (std::size_t i = 0; i < list.size(); ++i) {
        for (std::size_t c = 0; c < n; ++c) {
            const double share = list.shares[i * n + c];
            if (better_low_[c]) {
                values.push_back(share);
                wanted.push_back(share - slack_[c]);
            }
            if (better_high_[c]) {
                values.push_back(-share);
                wanted.push_back(-share);
            }
        }
    }
    const std::size_t width = values.size() / list.size();
    const DominanceTree tree(std::move(values), width);
    std::size_t kept = 0;
    std::size_t hint = 0;
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (!tree.covers({&wanted[i * width], width}, hint)) {
            keep(list, i, kept++, n);
        }
    }
    list.parts.resize(kept);
    list.shares.resize(kept * n);
}

/// Two lists become one of all their pairs, less those that are beaten.
void BlockSearch::merge_smallest()
{
    std::ranges::stable_sort(lists_, std::ranges::greater{}, &PartList::size);
    const PartList b = std::move(lists_.back());
    lists_.pop_back();
    const PartList a = std::move(lists_.back());
    PartList& both = lists_.back();
    both = {DimensionSet(a.dimensions | b.dimensions), {}, {}};
    const ShareColumns& columns = evaluator_.columns();
    const std::size_t n = columns.size();
    for (std::size_t i = 0; i < a.size(); ++i) {
        for (std::size_t j = 0; j < b.size(); ++j) {
            both.parts.push_back(with_part(a.parts[i], b.parts[j], b.dimensions));
            const double* x = &a.shares[i * n];
            const double* y = &b.shares[j * n];
            for (std::size_t c = 0; c < n; ++c) {
                both.shares.push_back(c < columns.sums ? x[c] + y[c] : std::max(x[c], y[c]));
            }
        }
    }
    if (both.size() <= most_merged) {
        drop_beaten(both);
    }
}

bool BlockSearch::hopeless(const ShareBox& box, double loss)
{
    const Measures least = evaluator_.least(box, loss);
    if (!evaluator_.may_be_within(least, box)) {
        return true;
    }
    point_.clear();
    for (const DesignMetric metric : question_.objectives) {
        point_.push_back(least[std::size_t(metric)]);
    }
    return known_.covers(point_, hint_) || own_.covers(point_, own_hint_);
}

double BlockSearch::least_loss(const ShareBox& box, bool one_design) const
{
    if (!evaluator_.law().by_count || one_design) {
        return evaluator_.least_loss(box, base_);
    }
    const std::size_t apart = evaluator_.loss_column();
    const double joint = loss_.least(box.high[evaluator_.counted_column()]);
    return joint + (apart == ShareColumns::absent ? 0 : box.low[apart]);
}

void BlockSearch::visit(std::size_t a, std::size_t b)
{
    ShareBox box;
    add_boxes(trees_[0].box(a), trees_[1].box(b), box, evaluator_.columns());
    const PartTree::Node& left = trees_[0].node(a);
    const PartTree::Node& right = trees_[1].node(b);
    const bool one_design = left.count == 1 && right.count == 1;
    if (hopeless(box, least_loss(box, false))) {
        return;
    }
    if (one_design) {
        if (!evaluator_.law().by_count || !hopeless(box, least_loss(box, true))) {
            const UniformDesign part = with_part(base_, lists_[0].parts[left.part], lists_[0].dimensions);
            propose(with_part(part, lists_[1].parts[right.part], lists_[1].dimensions));
        }
        return;
    }
    if (left.count >= right.count) {
        visit(a + 1, b);
        visit(left.right, b);
    } else {
        visit(a, b + 1);
        visit(a, right.right);
    }
}

void BlockSearch::propose(const UniformDesign& design)
{
    waiting_.push_back(design);
    if (waiting_.size() >= 1024) {
        flush();
    }
}

void BlockSearch::flush()
{
    evaluator_.evaluate(waiting_, measures_);
    found_.evaluated += double(waiting_.size());
    for (std::size_t i = 0; i < waiting_.size(); ++i) {
        point_.clear();
        for (const DesignMetric metric : question_.objectives) {
            point_.push_back(measures_[i][std::size_t(metric)]);
        }
        if (evaluator_.within_limits(measures_[i]) && !known_.dominates(point_)) {
            FoundDesign design{formats_, measures_[i]};
            design.candidate.design = waiting_[i];
            found_.designs.push_back(design);
        }
    }
    waiting_.clear();
    if (found_.designs.size() > 2 * own_.size() + 64) {
        found_.designs = front_of(std::move(found_.designs), question_.objectives);
        own_ = DominanceTree(objective_values(found_.designs, question_.objectives), question_.objectives.size());
    }
}

}  // namespace slimline

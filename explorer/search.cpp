#include "explorer/search.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <numeric>

#include <tbb/global_control.h>
#include <tbb/parallel_for.h>

#include "explorer/candidate_evaluator.h"
#include "explorer/dominance_tree.h"

namespace slimline {

namespace {

using Designs = std::vector<UniformDesign>;
using Point = std::vector<double>;

constexpr double margin = 1e-9;  // relative to a block's cheapest design; rounding of sums is far below

void append_objectives(const Measures& m, const std::vector<DesignMetric>& objectives, std::vector<double>& values)
{
    for (const DesignMetric metric : objectives) {
        values.push_back(m[std::size_t(metric)]);
    }
}

std::vector<double> objective_values(const std::vector<FoundDesign>& designs,
                                     const std::vector<DesignMetric>& objectives)
{
    std::vector<double> values;
    values.reserve(designs.size() * objectives.size());
    for (const FoundDesign& each : designs) {
        append_objectives(each.measures, objectives, values);
    }
    return values;
}

/// What a block of one width, depth and format has found: designs that nothing known dominates.
struct Found {
    std::vector<FoundDesign> designs;
    double evaluated = 0;
};

/// Formats depend on grouping, experts and depth; within a class of them costs add up over parts.
int format_class(const UniformDesign& u, bool attention, bool ffn)
{
    const bool wide = attention && u.kv_heads > 0 && u.heads >= 4 * u.kv_heads;
    const bool eight = attention && u.kv_heads > 0 && u.layers == 80 && u.heads / u.kv_heads == 8;
    const int experts = !ffn || u.experts == 0 ? 0 : u.experts == 8 ? 3 : u.experts >= 4 ? 2 : 1;
    return (int(wide) * 2 + int(eight)) * 4 + experts;
}

/// A group's parts of one class, with what each adds to a design.
struct PartList {
    Designs parts;
    std::vector<ShareBox> shares;
    ShareBox box;
};

class BlockSearch {
 public:
    BlockSearch(const SearchQuestion& question, const ProductSpace& product, const CandidateEvaluator& evaluator,
                const DominanceTree& known, Candidate formats, Found& found)
        : question_(question), product_(product), evaluator_(evaluator), known_(known), formats_(formats), found_(found)
    {
        using enum DesignMetric;
        wants_ttft_ = wants({ttft, total});
        wants_tpot_ = wants({tpot, total, tpot_per_character});
        wants_energy_ = wants({energy});
        wants_memory_ = question_.must_fit || wants({memory});
        wants_cost_ = wants({ttft, total, tpot, tpot_per_character, energy, memory}, true);
        for (const auto& [metric, share] :
             {std::pair{parameters, Share::parameters}, {active_parameters, Share::active}}) {
            if (wants({metric})) {
                directions_.emplace_back(share, Direction::unknown);
            }
        }
        if (wants_loss(question_)) {
            append_law_directions();
        }
    }

    void run(const ProductSpace::Base& base)
    {
        base_ = base.design;
        std::vector<std::map<int, Designs>> classes(base.groups.size());
        owners_.clear();
        for (std::size_t g = 0; g < base.groups.size(); ++g) {
            owners_.push_back(owner_of(g));
            for (const UniformDesign& part : *base.groups[g]) {
                const UniformDesign whole = with_part(base_, part, product_.groups[g]);
                classes[g][format_class(whole, owners_[g].attention, owners_[g].ffn)].push_back(part);
            }
        }
        lists_.assign(std::max<std::size_t>(1, base.groups.size()), {});
        choose(classes, 0);
        flush();
    }

 private:
    static constexpr DimensionSet attention_dimensions =
        set_of(Dimension::heads) | set_of(Dimension::kv_heads) | set_of(Dimension::head_dim);
    static constexpr DimensionSet ffn_dimensions =
        set_of(Dimension::d_ffn) | set_of(Dimension::experts) | set_of(Dimension::active);
    static constexpr DimensionSet vocabulary_dimensions = set_of(Dimension::vocabulary) | set_of(Dimension::tied);

    /// What a group adds: what has a dimension in it; what has none in any group comes with the first.
    SizeParts owner_of(std::size_t group) const
    {
        const auto owns = [&](DimensionSet dimensions) {
            for (std::size_t g = 0; g < product_.groups.size(); ++g) {
                if ((product_.groups[g] & dimensions) != 0) {
                    return g == group;
                }
            }
            return group == 0;
        };
        return {owns(attention_dimensions), owns(ffn_dimensions), owns(vocabulary_dimensions), group == 0};
    }

    void choose(const std::vector<std::map<int, Designs>>& classes, std::size_t group)
    {
        if (group == classes.size()) {
            block();
            return;
        }
        for (const auto& [key, parts] : classes[group]) {
            lists_[group].parts = parts;
            choose(classes, group + 1);
        }
    }

    UniformDesign combined(const std::vector<std::size_t>& choice) const
    {
        UniformDesign design = base_;
        for (std::size_t g = 0; g < product_.groups.size(); ++g) {
            design = with_part(design, lists_[g].parts[choice[g]], product_.groups[g]);
        }
        return design;
    }

    /// The widest phase of a part alone, as the batch evaluator takes it.
    double width_of(const UniformDesign& part, std::size_t group) const
    {
        const UniformDesign u = with_part(base_, part, product_.groups[group]);
        double widest = 0;
        if (owners_[group].attention) {
            widest = double(u.heads) * u.head_dim + 2.0 * u.kv_heads * u.head_dim +
                     (question_.run.workload.flash_attention ? 0.0 : 1e5 * u.heads);
        }
        if (owners_[group].ffn) {
            widest = std::max(widest, 2.0 * u.d_ffn * (u.experts > 0 ? u.active : 1));
        }
        return owners_[group].vocabulary ? std::max(widest, double(u.vocabulary)) : widest;
    }

    /// Tables: costs of each part beside the narrowest others, less what the narrowest of all cost.
    void fill_tables()
    {
        const std::size_t groups = product_.groups.size();
        std::vector<std::size_t> narrowest(groups, 0);
        for (std::size_t g = 0; g < groups; ++g) {
            for (std::size_t i = 1; i < lists_[g].parts.size(); ++i) {
                if (width_of(lists_[g].parts[i], g) < width_of(lists_[g].parts[narrowest[g]], g)) {
                    narrowest[g] = i;
                }
            }
        }
        asked_.clear();
        asked_.push_back(combined(narrowest));
        for (std::size_t g = 0; g < groups; ++g) {
            for (const UniformDesign& part : lists_[g].parts) {
                asked_.push_back(with_part(asked_.front(), part, product_.groups[g]));
            }
        }
        evaluator_.costs(asked_, costs_);
        const Objectives& least = costs_.front();
        std::size_t at = 1;
        for (std::size_t g = 0; g < groups; ++g) {
            PartList& list = lists_[g];
            list.shares.clear();
            for (std::size_t i = 0; i < list.parts.size(); ++i, ++at) {
                const Objectives& o = costs_[at];
                ShareBox box = CandidateEvaluator::sizes(asked_[at], owners_[g]);
                const auto set = [&](Share share, double value, double common) {
                    box[share] = g == 0 ? Enclosure{value} : Enclosure{value - common};
                };
                set(Share::ttft, o.ttft_s, least.ttft_s);
                set(Share::tpot, o.tpot_s, least.tpot_s);
                set(Share::energy, o.energy_j_per_token, least.energy_j_per_token);
                set(Share::stored, o.memory_bytes() - o.compute_bytes, least.memory_bytes() - least.compute_bytes);
                box.compute_bytes = o.compute_bytes;
                list.shares.push_back(box);
            }
            scale_ = {least.ttft_s, least.tpot_s, least.energy_j_per_token, least.memory_bytes()};
        }
    }

    bool wants(std::initializer_list<DesignMetric> any, bool as_objective_only = false) const
    {
        const auto one = [&](DesignMetric m) { return std::ranges::find(any, m) != any.end(); };
        return std::ranges::any_of(question_.objectives, one) ||
               (!as_objective_only &&
                std::ranges::any_of(question_.limits, [&](const Limit& l) { return one(l.metric); }));
    }

    struct Column {
        double value = 0;
        double slack = 0;  // how much smaller a better part's must be
    };

    /// What a better part must have: nowhere more cost, and nothing that the law could miss.
    void columns_of(const ShareBox& s, std::vector<Column>& columns) const
    {
        const auto cost = [&](Share share, std::size_t scale) {
            columns.push_back({s[share].low, margin * scale_[scale]});
        };
        if (wants_ttft_) {
            cost(Share::ttft, 0);
        }
        if (wants_tpot_) {
            cost(Share::tpot, 1);
        }
        if (wants_energy_) {
            cost(Share::energy, 2);
        }
        if (wants_memory_) {
            cost(Share::stored, 3);
            columns.push_back({s.compute_bytes, 0});
        }
        for (const auto& [share, d] : directions_) {
            if (d == Direction::rises || d == Direction::unknown) {
                columns.push_back({s[share].low, 0});
            }
            if (d == Direction::falls || d == Direction::unknown) {
                columns.push_back({-s[share].low, 0});
            }
        }
    }

    void append_law_directions()
    {
        const auto of = [&](LawInput input) { return direction(question_.law, input); };
        const auto both = [](Direction a, Direction b) {
            return a == Direction::none ? b : b == Direction::none || a == b ? a : Direction::unknown;
        };
        const auto opposite = [](Direction d) {
            return d == Direction::rises ? Direction::falls : d == Direction::falls ? Direction::rises : d;
        };
        const bool per_parameter = of(LawInput::tokens_per_parameter) != Direction::none;
        const Direction counted = both(of(LawInput::all_parameters), of(LawInput::non_embedding_parameters));
        const Direction ratio = of(LawInput::mlp_attention_ratio);
        for (const auto& [share, d] : {std::pair{Share::active, per_parameter ? Direction::unknown : counted},
                                       {Share::mlp, ratio},
                                       {Share::attention, opposite(ratio)},
                                       {Share::query, both(of(LawInput::query_width), of(LawInput::gqa))},
                                       {Share::kv, both(of(LawInput::kv_width), opposite(of(LawInput::gqa)))},
                                       {Share::ffn, of(LawInput::ffn_ratio)},
                                       {Share::experts, of(LawInput::experts)},
                                       {Share::rate, of(LawInput::activation_rate)}}) {
            directions_.emplace_back(share, d);
        }
    }

    /// Leaves out parts that another part of the group beats in every design.
    void drop_beaten(std::size_t group)
    {
        PartList& list = lists_[group];
        if (!wants_cost_ || !evaluator_.additive() || evaluator_.reads_bits() || owners_[group].vocabulary ||
            list.parts.size() < 2) {
            return;
        }
        columns_.clear();
        for (const ShareBox& each : list.shares) {
            columns_of(each, columns_);
        }
        const std::size_t width = columns_.size() / list.parts.size();
        std::vector<double> values;
        values.reserve(columns_.size());
        for (const Column& each : columns_) {
            values.push_back(each.value);
        }
        // One that is beaten by a beaten part is beaten by what beats that: some cost is less each time.
        const DominanceTree tree(std::move(values), width);
        PartList rest;
        for (std::size_t i = 0; i < list.parts.size(); ++i) {
            point_.clear();
            bool smaller = false;  // else it would beat itself
            for (std::size_t k = i * width; k < (i + 1) * width; ++k) {
                point_.push_back(columns_[k].value - columns_[k].slack);
                smaller |= point_.back() < columns_[k].value;
            }
            if (!smaller || !tree.covers(point_)) {
                rest.parts.push_back(list.parts[i]);
                rest.shares.push_back(list.shares[i]);
            }
        }
        list = std::move(rest);
    }

    bool hopeless(const Measures& least, const ShareBox& box)
    {
        if (!evaluator_.may_be_within(least, box)) {
            return true;
        }
        point_.clear();
        append_objectives(least, question_.objectives, point_);
        return known_.covers(point_) || own_.covers(point_);
    }

    void block()
    {
        if (product_.groups.empty()) {
            propose(base_);
            return;
        }
        if (!evaluator_.additive()) {
            propose_all(base_, 0);
            return;
        }
        fill_tables();
        for (std::size_t g = 0; g < product_.groups.size(); ++g) {
            drop_beaten(g);
            PartList& list = lists_[g];
            list.box = list.shares.front();
            for (const ShareBox& each : list.shares) {
                list.box = hull(list.box, each);
            }
        }
        descend(base_, ShareBox{}, 0);
    }

    void propose_all(const UniformDesign& design, std::size_t group)
    {
        if (group == product_.groups.size()) {
            propose(design);
            return;
        }
        for (const UniformDesign& part : lists_[group].parts) {
            propose_all(with_part(design, part, product_.groups[group]), group + 1);
        }
    }

    void descend(const UniformDesign& design, const ShareBox& fixed, std::size_t group)
    {
        ShareBox box = fixed;
        for (std::size_t g = group; g < product_.groups.size(); ++g) {
            box = box + lists_[g].box;
        }
        const double loss = evaluator_.least_loss(box, base_);
        if (hopeless(evaluator_.least_given_loss(box, loss), box)) {
            return;
        }
        const PartList& list = lists_[group];
        for (std::size_t i = 0; i < list.parts.size(); ++i) {
            const ShareBox sum = fixed + list.shares[i];
            const auto next = [&] { return with_part(design, list.parts[i], product_.groups[group]); };
            if (group + 1 < product_.groups.size()) {
                descend(next(), sum, group + 1);
            } else if (!hopeless(evaluator_.least_given_loss(sum, loss), sum) &&
                       !hopeless(evaluator_.least(sum, base_), sum)) {
                propose(next());
            }
        }
    }

    void propose(const UniformDesign& design)
    {
        waiting_.push_back(design);
        if (waiting_.size() >= 1024) {
            flush();
        }
    }

    void flush()
    {
        evaluator_.evaluate(waiting_, measures_);
        found_.evaluated += double(waiting_.size());
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            point_.clear();
            append_objectives(measures_[i], question_.objectives, point_);
            if (evaluator_.within_limits(measures_[i]) && !known_.dominates(point_)) {
                FoundDesign design{formats_, measures_[i]};
                design.candidate.design = waiting_[i];
                found_.designs.push_back(design);
            }
        }
        waiting_.clear();
        if (found_.designs.size() > 2 * own_.size() + 512) {
            found_.designs = front_of(std::move(found_.designs), question_.objectives);
            own_ = DominanceTree(objective_values(found_.designs, question_.objectives), question_.objectives.size());
        }
    }

    const SearchQuestion& question_;
    const ProductSpace& product_;
    const CandidateEvaluator& evaluator_;
    const DominanceTree& known_;
    DominanceTree own_;  // of this block
    Candidate formats_;
    Found& found_;
    UniformDesign base_;
    std::vector<SizeParts> owners_;
    std::vector<PartList> lists_;
    std::array<double, 4> scale_{};
    bool wants_ttft_ = false;
    bool wants_tpot_ = false;
    bool wants_energy_ = false;
    bool wants_memory_ = false;
    bool wants_cost_ = false;  // as an objective
    std::vector<std::pair<Share, Direction>> directions_;  // in which sizes must not get worse
    Designs asked_;
    Designs waiting_;
    std::vector<Objectives> costs_;
    std::vector<Column> columns_;
    std::vector<Measures> measures_;
    Point point_;
};

std::vector<std::unique_ptr<CandidateEvaluator>> evaluators_of(const SearchQuestion& q)
{
    std::vector<std::unique_ptr<CandidateEvaluator>> all;
    for (std::size_t w = 0; w < q.space.weights.size(); ++w) {
        for (std::size_t k = 0; k < q.space.kv_cache.size(); ++k) {
            all.push_back(std::make_unique<CandidateEvaluator>(q, w, k));
        }
    }
    return all;
}

/// A step through all of n that visits far places first and each once.
std::size_t stride_of(std::size_t n)
{
    std::size_t stride = std::max<std::size_t>(1, std::size_t(double(n) * 0.6180339887));
    while (std::gcd(stride, n) != 1) {
        ++stride;
    }
    return stride;
}

/// A part of each group, by a number that spreads them.
UniformDesign some_design(const ProductSpace& product, const ProductSpace::Base& base, std::uint64_t number)
{
    UniformDesign design = base.design;
    for (std::size_t g = 0; g < product.groups.size(); ++g) {
        number = number * 6364136223846793005U + 1442695040888963407U;
        const ProductSpace::Parts& parts = *base.groups[g];
        design = with_part(design, parts[std::size_t(number >> 33) % parts.size()], product.groups[g]);
    }
    return design;
}

}  // namespace

std::vector<FoundDesign> front_of(std::vector<FoundDesign> designs, const std::vector<DesignMetric>& objectives)
{
    const std::vector<double> values = objective_values(designs, objectives);
    std::vector<FoundDesign> front;
    for (const std::size_t i : front_by_tree({values, objectives.size()})) {
        front.push_back(designs[i]);
    }
    std::ranges::sort(front, [&](const FoundDesign& a, const FoundDesign& b) {
        for (const DesignMetric m : objectives) {
            if (a.measures[std::size_t(m)] != b.measures[std::size_t(m)]) {
                return a.measures[std::size_t(m)] < b.measures[std::size_t(m)];
            }
        }
        return a.candidate < b.candidate;
    });
    const auto same = [](const FoundDesign& a, const FoundDesign& b) { return a.candidate == b.candidate; };
    front.erase(std::unique(front.begin(), front.end(), same), front.end());
    return front;
}

SearchResult search(const SearchQuestion& q, const SearchOptions& options)
{
    const auto start = std::chrono::steady_clock::now();
    std::optional<tbb::global_control> control;
    if (options.threads > 0) {
        control.emplace(tbb::global_control::max_allowed_parallelism, std::size_t(options.threads));
    }
    const ProductSpace product = product_of(q.space);
    const auto evaluators = evaluators_of(q);
    const std::size_t blocks = evaluators.size() * product.bases.size();

    SearchResult result;
    SearchStatistics& s = result.statistics;
    s.candidates = product.designs() * double(evaluators.size());
    s.blocks = double(blocks);
    std::size_t done = 0;
    std::size_t round = 64;
    const std::size_t stride = blocks > 0 ? stride_of(blocks) : 1;
    const auto block_at = [&](std::size_t i) {
        return std::size_t((__extension__ static_cast<unsigned __int128>(i) * stride) % blocks);
    };

    // Designs from all over the space, so that the first blocks already meet a front.
    const std::size_t sampled = std::min<std::size_t>(blocks, s.candidates > 1e6 ? 4096 : 64);
    constexpr std::size_t of_each = 16;
    std::vector<std::vector<FoundDesign>> samples(sampled);
    tbb::parallel_for(std::size_t{0}, sampled, [&](std::size_t i) {
        const std::size_t block = block_at(i);
        const std::size_t format = block / product.bases.size();
        Designs designs;
        for (std::size_t j = 0; j < of_each; ++j) {
            designs.push_back(some_design(product, product.bases[block % product.bases.size()], i * of_each + j));
        }
        std::vector<Measures> measures;
        evaluators[format]->evaluate(designs, measures);
        for (std::size_t j = 0; j < of_each; ++j) {
            if (evaluators[format]->within_limits(measures[j])) {
                const Candidate candidate{format / q.space.kv_cache.size(), format % q.space.kv_cache.size(),
                                          designs[j]};
                samples[i].push_back({candidate, measures[j]});
            }
        }
    });
    s.evaluated = double(sampled * of_each);
    for (const std::vector<FoundDesign>& each : samples) {
        result.front.insert(result.front.end(), each.begin(), each.end());
    }
    result.front = front_of(std::move(result.front), q.objectives);
    while (done < blocks) {
        const std::size_t count = std::min(round, blocks - done);
        const DominanceTree known(objective_values(result.front, q.objectives), q.objectives.size());
        std::vector<Found> found(count);
        tbb::parallel_for(std::size_t{0}, count, [&](std::size_t i) {
            const std::size_t block =
                std::size_t((__extension__ static_cast<unsigned __int128>(done + i) * stride) % blocks);
            const std::size_t format = block / product.bases.size();
            const Candidate formats{format / q.space.kv_cache.size(), format % q.space.kv_cache.size(), {}};
            BlockSearch(q, product, *evaluators[format], known, formats, found[i])
                .run(product.bases[block % product.bases.size()]);
        });
        std::vector<FoundDesign> all = std::move(result.front);
        for (const Found& each : found) {
            all.insert(all.end(), each.designs.begin(), each.designs.end());
            s.evaluated += each.evaluated;
        }
        result.front = front_of(std::move(all), q.objectives);
        done += count;
        round = std::min<std::size_t>(round * 2, 8192);
        s.blocks_done = double(done);
        s.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (options.progress && !options.progress(s, result.front.size()) && done < blocks) {
            result.partial = true;
            break;
        }
    }
    return result;
}

std::vector<FoundDesign> all_within_limits(const SearchQuestion& q)
{
    const Designs designs = all_designs(product_of(q.space));
    std::vector<FoundDesign> all;
    std::vector<Measures> measures;
    for (std::size_t w = 0; w < q.space.weights.size(); ++w) {
        for (std::size_t k = 0; k < q.space.kv_cache.size(); ++k) {
            const CandidateEvaluator evaluator(q, w, k);
            evaluator.evaluate(designs, measures);
            for (std::size_t i = 0; i < designs.size(); ++i) {
                if (evaluator.within_limits(measures[i])) {
                    all.push_back({{w, k, designs[i]}, measures[i]});
                }
            }
        }
    }
    return all;
}

}  // namespace slimline

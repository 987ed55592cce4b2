#include "explorer/live_front.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

#include <tbb/blocked_range.h>
#include <tbb/enumerable_thread_specific.h>
#include <tbb/parallel_for.h>

#include "base/numbers.h"
#include "explorer/candidate_evaluator.h"
#include "explorer/dominance_tree.h"

namespace slimline {

namespace {

constexpr double rounding_margin = 1e-9;       // relative; rounding of times is far below
constexpr std::size_t short_list = 1000;       // as short as it need be: asked again in a tenth of a millisecond
constexpr double narrowest = 1.0 + 1.0 / 128;  // ends of a list: shorter ranges save nothing
constexpr double widest_range = 2;             // wider ones leave out next to nothing

/// Metrics that a question compares and limits, each once: objectives first.
std::vector<DesignMetric> metrics_of(const SearchQuestion& q)
{
    std::vector<DesignMetric> metrics = q.objectives;
    const auto add = [&](DesignMetric metric) {
        if (std::ranges::find(metrics, metric) == metrics.end()) {
            metrics.push_back(metric);
        }
    };
    for (const Limit& limit : q.limits) {
        add(limit.metric);
    }
    if (q.must_fit) {
        add(DesignMetric::memory);
    }
    if (wants_loss(q)) {
        add(DesignMetric::loss);
    }
    return metrics;
}

/// Where a metric lies at one setting, or between two.
struct Between {
    double low = 0;
    double high = 0;
};

/// Limits of a question over its metrics.
class LimitCheck {
 public:
    LimitCheck(const SearchQuestion& q, const std::vector<DesignMetric>& metrics, double memory)
    {
        const auto at = [&](DesignMetric metric) {
            return std::size_t(std::ranges::find(metrics, metric) - metrics.begin());
        };
        for (const Limit& limit : q.limits) {
            limits_.push_back({at(limit.metric), limit.least, limit.most});
        }
        if (q.must_fit) {
            limits_.push_back({at(DesignMetric::memory), -infinite, memory});
        }
        if (wants_loss(q)) {
            limits_.push_back({at(DesignMetric::loss), -infinite, infinite});  // NaN is outside
        }
    }

    template <class Value>
    bool surely(Value&& between) const
    {
        return std::ranges::all_of(limits_, [&](const Column& l) {
            const Between b = between(l.metric);
            return b.low >= l.least && b.high <= l.most;
        });
    }

    template <class Value>
    bool possibly(Value&& between) const
    {
        return std::ranges::all_of(limits_, [&](const Column& l) {
            const Between b = between(l.metric);
            return b.high >= l.least && b.low <= l.most;
        });
    }

 private:
    struct Column {
        std::size_t metric = 0;
        double least = 0;
        double most = 0;
    };
    std::vector<Column> limits_;
};

/// Points that nothing among them dominates, gathered piece by piece.
class Archive {
 public:
    explicit Archive(std::size_t dimensions) : dimensions_(dimensions) {}

    void add(std::uint32_t row, std::span<const double> point)
    {
        if (tree_.dominates(point)) {
            return;
        }
        rows_.push_back(row);
        values_.insert(values_.end(), point.begin(), point.end());
        if (rows_.size() > 2 * kept_ + 256) {
            tidy();
        }
    }

    void add(const Archive& other)
    {
        for (std::size_t i = 0; i < other.rows_.size(); ++i) {
            add(other.rows_[i], std::span(other.values_).subspan(i * dimensions_, dimensions_));
        }
    }

    void tidy()
    {
        Rows rows;
        std::vector<double> values;
        for (const std::size_t i : pareto_front({values_, dimensions_})) {
            rows.push_back(rows_[i]);
            const auto first = values_.begin() + std::ptrdiff_t(i * dimensions_);
            values.insert(values.end(), first, first + std::ptrdiff_t(dimensions_));
        }
        rows_ = std::move(rows);
        values_ = std::move(values);
        kept_ = rows_.size();
        tree_ = DominanceTree(values_, dimensions_);
    }

    const Rows& rows() const { return rows_; }
    const std::vector<double>& values() const { return values_; }
    const DominanceTree& tree() const { return tree_; }

 private:
    std::size_t dimensions_;
    Rows rows_;
    std::vector<double> values_;
    std::size_t kept_ = 0;
    DominanceTree tree_;
};

/// What no row among those that `point` gives a point for dominates. `point(i, out)` is false for a row that is no
/// candidate.
template <class Point>
Archive undominated(std::span<const std::uint32_t> rows, std::size_t dimensions, Point&& point)
{
    tbb::enumerable_thread_specific<Archive> parts([&] { return Archive(dimensions); });
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, rows.size(), 4096), [&](const auto& range) {
        Archive& archive = parts.local();
        std::vector<double> out(dimensions);
        for (std::size_t i = range.begin(); i < range.end(); ++i) {
            if (point(i, out)) {
                archive.add(rows[i], out);
            }
        }
    });
    Archive all(dimensions);
    for (const Archive& part : parts) {
        all.add(part);
    }
    all.tidy();
    return all;
}

/// Bounds of rows' metrics over all settings between two, and lines above and below: over the rate's inverse x, a time
/// is nowhere above its line of upper ends and nowhere below its line of lower ends.
struct Bounds {
    Between range;
    Between slow;  // the lines at the slow end
    Between fast;
};

/// From x = 1 (fast) to x = r (slow) a time rises, and by no more than x: so it is at least max(f, s x / r) and at most
/// min(s, f x). The chord from f to s, lowered and raised by what these leave it at their kinks, encloses it too.
Bounds bounds_of(double fast, double slow, double r)
{
    const double low = std::min(fast, slow);
    const double high = std::max(fast, slow);
    const double slope = (high - low) / (r - 1);
    const double below = low > 0 ? std::max(0.0, low + (r * low / high - 1) * slope - low) : 0;
    const double above = low > 0 ? std::max(0.0, high - (low + (high / low - 1) * slope)) : 0;
    const double slack = rounding_margin * high;
    return {{low - slack, high + slack}, {high - below - slack, high + above}, {low - below - slack, low + above}};
}

}  // namespace

LiveFrontAnswer front_of_rows(const LiveSpace& space, const LiveRun& run, std::span<const std::uint32_t> rows)
{
    const SearchQuestion& q = space.question();
    const std::vector<DesignMetric> metrics = metrics_of(q);
    const LimitCheck limits(q, metrics, run.memory());
    const std::size_t dimensions = q.objectives.size();
    std::vector<double> values(rows.size() * metrics.size());
    space.measure(run, rows, metrics, values);

    const Archive front = undominated(rows, dimensions, [&](std::size_t i, std::vector<double>& out) {
        const double* of_row = &values[i * metrics.size()];
        std::copy_n(of_row, dimensions, out.begin());
        return limits.surely([&](std::size_t metric) { return Between{of_row[metric], of_row[metric]}; });
    });
    std::vector<std::size_t> order(front.rows().size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const PointSet points{front.values(), dimensions};
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
        return std::ranges::equal(points[a], points[b]) ? front.rows()[a] < front.rows()[b]
                                                        : std::ranges::lexicographical_compare(points[a], points[b]);
    });
    LiveFrontAnswer answer{{}, {}, rows.size()};
    for (const std::size_t i : order) {
        answer.rows.push_back(front.rows()[i]);
        answer.values.insert(answer.values.end(), points[i].begin(), points[i].end());
    }
    return answer;
}

LiveFront::LiveFront(std::shared_ptr<const LiveSpace> space, Scenario run, RateMove dial, double least, double most)
    : space_(std::move(space)), run_(std::move(run)), dial_(std::move(dial)), bounded_(times_follow_rates(run_))
{
    const int ranges = bounded_ ? std::max(1, int(std::ceil(std::log(most / least) / std::log(widest_range)))) : 1;
    for (int i = 0; i <= ranges; ++i) {
        ends_.push_back(i == ranges ? most : least * std::pow(most / least, double(i) / ranges));
    }
    ranges_.resize(std::size_t(ranges));
}

double LiveFront::factor_of(const Scenario& run) const
{
    const std::optional<RateMove> move = rate_move(run_, run);
    if (!move) {
        return 0;
    }
    const bool still = std::ranges::find(move->moved, true) == move->moved.end();
    return still ? 1 : move->moved == dial_.moved ? move->factor : 0;
}

bool LiveFront::reaches(const Scenario& run) const
{
    const double factor = factor_of(run);
    return factor >= ends_.front() && factor <= ends_.back();
}

LiveFrontAnswer LiveFront::front(const LiveRun& run)
{
    return front_of_rows(*space_, run, contenders(run.scenario()));
}

const Rows& LiveFront::contenders(const Scenario& run)
{
    assert(reaches(run));
    return leaf_of(factor_of(run)).rows;
}

std::size_t LiveFront::range_of(double factor) const
{
    const auto above = std::upper_bound(ends_.begin() + 1, ends_.end() - 1, factor);
    return std::size_t(above - ends_.begin()) - 1;
}

bool LiveFront::is_prepared(const Scenario& run) const
{
    return reaches(run) && range_there(range_of(factor_of(run))) != nullptr;
}

bool LiveFront::prepare(const Scenario& run)
{
    const auto here = std::ptrdiff_t(range_of(factor_of(run)));
    const auto count = std::ptrdiff_t(ranges_.size());
    for (std::ptrdiff_t away = 0; away < count; ++away) {
        for (const std::ptrdiff_t i : {here + away, here - away}) {
            if (i >= 0 && i < count && range_there(std::size_t(i)) == nullptr) {
                range(std::size_t(i));
                return true;
            }
        }
    }
    return false;
}

bool LiveFront::deepen(const Scenario& run)
{
    constexpr double reach = 3;
    const double here = factor_of(run);
    const int steps = int(std::log(reach) / std::log(narrowest)) + 1;
    for (int away = 0; away <= steps; ++away) {
        for (const double factor : {here * std::pow(narrowest, away), here * std::pow(narrowest, -away)}) {
            Node* node = factor < ends_.front() || factor > ends_.back() ? nullptr : range_there(range_of(factor));
            while (node != nullptr && !is_leaf(*node)) {
                Node* next = half_there(*node, factor);
                if (next == nullptr) {
                    half(*node, factor);
                    return true;
                }
                node = next;
            }
        }
    }
    return false;
}

LiveFront::Node* LiveFront::range_there(std::size_t i) const
{
    const std::lock_guard lock(slots_);
    return ranges_[i].get();
}

LiveFront::Node& LiveFront::range(std::size_t i)
{
    if (Node* there = range_there(i)) {
        return *there;
    }
    const Rows all = space_->all_rows();
    auto made =
        bounded_ ? narrowed(all, ends_[i], ends_[i + 1]) : std::make_unique<Node>(Node{ends_[i], ends_[i + 1], all});
    const std::lock_guard lock(slots_);
    if (!ranges_[i]) {  // else the other thread was faster, and its list may be in use
        ranges_[i] = std::move(made);
    }
    return *ranges_[i];
}

bool LiveFront::is_leaf(const Node& node) const
{
    return !bounded_ || node.rows.size() <= short_list || node.most <= node.least * narrowest;
}

LiveFront::Node* LiveFront::half_there(const Node& node, double factor) const
{
    const std::lock_guard lock(slots_);
    return (factor < std::sqrt(node.least * node.most) ? node.slower : node.faster).get();
}

LiveFront::Node& LiveFront::half(Node& node, double factor)
{
    if (Node* there = half_there(node, factor)) {
        return *there;
    }
    const double middle = std::sqrt(node.least * node.most);
    auto made = factor < middle ? narrowed(node.rows, node.least, middle) : narrowed(node.rows, middle, node.most);
    const std::lock_guard lock(slots_);
    std::unique_ptr<Node>& slot = factor < middle ? node.slower : node.faster;
    if (!slot) {  // else the other thread was faster, and its list may be in use
        slot = std::move(made);
    }
    return *slot;
}

LiveFront::Node& LiveFront::leaf_of(double factor)
{
    Node* node = &range(range_of(factor));
    while (!is_leaf(*node)) {
        node = &half(*node, factor);
    }
    return *node;
}

std::unique_ptr<LiveFront::Node> LiveFront::narrowed(const Rows& rows, double least, double most) const
{
    const SearchQuestion& q = space_->question();
    const std::vector<DesignMetric> metrics = metrics_of(q);
    const std::size_t width = metrics.size();
    // Beyond the ends by a hair: a setting that was rounded still lies between.
    const LiveRun slow(q, moved(run_, {dial_.moved, least * (1 - 1e-9)}));
    const LiveRun fast(q, moved(run_, {dial_.moved, most * (1 + 1e-9)}));
    const double r = most / least * (1 + 2e-9);
    std::vector<double> at_slow(rows.size() * width);
    std::vector<double> at_fast(rows.size() * width);
    space_->measure(slow, rows, metrics, at_slow);
    space_->measure(fast, rows, metrics, at_fast);

    const LimitCheck limits(q, metrics, slow.memory());
    const auto moves = [&](std::size_t metric) {
        return is_measured(metrics[metric]) && metrics[metric] != DesignMetric::memory;
    };
    const auto bounds = [&](std::size_t i, std::size_t metric) {
        const double f = at_fast[i * width + metric];
        const double s = at_slow[i * width + metric];
        return moves(metric) ? bounds_of(f, s, r) : Bounds{{f, f}, {f, f}, {f, f}};
    };
    std::size_t dimensions = 0;
    for (std::size_t k = 0; k < q.objectives.size(); ++k) {
        dimensions += moves(k) ? 2 : 1;
    }
    const auto point_of = [&](std::size_t i, double Between::*end, std::vector<double>& out) {
        std::size_t at = 0;
        for (std::size_t k = 0; k < q.objectives.size(); ++k) {
            const Bounds b = bounds(i, k);
            out[at++] = b.fast.*end;
            if (moves(k)) {
                out[at++] = b.slow.*end;
            }
        }
    };
    const Archive best = undominated(rows, dimensions, [&](std::size_t i, std::vector<double>& out) {
        point_of(i, &Between::high, out);
        return limits.surely([&](std::size_t metric) { return bounds(i, metric).range; });
    });
    std::vector<std::uint8_t> stays(rows.size());
    tbb::parallel_for(tbb::blocked_range<std::size_t>(0, rows.size(), 4096), [&](const auto& range) {
        std::vector<double> point(dimensions);
        for (std::size_t i = range.begin(); i < range.end(); ++i) {
            point_of(i, &Between::low, point);
            stays[i] = limits.possibly([&](std::size_t metric) { return bounds(i, metric).range; }) &&
                       !best.tree().dominates(point);
        }
    });
    auto node = std::make_unique<Node>(Node{least, most, {}});
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (stays[i] != 0) {
            node->rows.push_back(rows[i]);
        }
    }
    return node;
}

}  // namespace slimline

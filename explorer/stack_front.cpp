#include "explorer/stack_front.h"

#include <algorithm>
#include <map>
#include <span>

#include "base/errors.h"
#include "explorer/pareto.h"

namespace slimline {

namespace {

constexpr std::size_t most_kept = 40'000'000;
constexpr std::size_t most_candidates = 20'000'000;

/// A layer on top of a part of a stack.
struct Node {
    std::uint32_t below = 0;
    std::uint8_t kind = 0;
};

/// Parts of stacks that may go on in the same ways: the same kind on top where order matters, the same counts of kinds that
/// are counted.
struct Cell {
    std::vector<double> values;  // ticks, part by part
    std::vector<Node> nodes;
};
using Key = std::vector<int>;

/// Grows parts of stacks layer by layer, and of each cell keeps those that no other part beats or equals.
class Growth {
 public:
    Growth(const LayerQuestion& q, const LayerCosts& costs) : q_(q), costs_(costs), columns_(costs.metrics.size())
    {
        nodes_.push_back({});
        Cell& ground = cells_[Key(1 + q.kinds.size(), 0)];
        ground.values = costs.base;
        ground.nodes = {{}};
        find_least_above();
    }

    void add_layer(std::size_t position)
    {
        std::map<Key, Cell> grown;
        std::size_t candidates = 0;
        for (const auto& [key, cell] : cells_) {
            for (const int kind : q_.allowed[position]) {
                Key next = key;
                if (!step(next, kind, q_.allowed.size() - position - 1)) {
                    continue;
                }
                candidates += cell.nodes.size();
                if (candidates > most_candidates) {
                    too_many(position);
                }
                put_on(cell, position, kind, grown[next]);
            }
        }
        for (auto& [key, cell] : grown) {
            prune(cell);
        }
        if (nodes_.size() > most_kept) {
            too_many(position);
        }
        cells_ = std::move(grown);
    }

    StackFront front() const
    {
        Cell all;
        for (const auto& [key, cell] : cells_) {
            all.values.insert(all.values.end(), cell.values.begin(), cell.values.end());
            all.nodes.insert(all.nodes.end(), cell.nodes.begin(), cell.nodes.end());
        }
        StackFront found;
        found.kept = nodes_.size() - 1;
        for (const std::size_t i : unbeaten(all)) {
            found.stacks.push_back(stack_of(all.nodes[i].below));
            std::vector<double> values(all.values.begin() + std::ptrdiff_t(i * columns_),
                                       all.values.begin() + std::ptrdiff_t((i + 1) * columns_));
            for (std::size_t c = 0; c < columns_; ++c) {
                values[c] *= costs_.tick[c];
            }
            found.values.push_back(std::move(values));
        }
        return found;
    }

 private:
    [[noreturn]] void too_many(std::size_t position) const
    {
        throw InputError(q_.name,
                         "after " + std::to_string(position + 1) + " layers too many parts of stacks are worth keeping",
                         "name fewer objectives, limits or kinds");
    }

    /// Ticks that the layers from a position on take at least.
    void find_least_above()
    {
        least_above_.assign(q_.allowed.size() + 1, std::vector<double>(columns_, 0));
        for (std::size_t i = q_.allowed.size(); i-- > 0;) {
            for (std::size_t c = 0; c < columns_; ++c) {
                double least = costs_.at(i, q_.allowed[i].front(), c);
                for (const int kind : q_.allowed[i]) {
                    least = std::min(least, costs_.at(i, kind, c));
                }
                least_above_[i][c] = least_above_[i + 1][c] + least;
            }
        }
    }

    /// False when the kind may not come next, or the layers that are left are too few for what there must be.
    bool step(Key& key, int kind, std::size_t left) const
    {
        if (q_.ascending) {
            if (kind < key.front()) {
                return false;
            }
            key.front() = kind;
        }
        int lacking = 0;
        for (std::size_t k = 0; k < q_.kinds.size(); ++k) {
            const LayerKind& each = q_.kinds[k];
            if (each.least == 0 && each.most >= int(q_.allowed.size())) {
                continue;  // not counted
            }
            int& count = key[1 + k];
            count += int(k) == kind;
            if (count > each.most) {
                return false;
            }
            if (each.most >= int(q_.allowed.size())) {
                count = std::min(count, each.least);  // more than enough is enough
            }
            lacking += std::max(0, each.least - count);
        }
        return lacking <= int(left);
    }

    void put_on(const Cell& below, std::size_t position, int kind, Cell& to) const
    {
        std::vector<double> sums(columns_);
        for (std::size_t i = 0; i < below.nodes.size(); ++i) {
            bool allowed = true;
            for (std::size_t c = 0; c < columns_; ++c) {
                sums[c] = below.values[i * columns_ + c] + costs_.at(position, kind, c);
                allowed = allowed && sums[c] + least_above_[position + 1][c] <= costs_.most[c];
            }
            if (allowed) {
                to.values.insert(to.values.end(), sums.begin(), sums.end());
                to.nodes.push_back({below.nodes[i].below, std::uint8_t(kind)});
            }
        }
    }

    /// Of parts that measure the same, the first.
    std::vector<std::size_t> unbeaten(const Cell& cell) const
    {
        std::vector<std::size_t> front = pareto_front({cell.values, columns_});
        const auto at = [&](std::size_t i) { return std::span(cell.values).subspan(i * columns_, columns_); };
        std::ranges::stable_sort(front, [&](std::size_t a, std::size_t b) { return std::ranges::lexicographical_compare(at(a), at(b)); });
        const auto same = [&](std::size_t a, std::size_t b) { return std::ranges::equal(at(a), at(b)); };
        front.erase(std::unique(front.begin(), front.end(), same), front.end());
        return front;
    }

    /// Survivors become nodes; `below` of a cell's node is then the node itself.
    void prune(Cell& cell)
    {
        Cell kept;
        for (const std::size_t i : unbeaten(cell)) {
            kept.values.insert(kept.values.end(), cell.values.begin() + std::ptrdiff_t(i * columns_),
                               cell.values.begin() + std::ptrdiff_t((i + 1) * columns_));
            nodes_.push_back(cell.nodes[i]);
            kept.nodes.push_back({std::uint32_t(nodes_.size() - 1), cell.nodes[i].kind});
        }
        cell = std::move(kept);
    }

    LayerStack stack_of(std::uint32_t top) const
    {
        LayerStack stack;
        for (std::uint32_t at = top; at != 0; at = nodes_[at].below) {
            stack.push_back(nodes_[at].kind);
        }
        std::ranges::reverse(stack);
        return stack;
    }

    const LayerQuestion& q_;
    const LayerCosts& costs_;
    std::size_t columns_;
    std::vector<Node> nodes_;  // the first is the ground
    std::map<Key, Cell> cells_;
    std::vector<std::vector<double>> least_above_;
};

}  // namespace

StackFront stack_front(const LayerQuestion& question, const LayerCosts& costs, const LayerProgress& progress)
{
    Growth growth(question, costs);
    for (std::size_t i = 0; i < question.allowed.size(); ++i) {
        if (progress && !progress("layer " + std::to_string(i + 1), double(i) / double(question.allowed.size()))) {
            return {.stacks = {}, .values = {}, .kept = 0, .partial = true};
        }
        growth.add_layer(i);
    }
    return growth.front();
}

}  // namespace slimline

#pragma once

#include <memory>
#include <mutex>

#include "explorer/live_space.h"
#include "explorer/rate_move.h"

namespace slimline {

/// The designs of a front and their objectives, ascending by these and then by the row.
struct LiveFrontAnswer {
    Rows rows;
    std::vector<double> values;  // rows x objectives
    std::size_t evaluated = 0;   // designs that were asked again for it
};

/// The exact front of a live space while one hardware rate moves. Between two settings a time lies between bounds that
/// follow from its values at both; a design that another one beats by these bounds is beaten at every setting between,
/// and is left out there. Halving a range again and again leaves lists of a few hundred designs, which are asked anew at
/// every step. Lists are made when a setting first needs them, and kept: the first in a range asks every design twice.
/// front() belongs to one thread; another may prepare() and deepen() at the same time.
class LiveFront {
 public:
    /// Rates may move down to `least` and up to `most` times what they are in `run`.
    LiveFront(std::shared_ptr<const LiveSpace> space, Scenario run, RateMove dial, double least = 1.0 / 8,
              double most = 8);

    /// Whether this front can answer for a run: a move of its dial within its range.
    bool reaches(const Scenario& run) const;

    /// `run` must be within reach.
    LiveFrontAnswer front(const LiveRun& run);

    /// Makes the lists of one more range, those near `run` first; false when all are there. Work for idle times.
    bool prepare(const Scenario& run);
    /// Makes one more of the short lists of settings up to three times as fast or slow as `run`, the nearest first; false when
    /// all are there, or their ranges are not. Then a drag makes none.
    bool deepen(const Scenario& run);
    /// Whether the lists of a run's range are there, so that front() takes a millisecond.
    bool is_prepared(const Scenario& run) const;

    /// Designs that may be on the front somewhere between the ends of the list that a run falls into.
    const Rows& contenders(const Scenario& run);

 private:
    struct Node {
        double least = 0;
        double most = 0;
        Rows rows;
        std::unique_ptr<Node> slower{};
        std::unique_ptr<Node> faster{};
    };
    double factor_of(const Scenario& run) const;
    std::size_t range_of(double factor) const;
    Node* range_there(std::size_t i) const;
    Node& range(std::size_t i);
    bool is_leaf(const Node& node) const;
    /// The half of a node that holds a factor; nullptr when it is not there yet.
    Node* half_there(const Node& node, double factor) const;
    Node& half(Node& node, double factor);
    Node& leaf_of(double factor);
    std::unique_ptr<Node> narrowed(const Rows& rows, double least, double most) const;

    std::shared_ptr<const LiveSpace> space_;
    Scenario run_;
    RateMove dial_;
    bool bounded_ = true;         // times follow rates: lists can be shortened
    std::vector<double> ends_;    // of the ranges
    mutable std::mutex slots_;  // guards the pointers; a list is made before it is put there
    std::vector<std::unique_ptr<Node>> ranges_;
};

/// The front of some rows on one device: what a live front does with its short lists, and with all rows the answer by
/// brute force.
LiveFrontAnswer front_of_rows(const LiveSpace& space, const LiveRun& run, std::span<const std::uint32_t> rows);

}  // namespace slimline

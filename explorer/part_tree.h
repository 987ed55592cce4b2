#pragma once

#include <vector>

#include "explorer/part_tables.h"

namespace slimline {

/// The parts of a list in boxes of boxes, down to single parts: what a branch and bound descends.
class PartTree {
 public:
    struct Node {
        std::size_t count = 0;
        std::size_t right = 0;  // the left child follows its parent
        std::size_t part = 0;   // of a leaf
    };

    /// `scale` tells how wide a column is for the questions asked of the tree; 0: it does not matter.
    void build(const PartList& list, const ShareColumns& columns, const std::vector<double>& scale);

    const Node& node(std::size_t i) const { return nodes_[i]; }
    /// Least and then largest shares of a node's parts.
    const double* box(std::size_t i) const { return &boxes_[i * 2 * width_]; }

 private:
    void build_node(std::size_t first, std::size_t last);

    const PartList* list_ = nullptr;
    const std::vector<double>* scale_ = nullptr;
    std::size_t width_ = 0;
    std::vector<std::size_t> order_;
    std::vector<Node> nodes_;
    std::vector<double> boxes_;
};

}  // namespace slimline

#include "explorer/part_tree.h"

#include <algorithm>
#include <numeric>

namespace slimline {

void PartTree::build(const PartList& list, const ShareColumns& columns, const std::vector<double>& scale)
{
    list_ = &list;
    scale_ = &scale;
    width_ = columns.size();
    order_.resize(list.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    nodes_.clear();
    nodes_.reserve(2 * list.size());
    boxes_.clear();
    boxes_.reserve(4 * list.size() * width_);
    build_node(0, list.size());
}

/// Halves at the median of the column that is widest by the scale.
void PartTree::build_node(std::size_t first, std::size_t last)
{
    const std::size_t here = nodes_.size();
    nodes_.push_back({last - first, 0, order_[first]});
    const std::size_t at = boxes_.size();
    const double* shares = list_->shares.data();
    boxes_.insert(boxes_.end(), shares + order_[first] * width_, shares + (order_[first] + 1) * width_);
    boxes_.insert(boxes_.end(), shares + order_[first] * width_, shares + (order_[first] + 1) * width_);
    if (last - first == 1) {
        return;
    }
    double* low = &boxes_[at];
    double* high = low + width_;
    for (std::size_t i = first + 1; i < last; ++i) {
        const double* part = shares + order_[i] * width_;
        for (std::size_t c = 0; c < width_; ++c) {
            low[c] = std::min(low[c], part[c]);
            high[c] = std::max(high[c], part[c]);
        }
    }
    std::size_t axis = 0;
    double widest = -1;
    for (std::size_t c = 0; c < width_; ++c) {
        const double wide = (high[c] - low[c]) * (*scale_)[c];
        if (wide > widest) {
            widest = wide;
            axis = c;
        }
    }
    const std::size_t middle = first + (last - first) / 2;
    const auto place = [&](std::size_t i) { return order_.begin() + std::ptrdiff_t(i); };
    std::nth_element(place(first), place(middle), place(last), [&](std::size_t a, std::size_t b) {
        return shares[a * width_ + axis] < shares[b * width_ + axis];
    });
    build_node(first, middle);
    nodes_[here].right = nodes_.size();
    build_node(middle, last);
}

}  // namespace slimline

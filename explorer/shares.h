#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace slimline {

/// What costs and laws are made of. Each is the sum over the parts of a design, but for the compute buffer: of it the
/// largest part counts.
enum class Share : std::uint8_t {
    ttft,
    tpot,
    energy,
    stored,
    compute,
    parameters,
    active,
    embedding,
    counted,  // parameters by the law's convention
    mlp,
    attention,
    query,
    kv,
    ffn,
    experts,
    rate,
    vocabulary,
    loss,  // terms of the law that one group of dimensions alone decides
};
inline constexpr std::size_t share_count = std::size_t(Share::loss) + 1;
inline constexpr std::size_t first_size = std::size_t(Share::parameters);  // from here on shares do not cost time

/// Sizes of a design or of a part of it, by Share; costs and loss are 0.
using Sizes = std::array<double, share_count>;

/// A share; costs are of one of the question's runs.
struct ShareColumn {
    Share share{};
    std::size_t run = 0;
};

/// Boxes of designs are intervals of these columns. Those of which the largest part counts stand last.
struct ShareColumns {
    static constexpr std::size_t most = 64;
    static constexpr std::size_t absent = most;

    std::vector<ShareColumn> columns;
    std::size_t costs = 0;  // the first ones: of time, energy and memory that adds up
    std::size_t sums = 0;   // costs and sizes

    std::size_t size() const { return columns.size(); }
    std::size_t index_of(Share share, std::size_t run = 0) const;
};

/// Designs whose shares lie between `low` and `high`, by column.
struct ShareBox {
    std::array<double, ShareColumns::most> low;
    std::array<double, ShareColumns::most> high;
};

/// All sums of a part of one box and a part of the other.
inline void add_boxes(const double* a, const double* b, ShareBox& sum, const ShareColumns& columns)
{
    const std::size_t n = columns.size();
    for (std::size_t c = 0; c < columns.sums; ++c) {
        sum.low[c] = a[c] + b[c];
        sum.high[c] = a[n + c] + b[n + c];
    }
    for (std::size_t c = columns.sums; c < n; ++c) {
        sum.low[c] = a[c] < b[c] ? b[c] : a[c];
        sum.high[c] = a[n + c] < b[n + c] ? b[n + c] : a[n + c];
    }
}

}  // namespace slimline

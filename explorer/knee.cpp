#include "explorer/knee.h"

#include <algorithm>
#include <limits>

namespace slimline {

std::size_t knee(const PointSet& front)
{
    std::vector<double> squares(front.size(), 0.0);
    for (std::size_t k = 0; k < front.dimensions; ++k) {
        double least = std::numeric_limits<double>::infinity();
        double most = -least;
        for (std::size_t i = 0; i < front.size(); ++i) {
            least = std::min(least, front[i][k]);
            most = std::max(most, front[i][k]);
        }
        for (std::size_t i = 0; i < front.size(); ++i) {
            const double share = most > least ? (front[i][k] - least) / (most - least) : 0;
            squares[i] += share * share;
        }
    }
    return squares.empty() ? 0 : std::size_t(std::ranges::min_element(squares) - squares.begin());
}

}  // namespace slimline

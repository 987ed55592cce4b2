#include "explorer/depth_basis.h"

#include <algorithm>
#include <cmath>

namespace slimline {

namespace {

struct Pivot {
    std::size_t row = 0;
    std::size_t column = 0;
    double size = 0;
};

Pivot largest(const std::vector<std::vector<double>>& rows)
{
    Pivot best;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = 0; j < rows[i].size(); ++j) {
            if (std::abs(rows[i][j]) > best.size) {
                best = {i, j, std::abs(rows[i][j])};
            }
        }
    }
    return best;
}

}  // namespace

/// Elimination with complete pivoting, which keeps the factors small; what is left of each row is the row less its sum.
RowBasis row_basis(std::vector<std::vector<double>> rows)
{
    constexpr double nothing = 1e-9;  // features are whole numbers of layers
    RowBasis result;
    result.factors.resize(rows.size());
    for (Pivot pivot = largest(rows); pivot.size > nothing; pivot = largest(rows)) {
        result.basis.push_back(pivot.row);
        const std::vector<double> taken = rows[pivot.row];
        const std::vector<double> factors_of_taken = result.factors[pivot.row];
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const double f = i == pivot.row ? 1 : rows[i][pivot.column] / taken[pivot.column];
            for (std::size_t j = 0; j < taken.size(); ++j) {
                rows[i][j] = i == pivot.row || j == pivot.column ? 0 : rows[i][j] - f * taken[j];
            }
            for (std::size_t j = 0; j < factors_of_taken.size(); ++j) {
                result.factors[i][j] = i == pivot.row ? 0 : result.factors[i][j] - f * factors_of_taken[j];
            }
            result.factors[i].push_back(f);
        }
    }
    return result;
}

}  // namespace slimline

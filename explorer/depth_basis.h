#pragma once

#include <cstddef>
#include <vector>

namespace slimline {

/// A few rows of a matrix of which all its rows are sums, with factors: rows[i] = sum over j of factors[i][j] rows[basis[j]].
/// What is linear in the rows then needs to be known for the basis only.
struct RowBasis {
    std::vector<std::size_t> basis;
    std::vector<std::vector<double>> factors;
};
RowBasis row_basis(std::vector<std::vector<double>> rows);

}  // namespace slimline

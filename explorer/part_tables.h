#pragma once

#include <span>
#include <vector>

#include "archspace/space.h"
#include "explorer/candidate_evaluator.h"
#include "explorer/depth_basis.h"

namespace slimline {

/// Parts of a group of one class of formats, with what each adds to a design: row by row, by column.
struct PartList {
    DimensionSet dimensions = 0;
    std::vector<UniformDesign> parts;
    std::vector<double> shares;

    std::size_t size() const { return parts.size(); }
};

/// Which group of a product counts which sizes; those of no group come with the first.
std::vector<SizeParts> owners_of(const ProductSpace& product);

/// The parts of all bases that differ in depth alone. Costs are asked of the batch evaluator at a few depths only: they are
/// linear in the number of layers of each kind.
class PartTables {
 public:
    PartTables(const CandidateEvaluator& evaluator, const ProductSpace& product, const std::vector<SizeParts>& owners,
               std::span<const ProductSpace::Base* const> bases);

    /// Combinations of classes of formats; within one costs are additive.
    std::size_t combinations() const { return combinations_.size(); }

    /// The lists of a combination for one of the bases.
    void fill(std::size_t combination, std::size_t base, std::vector<PartList>& lists) const;

 private:
    struct GroupTable {
        std::vector<UniformDesign> parts;
        std::vector<std::vector<double>> costs;  // of each depth of the basis
        std::vector<double> sizes;               // of a part, without layers
        std::vector<double> sizes_a_layer;
        std::vector<double> compute;             // of a part alone, a row of runs
        std::vector<double> loss;
    };
    using Combination = std::vector<GroupTable>;

    void add_combinations(std::vector<std::vector<std::vector<UniformDesign>>>& classes, Combination& chosen);
    void measure(Combination& combination) const;
    void measure_sizes(std::vector<UniformDesign> asked, SizeParts owner, GroupTable& table) const;
    void measure_costs(std::vector<UniformDesign>& asked, UniformDesign first, bool whole, GroupTable& table) const;
    void measure_compute(std::size_t group, GroupTable& table) const;
    void fill(const GroupTable& table, std::size_t base, std::vector<double>& shares) const;

    const CandidateEvaluator& evaluator_;
    const ProductSpace& product_;
    const std::vector<SizeParts>& owners_;
    std::vector<const ProductSpace::Base*> bases_;
    RowBasis depths_;
    std::vector<Combination> combinations_;
};

}  // namespace slimline

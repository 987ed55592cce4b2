#include "explorer/part_tables.h"

#include <algorithm>
#include <map>

namespace slimline {

namespace {

constexpr DimensionSet attention_dimensions =
    set_of(Dimension::heads) | set_of(Dimension::kv_heads) | set_of(Dimension::head_dim);
constexpr DimensionSet ffn_dimensions =
    set_of(Dimension::d_ffn) | set_of(Dimension::experts) | set_of(Dimension::active);
constexpr DimensionSet vocabulary_dimensions = set_of(Dimension::vocabulary) | set_of(Dimension::tied);

}  // namespace

std::vector<SizeParts> owners_of(const ProductSpace& product)
{
    const auto owner = [&](DimensionSet dimensions) {
        const auto found = std::ranges::find_if(product.groups, [&](DimensionSet g) { return (g & dimensions) != 0; });
        return found == product.groups.end() ? std::size_t{0} : std::size_t(found - product.groups.begin());
    };
    std::vector<SizeParts> owners;
    for (std::size_t g = 0; g < product.groups.size(); ++g) {
        owners.push_back({owner(attention_dimensions) == g, owner(ffn_dimensions) == g,
                          owner(vocabulary_dimensions) == g, g == 0});
    }
    return owners;
}

PartTables::PartTables(const CandidateEvaluator& evaluator, const ProductSpace& product,
                       const std::vector<SizeParts>& owners, std::span<const ProductSpace::Base* const> bases)
    : evaluator_(evaluator), product_(product), owners_(owners), bases_(bases.begin(), bases.end())
{
    std::vector<std::vector<double>> features;
    for (const ProductSpace::Base* base : bases_) {
        features.push_back(evaluator_.depth_features(base->design.layers));
    }
    depths_ = row_basis(std::move(features));
    std::vector<std::vector<std::vector<UniformDesign>>> classes;
    for (std::size_t g = 0; g < product_.groups.size(); ++g) {
        std::map<std::pair<int, int>, std::vector<UniformDesign>> by_class;
        for (const UniformDesign& part : *bases_.front()->groups[g]) {
            const UniformDesign whole = with_part(bases_.front()->design, part, product_.groups[g]);
            by_class[{owners_[g].attention ? evaluator_.attention_class(whole) : 0,
                      owners_[g].ffn ? evaluator_.ffn_class(whole) : 0}]
                .push_back(part);
        }
        classes.emplace_back();
        for (auto& [key, parts] : by_class) {
            classes.back().push_back(std::move(parts));
        }
    }
    Combination chosen;
    add_combinations(classes, chosen);
}

void PartTables::add_combinations(std::vector<std::vector<std::vector<UniformDesign>>>& classes, Combination& chosen)
{
    if (chosen.size() == classes.size()) {
        combinations_.push_back(chosen);
        measure(combinations_.back());
        return;
    }
    for (const std::vector<UniformDesign>& parts : classes[chosen.size()]) {
        chosen.emplace_back();
        chosen.back().parts = parts;
        add_combinations(classes, chosen);
        chosen.pop_back();
    }
}

/// Costs of each part beside the first of the others; in all groups but the first less what the first parts cost together.
void PartTables::measure(Combination& tables) const
{
    UniformDesign first = bases_.front()->design;
    for (std::size_t g = 0; g < tables.size(); ++g) {
        first = with_part(first, tables[g].parts.front(), product_.groups[g]);
    }
    for (std::size_t g = 0; g < tables.size(); ++g) {
        std::vector<UniformDesign> asked;
        for (const UniformDesign& part : tables[g].parts) {
            asked.push_back(with_part(first, part, product_.groups[g]));
        }
        measure_sizes(asked, owners_[g], tables[g]);
        measure_costs(asked, first, g == 0, tables[g]);
        measure_compute(g, tables[g]);
    }
}

/// Counts grow by as much with each layer, in whole numbers.
void PartTables::measure_sizes(std::vector<UniformDesign> asked, SizeParts owner, GroupTable& table) const
{
    const ShareColumns& columns = evaluator_.columns();
    for (UniformDesign& design : asked) {
        table.loss.push_back(evaluator_.loss_apart(design, owner));
        design.layers = 0;
        const Sizes none = evaluator_.counted_sizes(design, owner);
        design.layers = 1;
        const Sizes one = evaluator_.counted_sizes(design, owner);
        for (std::size_t c = columns.costs; c < columns.sums; ++c) {
            const std::size_t share = std::size_t(columns.columns[c].share);
            table.sizes.push_back(none[share]);
            table.sizes_a_layer.push_back(one[share] - none[share]);
        }
    }
}

void PartTables::measure_costs(std::vector<UniformDesign>& asked, UniformDesign first, bool whole,
                               GroupTable& table) const
{
    const std::size_t width = evaluator_.cost_count();
    const std::size_t sums = evaluator_.columns().costs;
    std::vector<double> common;
    for (const std::size_t depth : depths_.basis) {
        first.layers = bases_[depth]->design.layers;
        for (UniformDesign& design : asked) {
            design.layers = first.layers;
        }
        std::vector<double>& costs = table.costs.emplace_back();
        evaluator_.costs(asked, costs);
        evaluator_.costs({&first, 1}, common);
        for (std::size_t i = 0; !whole && i < asked.size(); ++i) {
            for (std::size_t c = 0; c < sums; ++c) {
                costs[i * width + c] -= common[c];
            }
        }
    }
}

/// The compute buffer of a part alone: beside others as narrow as can be.
void PartTables::measure_compute(std::size_t group, GroupTable& table) const
{
    const std::size_t width = evaluator_.cost_count();
    const std::size_t sums = evaluator_.columns().costs;
    if (sums == width) {
        return;
    }
    const UniformDesign narrow{1, bases_.front()->design.d_model, 1, 1, 1, 1, 1, 0, 0, true};
    std::vector<UniformDesign> asked;
    for (const UniformDesign& part : table.parts) {
        asked.push_back(with_part(narrow, part, product_.groups[group]));
    }
    std::vector<double> alone;
    evaluator_.costs(asked, alone);
    for (std::size_t i = 0; i < asked.size(); ++i) {
        table.compute.insert(table.compute.end(), alone.begin() + std::ptrdiff_t(i * width + sums),
                             alone.begin() + std::ptrdiff_t((i + 1) * width));
    }
}

void PartTables::fill(std::size_t combination, std::size_t base, std::vector<PartList>& lists) const
{
    const Combination& tables = combinations_[combination];
    lists.resize(tables.size());
    for (std::size_t g = 0; g < tables.size(); ++g) {
        lists[g].dimensions = product_.groups[g];
        lists[g].parts = tables[g].parts;
        fill(tables[g], base, lists[g].shares);
    }
}

void PartTables::fill(const GroupTable& table, std::size_t base, std::vector<double>& all) const
{
    const ShareColumns& columns = evaluator_.columns();
    const std::vector<double>& factors = depths_.factors[base];
    const double layers = bases_[base]->design.layers;
    const std::size_t width = evaluator_.cost_count();
    const std::size_t n = columns.size();
    const std::size_t counts = columns.sums - columns.costs;
    all.assign(table.parts.size() * n, 0);
    for (std::size_t i = 0; i < table.parts.size(); ++i) {
        double* shares = &all[i * n];
        for (std::size_t j = 0; j < depths_.basis.size(); ++j) {
            for (std::size_t c = 0; c < columns.costs; ++c) {
                shares[c] += factors[j] * table.costs[j][i * width + c];
            }
        }
        for (std::size_t c = 0; c < counts; ++c) {
            shares[columns.costs + c] = table.sizes[i * counts + c] + layers * table.sizes_a_layer[i * counts + c];
        }
        if (evaluator_.loss_column() != ShareColumns::absent) {
            shares[evaluator_.loss_column()] = table.loss[i];
        }
        for (std::size_t c = columns.sums; c < n; ++c) {
            shares[c] = table.compute[i * (n - columns.sums) + c - columns.sums];
        }
    }
}

}  // namespace slimline

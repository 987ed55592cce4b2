#include "archspace/space.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "archspace/limits.h"
#include "base/errors.h"

namespace slimline {

namespace {

constexpr std::array<std::string_view, dimension_count> dimension_words{
    "layers", "d_model", "heads", "kv_heads", "head_dim", "d_ffn", "vocabulary", "experts", "active", "tied"};
constexpr std::array<double, dimension_count> least{1, 1, 1, 1, 1, 1, 1, 0, 0, 0};
constexpr std::array<double, dimension_count> most{
    most_uniform_layers, limits::width,      limits::heads,   limits::heads,   largest_head,
    limits::ffn_width,   limits::vocabulary, limits::experts, limits::experts, 1};

using Variables = std::vector<bool>;  // a set of variables
constexpr double unset = std::numeric_limits<double>::quiet_NaN();

void set(UniformDesign& design, Dimension dimension, double value)
{
    const int whole = int(value);
    switch (dimension) {
        case Dimension::layers:
            design.layers = whole;
            break;
        case Dimension::d_model:
            design.d_model = whole;
            break;
        case Dimension::heads:
            design.heads = whole;
            break;
        case Dimension::kv_heads:
            design.kv_heads = whole;
            break;
        case Dimension::head_dim:
            design.head_dim = whole;
            break;
        case Dimension::d_ffn:
            design.d_ffn = whole;
            break;
        case Dimension::vocabulary:
            design.vocabulary = whole;
            break;
        case Dimension::experts:
            design.experts = whole;
            break;
        case Dimension::active:
            design.active = whole;
            break;
        case Dimension::tied:
            design.tied = whole != 0;
            break;
    }
}

/// Variables that a set reads, and those that they read, and so on.
Variables closure(const Space& space, Variables of)
{
    for (bool grown = true; grown;) {
        grown = false;
        for (std::size_t i = 0; i < space.variables.size(); ++i) {
            if (!of[i] || !space.variables[i].formula) {
                continue;
            }
            for (const int read : space.variables[i].formula->reads()) {
                grown |= !of[std::size_t(read)];
                of[std::size_t(read)] = true;
            }
        }
    }
    return of;
}

Variables closure_of_reads(const Space& space, const Expression& expression)
{
    Variables read(space.variables.size());
    for (const int name : expression.reads()) {
        read[std::size_t(name)] = true;
    }
    return closure(space, std::move(read));
}

/// Each variable after those that it reads.
std::vector<std::size_t> evaluation_order(const Space& space)
{
    std::vector<std::size_t> order;
    Variables done(space.variables.size());
    while (order.size() < space.variables.size()) {
        const std::size_t before = order.size();
        for (std::size_t i = 0; i < space.variables.size(); ++i) {
            const auto& formula = space.variables[i].formula;
            const bool ready =
                !formula || std::ranges::all_of(formula->reads(), [&](int r) { return bool(done[std::size_t(r)]); });
            if (!done[i] && ready) {
                done[i] = true;
                order.push_back(i);
            }
        }
        if (order.size() == before) {
            break;  // a cycle, which read_space refuses
        }
    }
    return order;
}

/// Assigns a set of variables in every way that the constraints on them allow.
class Enumeration {
 public:
    Enumeration(const Space& space, const std::vector<std::size_t>& order, const Variables& wanted,
                const Variables& known)
        : space_(space)
    {
        Variables assigned = known;
        std::vector<bool> checked(space.constraints.size());
        const auto all_assigned = [&](const Variables& reads) {
            for (std::size_t i = 0; i < reads.size(); ++i) {
                if (reads[i] && !assigned[i]) {
                    return false;
                }
            }
            return true;
        };
        for (std::size_t c = 0; c < space.constraints.size(); ++c) {  // checked with the variables that are known
            checked[c] = all_assigned(closure_of_reads(space, space.constraints[c]));
        }
        for (const std::size_t variable : order) {
            if (!wanted[variable] || known[variable]) {
                continue;
            }
            assigned[variable] = true;
            Step step{variable, {}};
            for (std::size_t c = 0; c < space.constraints.size(); ++c) {
                if (!checked[c] && all_assigned(closure_of_reads(space, space.constraints[c]))) {
                    checked[c] = true;
                    step.constraints.push_back(c);
                }
            }
            steps_.push_back(std::move(step));
        }
    }

    template <class Visit>
    void run(std::vector<double>& values, Visit&& visit, std::size_t at = 0) const
    {
        if (at == steps_.size()) {
            visit(values);
            return;
        }
        const Step& step = steps_[at];
        const SpaceVariable& variable = space_.variables[step.variable];
        const auto take = [&](double value) {
            if (possible(step.variable, value)) {
                values[step.variable] = value;
                if (std::ranges::all_of(step.constraints,
                                        [&](std::size_t c) { return holds(space_.constraints[c], values); })) {
                    run(values, visit, at + 1);
                }
            }
        };
        if (variable.formula) {
            const double value = (*variable.formula)(values);
            take(step.variable < dimension_count && std::abs(value - std::round(value)) < 1e-9 ? std::round(value)
                                                                                               : value);
        } else {
            for (const double value : variable.values) {
                take(value);
            }
        }
        values[step.variable] = unset;
    }

 private:
    struct Step {
        std::size_t variable = 0;
        std::vector<std::size_t> constraints;  // that can be told once the variable is known
    };

    static bool holds(const Expression& constraint, const std::vector<double>& values)
    {
        const double value = constraint(values);
        return value != 0 && !std::isnan(value);
    }

    static bool possible(std::size_t variable, double value)
    {
        if (variable >= dimension_count) {
            return std::isfinite(value);
        }
        return value == std::floor(value) && value >= least[variable] && value <= most[variable];
    }

    const Space& space_;
    std::vector<Step> steps_;
};

/// Which sets of dimensions vary independently of each other once width and depth are known.
struct Grouping {
    Variables base;                  // width, depth, and what they are made from
    std::vector<Variables> members;  // of each group: its dimensions and what they are made from, base left out
    std::vector<DimensionSet> dimensions;
};

bool meet(const Variables& a, const Variables& b)
{
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (a[i] && b[i]) {
            return true;
        }
    }
    return false;
}

Variables joined(Variables a, const Variables& b)
{
    for (std::size_t i = 0; i < a.size(); ++i) {
        a[i] = a[i] || b[i];
    }
    return a;
}

Grouping grouping_of(const Space& space)
{
    const std::size_t n = space.variables.size();
    const auto closed = [&](std::initializer_list<Dimension> dimensions) {
        Variables variables(n);
        for (const Dimension each : dimensions) {
            variables[std::size_t(each)] = true;
        }
        return closure(space, std::move(variables));
    };
    Grouping g;
    g.base = closed({Dimension::d_model, Dimension::layers});
    const auto without_base = [&](Variables variables) {
        for (std::size_t i = 0; i < n; ++i) {
            variables[i] = variables[i] && !g.base[i];
        }
        return variables;
    };
    g.members = {without_base(closed({Dimension::vocabulary, Dimension::tied})),
                 without_base(closed({Dimension::heads, Dimension::kv_heads, Dimension::head_dim})),
                 without_base(closed({Dimension::d_ffn, Dimension::experts, Dimension::active}))};
    const auto merge_what_meets = [&](const Variables& tie) {
        std::vector<Variables> apart;
        Variables together(n);
        for (const Variables& group : g.members) {
            if (meet(group, tie)) {
                together = joined(together, group);
            } else {
                apart.push_back(group);
            }
        }
        if (std::ranges::find(together, true) != together.end()) {
            apart.push_back(together);
        }
        g.members = apart;
    };
    for (const Expression& constraint : space.constraints) {
        merge_what_meets(without_base(closure_of_reads(space, constraint)));
    }
    for (std::size_t i = 0; i < n; ++i) {  // a free helper of two groups ties them
        Variables one(n);
        one[i] = !g.base[i];
        merge_what_meets(one);
    }
    std::erase_if(g.members, [](const Variables& group) { return std::ranges::find(group, true) == group.end(); });
    for (const Variables& group : g.members) {
        DimensionSet dimensions = 0;
        for (std::size_t d = 0; d < dimension_count; ++d) {
            dimensions = DimensionSet(dimensions | (group[d] ? set_of(Dimension(d)) : 0));
        }
        g.dimensions.push_back(dimensions);
    }
    return g;
}

/// Base variables that a group's formulas and constraints read: its parts depend on no others.
std::vector<std::size_t> read_of_base(const Space& space, const Grouping& g, const Variables& group)
{
    Variables read(space.variables.size());
    const auto add = [&](const Expression& e) {
        for (const int name : e.reads()) {
            read[std::size_t(name)] = true;
        }
    };
    for (std::size_t i = 0; i < space.variables.size(); ++i) {
        if (group[i] && space.variables[i].formula) {
            add(*space.variables[i].formula);
        }
    }
    for (const Expression& constraint : space.constraints) {
        if (meet(closure_of_reads(space, constraint), group)) {
            add(constraint);
        }
    }
    std::vector<std::size_t> names;
    for (std::size_t i = 0; i < read.size(); ++i) {
        if (read[i] && g.base[i]) {
            names.push_back(i);
        }
    }
    // What makes a part an architecture reads dimensions too, wherever they are.
    for (const Dimension each : {Dimension::heads, Dimension::kv_heads, Dimension::experts, Dimension::active}) {
        if (g.base[std::size_t(each)] && std::ranges::find(names, std::size_t(each)) == names.end()) {
            names.push_back(std::size_t(each));
        }
    }
    return names;
}

UniformDesign design_of(const std::vector<double>& values, DimensionSet dimensions)
{
    UniformDesign design;
    for (std::size_t d = 0; d < dimension_count; ++d) {
        if ((dimensions & set_of(Dimension(d))) != 0) {
            set(design, Dimension(d), values[d]);
        }
    }
    return design;
}

/// One expert is none, and a dense FFN has none active: then equal models are equal values.
void unify_dense(UniformDesign& design)
{
    if (design.experts <= 1) {
        design.experts = 0;
        design.active = 0;
    }
}

bool is_architecture(const std::vector<double>& values)
{
    const auto of = [&](Dimension d) { return values[std::size_t(d)]; };
    const double heads = of(Dimension::heads);
    const double kv_heads = of(Dimension::kv_heads);
    const double experts = of(Dimension::experts);
    const double active = of(Dimension::active);
    const bool groups = std::isnan(heads) || std::isnan(kv_heads) || std::fmod(heads, kv_heads) == 0;
    const bool mixture =
        std::isnan(experts) || std::isnan(active) || experts <= 1 || (active >= 1 && active <= experts);
    return groups && mixture;
}

void sort_unique(ProductSpace::Parts& parts)
{
    std::ranges::sort(parts);
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
}

}  // namespace

std::string_view word(Dimension dimension)
{
    return dimension_words[std::size_t(dimension)];
}

double value_of(const UniformDesign& d, Dimension dimension)
{
    const std::array<int, dimension_count> values{d.layers, d.d_model,    d.heads,   d.kv_heads, d.head_dim,
                                                  d.d_ffn,  d.vocabulary, d.experts, d.active,   int(d.tied)};
    return values[std::size_t(dimension)];
}

bool set_dimension(UniformDesign& design, Dimension dimension, double value)
{
    const std::size_t d = std::size_t(dimension);
    if (value != std::floor(value) || !(value >= least[d] && value <= most[d])) {
        return false;
    }
    set(design, dimension, value);
    return true;
}

std::vector<std::string> Space::names() const
{
    std::vector<std::string> all;
    for (const SpaceVariable& variable : variables) {
        all.push_back(variable.name);
    }
    return all;
}

double ProductSpace::Base::designs() const
{
    double product = 1;
    for (const auto& group : groups) {
        product *= double(group->size());
    }
    return product;
}

double ProductSpace::designs() const
{
    return std::accumulate(bases.begin(), bases.end(), 0.0,
                           [](double sum, const Base& b) { return sum + b.designs(); });
}

ProductSpace product_of(const Space& space, std::size_t most_parts)
{
    const std::vector<std::size_t> order = evaluation_order(space);
    const Grouping g = grouping_of(space);
    const Variables nothing(space.variables.size());

    ProductSpace product;
    product.groups = g.dimensions;
    DimensionSet base_dimensions = 0;
    for (std::size_t d = 0; d < dimension_count; ++d) {
        base_dimensions = DimensionSet(base_dimensions | (g.base[d] ? set_of(Dimension(d)) : 0));
    }

    struct GroupLists {
        Enumeration enumeration;
        std::vector<std::size_t> reads;
        std::map<std::vector<double>, std::shared_ptr<const ProductSpace::Parts>> known;
    };
    std::vector<GroupLists> lists;
    for (const Variables& group : g.members) {
        lists.push_back({Enumeration(space, order, group, g.base), read_of_base(space, g, group), {}});
    }

    std::size_t parts_in_all = 0;
    const auto count = [&](std::size_t more) {
        parts_in_all += more;
        if (parts_in_all > most_parts) {
            throw InputError("space",
                             fmt::format("formulas and constraints tie more than {} combinations together", most_parts),
                             "use fewer values, or constraints that read fewer dimensions");
        }
    };
    std::vector<double> values(space.variables.size(), unset);
    Enumeration(space, order, g.base, nothing).run(values, [&](std::vector<double>& at) {
        if (!is_architecture(at)) {
            return;
        }
        ProductSpace::Base base{design_of(at, base_dimensions), {}};
        for (std::size_t i = 0; i < lists.size(); ++i) {
            std::vector<double> key;
            for (const std::size_t variable : lists[i].reads) {
                key.push_back(at[variable]);
            }
            auto& list = lists[i].known[key];
            if (!list) {
                ProductSpace::Parts parts;
                std::vector<double> inner = at;
                lists[i].enumeration.run(inner, [&](const std::vector<double>& all) {
                    if (is_architecture(all)) {
                        count(1);
                        parts.push_back(design_of(all, g.dimensions[i]));
                        unify_dense(parts.back());
                    }
                });
                sort_unique(parts);
                list = std::make_shared<const ProductSpace::Parts>(std::move(parts));
            }
            base.groups.push_back(list);
        }
        count(1);
        if (base.designs() > 0) {
            product.bases.push_back(std::move(base));
        }
    });
    const auto same = [](const ProductSpace::Base& a, const ProductSpace::Base& b) {
        return a.design == b.design && a.groups == b.groups;
    };
    std::ranges::stable_sort(product.bases, {}, &ProductSpace::Base::design);
    product.bases.erase(std::unique(product.bases.begin(), product.bases.end(), same), product.bases.end());
    return product;
}

UniformDesign with_part(UniformDesign design, const UniformDesign& part, DimensionSet dimensions)
{
    const auto take = [&](Dimension dimension, auto UniformDesign::*member) {
        if ((dimensions & set_of(dimension)) != 0) {
            design.*member = part.*member;
        }
    };
    take(Dimension::layers, &UniformDesign::layers);
    take(Dimension::d_model, &UniformDesign::d_model);
    take(Dimension::heads, &UniformDesign::heads);
    take(Dimension::kv_heads, &UniformDesign::kv_heads);
    take(Dimension::head_dim, &UniformDesign::head_dim);
    take(Dimension::d_ffn, &UniformDesign::d_ffn);
    take(Dimension::vocabulary, &UniformDesign::vocabulary);
    take(Dimension::experts, &UniformDesign::experts);
    take(Dimension::active, &UniformDesign::active);
    take(Dimension::tied, &UniformDesign::tied);
    return design;
}

std::vector<UniformDesign> all_designs(const ProductSpace& product)
{
    std::vector<UniformDesign> all;
    const auto add = [&](auto&& self, const ProductSpace::Base& base, const UniformDesign& design,
                         std::size_t group) -> void {
        if (group == base.groups.size()) {
            all.push_back(design);
            return;
        }
        for (const UniformDesign& part : *base.groups[group]) {
            self(self, base, with_part(design, part, product.groups[group]), group + 1);
        }
    };
    for (const ProductSpace::Base& base : product.bases) {
        add(add, base, base.design, 0);
    }
    std::ranges::sort(all);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
}

}  // namespace slimline

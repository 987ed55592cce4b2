#include "validation/engine/position_tables.h"

#include <cmath>

namespace slimline::engine {

RopeTable rope_table(int rotated, int positions, const ModelConstants& constants, bool local)
{
    RopeTable table{.half = rotated / 2};
    const double base = local ? constants.local_rope_base : constants.rope_base;
    const double scale = local ? 1 : constants.rope_scale;
    const auto factor = [&](int i) {
        return std::size_t(i) < constants.rope_factors.size() ? constants.rope_factors[std::size_t(i)] : 1;
    };
    for (int position = 0; position < positions; ++position) {
        for (int i = 0; i < table.half; ++i) {
            const double angle = position * std::pow(base, -2.0 * i / rotated) / scale / factor(i);
            table.cosine.push_back(float(std::cos(angle)));
            table.sine.push_back(float(std::sin(angle)));
        }
    }
    return table;
}

int rotated_part(const Architecture& arch, const Attention& a)
{
    return arch.positions == Positions::rope ? int(a.head_dim * a.rope_fraction) / 2 * 2 : 0;
}

std::vector<float> alibi_slopes(const Architecture& arch, const Block& block)
{
    std::vector<float> slopes;
    const auto* a = std::get_if<Attention>(&block.mixer);
    for (int h = 0; a != nullptr && arch.positions == Positions::alibi && h < a->heads; ++h) {
        slopes.push_back(float(std::exp2(-8.0 * (h + 1) / a->heads)));
    }
    return slopes;
}

}  // namespace slimline::engine

#include "archspace/quality/format_loss.h"

#include <algorithm>
#include <cmath>

namespace slimline {

namespace {

double rise_of(const Law& law, const FormatRow& row, bool importance_matrix)
{
    const bool with = row.perplexity < 0 || (importance_matrix && row.importance_matrix >= 0);
    return std::log1p((with ? row.importance_matrix : row.perplexity) / law.reference_perplexity);
}

/// Letters compared without case and without making new texts: this runs once a design in a search.
bool same_name(std::string_view a, std::string_view b)
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
    return a.size() == b.size() &&
           std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

/// The mean of ln(rise) over the measured formats of the nearest number of bits on one side.
struct Neighbour {
    double bits = 0;
    double sum = 0;
    int count = 0;

    void offer(double row_bits, double rise, double wanted)
    {
        const bool nearer = count == 0 || std::abs(row_bits - wanted) < std::abs(bits - wanted);
        if (nearer) {
            *this = {row_bits, 0, 0};
        }
        if (row_bits == bits) {
            sum += std::log(rise);
            ++count;
        }
    }
};

double interpolated(const Law& law, const LawInputs& inputs)
{
    Neighbour below;
    Neighbour above;
    for (const FormatRow& row : law.formats) {
        const double rise = rise_of(law, row, inputs.importance_matrix);
        if (row.bits > 0 && rise > 0) {
            (row.bits <= inputs.format_bits ? below : above).offer(row.bits, rise, inputs.format_bits);
        }
    }
    if (below.count == 0 || above.count == 0) {
        const Neighbour& only = below.count == 0 ? above : below;
        return only.count == 0 ? std::numeric_limits<double>::quiet_NaN() : std::exp(only.sum / only.count);
    }
    const double share = (inputs.format_bits - below.bits) / (above.bits - below.bits);
    return std::exp((1 - share) * below.sum / below.count + share * above.sum / above.count);
}

}  // namespace

FormatRise reference_rise(const Law& law, const LawInputs& inputs)
{
    if (inputs.format.empty()) {
        return {};
    }
    for (const FormatRow& row : law.formats) {
        if (same_name(row.format, inputs.format)) {
            return {.log_perplexity = rise_of(law, row, inputs.importance_matrix)};
        }
    }
    if (inputs.format_bits >= 16) {
        return {};
    }
    return {.log_perplexity = interpolated(law, inputs), .measured = false};
}

}  // namespace slimline

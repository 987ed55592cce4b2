#include "explorer/packed_column.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <unordered_map>

#include <boost/archive/iterators/base64_from_binary.hpp>
#include <boost/archive/iterators/transform_width.hpp>

namespace slimline {

namespace {

static_assert(std::endian::native == std::endian::little, "browsers read the bytes as they stand here");

constexpr std::size_t few = 1000;
constexpr std::size_t most_distinct = 1 << 16;

std::string base64(const std::string& bytes)
{
    using namespace boost::archive::iterators;
    using Digits = base64_from_binary<transform_width<std::string::const_iterator, 6, 8>>;
    std::string padded = bytes;
    padded.append((3 - bytes.size() % 3) % 3, '\0');  // the iterators read whole groups of three
    std::string text(Digits(padded.cbegin()), Digits(padded.cend()));
    const std::size_t filled = padded.size() - bytes.size();
    return text.replace(text.size() - filled, filled, filled, '=');
}

template <class Number>
std::string bytes_of(const std::vector<Number>& numbers)
{
    std::string bytes(numbers.size() * sizeof(Number), '\0');
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
    return bytes;
}

/// Indices into the distinct values, in the order in which these appear; empty when there are too many of them.
std::vector<std::uint16_t> indexed(const std::vector<Json>& values, Json& distinct)
{
    std::vector<std::uint16_t> indices;
    std::unordered_map<Json, std::uint16_t> known;
    for (const Json& value : values) {
        const auto found = known.find(value);
        if (found != known.end()) {
            indices.push_back(found->second);
            continue;
        }
        if (known.size() == most_distinct) {
            return {};
        }
        indices.push_back(std::uint16_t(known.size()));
        known.emplace(value, indices.back());
        distinct.push_back(value);
    }
    return indices;
}

float single(const Json& value)
{
    return value.is_number() ? float(value.get<double>()) : std::numeric_limits<float>::quiet_NaN();
}

}  // namespace

Json packed_column(const ReportColumn& column)
{
    Json packed{{"name", column.name},
                {"title", column.title},
                {"unit", column.unit},
                {"text", column.text},
                {"measure", column.measure}};
    if (column.values.size() <= few) {
        packed["values"] = column.values;
        return packed;
    }
    Json distinct = Json::array();
    const std::vector<std::uint16_t> indices = indexed(column.values, distinct);
    if (!indices.empty() && distinct.size() <= 256) {
        packed["bytes"] = 1;
        packed["indices"] = base64(std::string(indices.begin(), indices.end()));
        packed["distinct"] = std::move(distinct);
    } else if (!column.text) {
        std::vector<float> floats;
        for (const Json& value : column.values) {
            floats.push_back(single(value));
        }
        packed["floats"] = base64(bytes_of(floats));
    } else if (!indices.empty()) {
        packed["bytes"] = 2;
        packed["indices"] = base64(bytes_of(indices));
        packed["distinct"] = std::move(distinct);
    } else {
        packed["values"] = column.values;
    }
    return packed;
}

}  // namespace slimline

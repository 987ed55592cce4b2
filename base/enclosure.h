#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

namespace slimline {

/// Every number from `low` to `high`: what a formula may give when its inputs lie in intervals. Ends are rounded to
/// nearest, not outward, so a bound may be off by the last bits. NaN ends mean that anything is possible.
struct Enclosure {
    double low = 0;
    double high = 0;

    constexpr Enclosure() = default;
    constexpr Enclosure(double value) : low(value), high(value) {}  // NOLINT: a number is an interval
    constexpr Enclosure(double least, double most) : low(least), high(most) {}

    static constexpr Enclosure anything()
    {
        return {-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};
    }
    constexpr bool contains(double x) const { return low <= x && x <= high; }
    constexpr bool operator==(const Enclosure&) const = default;
};

/// The smallest interval that holds both.
constexpr Enclosure hull(Enclosure a, Enclosure b)
{
    return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

/// infinity - infinity and 0 * infinity say nothing.
inline Enclosure defined(Enclosure a)
{
    return std::isnan(a.low) || std::isnan(a.high) ? Enclosure::anything() : a;
}

inline Enclosure operator+(Enclosure a, Enclosure b)
{
    return defined({a.low + b.low, a.high + b.high});
}
inline Enclosure operator-(Enclosure a)
{
    return {-a.high, -a.low};
}
inline Enclosure operator-(Enclosure a, Enclosure b)
{
    return a + -b;
}
inline Enclosure operator*(Enclosure a, Enclosure b)
{
    const auto times = [](double x, double y) { return x == 0 || y == 0 ? 0.0 : x * y; };
    const double products[] = {times(a.low, b.low), times(a.low, b.high), times(a.high, b.low), times(a.high, b.high)};
    const auto [least, most] = std::minmax_element(std::begin(products), std::end(products));
    return defined({*least, *most});
}
inline Enclosure operator/(Enclosure a, Enclosure b)
{
    return b.contains(0) ? Enclosure::anything() : a * Enclosure{1 / b.high, 1 / b.low};
}

/// Of a function that never falls.
template <class Function>
Enclosure rising(Enclosure a, Function&& f)
{
    return {f(a.low), f(a.high)};
}

inline Enclosure log(Enclosure a)
{
    return a.low < 0 ? Enclosure::anything() : rising(a, [](double x) { return std::log(x); });
}
inline Enclosure log2(Enclosure a)
{
    return a.low < 0 ? Enclosure::anything() : rising(a, [](double x) { return std::log2(x); });
}
inline Enclosure exp(Enclosure a)
{
    return rising(a, [](double x) { return std::exp(x); });
}
inline Enclosure expm1(Enclosure a)
{
    return rising(a, [](double x) { return std::expm1(x); });
}
inline Enclosure sqrt(Enclosure a)
{
    return a.low < 0 ? Enclosure::anything() : rising(a, [](double x) { return std::sqrt(x); });
}
inline Enclosure min(Enclosure a, Enclosure b)
{
    return {std::min(a.low, b.low), std::min(a.high, b.high)};
}
inline Enclosure max(Enclosure a, Enclosure b)
{
    return {std::max(a.low, b.low), std::max(a.high, b.high)};
}
inline Enclosure abs(Enclosure a)
{
    return a.low >= 0 ? a : a.high <= 0 ? -a : Enclosure{0, std::max(-a.low, a.high)};
}

/// Of a number that is not negative; for others anything is possible unless both are single numbers.
inline Enclosure pow(Enclosure base, Enclosure exponent)
{
    if (base.low == base.high && exponent.low == exponent.high) {
        return defined(std::pow(base.low, exponent.low));
    }
    if (base.low < 0) {
        return Enclosure::anything();
    }
    const double corners[] = {std::pow(base.low, exponent.low), std::pow(base.low, exponent.high),
                              std::pow(base.high, exponent.low), std::pow(base.high, exponent.high)};
    const auto [least, most] = std::minmax_element(std::begin(corners), std::end(corners));
    return defined({*least, *most});
}

/// `value` where a < b, else 0; both where that is not certain.
inline double where_less(double a, double b, double value)
{
    return a < b ? value : 0;
}
inline Enclosure where_less(Enclosure a, Enclosure b, Enclosure value)
{
    return a.high < b.low ? value : a.low >= b.high ? Enclosure{0} : hull(value, 0);
}

}  // namespace slimline

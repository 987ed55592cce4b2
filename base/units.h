#pragma once

#include <algorithm>
#include <cmath>
#include <compare>

namespace slimline {

/// A number with a dimension, in base units: bytes, floating-point operations, seconds, joules.
/// A multiply-accumulate is two FLOP. Products and quotients have their own dimension; a pure ratio is a double.
template <int B, int F, int S, int J>
struct Quantity {
    double value = 0;

    friend constexpr auto operator<=>(Quantity, Quantity) = default;
    friend constexpr Quantity operator+(Quantity a, Quantity b) { return {a.value + b.value}; }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return {a.value - b.value}; }
    friend constexpr Quantity operator*(Quantity a, double k) { return {a.value * k}; }
    friend constexpr Quantity operator*(double k, Quantity a) { return {a.value * k}; }
    friend constexpr Quantity operator/(Quantity a, double k) { return {a.value / k}; }
    constexpr Quantity& operator+=(Quantity b) { return value += b.value, *this; }
    constexpr Quantity& operator*=(double k) { return value *= k, *this; }
};

template <int B, int F, int S, int J>
constexpr auto of_dimension(double value)
{
    if constexpr (B == 0 && F == 0 && S == 0 && J == 0) {
        return value;
    } else {
        return Quantity<B, F, S, J>{value};
    }
}

template <int B, int F, int S, int J, int B2, int F2, int S2, int J2>
constexpr auto operator*(Quantity<B, F, S, J> a, Quantity<B2, F2, S2, J2> b)
{
    return of_dimension<B + B2, F + F2, S + S2, J + J2>(a.value * b.value);
}

template <int B, int F, int S, int J, int B2, int F2, int S2, int J2>
constexpr auto operator/(Quantity<B, F, S, J> a, Quantity<B2, F2, S2, J2> b)
{
    return of_dimension<B - B2, F - F2, S - S2, J - J2>(a.value / b.value);
}

using Bytes = Quantity<1, 0, 0, 0>;
using Flops = Quantity<0, 1, 0, 0>;
using Seconds = Quantity<0, 0, 1, 0>;
using Joules = Quantity<0, 0, 0, 1>;
using BytesPerSecond = Quantity<1, 0, -1, 0>;
using FlopsPerSecond = Quantity<0, 1, -1, 0>;
using Watts = Quantity<0, 0, -1, 1>;
using JoulesPerByte = Quantity<-1, 0, 0, 1>;
using JoulesPerFlop = Quantity<0, -1, 0, 1>;

inline constexpr double KiB = 1024.0;
inline constexpr double MiB = KiB * 1024.0;
inline constexpr double GiB = MiB * 1024.0;
inline constexpr double kilo = 1e3;
inline constexpr double mega = 1e6;
inline constexpr double giga = 1e9;
inline constexpr double tera = 1e12;
inline constexpr double milli = 1e-3;
inline constexpr double micro = 1e-6;
inline constexpr double nano = 1e-9;

}  // namespace slimline

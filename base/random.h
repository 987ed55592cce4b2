#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace slimline {

/// SplitMix64: one state word, any starting point, as fast as memory; the same numbers on every machine.
struct RandomBits {
    std::uint64_t state = 0;

    std::uint64_t next()
    {
        std::uint64_t z = (state += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }

    /// Uniform in [0, 1).
    double share() { return double(next() >> 11) * 0x1p-53; }

    void fill(void* to, std::size_t bytes)
    {
        auto* out = static_cast<unsigned char*>(to);
        for (; bytes >= 8; bytes -= 8, out += 8) {
            const std::uint64_t word = next();
            std::memcpy(out, &word, 8);
        }
        const std::uint64_t word = next();
        std::memcpy(out, &word, bytes);
    }
};

/// FNV-1a of a text, from a seed: numbers that depend on a name, not on what was drawn before.
constexpr std::uint64_t seed_of(std::uint64_t seed, std::string_view text)
{
    std::uint64_t h = seed ^ 0xcbf29ce484222325u;
    for (const char c : text) {
        h = (h ^ std::uint8_t(c)) * 0x100000001b3u;
    }
    return h;
}

}  // namespace slimline

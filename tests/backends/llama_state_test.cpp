// States of llama.cpp's sequences, as small ones made by hand.

#include <cstring>

#include <catch2/catch.hpp>

#include "validation/backends/llama_state.h"

using llama_bytes = std::vector<std::uint8_t>;
using slimline::llama::stretched_state;

namespace {

template <class Number>
void add(llama_bytes& bytes, Number value)
{
    const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
    bytes.insert(bytes.end(), from, from + sizeof value);
}

/// Of `layers` layers whose rows have `row` bytes: those of cell c are c + 10 for keys, c + 20 for values.
llama_bytes state_of(int cells, int layers, std::uint64_t row, std::uint32_t transposed = 0)
{
    llama_bytes s{0xd8, 1, 2, 3, 0, 0, 0, 0};
    add(s, std::uint32_t{1});
    add(s, std::uint32_t(cells));
    for (int cell = 0; cell < cells; ++cell) {
        add(s, std::int32_t(cell));
        add(s, std::uint32_t{1});
        add(s, std::int32_t{0});
    }
    add(s, transposed);
    add(s, std::uint32_t(layers));
    for (const int first : {10, 20}) {
        for (int layer = 0; layer < layers; ++layer) {
            add(s, std::int32_t{1});
            add(s, row);
            for (int cell = 0; cell < cells; ++cell) {
                s.insert(s.end(), std::size_t(row), std::uint8_t(first + cell));
            }
        }
    }
    return s;
}

}  // namespace

TEST_CASE("a stretched state repeats its cells at the positions that follow", "[backends][libllama]")
{
    const llama_bytes longer = stretched_state(state_of(2, 3, 4), 5);
    llama_bytes expected = state_of(5, 3, 4);
    REQUIRE(longer.size() == expected.size());
    const std::size_t rows = 8 + 4 + 4 + 5 * 12 + 4 + 4 + 12;
    CHECK(std::memcmp(longer.data(), expected.data(), rows) == 0);  // all up to the first layer's rows
    CHECK(llama_bytes(longer.begin() + long(rows), longer.begin() + long(rows) + 20) ==
          llama_bytes{10, 10, 10, 10, 11, 11, 11, 11, 10, 10, 10, 10, 11, 11, 11, 11, 10, 10, 10, 10});
    CHECK(stretched_state(state_of(3, 2, 8), 3) == state_of(3, 2, 8));
    CHECK(stretched_state(state_of(4, 1, 2), 2) == state_of(2, 1, 2));
}

TEST_CASE("a state of another form is stretched to nothing", "[backends][libllama]")
{
    const llama_bytes good = state_of(2, 3, 4);
    for (std::size_t size = 0; size < good.size(); ++size) {
        CHECK(stretched_state(std::span(good).first(size), 5).empty());
    }
    llama_bytes more = good;  // as of two caches, one behind the other
    more.insert(more.end(), good.begin(), good.end());
    CHECK(stretched_state(more, 5).empty());
    CHECK(stretched_state(state_of(2, 3, 4, 1), 5).empty());
    CHECK(stretched_state([] { llama_bytes s = state_of(2, 3, 4); s[59] = 0x40; return s; }(), 5).empty());
    CHECK(stretched_state(good, 0).empty());
    for (std::size_t at = 0; at < good.size(); ++at) {  // no byte makes it read beyond its end
        llama_bytes broken = good;
        broken[at] ^= 0xff;
        const llama_bytes longer = stretched_state(broken, 5);
        CHECK((longer.empty() || longer.size() == state_of(5, 3, 4).size()));
    }
}

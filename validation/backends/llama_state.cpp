#include "validation/backends/llama_state.h"

#include <cstring>
#include <optional>

namespace slimline::llama {

namespace {

/// Reads a state from its start to its end; after it has asked for more than there is, ok() is false.
class Reader {
 public:
    explicit Reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    template <class Number>
    Number number()
    {
        Number value{};
        if (const auto from = take(sizeof value); !from.empty()) {
            std::memcpy(&value, from.data(), sizeof value);
        }
        return value;
    }
    std::span<const std::uint8_t> take(std::size_t count)
    {
        ok_ = ok_ && count <= bytes_.size();
        const auto taken = bytes_.first(ok_ ? count : 0);
        bytes_ = bytes_.subspan(taken.size());
        return taken;
    }
    bool ok() const { return ok_; }
    bool at_end() const { return ok_ && bytes_.empty(); }

 private:
    std::span<const std::uint8_t> bytes_;
    bool ok_ = true;
};

class Writer {
 public:
    template <class Number>
    void number(Number value)
    {
        const auto* from = reinterpret_cast<const std::uint8_t*>(&value);
        bytes.insert(bytes.end(), from, from + sizeof value);
    }

    std::vector<std::uint8_t> bytes{};
};

/// Type and size of a row, and the rows of all cells.
bool stretch_rows(Reader& in, Writer& out, std::size_t cells, std::size_t length)
{
    constexpr std::uint64_t longest_row = 1 << 24;
    out.number(in.number<std::int32_t>());
    const auto row = in.number<std::uint64_t>();
    out.number(row);
    const auto rows = in.ok() && row > 0 && row <= longest_row ? in.take(std::size_t(row) * cells) : std::span<const std::uint8_t>();
    if (rows.empty()) {
        return false;
    }
    for (std::size_t cell = 0; cell < length; ++cell) {
        const auto from = rows.subspan(cell % cells * std::size_t(row), std::size_t(row));
        out.bytes.insert(out.bytes.end(), from.begin(), from.end());
    }
    return true;
}

}  // namespace

std::vector<std::uint8_t> stretched_state(std::span<const std::uint8_t> state, int length)
{
    constexpr std::uint32_t most_cells = 1 << 20;
    constexpr std::uint32_t most_layers = 1 << 12;
    constexpr std::size_t head = 8;  // a mark and flags
    Reader in(state);
    Writer out;
    const auto mark = in.take(head);
    out.bytes.assign(mark.begin(), mark.end());
    const auto streams = in.number<std::uint32_t>();
    const auto cells = in.number<std::uint32_t>();
    if (streams != 1 || cells == 0 || cells > most_cells || length < 1) {
        return {};
    }
    out.number(streams);
    out.number(std::uint32_t(length));
    std::uint32_t sequences = 0;  // that are named with a cell
    for (std::uint32_t cell = 0; cell < cells; ++cell) {
        const auto position = in.number<std::int32_t>();
        sequences = in.number<std::uint32_t>();
        in.take(std::size_t{4} * (sequences & 1));
        if (position != std::int32_t(cell) || sequences > 1) {
            return {};
        }
    }
    for (int position = 0; position < length; ++position) {
        out.number(std::int32_t(position));
        out.number(sequences);
        if (sequences == 1) {
            out.number(std::int32_t{0});
        }
    }
    const auto transposed = in.number<std::uint32_t>();
    const auto layers = in.number<std::uint32_t>();
    if (!in.ok() || transposed != 0 || layers == 0 || layers > most_layers) {
        return {};
    }
    out.number(transposed);
    out.number(layers);
    for (std::uint32_t each = 0; each < 2 * layers; ++each) {  // keys of all layers, then values
        if (!stretch_rows(in, out, cells, std::size_t(length))) {
            return {};
        }
    }
    return in.at_end() ? out.bytes : std::vector<std::uint8_t>();
}

}  // namespace slimline::llama

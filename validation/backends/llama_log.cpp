#include "validation/backends/llama_log.h"

#include "base/text.h"
#include "base/units.h"

namespace slimline::llama {

namespace {

/// The number between a mark and " MiB"; 0 when there is none.
double mebibytes_after(std::string_view line, std::string_view mark)
{
    const std::size_t found = line.find(mark);
    if (found == std::string_view::npos) {
        return 0;
    }
    std::string_view rest = line.substr(found + mark.size());
    while (!rest.empty() && (rest.front() == ' ' || rest.front() == '=')) {
        rest.remove_prefix(1);
    }
    double value = 0;
    const bool read = parse_number(rest.substr(0, rest.find(' ')), value);
    return read && value > 0 ? value * MiB : 0;
}

}  // namespace

void add_buffer_line(BufferSizes& sizes, std::string_view line)
{
    sizes.model += mebibytes_after(line, "model buffer size");
    sizes.repacked += mebibytes_after(line, "CPU_REPACK model buffer size");
    sizes.kv_cache += mebibytes_after(line, "KV buffer size");
    sizes.recurrent += mebibytes_after(line, "RS buffer size");
    if (const double compute = mebibytes_after(line, "compute buffer size"); compute > 0) {
        sizes.compute += compute;
        sizes.compute_buffers += 1;
    }
}

BufferSizes buffer_sizes(std::string_view log)
{
    BufferSizes sizes;
    for (const std::string& line : split(log, '\n')) {
        add_buffer_line(sizes, line);
    }
    return sizes;
}

}  // namespace slimline::llama

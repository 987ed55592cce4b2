#pragma once

#include <string>
#include <string_view>

namespace slimline::llama {

/// What llama.cpp prints of its buffers, in bytes (it prints MiB with two decimals).
struct BufferSizes {
    double model = 0;
    double repacked = 0;  // of it, what is held in another layout
    double kv_cache = 0;
    double recurrent = 0;  // state of layers without attention
    double compute = 0;
    int compute_buffers = 0;
};

/// Adds what a line of its log says, if it is of a buffer: "load_tensors:   CPU_Mapped model buffer size =   630.34 MiB".
void add_buffer_line(BufferSizes& sizes, std::string_view line);

/// Of a whole log.
BufferSizes buffer_sizes(std::string_view log);

}  // namespace slimline::llama

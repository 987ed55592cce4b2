#pragma once

#include <filesystem>
#include <iosfwd>

namespace slimline::llama {

/// Serves one library on two streams, a JSON object a line each way, until the input ends: the side of `libllama` that
/// runs in a process of its own. Requests have "do": load (model, kv_cache, context, chunk), run (phase, tokens, past,
/// threads, batch), logits (tokens, threads), memory. An answer with "error" says what went wrong; the first line says
/// which version this is.
int serve(const std::filesystem::path& folder, std::istream& in, std::ostream& out);

}  // namespace slimline::llama

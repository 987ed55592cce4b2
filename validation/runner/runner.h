#pragma once

#include <iosfwd>

namespace slimline::runner {

/// The version of what the two sides say; a runner of another version is refused by whoever asks.
inline constexpr int protocol_version = 1;

/// Serves the int4 engine and the micro-benchmarks on two streams, a JSON object a line each way, until the input ends. The
/// first line says what this is: `runner` (the version), `architecture` of the processor, `kernels`, `cores`. Requests have
/// "do":
///   load       architecture (architecture/1), mix, kv_cache, context, chunk, seed -> memory
///   run        phase, tokens, past, threads, batch -> seconds, stages
///   memory     -> weights, kv_cache, compute, peak_resident, in bytes
///   bandwidth  bytes, threads -> bytes_per_s: what reading a working set of this size reaches
///   file       path below /proc or /sys -> text: what the system says of itself, for a probe
///   quit
/// An answer with "error" says what was wrong with a request; the runner goes on. Any line is safe to send.
int serve(std::istream& in, std::ostream& out);

}  // namespace slimline::runner

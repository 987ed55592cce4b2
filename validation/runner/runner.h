#pragma once

#include <filesystem>
#include <iosfwd>

namespace slimline::runner {

/// The version of what the two sides say; a runner of another version is refused by whoever asks.
inline constexpr int protocol_version = 5;

/// When to end by itself, so that nothing stays behind on a device that nobody reaches any more. 0: never.
struct Limits {
    unsigned idle_s = 0;    // without a request
    unsigned answer_s = 0;  // over one answer, or one line of several
};

/// Serves the int4 engine, a llama-bench of the device and the micro-benchmarks on two streams, a JSON object a line each way, until the input ends. The
/// first line says what this is: `runner` (the version), `architecture` of the processor, `kernels`, `cores`, and `only` where the cores that it may use are not the first ones. Requests have
/// "do":
///   engine     program: a path of llama-bench, or a name on PATH; "" or none: ours -> version
///   load       model (a number of the asker's), architecture (architecture/1), mix, kv_cache, context, chunk, seed, program -> memory
///   run        model, phase, tokens, past, threads, batch -> seconds, stages, memory
///   memory     model -> weights, kv_cache, compute, resident (what loading it added), in bytes
///   unload     model
///   bandwidth  bytes, threads or cores -> bytes_per_s: what reading a working set of this size reaches
///   products   threads or cores -> flop_per_s: what products of 4-bit weights reach that stay in the caches
///   sustain    model, threads, seconds, every_s, rest_s, tokens, past, prompt -> a line with `sensors` (what tells power, what is
///              missing and why), one with `sample` for each span of the session as it ends, then `samples`: how many
///   file       path below /proc or /sys -> text: what the system says of itself, for a probe
///   quit
/// An answer with "error" says what was wrong with a request; the runner goes on. Any line is safe to send. Several models
/// may be loaded at a time, so that runs of them can be interleaved; a request without "model" means number 0.
/// Clocks, temperatures and power are read below `sys`.
int serve(std::istream& in, std::ostream& out, Limits limits = {}, const std::filesystem::path& sys = "/sys");

}  // namespace slimline::runner

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "archspace/architecture.h"
#include "archspace/weight_format.h"
#include "validation/phase.h"
#include "validation/sustained/session.h"

namespace slimline {

/// What is loaded to be timed: an architecture with random weights, and the room it gets.
struct TestModel {
    Architecture arch{};
    std::string mix = "Q4_0";  // id of a weight mix
    Format kv_cache = Format::f16;
    int context = 4096;        // positions that a sequence may have
    int chunk = 512;           // tokens that go through the layers together
    std::uint64_t seed = 1;
};

/// One thing to time on a loaded model.
struct TestCase {
    Phase phase = Phase::decode;
    int tokens = 1;  // of the prompt; or tokens to generate one after the other
    int past = 0;    // in the cache before the first of them
    int threads = 1;
    int batch = 1;   // sequences that decode together

    bool operator==(const TestCase&) const = default;
};

/// What an engine says it holds, in bytes; 0: it does not say.
struct PrintedMemory {
    double weights = 0;
    double kv_cache = 0;
    double compute = 0;
    double repacked = 0;  // weights that it holds a second time, in another layout
    double resident = 0;  // what loading and running it added to a process (the int4 engine, libllama), or a whole process' peak
};

/// An operator, or several that an engine runs as one, as it timed them.
struct TimedOperator {
    std::string name;  // as predictions call it ("ffn_up")
    double seconds = 0;
};

/// A model that an engine has in memory and can run again and again, so that what is compared can be interleaved.
class LoadedModel {
 public:
    virtual ~LoadedModel() = default;

    /// Runs the case once: seconds of the whole prompt, or of one generated token (the mean over `tokens`).
    /// Throws InputError when the engine fails, saying how.
    virtual double run(const TestCase& test) = 0;
    virtual PrintedMemory memory() const = 0;
    /// Of the last run, where the engine can say.
    virtual std::vector<TimedOperator> operator_times() const { return {}; }
    /// A long session, with the sensors of the machine that it runs on.
    virtual void sustain(const sustained::Session& session, int threads, const sustained::SessionListener& listener);
};

/// Runs the pieces of a long session on a model, which must outlive it.
std::function<double(const sustained::Piece&)> runner_of_pieces(LoadedModel& model, int threads);

/// Something that runs models on real hardware: our int4 engine, libllama, llama-bench.
class TestEngine {
 public:
    virtual ~TestEngine() = default;

    virtual std::string name() const = 0;     // "int4", "llama.cpp": what calibrations call the engine
    virtual std::string version() const = 0;  // of the engine, with what it chose at run time ("avx2")
    /// Throws InputError for what the engine cannot run, naming it.
    virtual std::unique_ptr<LoadedModel> load(const TestModel& model) = 0;
    /// Whether what is in the cache before a case has to be read once, token by token, rather than made up.
    virtual bool computes_past() const { return false; }
    /// Seconds since some moment: what budgets of time are counted by. An engine of a test has a clock of its own.
    virtual double now() const;
};

}  // namespace slimline

#include "validation/cuda/gpu_engine.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "base/errors.h"
#include "base/text.h"
#include "validation/cuda/gpu_pass.h"
#include "validation/engine/gguf_model.h"

namespace slimline::cuda {

namespace {

using engine::EngineOptions;

PassSizes sizes_of(const EngineOptions& options)
{
    return {std::max(options.chunk, options.sequences), options.sequences, options.context};
}

/// The model can be run, and fits; else nothing is allocated.
Architecture checked(const Device& device, const Architecture& arch, const std::vector<StoredTensor>& tensors,
                     const EngineOptions& options)
{
    require_runnable_on_gpu(arch, tensors, options.kv_cache);
    const PassBytes pass = GpuPass::bytes(device, arch, sizes_of(options));
    double needed = double(pass.cache) + double(pass.compute);
    for (const StoredTensor& stored : tensors) {
        needed += double(bytes_on_gpu(stored.tensor.rows == 1 ? Format::f32 : stored.format,
                                      stored.tensor.rows * stored.tensor.count, stored.tensor.columns));
    }
    const auto free = double(device.free_bytes());
    if (needed > free) {
        throw InputError(arch.id,
                         "needs " + display(Bytes{needed}) + " on " + device.name() + ", of which " +
                             display(Bytes{free}) + " are free",
                         "take a smaller model, context or chunk");
    }
    return arch;
}

}  // namespace

struct GpuEngine::State {
    std::shared_ptr<Device> device;
    Architecture arch;
    EngineOptions options;
    engine::ModelConstants constants;
    GpuWeights weights;
    GpuPass pass;
    std::vector<int> past;
    std::vector<int> filled;        // places of each sequence that hold keys and values, computed or made up
    std::map<int, int> recordings;  // by number of sequences
    std::vector<float> logits;

    State(std::shared_ptr<Device> d, Architecture a, engine::ModelConstants c, const engine::EngineWeights& w,
          const EngineOptions& o)
        : device(std::move(d)),
          arch(std::move(a)),
          options(o),
          constants(std::move(c)),
          weights(*device, w),
          pass(*device, arch, constants, weights, sizes_of(o)),
          past(std::size_t(o.sequences), 0),
          filled(std::size_t(o.sequences), 0)
    {
    }

    void require_room(int sequence, int more) const
    {
        if (past[std::size_t(sequence)] + more > options.context) {
            throw InputError(
                arch.id, "the sequence would be longer than the engine's context of " + std::to_string(options.context),
                "make the engine with a larger context");
        }
    }

    std::span<const float> read_logits(int rows)
    {
        logits.resize(std::size_t(rows) * std::size_t(arch.vocabulary));
        pass.read_logits(logits);
        return logits;
    }
};

GpuEngine::GpuEngine(std::shared_ptr<Device> device, const Architecture& arch, const WeightMix& mix,
                     const EngineOptions& options)
{
    Architecture a = checked(*device, arch, stored_tensors(arch, mix), options);
    kernels::ThreadTeam team(std::max(1, options.threads));
    const engine::EngineWeights weights = engine::random_weights(a, mix, options.seed, team);
    state_ = std::make_unique<State>(std::move(device), std::move(a), engine::ModelConstants{}, weights, options);
}

GpuEngine::GpuEngine(std::shared_ptr<Device> device, const engine::GgufModel& model, const EngineOptions& options)
{
    Architecture a = checked(*device, model.import.architecture, model.import.tensors, options);
    state_ =
        std::make_unique<State>(std::move(device), std::move(a), model.constants, engine::gguf_weights(model), options);
}

GpuEngine::~GpuEngine() = default;
GpuEngine::GpuEngine(GpuEngine&&) noexcept = default;

std::span<const float> GpuEngine::prefill(int sequence, std::span<const int> tokens)
{
    State& s = *state_;
    assert(!tokens.empty() && sequence < s.options.sequences);
    s.require_room(sequence, int(tokens.size()));
    int& past = s.past[std::size_t(sequence)];
    while (!tokens.empty()) {
        const auto chunk = tokens.first(std::min(std::size_t(s.options.chunk), tokens.size()));
        tokens = tokens.subspan(chunk.size());
        std::vector<int> positions;
        for (std::size_t i = 0; i < chunk.size(); ++i) {
            positions.push_back(past++);
        }
        s.pass.set_rows(chunk, std::vector<int>(chunk.size(), sequence), positions);
        s.pass.run(int(chunk.size()), tokens.empty() ? 1 : 0);
    }
    return s.read_logits(1);
}

std::span<const float> GpuEngine::decode(std::span<const int> tokens)
{
    State& s = *state_;
    const int count = int(tokens.size());
    assert(count > 0 && count <= s.options.sequences);
    std::vector<int> sequences;
    for (int sequence = 0; sequence < count; ++sequence) {
        s.require_room(sequence, 1);
        sequences.push_back(sequence);
    }
    s.pass.set_rows(tokens, sequences, std::span(s.past).first(std::size_t(count)));
    if (!s.recordings.contains(count)) {
        s.device->begin_recording();
        s.pass.run(count, count);
        s.recordings[count] = s.device->end_recording();
    }
    s.device->replay(s.recordings.at(count));
    for (int sequence = 0; sequence < count; ++sequence) {
        s.past[std::size_t(sequence)] += 1;
    }
    return s.read_logits(count);
}

std::size_t GpuEngine::logits_stride() const
{
    return std::size_t(state_->arch.vocabulary);
}

void GpuEngine::assume_past(int sequence, int positions)
{
    State& s = *state_;
    int& filled = s.filled[std::size_t(sequence)];
    filled = std::max(filled, s.past[std::size_t(sequence)]);
    s.past[std::size_t(sequence)] = 0;
    s.require_room(sequence, positions);
    if (filled < positions) {
        s.pass.fill_past(sequence, positions, s.options.seed);
        filled = positions;
    }
    s.past[std::size_t(sequence)] = positions;
}

int GpuEngine::past(int sequence) const
{
    return state_->past[std::size_t(sequence)];
}

const Architecture& GpuEngine::architecture() const
{
    return state_->arch;
}

engine::EngineMemory GpuEngine::memory() const
{
    const PassBytes pass = GpuPass::bytes(*state_->device, state_->arch, sizes_of(state_->options));
    return {.weights = state_->weights.bytes(), .kv_cache = double(pass.cache), .compute = double(pass.compute)};
}

}  // namespace slimline::cuda

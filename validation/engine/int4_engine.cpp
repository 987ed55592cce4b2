#include "validation/engine/int4_engine.h"

#include <cassert>
#include <map>
#include <memory>

#include "base/errors.h"
#include "validation/engine/forward_pass.h"
#include "validation/engine/gguf_model.h"
#include "validation/engine/position_tables.h"

namespace slimline::engine {

namespace {

std::vector<std::deque<KvCache>> make_caches(const Architecture& arch, const EngineOptions& options)
{
    std::vector<std::deque<KvCache>> caches(arch.layers.size());
    for (std::size_t layer = 0; layer < arch.layers.size(); ++layer) {
        const Block& block = arch.block_of(layer);
        if (const auto* a = std::get_if<Attention>(&block.mixer)) {
            for (int run = 0; run < block.runs; ++run) {
                caches[layer].emplace_back(options.kv_cache, a->kv_heads, a->head_dim, options.sequences, options.context);
            }
        }
    }
    return caches;
}

const Architecture& checked(const Architecture& arch, Format kv_cache)
{
    require_runnable(arch, kv_cache);
    return arch;
}

}  // namespace

struct Int4Engine::State {
    Architecture arch;
    EngineOptions options;
    kernels::ThreadTeam team;
    ModelConstants constants;
    std::shared_ptr<const EngineWeights> weights;
    std::vector<std::deque<KvCache>> caches;
    std::map<std::pair<int, bool>, RopeTable> ropes;  // by rotated part and whether there is a window
    std::vector<int> past;
    std::vector<int> filled;  // places of each sequence that hold keys and values, computed or made up
    std::vector<PassRow> rows;
    PassState pass;

    template <class MakeWeights>
    State(Architecture architecture, ModelConstants model_constants, const EngineOptions& o, MakeWeights&& make_weights)
        : arch(std::move(architecture)),
          options(o),
          team(o.threads),
          constants(std::move(model_constants)),
          weights(make_weights(checked(arch, o.kv_cache), team)),
          caches(make_caches(arch, o)),
          past(std::size_t(o.sequences), 0),
          filled(std::size_t(o.sequences), 0),
          pass{arch, *weights, o.kernels != nullptr ? *o.kernels : kernels::best_kernels(), team, caches, constants}
    {
        for (const Block& block : arch.blocks) {
            const auto* a = std::get_if<Attention>(&block.mixer);
            const int rotated = a != nullptr ? rotated_part(arch, *a) : 0;
            const std::pair<int, bool> key{rotated, a != nullptr && a->window > 0};
            if (rotated > 0 && ropes.find(key) == ropes.end()) {
                ropes.emplace(key, rope_table(rotated, options.context, constants, key.second));
            }
            pass.rope.push_back(rotated > 0 ? &ropes.at(key) : nullptr);
            pass.slopes.push_back(alibi_slopes(arch, block));
        }
        reserve(pass, std::max(options.chunk, options.sequences), options.sequences);
    }

    void require_room(int sequence, int more) const
    {
        if (past[std::size_t(sequence)] + more > options.context) {
            throw InputError(arch.id, "the sequence would be longer than the engine's context of " +
                                          std::to_string(options.context),
                             "make the engine with a larger context");
        }
    }
};

Int4Engine::Int4Engine(Architecture arch, const WeightMix& mix, const EngineOptions& options)
    : state_(std::make_unique<State>(std::move(arch), ModelConstants{}, options,
                                     [&](const Architecture& a, kernels::ThreadTeam& team) {
                                         return std::make_shared<const EngineWeights>(random_weights(a, mix, options.seed, team));
                                     }))
{
}
Int4Engine::Int4Engine(const GgufModel& model, const EngineOptions& options)
    : state_(std::make_unique<State>(model.import.architecture, model.constants, options,
                                     [&](const Architecture&, kernels::ThreadTeam&) { return std::make_shared<const EngineWeights>(gguf_weights(model)); }))
{
}
Int4Engine::Int4Engine(const Int4Engine& other, const EngineOptions& options)
    : state_(std::make_unique<State>(other.state_->arch, other.state_->constants, options,
                                     [&](const Architecture&, kernels::ThreadTeam&) { return other.state_->weights; }))
{
}
Int4Engine::~Int4Engine() = default;
Int4Engine::Int4Engine(Int4Engine&&) noexcept = default;

std::span<const float> Int4Engine::prefill(int sequence, std::span<const int> tokens)
{
    State& s = *state_;
    assert(!tokens.empty() && sequence < s.options.sequences);
    s.require_room(sequence, int(tokens.size()));
    int& past = s.past[std::size_t(sequence)];
    for (std::size_t begin = 0; begin < tokens.size(); begin += std::size_t(s.options.chunk)) {
        const auto chunk = tokens.subspan(begin, std::min(std::size_t(s.options.chunk), tokens.size() - begin));
        const bool last = begin + chunk.size() == tokens.size();
        s.rows.clear();
        for (const int token : chunk) {
            s.rows.push_back({token, sequence, past++, last && s.rows.size() + 1 == chunk.size()});
        }
        run_pass(s.pass, s.rows);
    }
    return {s.pass.logits.row(0), std::size_t(s.arch.vocabulary)};
}

std::span<const float> Int4Engine::decode(std::span<const int> tokens)
{
    State& s = *state_;
    assert(!tokens.empty() && int(tokens.size()) <= s.options.sequences);
    s.rows.clear();
    for (int sequence = 0; sequence < int(tokens.size()); ++sequence) {
        s.require_room(sequence, 1);
        s.rows.push_back({tokens[std::size_t(sequence)], sequence, s.past[std::size_t(sequence)], true});
    }
    for (std::size_t sequence = 0; sequence < tokens.size(); ++sequence) {
        s.past[sequence] += 1;
    }
    run_pass(s.pass, s.rows);
    return {s.pass.logits.row(0), tokens.size() * s.pass.logits.stride()};
}

std::size_t Int4Engine::logits_stride() const
{
    return state_->pass.logits.stride();
}

void Int4Engine::assume_past(int sequence, int positions)
{
    State& s = *state_;
    int& filled = s.filled[std::size_t(sequence)];
    filled = std::max(filled, s.past[std::size_t(sequence)]);
    s.past[std::size_t(sequence)] = 0;
    s.require_room(sequence, positions);
    for (std::size_t layer = 0; filled < positions && layer < s.caches.size(); ++layer) {
        for (KvCache& cache : s.caches[layer]) {
            cache.fill_random(sequence, positions, s.options.seed + layer);
        }
    }
    filled = std::max(filled, positions);
    s.past[std::size_t(sequence)] = positions;
}

int Int4Engine::past(int sequence) const
{
    return state_->past[std::size_t(sequence)];
}

const Architecture& Int4Engine::architecture() const
{
    return state_->arch;
}

EngineMemory Int4Engine::memory() const
{
    EngineMemory memory{.weights = state_->weights->bytes, .compute = state_->pass.bytes()};
    for (const auto& layer : state_->caches) {
        for (const KvCache& cache : layer) {
            memory.kv_cache += double(cache.bytes());
        }
    }
    return memory;
}

const StageTimes& Int4Engine::times() const
{
    return state_->pass.times;
}

void Int4Engine::reset_times()
{
    state_->pass.times = {};
}

}  // namespace slimline::engine

#include "validation/backends/llama_host.h"

#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <istream>
#include <ostream>
#include <map>
#include <string>
#include <vector>

#include "base/errors.h"
#include "base/json.h"
#include "base/resident_memory.h"
#include "base/text.h"
#include "validation/backends/llama_api.h"
#include "validation/backends/llama_log.h"
#include "validation/backends/llama_state.h"

namespace slimline::llama {

namespace {

constexpr std::int64_t most = 1 << 24;

/// What the library says while it works: buffer sizes, and its complaints for when it fails.
struct Log {
    std::string line;
    std::string complaints;
    BufferSizes sizes;

    static void take(int level, const char* text, void* user)
    {
        auto& log = *static_cast<Log*>(user);
        log.line += text;
        constexpr int warning = 3;  // ggml's levels: 2 info, 3 warning, 4 error; 5 goes on with the line before
        if ((level == warning || level == warning + 1) && log.complaints.size() < 2000) {
            log.complaints += text;
        }
        if (log.line.ends_with('\n')) {
            add_buffer_line(log.sizes, log.line);
            log.line.clear();
        }
    }
};

double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// One token for each entry, with its place.
class Tokens {
 public:
    void add(std::int32_t token, std::int32_t position, std::int32_t sequence, bool output)
    {
        token_.push_back(token);
        position_.push_back(position);
        sequence_.push_back(sequence);
        output_.push_back(std::int8_t(output));
    }

    Batch batch()
    {
        counts_.assign(token_.size(), 1);
        pointers_.clear();
        for (std::int32_t& sequence : sequence_) {
            pointers_.push_back(&sequence);
        }
        return {std::int32_t(token_.size()), token_.data(),    nullptr,       position_.data(), counts_.data(),
                pointers_.data(),            output_.data()};
    }

 private:
    std::vector<std::int32_t> token_{};
    std::vector<std::int32_t> position_{};
    std::vector<std::int32_t> sequence_{};
    std::vector<std::int32_t> counts_{};
    std::vector<std::int32_t*> pointers_{};
    std::vector<std::int8_t> output_{};
};

class Host {
 public:
    explicit Host(const std::filesystem::path& folder) : api_(open_library(folder))
    {
        api_.log_set(&Log::take, &log_);
        api_.load_backends(folder.c_str());
        api_.backend_init();
    }
    ~Host() { close(); }
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    Json greeting() const { return {{"version", api_.version()}, {"system", api_.system_info()}}; }

    Json answer(JsonObject& request)
    {
        const std::string what = request.text("do");
        Json result = what == "load"     ? load(request)
                      : what == "run"    ? run(request)
                      : what == "logits" ? logits(request)
                      : what == "memory" ? memory()
                                         : throw InputError("request", "unknown word '" + printable(what) + "'");
        request.done();
        return result;
    }

 private:
    [[noreturn]] void fail(const std::string& what) const
    {
        std::string reason = log_.complaints;
        std::replace(reason.begin(), reason.end(), '\n', ' ');
        throw InputError("llama.cpp", what, printable(reason, 600));
    }

    void close()
    {
        if (context_ != nullptr) {
            api_.free_context(std::exchange(context_, nullptr));
        }
        if (model_ != nullptr) {
            api_.free_model(std::exchange(model_, nullptr));
        }
    }

    Json load(JsonObject& request)
    {
        close();
        log_ = {};
        positions_ = int(request.integer("context", 1, most));
        chunk_ = int(request.integer("chunk", 1, most));
        cache_type_ = std::uint32_t(request.integer("kv_cache_type", 0, 255));
        const double before = resident_memory().now;
        model_ = api_.load_model(request.text("model").c_str(), api_.model_parameters());
        if (model_ == nullptr) {
            fail("the model cannot be loaded");
        }
        vocabulary_ = api_.vocabulary_size(api_.vocabulary(model_));
        if (vocabulary_ < 1) {
            fail("the model has no tokens");
        }
        make_context(1);
        resident_before_ = before;
        resident_at_first_ = resident_memory().peak - before;
        return memory();
    }

    /// The cache is the sequences' together: each has `positions_`.
    void make_context(int sequences)
    {
        if (context_ != nullptr) {
            api_.free_context(std::exchange(context_, nullptr));
        }
        log_.sizes.kv_cache = log_.sizes.recurrent = log_.sizes.compute = 0;
        Parameters p = api_.context_parameters();
        const auto asked = std::uint32_t((positions_ + 255) / 256 * 256 * sequences);
        const auto chunk = std::uint32_t(std::min(chunk_, int(asked)));
        set_field(p, ContextField::context, asked);
        set_field(p, ContextField::batch, std::uint32_t(std::max(2048, chunk_)));
        set_field(p, ContextField::ubatch, chunk);
        set_field(p, ContextField::sequences, std::uint32_t(sequences));
        set_field(p, ContextField::key_type, cache_type_);
        set_field(p, ContextField::value_type, cache_type_);
        set_field(p, ContextField::swa_full, 0);
        context_ = api_.make_context(model_, p);
        if (context_ == nullptr) {
            fail("no context could be made");
        }
        if (api_.context_size(context_) != asked || api_.ubatch(context_) != chunk ||
            api_.sequences(context_) != std::uint32_t(sequences)) {
            fail("it did not understand the parameters: asked for " + std::to_string(asked) + " positions, got " +
                 std::to_string(api_.context_size(context_)));
        }
        past_.assign(std::size_t(sequences), 0);
        kept_.clear();
        makes_up_ = true;
        use_threads(1);
        decode_from(0, 1);  // what is done once, is done now
        api_.clear(api_.memory(context_), true);
        past_[0] = 0;
    }

    void use_threads(int threads)
    {
        api_.set_threads(context_, threads, threads);
        if (api_.threads(context_) != threads) {
            fail("it did not take the number of threads");
        }
    }

    std::int32_t token_at(int position) const { return std::int32_t((7 + 31 * std::int64_t(position)) % vocabulary_); }

    void decode(Tokens& tokens)
    {
        log_.complaints.clear();
        if (const int status = api_.decode(context_, tokens.batch()); status != 0) {
            fail("decoding failed with status " + std::to_string(status));
        }
    }

    /// Reads `count` tokens into a sequence; the last one's logits are computed.
    void decode_from(int sequence, int count)
    {
        int& past = past_[std::size_t(sequence)];
        while (count > 0) {
            const int piece = std::min(count, std::max(2048, chunk_));
            Tokens tokens;
            for (int i = 0; i < piece; ++i, ++past) {
                tokens.add(token_at(past), past, sequence, i + 1 == piece);
            }
            decode(tokens);
            count -= piece;
        }
    }

    /// That loading and running the model added at most, without what is kept here to save time.
    double resident() const
    {
        ::malloc_trim(0);  // what copies of states left behind is not the library's
        return std::max(resident_at_first_, resident_memory().now - resident_before_ - kept_bytes());
    }

    double kept_bytes() const
    {
        double bytes = 0;
        for (const auto& [length, state] : kept_) {
            bytes += double(state.size());
        }
        return bytes;
    }

    /// What was read is the same each time, and reading it takes much longer than what is timed behind it.
    void keep_past(int sequence)
    {
        constexpr int short_past = 64;
        constexpr double most_kept = 1e9;  // bytes
        const int length = past_[std::size_t(sequence)];
        const std::size_t size = length < short_past ? 0 : api_.state_bytes(context_, sequence);
        if (size == 0 || kept_bytes() + double(size) > most_kept) {
            return;
        }
        std::vector<std::uint8_t> state(size);
        state.resize(api_.get_state(context_, state.data(), size, sequence));
        if (!state.empty()) {
            kept_[length] = std::move(state);
        }
    }

    void forget(int sequence)
    {
        api_.remove(api_.memory(context_), sequence, -1, -1);
        past_[std::size_t(sequence)] = 0;
    }

    bool put(int sequence, const std::vector<std::uint8_t>& state, int length)
    {
        forget(sequence);
        if (state.empty() || api_.set_state(context_, state.data(), state.size(), sequence) == 0) {
            forget(sequence);  // whatever it had taken by then
            return false;
        }
        past_[std::size_t(sequence)] = length;
        return true;
    }

    bool bring_back(int sequence, int length)
    {
        const auto found = kept_.find(length);
        if (found == kept_.end()) {
            return false;
        }
        if (!put(sequence, found->second, length)) {
            kept_.erase(found);
            return false;
        }
        return true;
    }

    /// Reads a few tokens and makes the rest up from them, where the library takes that.
    bool make_up(int sequence, int length)
    {
        constexpr int read = 64;
        if (length <= 2 * read || !makes_up_) {
            return false;
        }
        forget(sequence);
        decode_from(sequence, read);
        api_.synchronize(context_);
        std::vector<std::uint8_t> state(api_.state_bytes(context_, sequence));
        state.resize(api_.get_state(context_, state.data(), state.size(), sequence));
        makes_up_ = put(sequence, stretched_state(state, length), length);
        return makes_up_;
    }

    /// Brings a sequence to a length: by forgetting its end, by what was kept, by making it up, or by reading it all anew.
    void set_past(int sequence, int length)
    {
        int& past = past_[std::size_t(sequence)];
        if (past > length && length > 0 && api_.remove(api_.memory(context_), sequence, length, -1)) {
            past = length;
        } else if (past > length) {
            forget(sequence);
        }
        if (past < length && !bring_back(sequence, length)) {
            if (!make_up(sequence, length)) {
                decode_from(sequence, length - past);
            }
            keep_past(sequence);
        }
        api_.synchronize(context_);
    }

    Json run(JsonObject& request)
    {
        require_model();
        const std::string phase = request.text("phase");
        const int tokens = int(request.integer("tokens", 1, most));
        const int past = int(request.integer("past", 0, most));
        const int threads = int(request.integer("threads", 1, 1024));
        const int batch = int(request.integer("batch", 1, 64));
        if (past + tokens > positions_) {
            throw InputError("request", "needs more than the context of " + std::to_string(positions_));
        }
        if (batch != int(past_.size())) {
            make_context(batch);
        }
        use_threads(threads);
        for (int sequence = 0; sequence < batch; ++sequence) {
            set_past(sequence, past);
        }
        const double start = now();
        if (phase == "prefill") {
            for (int sequence = 0; sequence < batch; ++sequence) {
                decode_from(sequence, tokens);
            }
            api_.synchronize(context_);
            return {{"seconds", now() - start}};
        }
        for (int i = 0; i < tokens; ++i) {
            Tokens next;
            for (int sequence = 0; sequence < batch; ++sequence) {
                const int position = past_[std::size_t(sequence)]++;
                next.add(token_at(position), position, sequence, true);
            }
            decode(next);
            api_.synchronize(context_);
        }
        return {{"seconds", (now() - start) / tokens}};
    }

    Json logits(JsonObject& request)
    {
        require_model();
        std::vector<std::int32_t> list;
        for (const JsonPlace& each : request.at("tokens").items()) {
            list.push_back(std::int32_t(each.integer(0, vocabulary_ - 1)));
        }
        use_threads(int(request.integer("threads", 1, 1024)));
        if (int(list.size()) > positions_) {
            throw InputError("request", "needs more than the context of " + std::to_string(positions_));
        }
        if (past_.size() != 1) {
            make_context(1);
        }
        api_.clear(api_.memory(context_), true);
        past_[0] = 0;
        Json rows = Json::array();
        Tokens tokens;
        for (std::size_t i = 0; i < list.size(); ++i) {
            tokens.add(list[i], int(i), 0, true);
        }
        decode(tokens);
        past_[0] = int(list.size());
        for (std::size_t i = 0; i < list.size(); ++i) {
            const float* row = api_.logits(context_, std::int32_t(i));
            if (row == nullptr) {
                fail("it gave no logits");
            }
            rows.push_back(std::vector<float>(row, row + vocabulary_));
        }
        return {{"logits", std::move(rows)}};
    }

    Json memory() const
    {
        return {{"weights", api_.model_bytes(model_)},
                {"model_buffers", log_.sizes.model},
                {"kv_cache", log_.sizes.kv_cache},
                {"recurrent", log_.sizes.recurrent},
                {"compute", log_.sizes.compute},
                {"repacked", log_.sizes.repacked},
                {"resident", resident()},
                {"vocabulary", vocabulary_}};
    }

    void require_model() const
    {
        if (context_ == nullptr) {
            throw InputError("request", "there is no model yet");
        }
    }

    Api api_;
    Log log_{};
    Model* model_ = nullptr;
    Context* context_ = nullptr;
    int positions_ = 0;
    int chunk_ = 512;
    std::uint32_t cache_type_ = 1;
    std::int32_t vocabulary_ = 0;
    std::vector<int> past_{};
    std::map<int, std::vector<std::uint8_t>> kept_{};  // states of one sequence by their length
    double resident_before_ = 0;                       // bytes, before a model was loaded
    double resident_at_first_ = 0;                     // that loading it and a first token added, at most
    bool makes_up_ = true;                             // until it does not
};

void say(std::ostream& out, const Json& answer)
{
    out << answer.dump(-1, ' ', true, Json::error_handler_t::replace) << std::endl;
}

}  // namespace

int serve(const std::filesystem::path& folder, std::istream& in, std::ostream& out)
{
    try {
        Host host(folder);
        say(out, host.greeting());
        for (std::string line; std::getline(in, line);) {
            try {
                const JsonDocument document = parse_json("request", line);
                JsonObject request{JsonPlace(document)};
                say(out, host.answer(request));
            } catch (const InputError& error) {
                say(out, {{"error", error.what()}});
            }
        }
        return 0;
    } catch (const std::exception& error) {
        say(out, {{"error", error.what()}});
        return 2;
    }
}

}  // namespace slimline::llama

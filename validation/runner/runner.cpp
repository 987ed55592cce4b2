#include "validation/runner/runner.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <istream>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "archspace/architecture_json.h"
#include "archspace/weight_mix.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/text.h"
#include "validation/backends/dumpsys.h"
#include "validation/backends/int4_test_engine.h"
#include "validation/backends/llama_bench_engine.h"
#include "validation/backends/own_cores.h"
#include "validation/kernels/kernel_table.h"
#include "validation/kernels/product_rate.h"
#include "validation/kernels/read_bandwidth.h"
#include "validation/kernels/thread_team.h"
#include "validation/sustained/session.h"

namespace slimline::runner {

namespace {

constexpr std::int64_t most_positions = 1 << 20;
constexpr std::int64_t most_threads = 1024;
constexpr std::int64_t most_models = 1000;
constexpr std::size_t longest_line = std::size_t{16} << 20;

std::string processor()
{
    utsname name{};
    return ::uname(&name) == 0 ? name.machine : "unknown";
}

Format format_at(const JsonPlace& place)
{
    const auto format = format_named(place.text());
    if (!format) {
        place.fail("no format '" + printable(place.text()) + "'", did_you_mean(place.text(), format_names()));
    }
    return *format;
}

/// Sends a line before the answer; false when nobody hears it.
using Say = std::function<bool(const Json&)>;

class Runner {
 public:
    Runner(std::filesystem::path sys, Say say) : sys_(std::move(sys)), say_(std::move(say)) {}

    Json greeting() const
    {
        Json said{{"runner", protocol_version},
                  {"architecture", processor()},
                  {"kernels", std::string(kernels::best_kernels().name)},
                  {"cores", std::max(1U, std::thread::hardware_concurrency())}};
        if (const std::vector<int> only = own_cores_if_special(); !only.empty()) {
            said["only"] = only;
        }
        return said;
    }

    Json answer(JsonObject& request)
    {
        const std::string what = request.text("do");
        Json result = what == "engine"      ? version(request)
                      : what == "load"      ? load(request)
                      : what == "run"       ? run(request)
                      : what == "memory"    ? memory(number_of(request))
                      : what == "unload"    ? unload(request)
                      : what == "sustain"   ? sustain(request)
                      : what == "bandwidth" ? bandwidth(request)
                      : what == "products"  ? products(request)
                      : what == "file"      ? file(request)
                                            : throw InputError("request", "unknown word '" + printable(what) + "'");
        request.done();
        return result;
    }

 private:
    static int number_of(JsonObject& request) { return int(request.integer_or("model", 0, 0, most_models - 1)); }

    Json load(JsonObject& request)
    {
        const int number = number_of(request);
        models_.erase(number);  // before the next one takes its memory
        const JsonPlace arch = request.at("architecture");
        TestModel model{.arch = read_architecture(arch), .mix = request.text("mix")};
        mix_named(model.mix);  // throws for what is none
        model.kv_cache = request.has("kv_cache") ? format_at(request.at("kv_cache")) : Format::f16;
        model.context = int(request.integer("context", 1, most_positions));
        model.chunk = int(request.integer("chunk", 1, 65536));
        model.seed = std::uint64_t(request.integer_or("seed", 1, 0, std::int64_t{1} << 53));
        models_.emplace(number, engine(request).load(model));
        return memory(number);
    }

    Json version(JsonObject& request) { return {{"version", engine(request).version()}}; }

    /// Ours, or a llama-bench that is found to be one at its first use.
    TestEngine& engine(JsonObject& request)
    {
        const std::string program = request.text_or("program", "");
        std::unique_ptr<TestEngine>& engine = engines_[program];
        if (!engine) {
            if (!program.empty() && !std::filesystem::path(program).filename().string().starts_with("llama-bench")) {
                request.at("program").fail("'" + printable(program) + "' is not llama-bench");
            }
            engine = program.empty() ? int4_test_engine() : std::make_unique<LlamaBenchEngine>(LlamaBenchOptions{.program = program});
        }
        return *engine;
    }

    Json unload(JsonObject& request)
    {
        models_.erase(number_of(request));
        return Json::object();
    }

    LoadedModel& model(int number)
    {
        const auto found = models_.find(number);
        if (found == models_.end()) {
            throw InputError("request", "there is no model " + std::to_string(number), "load it first");
        }
        return *found->second;
    }

    Json run(JsonObject& request)
    {
        const int number = number_of(request);
        LoadedModel& timed = model(number);
        const std::string phase = request.text("phase");
        if (phase != "prefill" && phase != "decode") {
            request.at("phase").fail("is neither prefill nor decode");
        }
        const double seconds = timed.run({.phase = phase == "prefill" ? Phase::prefill : Phase::decode,
                                          .tokens = int(request.integer("tokens", 1, most_positions)),
                                          .past = int(request.integer_or("past", 0, 0, most_positions)),
                                          .threads = int(request.integer_or("threads", 1, 1, most_threads)),
                                          .batch = int(request.integer_or("batch", 1, 1, 64))});
        Json stages = Json::object();
        for (const TimedOperator& stage : timed.operator_times()) {
            stages[stage.name] = stage.seconds;
        }
        return {{"seconds", seconds}, {"stages", std::move(stages)}, {"memory", memory(number)}};
    }

    Json sustain(JsonObject& request)
    {
        using namespace sustained;
        LoadedModel& timed = model(number_of(request));
        const int threads = int(request.integer_or("threads", 1, 1, most_threads));
        const Session session{.seconds = request.number("seconds", {0, most_session_s}),
                              .every_s = request.number_or("every_s", 1, {least_every_s, most_every_s}),
                              .rest_s = request.number_or("rest_s", 0, {0, most_session_s}),
                              .tokens = int(request.integer("tokens", 1, most_positions)),
                              .past = int(request.integer_or("past", 0, 0, most_positions)),
                              .prompt = int(request.integer_or("prompt", 0, 0, most_positions))};
        request.done();  // before the first line
        Sensors sensors(sys_, dumpsys());
        say_({{"sensors", to_json(sensors.list())}});
        std::int64_t samples = 0;
        run_session(session, sensors, runner_of_pieces(timed, threads), [&](const Sample& sample) {
            ++samples;
            return say_({{"sample", to_json(sample)}});
        });
        return {{"samples", samples}};
    }

    Json memory(int number)
    {
        const PrintedMemory held = model(number).memory();
        return {{"weights", held.weights}, {"kv_cache", held.kv_cache}, {"compute", held.compute}, {"resident", held.resident}};
    }

    static Json bandwidth(JsonObject& request)
    {
        const auto bytes = std::size_t(request.integer("bytes", 4096, std::int64_t{4} << 30));
        const std::unique_ptr<kernels::ThreadTeam> team = team_of(request);
        return {{"bytes_per_s", kernels::read_bandwidth(*team, bytes)}};
    }

    static Json products(JsonObject& request)
    {
        const std::unique_ptr<kernels::ThreadTeam> team = team_of(request);
        return {{"flop_per_s", kernels::product_rate(*team)}};
    }

    /// On `cores`, or so many `threads`.
    static std::unique_ptr<kernels::ThreadTeam> team_of(JsonObject& request)
    {
        const auto named = request.find("cores");
        if (!named) {
            return std::make_unique<kernels::ThreadTeam>(int(request.integer_or("threads", 1, 1, most_threads)));
        }
        std::vector<int> cores;
        for (const JsonPlace& each : named->items()) {
            cores.push_back(int(each.integer(0, most_threads - 1)));
            if (std::ranges::count(cores, cores.back()) > 1) {
                each.fail("is named twice");
            }
        }
        if (cores.empty()) {
            named->fail("names no core");
        }
        return std::make_unique<kernels::ThreadTeam>(cores);
    }

    /// Only what tells about the machine: nobody reads other files through a runner.
    static Json file(JsonObject& request)
    {
        const JsonPlace place = request.at("path");
        const std::string path = place.text();
        const bool known =
            path == "/proc/cpuinfo" || path == "/proc/meminfo" || path.starts_with("/sys/devices/system/cpu/");
        if (!known || path.find("..") != std::string::npos) {
            place.fail("is none of the files that a probe reads",
                       "ask for /proc/cpuinfo, /proc/meminfo or the CPU's in /sys");
        }
        std::ifstream in(path);
        std::string text(std::size_t{1} << 18, '\0');
        in.read(text.data(), std::streamsize(text.size()));
        text.resize(std::size_t(in.gcount()));
        return {{"text", text}};
    }

    std::filesystem::path sys_;
    Say say_;
    std::map<std::string, std::unique_ptr<TestEngine>> engines_;  // by their programs; "": ours
    std::map<int, std::unique_ptr<LoadedModel>> models_;
};

void say(std::ostream& out, const Json& answer)
{
    out << answer.dump(-1, ' ', true, Json::error_handler_t::replace) << std::endl;
}

/// The next line without its end; nothing at the end of input. Of a line that is too long, only so much is kept.
std::optional<std::string> next_line(std::istream& in)
{
    std::string line;
    for (char c = 0; in.get(c);) {
        if (c == '\n') {
            return line;
        }
        if (line.size() <= longest_line) {
            line += c;
        }
    }
    return line.empty() ? std::nullopt : std::optional(line);
}

Json answer_to(Runner& runner, const std::string& line)
{
    try {
        if (line.size() > longest_line) {
            throw InputError("request", "is longer than 16 MiB");
        }
        const JsonDocument document = parse_json("request", line);
        JsonObject request{JsonPlace(document)};
        return runner.answer(request);
    } catch (const InputError& error) {
        return {{"error", error.what()}};
    } catch (const std::bad_alloc&) {
        return {{"error", "there is not enough memory on this device; choose a smaller model or context"}};
    }
}

}  // namespace

int serve(std::istream& in, std::ostream& out, Limits limits, const std::filesystem::path& sys)
{
    Runner runner(sys, [&](const Json& line) {
        ::alarm(limits.answer_s);
        say(out, line);
        return bool(out);
    });
    say(out, runner.greeting());
    // An alarm ends the process, whatever it is at.
    for (::alarm(limits.idle_s); const auto line = next_line(in); ::alarm(limits.idle_s)) {
        if (*line == R"({"do":"quit"})") {
            break;
        }
        ::alarm(limits.answer_s);
        say(out, answer_to(runner, *line));
        if (!out) {
            return 2;
        }
    }
    ::alarm(0);
    return 0;
}

}  // namespace slimline::runner

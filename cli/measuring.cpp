#include "cli/measuring.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>

#include <fmt/format.h>

#include "archspace/weight_mix.h"
#include "base/errors.h"
#include "base/text.h"
#include "validation/backends/own_cores.h"
#include "validation/backends/test_engines.h"
#include "validation/transport/remote_engine.h"

namespace slimline {

namespace {

constexpr double least_time_s = 1e-3;

volatile std::sig_atomic_t stop_asked = 0;

void ask_to_stop(int)
{
    stop_asked = 1;
}

double now()
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

void append_target_options(OptionList& list, TargetOptions& options)
{
    list.push_back({.name = "--target",
                    .value_name = "TARGET",
                    .help = "where to measure: local, ssh:user@host[:port], adb[:serial] (docs/devices.md); default: in this process",
                    .target = &options.target});
    list.push_back({.name = "--runner",
                    .value_name = "FILE",
                    .help = "slimline-runner to send to the target; default: the one for its processor beside this program",
                    .target = &options.runner,
                    .takes_file = true});
    list.push_back({.name = "--keep-runner",
                    .help = "leave the runner on the target, so that it need not be sent again; otherwise nothing stays there",
                    .target = &options.keep_runner});
    list.push_back({.name = "--cores",
                    .value_name = "LIST",
                    .help = "run on these cores only (4-7 or 0-3,6), as a device of their own; default: all, the fastest first",
                    .target = &options.cores});
    list.push_back({.name = "--timeout", .value_name = "TIME", .help = "longest wait for one answer of the target", .target = &options.timeout});
}

void append_measuring_options(OptionList& list, MeasuringOptions& options)
{
    append_target_options(list, options.where);
    list.push_back({.name = "--backend",
                    .value_name = "NAME",
                    .help = "engine to run, or the path of a llama-bench",
                    .target = &options.backend,
                    .choices = test_engine_names(),
                    .or_path = true});
    list.push_back({.name = "--threads",
                    .value_name = "N,N",
                    .help = "numbers of threads; default: 1 and all cores",
                    .target = &options.threads});
    list.push_back({.name = "--budget", .value_name = "TIME", .help = "time to measure for: 90s, 2m", .target = &options.budget});
    list.push_back({.name = "--quant",
                    .value_name = "NAME",
                    .help = "weight format or mix of the models that are run",
                    .target = &options.quant,
                    .ids_of = "quants"});
    list.push_back({.name = "--seed",
                    .value_name = "N",
                    .help = "of what is drawn at random",
                    .target = &options.seed,
                    .least = 0,
                    .most = 1'000'000'000});
}

std::vector<int> thread_counts(const std::string& text, std::vector<int> fallback)
{
    if (text.empty()) {
        std::ranges::sort(fallback);
        fallback.erase(std::unique(fallback.begin(), fallback.end()), fallback.end());
        return fallback;
    }
    std::vector<int> counts;
    for (const std::string& word : split(text, ',')) {
        long long count = 0;
        if (!parse_integer(word, count) || count < 1 || count > 1024) {
            throw InputError("option --threads", "'" + printable(word) + "' is no number of threads", "write 1,2");
        }
        if (std::ranges::find(counts, int(count)) == counts.end()) {
            counts.push_back(int(count));
        }
    }
    return counts;
}

double seconds_of(const std::string& option, const std::string& text, double least)
{
    constexpr double most = 86400;
    const bool unit = !text.empty() && (text.back() == 's' || text.back() == 'm');
    double number = 0;
    if (!parse_number(text.substr(0, text.size() - (unit ? 1 : 0)), number)) {
        throw InputError(option, "'" + printable(text) + "' is no time", "write 90s or 2m");
    }
    const double seconds = number * (unit && text.back() == 'm' ? 60 : 1);
    if (!(seconds >= least) || seconds > most) {
        throw InputError(option, "'" + printable(text) + "' is not between " + significant(least) + " s and a day", "write 90s or 2m");
    }
    return seconds;
}

double seconds_named(const std::string& text)
{
    return seconds_of("option --budget", text, least_time_s);
}

namespace {

/// "4-7" or "0-3,6"; none of "".
std::vector<int> cores_named(const std::string& text)
{
    if (text.empty()) {
        return {};
    }
    try {
        return core_numbers(text);
    } catch (const InputError& error) {
        throw InputError("option --cores", error.what());
    }
}

/// Named cores alone are another process's, on this machine too: the threads of this one are there already.
bool is_elsewhere(const TargetOptions& options)
{
    return !options.target.empty() || !options.cores.empty();
}

LinkOptions link_of(const TargetOptions& options)
{
    LinkOptions link{.target = target_named(options.target.empty() ? "local" : options.target), .runner = options.runner, .keep_runner = options.keep_runner};
    link.cores = cores_named(options.cores);
    link.timeout = std::chrono::seconds(std::max(1, int(seconds_of("option --timeout", options.timeout, least_time_s))));
    link.cancelled = [] { return stop_asked != 0; };
    return link;
}

}  // namespace

std::unique_ptr<RemoteEngine> connected(const TargetOptions& options)
{
    return is_elsewhere(options) ? std::make_unique<RemoteEngine>(link_of(options)) : nullptr;
}

std::string target_id(const TargetOptions& options)
{
    return device_id_of(link_of(options));
}

MeasuringPlace measuring_place(const MeasuringOptions& options)
{
    if (options.where.target.empty() && !options.where.cores.empty() && options.backend == "libllama") {
        throw InputError("option --cores", "libllama runs in a process of its own, which takes the cores that this one has",
                         "start slimline with taskset -c, or measure with int4 or llama-bench");
    }
    return is_elsewhere(options.where) ? place_on_target(options.backend, link_of(options.where)) : place_here(options.backend);
}

ProgressLine::ProgressLine(Console& console, double budget_s)
    : console_(console), budget_s_(budget_s), start_(now()), terminal_(::isatty(STDERR_FILENO) != 0)
{
    stop_asked = 0;
    old_handler_ = std::signal(SIGINT, ask_to_stop);
}

ProgressLine::~ProgressLine()
{
    std::signal(SIGINT, old_handler_);
    if (terminal_) {
        console_.err << "\r\x1b[K" << std::flush;
    }
}

Watcher ProgressLine::watcher()
{
    return {.progress = [this](const std::string& what, double done) { show(what, done); },
            .cancelled = [] { return stop_asked != 0; }};
}

void ProgressLine::show(const std::string& what, double)
{
    const double spent = now() - start_;
    if (!terminal_ || now() - shown_ < 0.2) {
        return;
    }
    shown_ = now();
    const double left = std::max(0.0, budget_s_ - spent);
    console_.err << "\r\x1b[K" << fmt::format("{:3.0f} s left: {}", left, what.substr(0, 100)) << std::flush;
}

}  // namespace slimline

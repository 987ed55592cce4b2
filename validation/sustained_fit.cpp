#include "validation/sustained_fit.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/errors.h"
#include "validation/statistics.h"
#include "validation/throttle_fit.h"

namespace slimline {

namespace {

using sustained::Doing;
using sustained::Reading;
using sustained::Sample;

std::vector<Sample> those(const SustainedRun& run, Doing doing)
{
    std::vector<Sample> found;
    std::ranges::copy_if(run.samples, std::back_inserter(found), [&](const Sample& s) { return s.doing == doing; });
    return found;
}

std::span<const Sample> later_half(const std::vector<Sample>& samples)
{
    return std::span(samples).subspan(samples.size() / 2);
}

double median_power(std::span<const Sample> samples)
{
    std::vector<double> powers;
    for (const Sample& sample : samples) {
        if (sample.readings.power_w) {
            powers.push_back(*sample.readings.power_w);
        }
    }
    return median(powers);
}

SustainedPhase phase_of(const std::vector<Sample>& samples, double begin_s)
{
    std::vector<SpeedSample> speeds;
    for (const Sample& sample : samples) {
        speeds.push_back({(sample.start_s + sample.end_s) / 2 - begin_s, sample.tokens_per_s()});
    }
    const ThrottleFit fit = fit_throttling(speeds);
    return {.samples = fit.samples,
            .first_tokens_per_s = fit.first,
            .share = fit.share(),
            .share_low = fit.share_low,
            .share_high = fit.share_high,
            .time_constant = {fit.tau_s},
            .settled = fit.settled,
            .noise = fit.noise,
            .power = {median_power(later_half(samples))}};
}

/// Joules of a token, from the power and the time of the same samples.
double energy_of_a_token(const std::vector<Sample>& decode)
{
    std::vector<double> joules;
    for (const Sample& sample : later_half(decode)) {
        if (sample.readings.power_w) {
            joules.push_back(*sample.readings.power_w * sample.busy_s / sample.tokens);
        }
    }
    return median(joules);
}

/// The median over samples of the largest reading of each; 0 where there is none.
double typical_largest(std::span<const Sample> samples, std::vector<Reading> sustained::Readings::*readings)
{
    std::vector<double> largest;
    for (const Sample& sample : samples) {
        const std::vector<Reading>& all = sample.readings.*readings;
        if (!all.empty()) {
            largest.push_back(std::ranges::max_element(all, {}, &Reading::value)->value);
        }
    }
    return median(largest);
}

}  // namespace

sustained::Session session_of(const SustainedOptions& options)
{
    constexpr double samples = 200;
    constexpr double least_s = 0.1;
    constexpr double most_s = 5;
    constexpr int past = 128;
    constexpr int prompt = 128;
    constexpr int most_tokens = 64;
    return {.seconds = options.seconds,
            .every_s = std::clamp(options.seconds / samples, least_s, most_s),
            .rest_s = options.rest_s,
            .tokens = most_tokens,
            .past = past,
            .prompt = prompt};
}

SustainedRun run_sustained(TestEngine& engine, const SustainedOptions& options, const Watcher& watcher)
{
    SustainedRun run{.engine = engine.name(),
                     .version = engine.version(),
                     .device = options.device,
                     .threads = options.threads,
                     .model = options.name,
                     .arch = options.model.arch,
                     .mix = options.model.mix,
                     .session = session_of(options)};
    watcher.progress("loading a model for a long session", 0);
    const double whole_s = run.session.rest_s + run.session.seconds;
    try {
        const std::unique_ptr<LoadedModel> model = engine.load(options.model);
        model->sustain(run.session, options.threads,
                       {.sensors = [&](const sustained::SensorList& list) { run.sensors = list; },
                        .sample =
                            [&](const Sample& sample) {
                                run.samples.push_back(sample);
                                watcher.progress(
                                    sample.doing == Doing::idle
                                        ? std::string("resting")
                                        : fmt::format("{:.0f} s of a long session, {:.1f} tokens/s",
                                                      sample.end_s - run.session.rest_s, sample.tokens_per_s()),
                                    std::min(1.0, sample.end_s / whole_s));
                                run.cut_short = watcher.cancelled();
                                return !run.cut_short;
                            }});
    } catch (const InputError& error) {
        if (run.samples.empty()) {
            throw;
        }
        run.cut_short = true;
        run.failure = watcher.cancelled() ? "" : error.what();
    }
    return run;
}

SustainedSpeed learn_sustained(const SustainedRun& run)
{
    const std::vector<Sample> decode = those(run, Doing::decode);
    const std::vector<Sample> prefill = those(run, Doing::prefill);
    const std::vector<Sample> idle = those(run, Doing::idle);
    const double begin_s = decode.empty() ? 0 : decode.front().start_s;
    const std::size_t tenth = std::max<std::size_t>(1, decode.size() / 10);
    SustainedSpeed speed{.model = run.model, .mix = run.mix, .decode = phase_of(decode, begin_s)};
    speed.length = {run.samples.back().end_s - begin_s};
    if (prefill.size() >= std::size_t(enough_speed_samples)) {
        speed.prefill = phase_of(prefill, begin_s);
    }
    speed.idle_power = {median_power(later_half(idle))};
    speed.energy_per_token = {energy_of_a_token(decode)};
    speed.power_source = speed.decode.power.value > 0 ? run.sensors.power_source : "";
    const std::span<const Sample> all = decode;
    using sustained::Readings;
    speed.first_clock_hz = typical_largest(all.first(tenth), &Readings::clocks_hz);
    speed.last_clock_hz = typical_largest(all.last(tenth), &Readings::clocks_hz);
    speed.first_temperature_c = typical_largest(all.first(tenth), &Readings::temperatures_c);
    speed.last_temperature_c = typical_largest(all.last(tenth), &Readings::temperatures_c);
    speed.missing = run.sensors.missing;
    return speed;
}

}  // namespace slimline

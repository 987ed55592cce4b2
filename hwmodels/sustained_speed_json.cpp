#include "hwmodels/sustained_speed_json.h"
#include "hwmodels/six_digits.h"

#include <cstdlib>

#include <fmt/format.h>

namespace slimline {

namespace {

constexpr Range watts{0, 1e5};
constexpr Range clock_ghz{0, 1e3};
constexpr Range temperature_c{-100, 300};

SustainedPhase read_phase(const JsonPlace& place)
{
    JsonObject object(place);
    const SustainedPhase phase{.samples = int(object.integer("samples", 1, 100'000'000)),
                               .first_tokens_per_s = object.number("first_tokens_per_s", {1e-9, 1e12}),
                               .share = object.number("share", {1e-3, 1}),
                               .share_low = object.number("share_low", Range::share()),
                               .share_high = object.number("share_high", Range::share()),
                               .time_constant = {object.number_or("time_constant_s", 0, {0, 1e6})},
                               .settled = object.boolean_or("settled", true),
                               .noise = object.number("noise", {0, 1e3}),
                               .power = {object.number_or("power_W", 0, watts)}};
    object.done();
    if (phase.share < phase.share_low || phase.share > phase.share_high) {
        place.fail("share is not between share_low and share_high");
    }
    if (phase.time_constant.value == 0 && phase.share != 1) {
        place.fail("has a share below 1 but no time_constant_s");
    }
    return phase;
}

Json phase_json(const SustainedPhase& phase)
{
    Json json{{"samples", phase.samples},
              {"first_tokens_per_s", six_digits(phase.first_tokens_per_s)},
              {"share", six_digits(phase.share)},
              {"share_low", six_digits(phase.share_low)},
              {"share_high", six_digits(phase.share_high)}};
    if (phase.time_constant.value > 0) {
        json["time_constant_s"] = six_digits(phase.time_constant.value);
        json["settled"] = phase.settled;
    }
    json["noise"] = six_digits(phase.noise);
    if (phase.power.value > 0) {
        json["power_W"] = six_digits(phase.power.value);
    }
    return json;
}

}  // namespace

SustainedSpeed read_sustained_speed(const JsonPlace& place)
{
    JsonObject object(place);
    SustainedSpeed speed{.length = {object.number("session_s", {1e-3, 1e6})},
                         .model = object.text("model"),
                         .mix = object.text("mix"),
                         .decode = read_phase(object.at("decode"))};
    if (const auto prefill = object.find("prefill")) {
        speed.prefill = read_phase(*prefill);
    }
    speed.idle_power = {object.number_or("idle_power_W", 0, watts)};
    speed.energy_per_token = {object.number_or("energy_J_per_token", 0, {0, 1e9})};
    speed.power_source = object.text_or("power_source", "");
    speed.first_clock_hz = object.number_or("first_clock_GHz", 0, clock_ghz) * giga;
    speed.last_clock_hz = object.number_or("last_clock_GHz", 0, clock_ghz) * giga;
    speed.first_temperature_c = object.number_or("first_temperature_C", 0, temperature_c);
    speed.last_temperature_c = object.number_or("last_temperature_C", 0, temperature_c);
    speed.missing = object.texts_or_none("missing");
    object.done();
    return speed;
}

Json to_json(const SustainedSpeed& speed)
{
    Json json{{"session_s", six_digits(speed.length.value)},
              {"model", speed.model},
              {"mix", speed.mix},
              {"decode", phase_json(speed.decode)}};
    if (speed.prefill.samples > 0) {
        json["prefill"] = phase_json(speed.prefill);
    }
    const auto put = [&](const char* key, double value) {
        if (value != 0) {
            json[key] = six_digits(value);
        }
    };
    put("idle_power_W", speed.idle_power.value);
    put("energy_J_per_token", speed.energy_per_token.value);
    if (!speed.power_source.empty()) {
        json["power_source"] = speed.power_source;
    }
    put("first_clock_GHz", speed.first_clock_hz / giga);
    put("last_clock_GHz", speed.last_clock_hz / giga);
    put("first_temperature_C", speed.first_temperature_c);
    put("last_temperature_C", speed.last_temperature_c);
    if (!speed.missing.empty()) {
        json["missing"] = speed.missing;
    }
    return json;
}

}  // namespace slimline

#include "validation/sustained/sample.h"

#include "base/text.h"
#include "base/units.h"

namespace slimline::sustained {

namespace {

constexpr std::pair<std::string_view, Doing> words[] = {
    {"idle", Doing::idle}, {"decode", Doing::decode}, {"prefill", Doing::prefill}};

constexpr Range time_s{0, 1e6};
constexpr Range clock_hz{1, 1e12};
constexpr Range temperature_c{-100, 300};
constexpr Range power_w{0, 1e5};
constexpr std::size_t most_readings = 256;
constexpr std::size_t longest_text = 300;

Json readings_json(const std::vector<Reading>& readings)
{
    Json json = Json::object();
    for (const Reading& each : readings) {
        json[each.name] = each.value;
    }
    return json;
}

std::vector<Reading> read_readings(JsonObject& object, const char* key, Range range)
{
    std::vector<Reading> readings;
    const auto place = object.find(key);
    if (!place) {
        return readings;
    }
    for (const auto& [name, value] : place->members()) {
        readings.push_back({printable(name), value.number(range)});
    }
    if (readings.size() > most_readings) {
        place->fail("has more than " + std::to_string(most_readings) + " readings");
    }
    return readings;
}

}  // namespace

Json to_json(const Sample& sample)
{
    Json json{{"doing", std::string(word_of<Doing>(sample.doing, words))},
              {"start_s", sample.start_s},
              {"end_s", sample.end_s}};
    if (sample.doing != Doing::idle) {
        json["tokens"] = sample.tokens;
        json["busy_s"] = sample.busy_s;
    }
    const auto put = [&](const char* key, const std::vector<Reading>& readings) {
        if (!readings.empty()) {
            json[key] = readings_json(readings);
        }
    };
    put("clocks_Hz", sample.readings.clocks_hz);
    put("temperatures_C", sample.readings.temperatures_c);
    put("powers_W", sample.readings.powers_w);
    if (sample.readings.power_w) {
        json["power_W"] = *sample.readings.power_w;
    }
    return json;
}

Sample read_sample(const JsonPlace& place)
{
    JsonObject object(place);
    Sample sample{.doing = object.one_of<Doing>("doing", words),
                  .start_s = object.number("start_s", time_s),
                  .end_s = object.number("end_s", time_s)};
    if (sample.doing != Doing::idle) {
        sample.tokens = object.number("tokens", {1, 1e12});
        sample.busy_s = object.number("busy_s", {1e-9, 1e6});
    }
    sample.readings.clocks_hz = read_readings(object, "clocks_Hz", clock_hz);
    sample.readings.temperatures_c = read_readings(object, "temperatures_C", temperature_c);
    sample.readings.powers_w = read_readings(object, "powers_W", power_w);
    if (const auto power = object.find("power_W")) {
        sample.readings.power_w = power->number(power_w);
    }
    object.done();
    if (sample.end_s < sample.start_s) {
        place.fail("ends before it starts");
    }
    return sample;
}

Json to_json(const SensorList& sensors)
{
    return {{"power_source", sensors.power_source}, {"missing", sensors.missing}};
}

SensorList read_sensor_list(const JsonPlace& place)
{
    JsonObject object(place);
    SensorList sensors{.power_source = printable(object.text("power_source"), longest_text)};
    for (const std::string& each : object.texts_or_none("missing")) {
        sensors.missing.push_back(printable(each, longest_text));
    }
    object.done();
    if (sensors.missing.size() > most_readings) {
        place.fail("has more than " + std::to_string(most_readings) + " reasons");
    }
    return sensors;
}

}  // namespace slimline::sustained

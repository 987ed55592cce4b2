#include "hwmodels/device_json.h"

#include <cmath>
#include <cstdlib>
#include <set>

#include <fmt/format.h>

#include "base/files.h"

namespace slimline {

namespace {

constexpr double pico = 1e-12;

// Wide enough for a wrist watch and for a rack, narrow enough to catch a wrong unit.
constexpr Range bandwidth_GBps{1e-3, 1e6};
constexpr Range capacity_GiB{1e-3, 1e6};
constexpr Range rate_T{1e-6, 1e6};
constexpr Range power_W{1e-3, 1e5};

/// Drops the last digits, which multiplying by a unit and dividing by it again may change.
Json tidy(double number)
{
    const double near = std::strtod(fmt::format("{:.12g}", number).c_str(), nullptr);
    return near == std::floor(near) && std::abs(near) < 1e15 ? Json(std::int64_t(near)) : Json(near);
}

void put(Json& object, const char* key, double number)
{
    if (number != 0) {
        object[key] = tidy(number);
    }
}

void put(Json& object, const char* key, const std::string& text)
{
    if (!text.empty()) {
        object[key] = text;
    }
}

std::string id_of(JsonObject& object)
{
    const JsonPlace place = object.at("id");
    std::string id = place.text();
    const bool plain = !id.empty() && id.size() <= 80 &&
                       id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") == std::string::npos &&
                       id.front() != '.' && id.find("--") == std::string::npos;
    if (!plain) {
        place.fail("an id has 1 to 80 of a-z, 0-9, '-', '.', '_', starts with no '.' and has no '--'", "rename it");
    }
    return id;
}

std::string name_of(JsonObject& object)
{
    const JsonPlace place = object.at("name");
    std::string name = place.text();
    if (name.empty()) {
        place.fail("must not be empty");
    }
    return name;
}

std::vector<Source> read_sources(const JsonPlace& place)
{
    std::vector<Source> sources;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        sources.push_back({.origin = object.text("origin"),
                           .title = object.text("title"),
                           .reference = object.text_or("reference", "")});
        object.done();
    }
    if (sources.empty()) {
        place.fail("names no source",
                   "say where the numbers come from, or {\"origin\": \"unverified\", \"title\": \"...\"}");
    }
    return sources;
}

/// Each must lead to a value of the file, so that a pointer does not outlive a rename.
std::vector<std::string> read_unverified(const JsonPlace& place, const Json& root)
{
    std::vector<std::string> pointers;
    for (const JsonPlace& item : place.items()) {
        const std::string text = item.text();
        bool found = false;
        try {
            found = !text.empty() && root.contains(Json::json_pointer(text));
        } catch (const Json::exception&) {
            found = false;
        }
        if (!found) {
            item.fail("leads to no value of this file", "write a JSON pointer such as /memory/bandwidth_GBps");
        }
        pointers.push_back(text);
    }
    return pointers;
}

Memory read_memory(const JsonPlace& place)
{
    JsonObject object(place);
    Memory memory{.kind = object.text("kind"),
                  .capacity = {object.number("capacity_GiB", capacity_GiB) * GiB},
                  .bandwidth = {object.number("bandwidth_GBps", bandwidth_GBps) * giga},
                  .energy = {object.number_or("energy_pJ_per_byte", 0, {0.01, 1e5}) * pico}};
    object.done();
    return memory;
}

CoreCluster read_cluster(const JsonPlace& place)
{
    JsonObject object(place);
    CoreCluster cluster{.name = object.text("name"),
                        .cores = int(object.integer("cores", 1, 4096)),
                        .clock_hz = object.number("clock_GHz", {0.01, 20}) * giga,
                        .int8_macs_per_cycle = object.number("int8_MACs_per_cycle", {0.01, 65536})};
    object.done();
    return cluster;
}

Cache read_cache(const JsonPlace& place)
{
    JsonObject object(place);
    Cache cache{.name = object.text("name"),
                .size = {object.number("size_MiB", {1e-3, 1e6}) * MiB},
                .bandwidth = {object.number_or("bandwidth_GBps", 0, {1e-3, 1e7}) * giga}};
    object.done();
    return cache;
}

std::vector<BandwidthPoint> read_bandwidth_points(const JsonPlace& place)
{
    std::vector<BandwidthPoint> points;
    for (const JsonPlace& item : place.items()) {
        JsonObject object(item);
        const BandwidthPoint point{.working_set = {object.number("working_set_MiB", {1e-6, 1e9}) * MiB},
                                   .bandwidth = {object.number("bandwidth_GBps", {1e-3, 1e7}) * giga}};
        object.done();
        if (!points.empty() && point.working_set <= points.back().working_set) {
            item.fail("working_set_MiB must rise from point to point", "sort the points");
        }
        points.push_back(point);
    }
    return points;
}

FlopsPerSecond read_rate(JsonObject& rates, Arithmetic arithmetic)
{
    return {rates.number_or(word(arithmetic), 0, rate_T) * tera};
}

Backend read_backend(const JsonPlace& place)
{
    JsonObject object(place);
    Backend backend;
    backend.kind = object.one_of<BackendKind>("kind", backend_words);
    backend.name = name_of(object);
    backend.interfaces = object.texts_or_none("interfaces");
    if (const auto flops = object.find("peak_TFLOPS")) {
        JsonObject rates(*flops);
        backend.peak[std::size_t(Arithmetic::fp32)] = read_rate(rates, Arithmetic::fp32);
        backend.peak[std::size_t(Arithmetic::fp16)] = read_rate(rates, Arithmetic::fp16);
        rates.done();
    }
    if (const auto ops = object.find("peak_TOPS")) {
        JsonObject rates(*ops);
        backend.peak[std::size_t(Arithmetic::int8)] = read_rate(rates, Arithmetic::int8);
        backend.peak[std::size_t(Arithmetic::int4)] = read_rate(rates, Arithmetic::int4);
        rates.done();
    }
    backend.bandwidth = {object.number_or("bandwidth_GBps", 0, bandwidth_GBps) * giga};
    backend.memory = {object.number_or("memory_GiB", 0, capacity_GiB) * GiB};
    if (const auto clusters = object.find("clusters")) {
        for (const JsonPlace& item : clusters->items()) {
            backend.clusters.push_back(read_cluster(item));
        }
    }
    if (const auto caches = object.find("caches")) {
        for (const JsonPlace& item : caches->items()) {
            backend.caches.push_back(read_cache(item));
        }
    }
    if (const auto points = object.find("bandwidth_by_working_set")) {
        backend.bandwidth_by_working_set = read_bandwidth_points(*points);
    }
    if (const auto sets = object.find("instruction_sets")) {
        for (const JsonPlace& item : sets->items()) {
            backend.instruction_sets.push_back(item.one_of<InstructionSet>(instruction_set_words));
        }
    }
    backend.compute_units = int(object.integer_or("compute_units", 0, 1, 1'000'000));
    backend.power = {object.number_or("power_W", 0, power_W)};
    object.done();
    if (peak_rate(backend, Arithmetic::int8, 0).value <= 0) {
        place.fail("says no compute rate", "give peak_TFLOPS, peak_TOPS or clusters");
    }
    return backend;
}

std::vector<Backend> read_backends(const JsonPlace& place)
{
    std::vector<Backend> backends;
    std::set<BackendKind> kinds;
    for (const JsonPlace& item : place.items()) {
        backends.push_back(read_backend(item));
        if (!kinds.insert(backends.back().kind).second) {
            item.fail("is the second backend of kind '" + std::string(word(backends.back().kind)) + "'",
                      "keep one of each kind");
        }
    }
    if (backends.empty()) {
        place.fail("has no backend", "add one of kind cpu, gpu or npu");
    }
    return backends;
}

Json rates_json(const Backend& backend, Arithmetic first, Arithmetic second)
{
    Json rates = Json::object();
    for (const Arithmetic each : {first, second}) {
        put(rates, std::string(word(each)).c_str(), backend.peak[std::size_t(each)].value / tera);
    }
    return rates;
}

template <class Item, class Function>
void put_list(Json& object, const char* key, const std::vector<Item>& items, Function&& item_json)
{
    if (items.empty()) {
        return;
    }
    Json list = Json::array();
    for (const Item& item : items) {
        list.push_back(item_json(item));
    }
    object[key] = std::move(list);
}

Json cluster_json(const CoreCluster& cluster)
{
    return {{"name", cluster.name},
            {"cores", cluster.cores},
            {"clock_GHz", tidy(cluster.clock_hz / giga)},
            {"int8_MACs_per_cycle", tidy(cluster.int8_macs_per_cycle)}};
}

Json cache_json(const Cache& cache)
{
    Json object{{"name", cache.name}, {"size_MiB", tidy(cache.size.value / MiB)}};
    put(object, "bandwidth_GBps", cache.bandwidth.value / giga);
    return object;
}

Json point_json(const BandwidthPoint& point)
{
    return {{"working_set_MiB", tidy(point.working_set.value / MiB)},
            {"bandwidth_GBps", tidy(point.bandwidth.value / giga)}};
}

Json backend_json(const Backend& backend)
{
    Json object{{"kind", std::string(word(backend.kind))}, {"name", backend.name}};
    if (!backend.interfaces.empty()) {
        object["interfaces"] = backend.interfaces;
    }
    if (Json rates = rates_json(backend, Arithmetic::fp32, Arithmetic::fp16); !rates.empty()) {
        object["peak_TFLOPS"] = std::move(rates);
    }
    if (Json rates = rates_json(backend, Arithmetic::int8, Arithmetic::int4); !rates.empty()) {
        object["peak_TOPS"] = std::move(rates);
    }
    put(object, "bandwidth_GBps", backend.bandwidth.value / giga);
    put(object, "memory_GiB", backend.memory.value / GiB);
    put_list(object, "clusters", backend.clusters, cluster_json);
    put_list(object, "caches", backend.caches, cache_json);
    put_list(object, "bandwidth_by_working_set", backend.bandwidth_by_working_set, point_json);
    put_list(object, "instruction_sets", backend.instruction_sets,
             [](InstructionSet each) { return std::string(word_of<InstructionSet>(each, instruction_set_words)); });
    if (backend.compute_units > 0) {
        object["compute_units"] = backend.compute_units;
    }
    put(object, "power_W", backend.power.value);
    return object;
}

Json memory_json(const Memory& memory)
{
    Json object{{"kind", memory.kind},
                {"capacity_GiB", tidy(memory.capacity.value / GiB)},
                {"bandwidth_GBps", tidy(memory.bandwidth.value / giga)}};
    put(object, "energy_pJ_per_byte", memory.energy.value / pico);
    return object;
}

Json source_json(const Source& source)
{
    Json object{{"origin", source.origin}, {"title", source.title}};
    put(object, "reference", source.reference);
    return object;
}

}  // namespace

Device read_device(const JsonPlace& place)
{
    JsonObject object(place);
    expect_format(object, "device/1");
    Device device;
    device.id = id_of(object);
    device.name = name_of(object);
    device.soc = object.text_or("soc", "");
    device.device_class = object.text("class");
    device.memory = read_memory(object.at("memory"));
    device.flash_bandwidth = {object.number_or("flash_bandwidth_GBps", 0, bandwidth_GBps) * giga};
    device.backends = read_backends(object.at("backends"));
    device.process_nm = object.number_or("process_nm", 0, {0.1, 1000});
    device.idle_power = {object.number_or("idle_power_W", 0, power_W)};
    if (const auto limits = object.find("power_limits_W")) {
        for (const JsonPlace& item : limits->items()) {
            device.power_limits.push_back({item.number(power_W)});
        }
    }
    device.price_usd = object.number_or("price_USD", 0, {0.01, 1e9});
    device.area_mm2 = object.number_or("area_mm2", 0, {0.01, 1e6});
    if (const auto unverified = object.find("unverified")) {
        device.unverified = read_unverified(*unverified, place.value());
    }
    device.sources = read_sources(object.at("sources"));
    device.note = object.text_or("note", "");
    object.done();
    return device;
}

Json to_json(const Device& device)
{
    Json object{{"format", "device/1"}, {"id", device.id}, {"name", device.name}};
    put(object, "soc", device.soc);
    object["class"] = device.device_class;
    object["memory"] = memory_json(device.memory);
    put(object, "flash_bandwidth_GBps", device.flash_bandwidth.value / giga);
    put_list(object, "backends", device.backends, backend_json);
    put(object, "process_nm", device.process_nm);
    put(object, "idle_power_W", device.idle_power.value);
    put_list(object, "power_limits_W", device.power_limits, [](Watts watts) { return tidy(watts.value); });
    put(object, "price_USD", device.price_usd);
    put(object, "area_mm2", device.area_mm2);
    if (!device.unverified.empty()) {
        object["unverified"] = device.unverified;
    }
    put_list(object, "sources", device.sources, source_json);
    put(object, "note", device.note);
    return object;
}

Device load_device(const std::string& id_or_path)
{
    const JsonDocument document = load_json(find_data_file(id_or_path, "devices", "device"));
    return read_device(JsonPlace(document));
}

Device read_device_reference(const JsonPlace& place)
{
    return place.is_text() ? at_place(place, [&] { return load_device(place.text()); }) : read_device(place);
}

}  // namespace slimline

#include <cmath>

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "base/files.h"
#include "hwmodels/device_json.h"
#include "tests/support/toy.h"

using namespace slimline;

namespace {

Device read(const Json& json)
{
    const JsonDocument document = parse_json("device.json", json.dump(1));
    return read_device(JsonPlace(document));
}

std::string complaint(const Json& json)
{
    try {
        read(json);
    } catch (const InputError& error) {
        return error.what();
    }
    return {};
}

struct Change {
    std::string pointer;
    Json value;
};

Json changed(const Change& change)
{
    Json json = to_json(toy_device());
    json[Json::json_pointer(change.pointer)] = change.value;
    return json;
}

}  // namespace

TEST_CASE("a device written and read again is the same", "[hwmodels]")
{
    CHECK(to_json(read(to_json(toy_device()))) == to_json(toy_device()));
    Device device = toy_device();
    device.backends[0].interfaces = {"cuda"};
    device.backends[0].caches = {{.name = "L2", .size = {4 * MiB}, .bandwidth = {500e9}}};
    device.backends[0].bandwidth_by_working_set = {{.working_set = {1 * MiB}, .bandwidth = {400e9}},
                                                   {.working_set = {1 * GiB}, .bandwidth = {90e9}}};
    device.power_limits = {{7}, {15}};
    device.unverified = {"/memory/bandwidth_GBps"};
    CHECK(to_json(read(to_json(device))) == to_json(device));
}

TEST_CASE("a broken device is refused in one line that names the place", "[hwmodels]")
{
    const Change change = GENERATE(values<Change>({
        {"/format", "device/2"},
        {"/format", "architecture/1"},
        {"/format", 1},
        {"/id", ""},
        {"/id", "Upper Case"},
        {"/id", "two--dashes"},
        {"/id", "../escape"},
        {"/id", ".hidden"},
        {"/name", ""},
        {"/name", 5},
        {"/memory", 5},
        {"/memory/bandwidth_GBps", 0},
        {"/memory/bandwidth_GBps", -100},
        {"/memory/bandwidth_GBps", "fast"},
        {"/memory/bandwidth_GBps", nullptr},
        {"/memory/bandwidth_GBps", 1e12},
        {"/memory/capacity_GiB", 0},
        {"/memory/capacity_GB", 8},
        {"/memory/energy_pJ_per_byte", -1},
        {"/flash_bandwidth_GBps", -1},
        {"/backends", Json::array()},
        {"/backends", "gpu"},
        {"/backends/0/kind", "tpu"},
        {"/backends/0/kind", "cpu"},  // there is one already
        {"/backends/0/peak_TFLOPS", Json{{"fp15", 1}}},
        {"/backends/0/peak_TFLOPS", Json{{"int8", 1}}},
        {"/backends/0/peak_TOPS", Json{{"int8", -1}}},
        {"/backends/0/peak_TOPS", 5},
        {"/backends/0/power_W", 0},
        {"/backends/0/memory_GiB", "much"},
        {"/backends/0/compute_units", 2.5},
        {"/backends/0/interfaces", "cuda"},
        {"/backends/0/interfaces", Json::array({1})},
        {"/backends/0/caches", Json::parse(R"([{"name": "L2"}])")},
        {"/backends/0/caches", Json::parse(R"([{"name": "L2", "size_MiB": 0}])")},
        {"/backends/0/bandwidth_by_working_set",
         Json::parse(R"([{"working_set_MiB": 2, "bandwidth_GBps": 1}, {"working_set_MiB": 1, "bandwidth_GBps": 1}])")},
        {"/backends/1/clusters/0/cores", 0},
        {"/backends/1/clusters/0/cores", 1e9},
        {"/backends/1/clusters/0/clock_GHz", 3200},
        {"/backends/1/clusters/0/int8_MACs_per_cycle", 0},
        {"/backends/1/clusters", Json::array()},  // and no other rate: nothing to compute with
        {"/process_nm", -7},
        {"/power_limits_W", 15},
        {"/power_limits_W", Json::array({-1})},
        {"/price_USD", "cheap"},
        {"/sources", Json::array()},
        {"/sources", Json::parse(R"([{"origin": "datasheet"}])")},
        {"/unverified", Json::array({"/memory/nothing"})},
        {"/unverified", Json::array({"memory"})},
        {"/unverified", Json::array({"/backends/7"})},
        {"/unverified", Json::array({""})},
        {"/colour", "red"},
    }));
    const std::string said = complaint(changed(change));
    CAPTURE(change.pointer, said);
    CHECK_FALSE(said.empty());
    CHECK(said.starts_with("device.json:"));
    CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("a device without a needed member is refused", "[hwmodels]")
{
    const std::string key = GENERATE("format", "id", "name", "class", "memory", "backends", "sources");
    Json json = to_json(toy_device());
    json.erase(key);
    CAPTURE(key);
    CHECK(complaint(json).find("'" + key + "' is missing") != std::string::npos);
}

TEST_CASE("a mistyped key is told what was meant", "[hwmodels]")
{
    CHECK(complaint(changed({"/memory/bandwith_GBps", 100})).find("bandwidth_GBps") != std::string::npos);
}

TEST_CASE("every shipped device is sane and sourced", "[hwmodels][data]")
{
    const std::vector<std::string> ids = shipped_ids("devices");
    CHECK(ids.size() >= 40);
    for (const std::string& id : ids) {
        CAPTURE(id);
        const Device device = load_device(id);
        CHECK(device.id == id);
        CHECK_FALSE(device.sources.empty());
        for (const Backend& backend : device.backends) {
            const double flops = peak_rate(backend, Arithmetic::int8, 0).value;
            const double bytes = peak_bandwidth(device, backend).value;
            CHECK(flops >= 1e9);
            CHECK(flops <= 1e16);
            CHECK(bytes >= 1e8);
            CHECK(bytes <= 1e13);
            CHECK_FALSE(backend.interfaces.empty());
            CHECK(std::isfinite(memory_for(device, backend).value));
        }
    }
}

TEST_CASE("the devices of the survey have the survey's memory", "[hwmodels][data]")
{
    CHECK(load_device("jetson-orin-nx-16gb").memory.capacity.value == 16 * GiB);
    CHECK(load_device("jetson-orin-nx-16gb").memory.bandwidth.value == Approx(102.4e9));
    CHECK(load_device("meizu-18-pro").soc == "Snapdragon 888");
}

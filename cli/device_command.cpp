#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/measuring.h"
#include "cli/table.h"
#include "hwmodels/core_count.h"
#include "hwmodels/device_json.h"
#include "validation/placement.h"
#include "validation/transport/remote_engine.h"

namespace slimline {

namespace {

struct DeviceOptions {
    TargetOptions where{};
    std::string what;
    std::string out;
    bool json = false;
};

OptionList declare(DeviceOptions& o)
{
    OptionList list{{.name = "WHAT", .help = "probe: what this machine or the target is", .target = &o.what, .required = true, .choices = {"probe"}},
            {.name = "--out",
             .value_name = "FILE",
             .help = "file to write; default: the user's device 'local', which every command then takes as --device local; a target's by its name",
             .target = &o.out,
             .takes_file = true},
            {.name = "--json", .help = "write JSON (docs/json.md)", .target = &o.json}};
    append_target_options(list, o.where);
    return list;
}

std::vector<int> sorted(std::vector<int> cores)
{
    std::ranges::sort(cores);
    return cores;
}

std::string placed(const Placement& placement)
{
    return fmt::format("{} thread{} on core{} {}", placement.count(), placement.count() == 1 ? "" : "s", placement.count() == 1 ? "" : "s",
                       core_list(sorted(placement.cores)));
}

/// `memory` is what all cores read together; fast cores alone may read more.
PlacementAdvice advice_for(const std::vector<GroupRates>& groups, double memory)
{
    for (const GroupRates& each : groups) {
        memory = std::max(memory, each.bandwidth);
    }
    return placement_advice(groups, memory);
}

Json placement_json(const Placement& placement)
{
    return {{"threads", placement.count()}, {"cores", sorted(placement.cores)}};
}

/// The document `probe/1`: the device, what each kind of core was measured to do, and where threads go best.
Json probe_json(const Device& device, const std::vector<GroupRates>& groups)
{
    Json kinds = Json::array();
    for (const GroupRates& each : groups) {
        kinds.push_back({{"cores", each.group.cores},
                         {"clock_hz", each.group.clock_hz > 0 ? Json(each.group.clock_hz) : Json()},
                         {"core_flops_per_s", each.core_compute},
                         {"core_read_bytes_per_s", each.core_bandwidth},
                         {"read_bytes_per_s", each.bandwidth}});
    }
    Json json{{"format", "probe/1"}, {"device", to_json(device)}, {"core_groups", kinds}, {"placement", nullptr}};
    if (!groups.empty()) {
        const PlacementAdvice advice = advice_for(groups, device.memory.bandwidth.value);
        json["placement"] = {{"decode", placement_json(advice.decode)}, {"prefill", placement_json(advice.prefill)}};
    }
    return json;
}

/// Rates of each kind of core, and where threads go best.
void write_placement(Console& console, const std::vector<GroupRates>& groups, double memory)
{
    if (groups.empty()) {
        return;
    }
    Table table{{{"cores"}, {"GHz", Align::right}, {"one, GFLOP/s", Align::right}, {"one reads, GB/s", Align::right}, {"all read, GB/s", Align::right}}, {}};
    for (const GroupRates& each : groups) {
        table.rows.push_back({core_list(each.group.cores), each.group.clock_hz > 0 ? significant(each.group.clock_hz / giga) : "–",
                              significant(each.core_compute / giga), significant(each.core_bandwidth / giga), significant(each.bandwidth / giga)});
    }
    console.out << "\n";
    write_table(console, table);
    const PlacementAdvice advice = advice_for(groups, memory);
    console.out << "decode goes best with " << placed(advice.decode) << ", prompts with " << placed(advice.prefill) << "\n";
}

int work(const DeviceOptions& o, Console& console)
{
    constexpr double about_s = 20;
    const std::unique_ptr<RemoteEngine> remote = connected(o.where);
    Device device;
    std::vector<GroupRates> groups;
    {
        ProgressLine line(console, about_s);
        const System system = remote ? remote->system() : this_system();
        device = probe_device(system, line.watcher());
        groups = measured_groups(system, line.watcher());
    }
    device.id = remote ? target_id(o.where) : device.id;
    const std::filesystem::path file = o.out.empty() ? user_device_file(device.id) : std::filesystem::path(o.out);
    write_file(file, pretty(to_json(device)));
    if (o.json) {
        console.out << pretty(probe_json(device, groups));
        return 0;
    }
    const Backend& cpu = device.backends.front();
    console.out << fmt::format("{}, {} cores, {}\n", device.name, core_count(cpu), display(device.memory.capacity));
    for (const Cache& cache : cpu.caches) {
        console.out << fmt::format("{} {}\n", cache.name, display(cache.size));
    }
    Table table{{{"working set", Align::right}, {"read, GB/s", Align::right}}, {}};
    for (const BandwidthPoint& point : cpu.bandwidth_by_working_set) {
        table.rows.push_back({display(point.working_set), significant(point.bandwidth.value / giga)});
    }
    write_table(console, table);
    write_placement(console, groups, device.memory.bandwidth.value);
    console.out << "written to " << file.string() << "\n";
    return 0;
}

}  // namespace

Command device_command()
{
    return make_command<DeviceOptions>("device", "finds out what a machine is, as a device for the other commands",
                                       {"device probe", "device probe --target adb"}, declare, work);
}

}  // namespace slimline

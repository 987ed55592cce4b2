#include <filesystem>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/measuring.h"
#include "cli/table.h"
#include "hwmodels/device_json.h"
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

int work(const DeviceOptions& o, Console& console)
{
    constexpr double about_s = 15;
    const std::unique_ptr<RemoteEngine> remote = connected(o.where);
    Device device;
    {
        ProgressLine line(console, about_s);
        device = probe_device(remote ? remote->system() : this_system(), line.watcher());
    }
    device.id = remote ? target_id(o.where) : device.id;
    const std::filesystem::path file = o.out.empty() ? user_device_file(device.id) : std::filesystem::path(o.out);
    write_file(file, pretty(to_json(device)));
    if (o.json) {
        console.out << pretty(to_json(device));
        return 0;
    }
    const Backend& cpu = device.backends.front();
    console.out << fmt::format("{}, {} cores, {}\n", device.name, cpu.clusters.front().cores, display(device.memory.capacity));
    for (const Cache& cache : cpu.caches) {
        console.out << fmt::format("{} {}\n", cache.name, display(cache.size));
    }
    Table table{{{"working set", Align::right}, {"read, GB/s", Align::right}}, {}};
    for (const BandwidthPoint& point : cpu.bandwidth_by_working_set) {
        table.rows.push_back({display(point.working_set), significant(point.bandwidth.value / giga)});
    }
    write_table(console, table);
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

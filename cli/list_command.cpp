#include <fmt/format.h>

#include "archspace/architecture_json.h"
#include "archspace/quality/law.h"
#include "archspace/weight_mix.h"
#include "base/files.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/prediction_text.h"
#include "cli/table.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"

namespace slimline {

namespace {

struct ListOptions {
    std::string what;
    bool ids = false;
    bool json = false;
};

OptionList declare(ListOptions& o)
{
    return {{.name = "WHAT",
             .help = "archs, devices, quants, backends (processors of the devices), calibrations or laws",
             .target = &o.what,
             .required = true,
             .choices = {"archs", "devices", "quants", "backends", "calibrations", "laws"}},
            {.name = "--ids", .help = "only the ids, one a line", .target = &o.ids},
            {.name = "--json", .help = "write JSON (docs/json.md)", .target = &o.json}};
}

/// What `list` says of one thing: the table's row and the JSON's.
struct Listing {
    Table table;
    Json rows = Json::array();
};

Listing list_archs()
{
    Listing list{{{{"id"},
                   {"parameters", Align::right},
                   {"layers", Align::right},
                   {"d_model", Align::right},
                   {"vocabulary", Align::right, 1},
                   {"family", Align::left, 2},
                   {"released", Align::left, 3}},
                  {}},
                 Json::array()};
    for (const std::string& id : shipped_ids("archs")) {
        const Architecture arch = load_architecture(id);
        const ParameterCount count = parameter_count(arch);
        list.table.rows.push_back({arch.id, display_count(count.total), std::to_string(arch.layers.size()),
                                   std::to_string(arch.d_model), std::to_string(arch.vocabulary), arch.family,
                                   arch.released});
        list.rows.push_back({{"id", arch.id},
                             {"name", arch.name},
                             {"family", arch.family},
                             {"released", arch.released},
                             {"parameters", count.total},
                             {"active_parameters", count.active},
                             {"layers", arch.layers.size()},
                             {"d_model", arch.d_model},
                             {"vocabulary", arch.vocabulary}});
    }
    return list;
}

std::vector<std::string> backends_of(const Device& device)
{
    std::vector<std::string> words;
    for (const Backend& backend : device.backends) {
        words.emplace_back(word(backend.kind));
    }
    return words;
}

std::string gigabytes_per_second(BytesPerSecond rate)
{
    return significant(rate.value / giga);
}

Listing list_devices()
{
    Listing list{{{{"id"},
                   {"name", Align::left, 1},
                   {"class", Align::left, 2},
                   {"memory", Align::right},
                   {"GB/s", Align::right},
                   {"backends"}},
                  {}},
                 Json::array()};
    for (const std::string& id : shipped_ids("devices")) {
        const Device device = load_device(id);
        list.table.rows.push_back({device.id, device.name, device.device_class, display(device.memory.capacity),
                                   gigabytes_per_second(device.memory.bandwidth), joined(backends_of(device), ", ")});
        list.rows.push_back({{"id", device.id},
                             {"name", device.name},
                             {"class", device.device_class},
                             {"memory_bytes", device.memory.capacity.value},
                             {"bandwidth_bytes_per_s", device.memory.bandwidth.value},
                             {"backends", backends_of(device)}});
    }
    return list;
}

Listing list_quants()
{
    Listing list{{{{"quant"}, {"main format"}, {"its bits a weight", Align::right}}, {}}, Json::array()};
    for (const std::string& name : mix_names()) {
        const FormatInfo& base = info(mix_named(name).base);
        list.table.rows.push_back({name, std::string(base.name), fmt::format("{:.4g}", base.bits_per_element())});
        list.rows.push_back(
            {{"id", name}, {"base_format", base.name}, {"base_bits_per_weight", base.bits_per_element()}});
    }
    return list;
}

std::string tera_or_dash(FlopsPerSecond rate)
{
    return rate.value > 0 ? significant(rate.value / tera) : "-";
}

Listing list_backends()
{
    Listing list{{{{"device"},
                   {"backend"},
                   {"name", Align::left, 1},
                   {"GB/s", Align::right},
                   {"fp16 TFLOPS", Align::right},
                   {"int8 TOPS", Align::right}},
                  {}},
                 Json::array()};
    for (const std::string& id : shipped_ids("devices")) {
        const Device device = load_device(id);
        for (const Backend& backend : device.backends) {
            const BytesPerSecond bandwidth = peak_bandwidth(device, backend);
            const FlopsPerSecond fp16 = peak_rate(backend, Arithmetic::fp16, 0);
            const FlopsPerSecond int8 = peak_rate(backend, Arithmetic::int8, 0);
            list.table.rows.push_back({device.id, std::string(word(backend.kind)), backend.name,
                                       gigabytes_per_second(bandwidth), tera_or_dash(fp16), tera_or_dash(int8)});
            list.rows.push_back({{"id", device.id + ":" + std::string(word(backend.kind))},
                                 {"device", device.id},
                                 {"backend", word(backend.kind)},
                                 {"name", backend.name},
                                 {"bandwidth_bytes_per_s", bandwidth.value},
                                 {"fp16_flops", fp16.value},
                                 {"int8_flops", int8.value}});
        }
    }
    return list;
}

Listing list_calibrations()
{
    Listing list{{{{"id"},
                   {"backend"},
                   {"engine"},
                   {"measurements", Align::right, 2},
                   {"decode error, median", Align::right},
                   {"held out", Align::left, 1}},
                  {}},
                 Json::array()};
    for (const std::string& id : shipped_ids("calibrations")) {
        const Calibration c = load_calibration(id);
        list.table.rows.push_back({c.id, std::string(word(c.backend)), c.engine, std::to_string(c.measurements.size()),
                                   c.decode.count > 0 ? percent(c.decode.median_error) : "-", c.decode.basis});
        list.rows.push_back({{"id", c.id},
                             {"device", c.device},
                             {"backend", word(c.backend)},
                             {"interface", c.interface},
                             {"engine", c.engine},
                             {"measurements", c.measurements.size()},
                             {"decode_median_error", c.decode.median_error},
                             {"decode_basis", c.decode.basis}});
    }
    return list;
}

/// "loss", "task loss", ...: what a law's number is.
std::string kind_of(const Law& law)
{
    return std::string(info(law.kind).word);
}

std::string range_text(const Law& law)
{
    std::vector<std::string> parts;
    for (const FittedRange& range : law.range) {
        parts.push_back(std::string(word(range.input)) + " " + display_count(range.least) + " to " +
                        display_count(range.most));
    }
    return joined(parts, ", ");
}

Listing list_laws()
{
    Listing list{
        {{{"id"}, {"kind"}, {"unit", Align::left, 1}, {"name", Align::left, 2}, {"fitted on", Align::left, 3}}, {}},
        Json::array()};
    for (const std::string& id : law_ids()) {
        const Law law = load_law(id);
        list.table.rows.push_back({law.id, kind_of(law), law.unit, law.name, range_text(law)});
        Json range = Json::object();
        for (const FittedRange& each : law.range) {
            range[std::string(word(each.input))] = {each.least, each.most};
        }
        list.rows.push_back({{"id", law.id},
                             {"name", law.name},
                             {"kind", kind_of(law)},
                             {"unit", law.unit},
                             {"parameters_count", law.basis == ParameterBasis::all ? "all" : "non_embedding"},
                             {"fitted_range", std::move(range)},
                             {"leaves_out", law.leaves_out}});
    }
    return list;
}

Listing listing(const std::string& what)
{
    return what == "archs"      ? list_archs()
           : what == "devices"  ? list_devices()
           : what == "quants"   ? list_quants()
           : what == "backends" ? list_backends()
           : what == "laws"     ? list_laws()
                                : list_calibrations();
}

/// By file name alone, so that completion answers at once.
std::vector<std::string> ids(const std::string& what)
{
    return what == "quants"     ? mix_names()
           : what == "backends" ? std::vector<std::string>{"cpu", "gpu", "npu"}
                                : shipped_ids(what);
}

int work(const ListOptions& o, Console& console)
{
    if (o.ids) {
        for (const std::string& id : ids(o.what)) {
            console.out << id << "\n";
        }
        return 0;
    }
    const Listing list = listing(o.what);
    if (o.json) {
        console.out << pretty({{"format", "list/1"}, {"kind", o.what}, {"rows", list.rows}});
    } else {
        write_table(console, list.table);
    }
    return 0;
}

}  // namespace

Command list_command()
{
    return make_command<ListOptions>("list",
                                     "the models, devices, weight formats, calibrations and quality laws there are",
                                     {"list archs", "list devices --json"}, declare, work);
}

}  // namespace slimline

#include "cli/lint.h"

#include <algorithm>
#include <array>

#include "archspace/architecture_json.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/device_json.h"
#include "validation/measurement.h"

namespace slimline {

namespace fs = std::filesystem;

namespace {

using Problems = std::vector<std::string>;

void expect_id_of_file(Problems& problems, const JsonDocument& document, const std::string& id)
{
    const std::string stem = fs::path(document.name).stem().string();
    if (id != stem) {
        problems.push_back(document.name + ": /id: is '" + printable(id) + "' but the file's name says '" +
                           printable(stem) + "'");
    }
}

void expect_sources(Problems& problems, const JsonDocument& document, const std::vector<Source>& sources)
{
    if (sources.empty()) {
        problems.push_back(document.name + ": /sources: names no source; add at least one");
    }
}

/// What is marked unverified must be there: a pointer ("/memory/bandwidth_GBps") or a member's name.
void expect_pointers(Problems& problems, const JsonDocument& document, const std::vector<std::string>& unverified)
{
    for (const std::string& each : unverified) {
        const bool pointer = each.starts_with('/');
        bool there = false;
        try {
            there = pointer ? document.root.contains(Json::json_pointer(each)) : true;
        } catch (const Json::exception&) {
            there = false;
        }
        if (!there) {
            problems.push_back(document.name + ": /unverified: there is no '" + printable(each) + "' in this file");
        }
    }
}

void expect_round_trip(Problems& problems, const JsonDocument& document, bool same)
{
    if (!same) {
        problems.push_back(document.name + ": is not read back as the same value once written");
    }
}

void lint_architecture(Problems& problems, const JsonDocument& document)
{
    const Architecture arch = read_architecture(JsonPlace(document));
    expect_id_of_file(problems, document, arch.id);
    expect_sources(problems, document, arch.sources);
    const JsonDocument again{document.name, "", to_json(arch)};
    expect_round_trip(problems, document, read_architecture(JsonPlace(again)) == arch);
}

void lint_device(Problems& problems, const JsonDocument& document)
{
    const Device device = read_device(JsonPlace(document));
    expect_id_of_file(problems, document, device.id);
    expect_sources(problems, document, device.sources);
    expect_pointers(problems, document, device.unverified);
    const JsonDocument again{document.name, "", to_json(device)};
    expect_round_trip(problems, document, read_device(JsonPlace(again)) == device);
}

void lint_calibration(Problems& problems, const JsonDocument& document)
{
    const Calibration calibration = read_calibration(JsonPlace(document));
    expect_id_of_file(problems, document, calibration.id);
    const std::vector<std::string> devices = shipped_ids("devices");
    if (!calibration.device.empty() && std::ranges::find(devices, calibration.device) == devices.end()) {
        problems.push_back(document.name + ": /device: there is no device '" + printable(calibration.device) + "'");
    }
    const JsonDocument again{document.name, "", to_json(calibration)};
    expect_round_trip(problems, document, read_calibration(JsonPlace(again)) == calibration);
}

void lint_measurements(Problems& problems, const JsonDocument& document)
{
    const std::vector<std::string> devices = shipped_ids("devices");
    const std::vector<std::string> archs = shipped_ids("archs");
    for (const Measurement& row : read_measurements(JsonPlace(document))) {
        if (!std::ranges::binary_search(devices, row.device)) {
            problems.push_back(document.name + ": /device: there is no device '" + printable(row.device) + "'");
            return;
        }
        if (!row.architecture.empty() && !std::ranges::binary_search(archs, row.architecture)) {
            problems.push_back(document.name + ": " + printable(row.id) + ": there is no architecture '" +
                               printable(row.architecture) + "'");
        }
    }
}

using Lint = void (*)(Problems&, const JsonDocument&);

constexpr std::array<std::pair<std::string_view, Lint>, 4> kinds{{
    {"architecture/1", lint_architecture},
    {"device/1", lint_device},
    {"calibration/1", lint_calibration},
    {"measurements/1", lint_measurements},
}};

Lint lint_of(const JsonDocument& document)
{
    JsonObject object{JsonPlace(document)};
    const JsonPlace format = object.at("format");
    return format.one_of<Lint>(kinds);
}

}  // namespace

std::vector<std::string> problems_of(const fs::path& file)
{
    Problems problems;
    try {
        const JsonDocument document = load_json(file);
        lint_of(document)(problems, document);
    } catch (const InputError& error) {
        problems.emplace_back(error.what());
    }
    return problems;
}

std::vector<fs::path> shipped_files()
{
    std::vector<fs::path> files;
    for (const char* folder : {"archs", "devices", "calibrations", "measurements"}) {
        std::error_code error;
        for (fs::directory_iterator entry(data_folder() / folder, error), end; !error && entry != end;
             entry.increment(error)) {
            if (entry->path().extension() == ".json") {
                files.push_back(entry->path());
            }
        }
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace slimline

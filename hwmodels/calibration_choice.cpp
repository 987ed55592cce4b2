#include "hwmodels/calibration_choice.h"

#include <algorithm>
#include <optional>

#include "base/files.h"
#include "hwmodels/calibration_json.h"

namespace slimline {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view pooled = "default";

std::optional<fs::path> existing(const std::string& id)
{
    std::error_code error;
    for (const fs::path& root : {user_folder(), data_folder()}) {
        if (fs::path path = root / "calibrations" / (id + ".json"); fs::exists(path, error)) {
            return path;
        }
    }
    return std::nullopt;
}

/// The first file, by name, whose name starts so; the user's folder first.
std::optional<fs::path> first_starting_with(const std::string& start)
{
    for (const fs::path& root : {user_folder(), data_folder()}) {
        std::optional<fs::path> first;
        std::error_code error;
        for (fs::directory_iterator entry(root / "calibrations", error), end; !error && entry != end;
             entry.increment(error)) {
            const std::string name = entry->path().filename().string();
            if (name.starts_with(start) && name.ends_with(".json") &&
                (!first || name < first->filename().string())) {
                first = entry->path();
            }
        }
        if (first) {
            return first;
        }
    }
    return std::nullopt;
}

std::optional<fs::path> choose(const Device& device, BackendKind kind, std::string_view engine)
{
    const Backend* backend = find_backend(device, kind);
    const std::string usual =
        backend == nullptr || backend->interfaces.empty() ? "" : backend->interfaces.front();
    const auto id = [&](std::string_view of, std::string_view interface, std::string_view by) {
        return calibration_id(of, kind, interface, by);
    };
    if (!device.id.empty()) {
        if (auto path = existing(id(device.id, "", engine))) {
            return path;
        }
        if (auto path = first_starting_with(id(device.id, "", ""))) {
            return path;
        }
    }
    for (const std::string& interface :
         usual.empty() ? std::vector<std::string>{""} : std::vector<std::string>{usual, ""}) {
        if (auto path = existing(id(pooled, interface, engine))) {
            return path;
        }
        if (auto path = first_starting_with(id(pooled, interface, ""))) {
            return path;
        }
    }
    return std::nullopt;
}

}  // namespace

std::string calibration_id(std::string_view device, BackendKind backend, std::string_view interface,
                           std::string_view engine)
{
    return std::string(device.empty() ? pooled : device) + "--" + std::string(word(backend)) +
           (interface.empty() ? "" : "-" + std::string(interface)) + "--" + std::string(engine);
}

Calibration best_calibration(const Device& device, BackendKind backend, std::string_view engine,
                             [[maybe_unused]] int threads)
{
    if (engine == "datasheet") {
        return datasheet_calibration(backend);
    }
    const std::optional<fs::path> path = choose(device, backend, engine);
    return path ? load_calibration(path->string()) : datasheet_calibration(backend);
}

}  // namespace slimline

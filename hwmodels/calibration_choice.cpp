#include "hwmodels/calibration_choice.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/files.h"
#include "base/text.h"
#include "hwmodels/calibration_json.h"
#include "hwmodels/core_count.h"

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
            if (name.starts_with(start) && name.ends_with(".json") && (!first || name < first->filename().string())) {
                first = entry->path();
            }
        }
        if (first) {
            return first;
        }
    }
    return std::nullopt;
}

/// Of the files "<id>--t<threads>", in the user's folder first, that of the threads nearest to those asked for.
std::optional<fs::path> of_nearest_threads(const std::string& id, int threads)
{
    for (const fs::path& root : {user_folder(), data_folder()}) {
        std::optional<fs::path> nearest;
        double distance = 0;
        std::error_code error;
        for (fs::directory_iterator entry(root / "calibrations", error), end; !error && entry != end;
             entry.increment(error)) {
            const std::string name = entry->path().stem().string();
            long long made_for = 0;
            if (entry->path().extension() != ".json" || !name.starts_with(id + "--t") ||
                !parse_integer(name.substr(id.size() + 3), made_for) || made_for < 1) {
                continue;
            }
            const double away = std::abs(std::log(double(made_for) / threads));
            if (!nearest || away < distance) {
                nearest = entry->path();
                distance = away;
            }
        }
        if (nearest) {
            return nearest;
        }
    }
    return std::nullopt;
}

int cores_of(const Backend* backend)
{
    return std::max(1, backend == nullptr ? 0 : core_count(*backend));
}

std::optional<fs::path> choose(const Device& device, BackendKind kind, std::string_view engine, int threads)
{
    const Backend* backend = find_backend(device, kind);
    const std::string usual = backend == nullptr || backend->interfaces.empty() ? "" : backend->interfaces.front();
    const auto id = [&](std::string_view of, std::string_view interface, std::string_view by) {
        return calibration_id(of, kind, interface, by);
    };
    if (!device.id.empty()) {
        if (auto path = of_nearest_threads(id(device.id, "", engine), threads > 0 ? threads : cores_of(backend))) {
            return path;
        }
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
                           std::string_view engine, int threads)
{
    return std::string(device.empty() ? pooled : device) + "--" + std::string(word(backend)) +
           (interface.empty() ? "" : "-" + std::string(interface)) + "--" + std::string(engine) +
           (threads > 0 ? "--t" + std::to_string(threads) : "");
}

Calibration best_calibration(const Device& device, BackendKind backend, std::string_view engine, int threads)
{
    if (engine == "datasheet") {
        return datasheet_calibration(backend);
    }
    const std::optional<fs::path> path = choose(device, backend, engine, threads);
    return path ? load_calibration(path->string()) : datasheet_calibration(backend);
}

}  // namespace slimline

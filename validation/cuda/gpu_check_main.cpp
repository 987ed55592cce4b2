// slimline-gpu-check: whether the GPU's kernels compute what the CPU's do, and how fast they are.
//   --logits, --kernels, --models  only that. Ends with 1 when something is not as asked, with 77 when there is no GPU.
//   --measure DEVICE FILE ARCH...  writes the speeds of architectures (files or ids) on the GPU as measurements of the device
//                                  with that id, for data/measurements.

#include <fmt/format.h>
#include <chrono>
#include <exception>
#include <iostream>
#include <string_view>
#include <vector>

#include "archspace/architecture_json.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/json.h"
#include "validation/cuda/cuda_device.h"
#include "validation/cuda/gpu_check.h"
#include "validation/cuda/gpu_measurement.h"

namespace {

using namespace slimline;
using namespace slimline::cuda;

int check(const std::shared_ptr<Device>& device, std::string_view only)
{
    const auto asked = [&](std::string_view part) { return only.empty() || only == part; };
    bool good = true;
    if (asked("--logits")) {
        good &= check_logits(device, std::cout).as_asked();
    }
    if (asked("--kernels")) {
        constexpr double bytes = 256e6;
        good &= measure_kernels(*device, bytes, std::cout);
    }
    if (asked("--models")) {
        measure_models(device, std::cout);
    }
    std::cout << (good ? "all as asked\n" : "NOT as asked\n");
    return good ? 0 : 1;
}

/// What the engine does not run is said and left out.
int measure(const std::shared_ptr<Device>& device, const std::vector<std::string>& words)
{
    const auto today =
        std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()));
    const std::string date =
        fmt::format("{:04}-{:02}-{:02}", int(today.year()), unsigned(today.month()), unsigned(today.day()));
    Json file{{"format", "measurements/1"},
              {"id", words[0]},
              {"device", words[0]},
              {"note", "The int4 engine's CUDA kernels on " + device->name()},
              {"rows", Json::array()}};
    Json& rows = file["rows"];
    for (std::size_t i = 2; i < words.size(); ++i) {
        for (const char* mix : {"Q4_0", "Q8_0"}) {
            try {
                for (auto& row : measured_rows(device, load_architecture(words[i]), mix_named(mix))) {
                    row["date"] = date;
                    std::cout << row["id"].get<std::string>() << ": " << row["value"] << " tokens/s" << std::endl;
                    rows.push_back(std::move(row));
                }
            } catch (const InputError& error) {
                std::cout << error.what() << '\n';
            }
        }
        write_file(words[1], pretty(file));  // what there is, should the next one fail
    }
    return rows.empty() ? 1 : 0;
}

}  // namespace

int main(int count, char** words)
{
    const std::vector<std::string> all(words + 1, words + count);
    const std::string_view first = all.empty() ? std::string_view() : all[0];
    const bool measures = first == "--measure" && all.size() >= 4;
    if (!measures &&
        (all.size() > 1 || !(first.empty() || first == "--logits" || first == "--kernels" || first == "--models"))) {
        std::cerr << "usage: slimline-gpu-check [--logits|--kernels|--models]\n"
                     "       slimline-gpu-check --measure DEVICE FILE ARCH...\n";
        return 2;
    }
    try {
        if (gpu_count() == 0) {
            std::cout << "no GPU, or no CUDA in this build: nothing checked\n";
            return 77;
        }
        const std::shared_ptr<Device> device = open_gpu();
        std::cout << device->name() << ", " << device->processors() << " multiprocessors\n";
        return measures ? measure(device, {all.begin() + 1, all.end()}) : check(device, first);
    } catch (const std::exception& error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}

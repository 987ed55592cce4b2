#include "validation/sustained/system_file.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>

#include "base/text.h"

namespace slimline::sustained {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t longest = 4096;

/// "policy10" after "policy9".
long long number_at_end(const std::string& name)
{
    const std::size_t start = name.find_last_not_of("0123456789") + 1;
    long long number = 0;
    return parse_integer(std::string_view(name).substr(start), number) ? number : 0;
}

}  // namespace

SystemFile read_system_file(const fs::path& path)
{
    errno = 0;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "re"), std::fclose);
    if (file == nullptr) {
        return {.error = errno != 0 ? errno : EIO};
    }
    SystemFile read{.text = std::string(longest, '\0')};
    read.text.resize(std::fread(read.text.data(), 1, longest, file.get()));
    if (std::ferror(file.get()) != 0) {
        return {.error = errno != 0 ? errno : EIO};
    }
    read.text.erase(read.text.find_last_not_of(std::string_view(" \t\n\0", 4)) + 1);
    return read;
}

std::optional<double> number_in(const fs::path& path)
{
    double number = 0;
    const SystemFile file = read_system_file(path);
    if (file.error != 0 || !parse_number(file.text, number) || !std::isfinite(number)) {
        return std::nullopt;
    }
    return number;
}

std::vector<fs::path> entries(const fs::path& folder, const std::string& start, std::size_t most)
{
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        if (entry->path().filename().string().starts_with(start)) {
            found.push_back(entry->path());
        }
    }
    std::ranges::sort(found, {}, [](const fs::path& path) {
        const std::string name = path.filename().string();
        return std::pair(number_at_end(name), name);
    });
    found.resize(std::min(found.size(), most));
    return found;
}

std::string why_closed(const fs::path& folder)
{
    std::error_code error;
    const fs::directory_iterator entry(folder, error);
    const SystemFile refused{.error = error.value()};
    return !error || error == std::errc::no_such_file_or_directory ? "" : folder.string() + " " + why(refused);
}

std::string why(const SystemFile& file)
{
    switch (file.error) {
        case 0:
            return "holds something else ('" + printable(file.text, 20) + "')";
        case ENOENT:
        case ENOTDIR:
            return "is not there";
        case EACCES:
        case EPERM:
            return "may not be read";
        default:
            return "cannot be read (error " + std::to_string(file.error) + ")";
    }
}

}  // namespace slimline::sustained

#include "base/files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace fs = std::filesystem;

namespace {

fs::path environment_path(const char* name)
{
    const char* value = std::getenv(name);
    return value == nullptr ? fs::path{} : fs::path{value};
}

std::string reason() { return std::strerror(errno); }

bool looks_like_path(const std::string& text)
{
    return text.find('/') != std::string::npos || text.ends_with(".json") || text.ends_with(".gguf");
}

}  // namespace

std::string read_file_start(const fs::path& path, std::size_t most)
{
    std::error_code ignored;
    if (fs::is_directory(path, ignored)) {
        throw InputError(path.string(), "is a folder", "give a file");
    }
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    if (!in) {
        throw InputError(path.string(), "cannot be opened (" + reason() + ")", "check the name and its permissions");
    }
    // Read in pieces, so that a claimed size (a device file, a pipe) never decides how much is allocated.
    std::string content;
    std::string piece(std::min<std::size_t>(most, 1 << 20), '\0');
    while (content.size() < most && in) {
        in.read(piece.data(), std::streamsize(std::min(piece.size(), most - content.size())));
        content.append(piece.data(), std::size_t(in.gcount()));
    }
    if (in.bad()) {
        throw InputError(path.string(), "cannot be read (" + reason() + ")");
    }
    return content;
}

std::string read_file(const fs::path& path, std::size_t most)
{
    std::string content = read_file_start(path, most + 1);
    if (content.size() > most) {
        throw InputError(path.string(), "is larger than " + display(Bytes{double(most)}), "give a smaller file");
    }
    return content;
}

void write_file(const fs::path& path, std::string_view content)
{
    if (!path.parent_path().empty()) {
        std::error_code error;
        fs::create_directories(path.parent_path(), error);
    }
    const fs::path temporary = path.string() + ".part-" + std::to_string(::getpid());
    errno = 0;
    std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
    out.write(content.data(), std::streamsize(content.size()));
    out.close();
    std::error_code error;
    if (!out) {
        const std::string why = reason();
        fs::remove(temporary, error);
        throw InputError(path.string(), "cannot be written (" + why + ")", "check the folder, its permissions and free space");
    }
    fs::rename(temporary, path, error);
    if (error) {
        std::error_code ignored;
        fs::remove(temporary, ignored);
        throw InputError(path.string(), "cannot be replaced (" + error.message() + ")");
    }
}

fs::path data_folder()
{
    if (const fs::path chosen = environment_path("SLIMLINE_DATA"); !chosen.empty()) {
        return chosen;
    }
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    const fs::path installed = program.parent_path() / ".." / "share" / "slimline" / "data";
    if (!error && fs::is_directory(installed, error)) {
        return fs::weakly_canonical(installed, error);
    }
    return fs::path(SLIMLINE_SOURCE_DATA);
}

fs::path user_folder()
{
    if (const fs::path chosen = environment_path("XDG_DATA_HOME"); !chosen.empty()) {
        return chosen / "slimline";
    }
    if (const fs::path home = environment_path("HOME"); !home.empty()) {
        return home / ".local" / "share" / "slimline";
    }
    return fs::temp_directory_path() / ("slimline-" + std::to_string(::getuid()));
}

std::vector<std::string> shipped_ids(const std::string& folder)
{
    std::set<std::string> ids;
    for (const fs::path& root : {user_folder() / folder, data_folder() / folder}) {
        std::error_code error;
        for (fs::directory_iterator entry(root, error), end; !error && entry != end; entry.increment(error)) {
            if (entry->path().extension() == ".json") {
                ids.insert(entry->path().stem().string());
            }
        }
    }
    return {ids.begin(), ids.end()};
}

fs::path find_data_file(const std::string& id_or_path, const std::string& folder, const std::string& what)
{
    std::error_code error;
    if (looks_like_path(id_or_path)) {
        if (!fs::exists(id_or_path, error)) {
            throw InputError(printable(id_or_path, 300), "no such file", "give an existing file or the id of a shipped " + what);
        }
        return id_or_path;
    }
    if (!id_or_path.empty() && id_or_path.find('\0') == std::string::npos) {
        for (const fs::path& root : {user_folder() / folder, data_folder() / folder}) {
            const fs::path candidate = root / (id_or_path + ".json");
            if (fs::exists(candidate, error)) {
                return candidate;
            }
        }
    }
    const std::vector<std::string> ids = shipped_ids(folder);
    const std::string meant = did_you_mean(id_or_path, ids);
    throw InputError("", "no " + what + " '" + printable(id_or_path) + "'",
                     meant.empty() ? "see 'slimline list " + folder + "'" : meant);
}

}  // namespace slimline

#include "validation/marked_section.h"

#include "base/errors.h"
#include "base/files.h"

namespace slimline {

void write_marked_section(const std::filesystem::path& path, std::string_view what, const std::string& text)
{
    const std::string start = "<!-- tables by slimline " + std::string(what) + ": start -->";
    const std::string end = "<!-- tables by slimline " + std::string(what) + ": end -->";
    const std::string section = start + "\n" + text + end;
    if (!std::filesystem::exists(path)) {
        write_file(path, "# Validation\n\n" + section + "\n");
        return;
    }
    std::string file = read_file(path);
    const std::size_t from = file.find(start);
    const std::size_t to = file.find(end);
    if ((from == std::string::npos) != (to == std::string::npos) || (from != std::string::npos && to < from)) {
        throw InputError(path.string(), "has only one of the marks of its tables", "put both '" + start + "' and '" + end + "' into it");
    }
    if (from == std::string::npos) {
        file += (file.ends_with('\n') ? "\n" : "\n\n") + section + "\n";
    } else {
        file.replace(from, to + end.size() - from, section);
    }
    write_file(path, file);
}

}  // namespace slimline

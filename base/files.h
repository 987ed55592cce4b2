#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace slimline {

/// The whole file; throws InputError when it cannot be read or is larger than `most` bytes.
std::string read_file(const std::filesystem::path& path, std::size_t most = std::size_t{64} << 20);

/// At most the first `most` bytes of the file.
std::string read_file_start(const std::filesystem::path& path, std::size_t most);

/// Writes through a temporary file beside it and a rename: readers see the old content or the new, never a part.
void write_file(const std::filesystem::path& path, std::string_view content);

/// Where shipped facts are: $SLIMLINE_DATA, else beside the installed program, else the source tree it was built from.
std::filesystem::path data_folder();

/// Where this person's own devices, calibrations and results are: $XDG_DATA_HOME/slimline or ~/.local/share/slimline.
std::filesystem::path user_folder();

/// Ids (file names without .json) in `folder` of the shipped data and of the user's, sorted, each once.
std::vector<std::string> shipped_ids(const std::string& folder);

/// A path as given, or an id looked up in the user's folder, then in the shipped one. `what` names the kind in the
/// error ("architecture", "device"), which says what was meant.
std::filesystem::path find_data_file(const std::string& id_or_path, const std::string& folder, const std::string& what);

}  // namespace slimline

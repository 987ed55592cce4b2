#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace slimline {

/// A large file written piece by piece. Nobody sees it under its name before keep(); without that, nothing is left.
/// Throws InputError when something cannot be written (disk full, a limit, no permission), with the path and the reason.
class NewFile {
 public:
    /// Beside `path`, to be renamed to it.
    explicit NewFile(std::filesystem::path path);
    /// Without a name in any folder: gone with the last process that has it open. `folder` is where its bytes are.
    static NewFile nameless(const std::filesystem::path& folder);
    ~NewFile();
    NewFile(NewFile&& other) noexcept;
    NewFile& operator=(NewFile&&) = delete;

    void write(std::span<const std::byte> bytes);
    void write(std::string_view bytes);
    void keep();
    int descriptor() const { return descriptor_; }

 private:
    NewFile() = default;
    [[noreturn]] void fail(const char* fact, int error) const;

    std::filesystem::path path_{};
    std::filesystem::path temporary_{};  // empty: nameless, or kept
    int descriptor_ = -1;
};

/// Throws InputError when a folder's disk has less free space than asked for, saying both.
void require_free_space(const std::filesystem::path& folder, double bytes);

}  // namespace slimline

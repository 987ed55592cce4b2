#include "base/new_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace fs = std::filesystem;

NewFile::NewFile(fs::path path) : path_(std::move(path))
{
    std::error_code ignored;
    if (!path_.parent_path().empty()) {
        fs::create_directories(path_.parent_path(), ignored);
    }
    if (fs::is_directory(path_, ignored)) {
        throw InputError(path_.string(), "is a folder", "give a file");
    }
    temporary_ = path_.string() + ".part-" + std::to_string(::getpid());
    descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
        const int error = errno;
        temporary_.clear();
        fail("cannot be written", error);
    }
}

NewFile NewFile::nameless(const fs::path& folder)
{
    NewFile file;
    file.path_ = folder;
    std::string pattern = (folder / "slimline-XXXXXX").string();
    file.descriptor_ = ::mkostemp(pattern.data(), O_CLOEXEC);
    if (file.descriptor_ < 0) {
        file.fail("no file can be made here", errno);
    }
    ::unlink(pattern.c_str());
    return file;
}

NewFile::NewFile(NewFile&& other) noexcept
    : path_(std::move(other.path_)),
      temporary_(std::exchange(other.temporary_, {})),
      descriptor_(std::exchange(other.descriptor_, -1))
{
}

NewFile::~NewFile()
{
    if (descriptor_ >= 0) {
        ::close(descriptor_);
    }
    if (!temporary_.empty()) {
        ::unlink(temporary_.c_str());
    }
}

void NewFile::fail(const char* fact, int error) const
{
    throw InputError(path_.string(), std::string(fact) + " (" + std::strerror(error) + ")",
                     "check the folder, its permissions and free space");
}

void NewFile::write(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            fail("cannot be written", errno);
        }
        bytes = bytes.subspan(written > 0 ? std::size_t(written) : 0);
    }
}

void NewFile::write(std::string_view bytes)
{
    write(std::as_bytes(std::span(bytes.data(), bytes.size())));
}

void NewFile::keep()
{
    const int closed = ::close(std::exchange(descriptor_, -1));
    if (closed != 0 || std::rename(temporary_.c_str(), path_.c_str()) != 0) {
        fail("cannot be written", errno);
    }
    temporary_.clear();
}

void require_free_space(const fs::path& folder, double bytes)
{
    std::error_code error;
    const fs::space_info space = fs::space(folder.empty() ? fs::path(".") : folder, error);
    if (!error && double(space.available) < bytes) {
        throw InputError(folder.string(),
                         "has " + display(Bytes{double(space.available)}) + " free where " + display(Bytes{bytes}) +
                             " are needed",
                         "make room, or choose another folder");
    }
}

}  // namespace slimline

#include "base/files.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>

#include "base/errors.h"
#include "tests/support/complaint.h"

using namespace slimline;
namespace fs = std::filesystem;
using Catch::Contains;

namespace {

/// A folder of this test alone, gone when it ends.
struct ScratchFolder {
    ScratchFolder()
    {
        std::string name = (fs::temp_directory_path() / "slimline-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path = name;
    }
    ~ScratchFolder()
    {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    fs::path path;
};

/// Sets an environment variable while it lives.
struct WithVariable {
    WithVariable(const char* name, const std::string& value) : name_(name)
    {
        const char* before = std::getenv(name);
        had_ = before != nullptr;
        before_ = had_ ? before : "";
        ::setenv(name, value.c_str(), 1);
    }
    ~WithVariable() { had_ ? ::setenv(name_, before_.c_str(), 1) : ::unsetenv(name_); }
    WithVariable(const WithVariable&) = delete;
    WithVariable& operator=(const WithVariable&) = delete;

 private:
    const char* name_;
    bool had_ = false;
    std::string before_;
};

}  // namespace

TEST_CASE("what was written is read back, and folders on the way are made", "[base]")
{
    const ScratchFolder scratch;
    const fs::path file = scratch.path / "a" / "b" / "note.json";
    write_file(file, std::string("one\0two", 7));
    CHECK(read_file(file) == std::string("one\0two", 7));
    write_file(file, "new");
    CHECK(read_file(file) == "new");
}

TEST_CASE("writing leaves no temporary file behind, whether it works or not", "[base]")
{
    const ScratchFolder scratch;
    write_file(scratch.path / "good", "x");
    fs::create_directory(scratch.path / "folder");
    CHECK_THAT(complaint([&] { write_file(scratch.path / "folder", "x"); }), Contains("cannot be replaced"));
    CHECK_THAT(complaint([&] { write_file(scratch.path / "good" / "below", "x"); }), Contains("cannot be written"));
    CHECK(std::distance(fs::directory_iterator(scratch.path), fs::directory_iterator()) == 2);
}

TEST_CASE("a file of exactly the limit is read, one byte more is refused", "[base]")
{
    const ScratchFolder scratch;
    write_file(scratch.path / "f", "12345");
    CHECK(read_file(scratch.path / "f", 5) == "12345");
    CHECK_THAT(complaint([&] { read_file(scratch.path / "f", 4); }), Contains("is larger than 4"));
    CHECK(read_file_start(scratch.path / "f", 2) == "12");
}

TEST_CASE("an endless file is cut at the limit", "[base]")
{
    CHECK(read_file_start("/dev/zero", 3 << 20).size() == 3 << 20);
    CHECK_THAT(complaint([&] { read_file("/dev/zero", 1 << 20); }), Contains("is larger than"));
}

TEST_CASE("a missing file and a folder are named as what they are", "[base]")
{
    const ScratchFolder scratch;
    CHECK_THAT(complaint([&] { read_file(scratch.path / "none"); }), Contains("cannot be opened (No such file"));
    CHECK_THAT(complaint([&] { read_file(scratch.path); }), Contains("is a folder"));
}

TEST_CASE("an id is looked up in the person's folder first, then in the shipped data", "[base]")
{
    const ScratchFolder scratch;
    const WithVariable shipped("SLIMLINE_DATA", (scratch.path / "data").string());
    const WithVariable own("XDG_DATA_HOME", (scratch.path / "home").string());
    const fs::path shipped_file = scratch.path / "data" / "devices" / "toy-board.json";
    const fs::path own_file = scratch.path / "home" / "slimline" / "devices" / "toy-board.json";

    write_file(shipped_file, "{}");
    CHECK(find_data_file("toy-board", "devices", "device") == shipped_file);
    write_file(own_file, "{}");
    CHECK(find_data_file("toy-board", "devices", "device") == own_file);
    CHECK(shipped_ids("devices") == std::vector<std::string>{"toy-board"});
    CHECK(find_data_file(shipped_file.string(), "devices", "device") == shipped_file);
}

TEST_CASE("an unknown id says what was meant", "[base]")
{
    const ScratchFolder scratch;
    const WithVariable shipped("SLIMLINE_DATA", scratch.path.string());
    const WithVariable own("XDG_DATA_HOME", scratch.path.string());
    write_file(scratch.path / "archs" / "phi-1.json", "{}");

    const auto lookup = [](const std::string& id) {
        return complaint([&] { find_data_file(id, "archs", "architecture"); });
    };
    CHECK(lookup("phi1") == "no architecture 'phi1'; did you mean 'phi-1'?");
    CHECK_THAT(lookup("./none.json"), Contains("./none.json: no such file"));
    CHECK_THAT(lookup(""), Contains("no architecture ''"));
    CHECK_THAT(lookup("a\nb"), Contains("no architecture 'a\\x0ab'"));
    CHECK_THAT(lookup(std::string(5000, 'a')), Contains("no architecture 'aaa"));
    CHECK_THAT(lookup(std::string("phi-1\0", 6)), Contains("no architecture"));
}

// An independent reader of GGUF (npm's @huggingface/gguf) reads back the headers that we write. Runs where node is and
// `npm ci` was run in tests/archspace/gguf_npm; says so and passes elsewhere.

#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "archspace/architecture_json.h"
#include "archspace/gguf_import.h"
#include "archspace/gguf_writer.h"
#include "base/files.h"

using namespace slimline;
namespace fs = std::filesystem;

namespace {

const fs::path reader = fs::path(SLIMLINE_SOURCE_DIR) / "tests" / "archspace" / "gguf_npm";

bool can_run()
{
    return fs::exists(reader / "node_modules" / "@huggingface" / "gguf") &&
           std::system("node --version >/dev/null 2>&1") == 0;
}

std::string output_of(const std::string& command)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    REQUIRE(pipe != nullptr);
    std::string output;
    char piece[4096];
    while (const std::size_t count = std::fread(piece, 1, sizeof piece, pipe.get())) {
        output.append(piece, count);
    }
    return output;
}

/// A whole model file as far as its size goes: the header, then a hole where the weights would be.
struct HollowModel {
    HollowModel(const Architecture& arch, const WeightMix& mix)
        : path(fs::temp_directory_path() / ("slimline-" + std::to_string(::getpid()) + "-" + arch.id + ".gguf"))
    {
        const GgufHeader header = gguf_header(arch, mix);
        write_file(path, header.bytes);
        fs::resize_file(path, header.bytes.size() + header.data_bytes);
    }
    ~HollowModel()
    {
        std::error_code ignored;
        fs::remove(path, ignored);
    }
    HollowModel(const HollowModel&) = delete;
    HollowModel& operator=(const HollowModel&) = delete;

    fs::path path;
};

}  // namespace

TEST_CASE("an independent reader finds the tensors and parameters that were written", "[archspace][gguf][npm]")
{
    if (!can_run()) {
        WARN("node or tests/archspace/gguf_npm/node_modules is missing: not checked");
        return;
    }
    const char* mix_name = GENERATE("Q4_K_M", "Q4_0", "IQ4_XS");
    for (const char* id : {"smollm-135m", "granite-3.0-1b-a400m", "lfm2-350m", "openelm-270m", "qwen1.5-0.5b"}) {
        CAPTURE(id, mix_name);
        const Architecture arch = load_architecture(id);
        const WeightMix mix = mix_named(mix_name);
        const HollowModel model(arch, mix);
        const std::string output =
            output_of("node '" + (reader / "read.mjs").string() + "' '" + model.path.string() + "'");
        const JsonDocument found = parse_json("output of node", output);
        const std::vector<StoredTensor> stored = stored_tensors(arch, mix);
        double elements = 0;
        double offset = 0;
        REQUIRE(found.root["tensors"].size() == stored.size());
        for (std::size_t i = 0; i < stored.size(); ++i) {
            const Json& theirs = found.root["tensors"][i];  // name, type, offset, sizes
            CHECK(theirs[0] == gguf_tensor_name(gguf_architecture_name(arch), stored[i].tensor));
            CHECK(theirs[1] == info(stored[i].format).ggml_type);
            double counted = 1;
            for (std::size_t at = 3; at < theirs.size(); ++at) {
                counted *= theirs[at].get<double>();
            }
            CHECK(theirs[3] == stored[i].tensor.columns);
            CHECK((theirs.size() < 5 || theirs[4] == stored[i].tensor.rows));
            CHECK(counted == stored[i].tensor.elements());
            CHECK(theirs[2] == offset);  // behind all bytes of the tensors before, each rounded up to 32
            offset += std::ceil(stored[i].bytes() / 32) * 32;
            elements += stored[i].tensor.elements();
        }
        CHECK(found.root["architecture"] == gguf_architecture_name(arch));
        CHECK(found.root["layers"] == arch.layers.size());
        CHECK(found.root["parameters"] == elements);
    }
}

// llama.cpp's own library on files that we write. Runs where it is installed ('slimline backend install llama.cpp');
// says so and passes elsewhere.

#include <catch2/catch.hpp>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "archspace/architecture_json.h"
#include "archspace/gguf_writer.h"
#include "base/errors.h"
#include "base/files.h"
#include "tests/support/complaint.h"
#include "tests/support/shrunken.h"
#include "validation/backends/libllama_engine.h"
#include "validation/backends/llama_installation.h"

using namespace slimline;

namespace {

bool installed()
{
    if (!llama::installation().present) {
        WARN("LLAMA.CPP IS NOT INSTALLED: not checked; run 'slimline backend install llama.cpp'");
        return false;
    }
    return true;
}

}  // namespace

TEST_CASE("llama.cpp loads and runs every kind of model that we write", "[backends][libllama]")
{
    if (!installed()) {
        return;
    }
    LibllamaEngine engine;
    std::map<std::string, int> kinds;
    for (const std::string& id : shipped_ids("archs")) {
        const Architecture arch = shrunken(load_architecture(id));
        if (!complaint([&] { gguf_architecture_name(arch); }).empty()) {
            continue;
        }
        const std::string kind = gguf_architecture_name(arch);
        CAPTURE(id, kind);
        ++kinds[kind];
        CHECK(complaint([&] {
                  const auto model = engine.load({.arch = arch, .context = 256, .chunk = 64});
                  CHECK(model->run({.phase = Phase::prefill, .tokens = 40}) > 0);
                  CHECK(model->run({.phase = Phase::decode, .tokens = 2, .past = 20}) > 0);
              }) == "");
    }
    CHECK(kinds.size() >= 25);
}

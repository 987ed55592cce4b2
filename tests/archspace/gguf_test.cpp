#include <unistd.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "archspace/architecture_json.h"
#include "archspace/gguf_import.h"
#include "archspace/gguf_writer.h"
#include "archspace/inline_architecture.h"
#include "base/files.h"
#include "tests/support/bare_layers.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

bool can_be_gguf(const Architecture& arch)
{
    return complaint([&] { gguf_architecture_name(arch); }).empty();
}

}  // namespace

TEST_CASE("a header written for a model and a mix reads back as the same tensors and bytes", "[archspace][gguf]")
{
    int models = 0;
    for (const std::string& id : shipped_ids("archs")) {
        const Architecture arch = load_architecture(id);
        if (!can_be_gguf(arch)) {
            continue;
        }
        for (const char* name : {"Q4_K_M", "Q3_K_M", "F16"}) {
            CAPTURE(id, name);
            const WeightMix mix = mix_named(name);
            const GgufHeader header = gguf_header(arch, mix);
            const GgufImport import = import_gguf(read_gguf(id + ".gguf", header.bytes));
            const std::vector<StoredTensor> stored = stored_tensors(arch, mix);
            REQUIRE(import.tensors.size() == stored.size());
            CHECK(import.bytes() == weight_bytes(arch, mix));
            CHECK(import.mix == mix);
            CHECK(import.mix_is_exact);
            double differing = 0;
            for (std::size_t i = 0; i < stored.size(); ++i) {
                differing +=
                    import.tensors[i].tensor.name != gguf_tensor_name(gguf_architecture_name(arch), stored[i].tensor) ||
                    import.tensors[i].format != stored[i].format ||
                    import.tensors[i].tensor.elements() != stored[i].tensor.elements();
            }
            CHECK(differing == 0);
        }
        ++models;
    }
    CHECK(models >= 90);
}

TEST_CASE("what a header tells of a model is the model", "[archspace][gguf]")
{
    for (const std::string& id : shipped_ids("archs")) {
        const Architecture arch = load_architecture(id);
        if (!can_be_gguf(arch)) {
            continue;
        }
        CAPTURE(id);
        const Architecture back = import_gguf(read_gguf(id, gguf_header(arch, mix_named("Q8_0")).bytes)).architecture;
        CHECK(back.d_model == arch.d_model);
        CHECK(back.max_context == arch.max_context);
        CHECK(back.norm == arch.norm);
        CHECK(back.positions == arch.positions);
        CHECK(back.final_softcap == arch.final_softcap);
        std::vector<Block> ours = bare_layers(arch);
        std::vector<Block> theirs = bare_layers(back);
        for (std::size_t i = 0; i < ours.size(); ++i) {
            // llama.cpp knows the activation by the architecture's name, and GELU by its tanh form only.
            if (ours[i].ffn && ours[i].ffn->activation == Activation::gelu) {
                ours[i].ffn->activation = theirs[i].ffn->activation;
            }
        }
        CHECK(theirs == ours);
    }
}

TEST_CASE("a head held twice is counted as parameters, as llama.cpp does", "[archspace][gguf]")
{
    const Architecture arch = load_architecture("qwen1.5-0.5b");
    const Architecture back = import_gguf(read_gguf("x", gguf_header(arch, mix_named("Q4_K_M")).bytes)).architecture;
    CHECK(parameter_count(back).total == Approx(619.57e6).epsilon(1e-5));  // arXiv:2409.15790 figure 7
}

TEST_CASE("of a header cut off anywhere the error says how much is needed", "[archspace][gguf]")
{
    const std::string whole = gguf_header(load_architecture("smollm-135m"), mix_named("Q4_K_M")).bytes;
    const std::size_t end = read_gguf("x", whole).header_bytes;
    for (std::size_t length = 0; length < end; length += length < 600 ? 1 : 97) {
        const std::string said = complaint([&] { read_gguf("part.gguf", std::string_view(whole).substr(0, length)); });
        CAPTURE(length, said);
        CHECK_THAT(said, Catch::StartsWith("part.gguf: is cut off inside the header: it has " + std::to_string(length) +
                                           " bytes and needs at least "));
    }
    CHECK_NOTHROW(read_gguf("x", std::string_view(whole).substr(0, end)));
}

TEST_CASE("a header is read from a file of which most is weights", "[archspace][gguf]")
{
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("slimline-" + std::to_string(::getpid()) + ".gguf");
    write_file(path,
               gguf_header(load_architecture("smollm-135m"), mix_named("Q4_0")).bytes + std::string(3 << 20, 'w'));
    CHECK(is_gguf_file(path));
    CHECK(parameter_count(load_architecture(path.string())).total == 134515008);
    std::filesystem::remove(path);
}

TEST_CASE("a mix that no rule explains is kept as overrides", "[archspace][gguf]")
{
    const WeightMix mix = mix_named("q4_k_m,token_embd=q8_0");
    CHECK(mix.name == "Q4_K_M,token_embd=Q8_0");
    CHECK(mix.overrides == std::map<TensorRole, Format>{{TensorRole::token_embedding, Format::q8_0}});
    const GgufImport import = import_gguf(read_gguf("x", gguf_header(load_architecture("llama-3.1-8b"), mix).bytes));
    CHECK(import.mix == mix);
    CHECK(import.mix_is_exact);
}

TEST_CASE("what GGUF has no form for is refused", "[archspace][gguf]")
{
    CHECK_THAT(complaint([] { gguf_header(load_architecture("zamba2-2.7b"), mix_named("Q4_0")); }),
               Catch::Contains("zamba2-2.7b: GGUF has no form for this model"));
    CHECK_THAT(complaint([] { gguf_header(load_architecture("smollm-135m"), mix_named("AWQ")); }),
               Catch::Contains("INT4_G128"));
    Architecture plain = inline_architecture("L=2,d=64,h=1,kv=1,hd=64,ffn=128,V=256,tied,plain");
    CHECK_THROWS_WITH(gguf_architecture_name(plain), Catch::Contains("without a gate") && Catch::Contains("relu2"));
    plain.blocks.front().ffn->activation = Activation::relu2;
    CHECK(gguf_architecture_name(plain) == "arcee");
}

#include "archspace/resizing.h"

#include <algorithm>

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "archspace/inline_architecture.h"
#include "archspace/limits.h"

using namespace slimline;

TEST_CASE("layers of a pattern keep their proportions", "[archspace]")
{
    Architecture arch = inline_architecture("L=4,d=64,h=4,ffn=128");
    arch.blocks.push_back(arch.blocks.front());
    arch.blocks.back().name = "other";
    arch.layers = {0, 0, 0, 1};
    const Architecture twice = with_layers(arch, 8);
    CHECK(std::ranges::count(twice.layers, 1) == 2);
    CHECK(with_layers(arch, 4) == arch);
}

TEST_CASE("KV heads follow query heads so that groups stay whole", "[archspace]")
{
    const Architecture arch = inline_architecture("L=2,d=64,h=12,kv=4,hd=16,ffn=128");
    CHECK(stack_sizes(with_heads(arch, 8)).kv_heads == 4);
    CHECK(stack_sizes(with_heads(arch, 9)).kv_heads == 3);
    CHECK(stack_sizes(with_heads(arch, 7)).kv_heads == 1);
    CHECK(stack_sizes(with_kv_heads(arch, 5)).kv_heads == 4);
    const Architecture plain = inline_architecture("L=2,d=64,h=12,hd=16,ffn=128");
    CHECK(stack_sizes(with_heads(plain, 7)).kv_heads == 7);  // without sharing there still is none
}

TEST_CASE("FFN widths of layers that differ keep their proportions", "[archspace]")
{
    const Architecture arch = load_architecture("openelm-270m");
    const int widest = stack_sizes(arch).d_ffn;
    const Architecture half = with_ffn_width(arch, widest / 2);
    CHECK(stack_sizes(half).d_ffn == widest / 2);
    for (std::size_t i = 0; i < arch.blocks.size(); ++i) {
        CHECK(half.blocks[i].ffn->width == Approx(arch.blocks[i].ffn->width / 2.0).margin(129));
    }
}

TEST_CASE("whatever sizes are set, a catalogued model stays one that every reader takes", "[archspace][property]")
{
    for (const char* id : {"qwen2-0.5b", "openelm-270m", "olmoe-1b-7b", "zamba2-2.7b"}) {
        const Architecture arch = load_architecture(id);
        CAPTURE(id);
        for (const int n : {1, 3, 8, 31, 64}) {
            CHECK_NOTHROW(check_architecture(with_layers(arch, n), id));
            CHECK_NOTHROW(check_architecture(with_heads(arch, n), id));
            CHECK_NOTHROW(check_architecture(with_kv_heads(arch, n), id));
            CHECK_NOTHROW(check_architecture(with_head_dim(arch, n), id));
            CHECK_NOTHROW(check_architecture(with_ffn_width(arch, n), id));
            CHECK_NOTHROW(check_architecture(with_experts(arch, n, 100), id));
            CHECK_NOTHROW(check_architecture(with_experts(arch, 0, 2), id));
        }
    }
}

#include "archspace/inline_architecture.h"

#include <catch2/catch.hpp>

#include "archspace/architecture_json.h"
#include "tests/support/complaint.h"

using namespace slimline;

TEST_CASE("a short form says the same as a file", "[archspace][inline]")
{
    const Architecture shipped = load_architecture("llama-3.2-1b");
    const Architecture inlined = load_architecture("L=16,d=2048,h=32,kv=8,ffn=8192,V=128256,tied");
    CHECK(parameter_count(inlined).total == parameter_count(shipped).total);
    CHECK(inlined.blocks == shipped.blocks);
    CHECK(inlined.layers == shipped.layers);
}

TEST_CASE("a short form has experts, windows and heads of any size", "[archspace][inline]")
{
    const Architecture arch =
        inline_architecture("L=24,d=2048,h=16,kv=4,hd=128,ffn=5632,V=32000,tied,E=8,K=2,S=1024,W=512,ctx=4096");
    CHECK(arch.blocks[0].ffn->experts == 8);
    CHECK(arch.blocks[0].ffn->active == 2);
    CHECK(arch.blocks[0].ffn->shared_width == 1024);
    CHECK(std::get<Attention>(arch.blocks[0].mixer).window == 512);
    CHECK(arch.max_context == 4096);
}

TEST_CASE("what is wrong with a short form is said in one line", "[archspace][inline]")
{
    const std::pair<const char*, const char*> cases[] = {
        {"L=2", "'L=2': 'd' is missing; a short form has at least L=, d=, h= and ffn="},
        {"L=2,d=64,h=3,ffn=8", "d=64 is not a multiple of h=3; give hd= as well"},
        {"L=2,d=64,h=4,fnf=8", "unknown part 'fnf='; did you mean 'ffn='?"},
        {"L=2,d=64,h=4,ffn=8,teid", "unknown part 'teid'; did you mean 'tied'?"},
        {"L=2,d=64,h=4,ffn=8,tied,untied", "is both tied and untied; keep one"},
        {"L=2,L=3,d=64,h=4,ffn=8", "L stands twice; keep one"},
        {"L=2,d=64,h=4,kv=3,ffn=8", "has 4 query heads for 3 KV heads; the second must divide the first"},
        {"L=2,d=64,h=4,ffn=8,E=4", "E (experts) and K (active experts) go together; give both or neither"},
        {"L=2,d=64,h=4,ffn=8,E=4,K=5", "has 5 active experts of 4"},
        {"L=99999999999,d=64,h=4,ffn=8", "L must be a whole number between 1 and 1024, not '99999999999'"},
        {"L=2,d=65536,h=1,ffn=8", "has heads of 65536; between 1 and 4096 are taken"},
        {"L=2,d=-64,h=4,ffn=8", "d must be a whole number between 1 and 65536, not '-64'"},
        {"L=2,d=6.5,h=4,ffn=8", "d must be a whole number between 1 and 65536, not '6.5'"},
        {"L=,d=64,h=4,ffn=8", "L must be a whole number between 1 and 1024, not ''"},
        {"L=2,,d=64,h=4,ffn=8", "unknown part ''"},
    };
    for (const auto& [text, expected] : cases) {
        CAPTURE(text);
        const std::string said = complaint([text = text] { load_architecture(text); });
        CHECK_THAT(said, Catch::Contains(expected));
        CHECK(said.find('\n') == std::string::npos);
    }
}

#include <string>

#include "base/errors.h"
#include "validation/engine/int4_engine.h"

namespace slimline::engine {

namespace {

std::string_view name_of(const Mixer& mixer)
{
    constexpr std::string_view names[] = {"no mixer", "attention", "multi-head latent attention", "a Mamba-2 mixer",
                                          "an RG-LRU mixer", "a gated short convolution", "a gated delta net"};
    return names[mixer.index()];
}

[[noreturn]] void refuse(const Architecture& arch, const Block& block, std::string_view what)
{
    throw InputError(arch.id + "/" + block.name, "the int4 engine cannot run " + std::string(what),
                     "predictions do not need it; measure with llama.cpp");
}

void require_attention(const Architecture& arch, const Block& block, const Attention& a, Format kv_cache)
{
    if (a.input_width != 0 && a.input_width != arch.d_model) {
        refuse(arch, block, "attention that reads the hidden state and the embedding side by side");
    }
    if (a.kv_heads <= 0 || a.heads % a.kv_heads != 0) {
        refuse(arch, block, "query heads that are no multiple of the KV heads");
    }
    if (a.head_dim % 8 != 0 || a.head_dim > 1024) {
        refuse(arch, block, "heads whose size is no multiple of 8 up to 1024");
    }
    if (kv_cache == Format::q8_0 && a.head_dim % 32 != 0) {
        refuse(arch, block, "a Q8_0 cache with heads whose size is no multiple of 32");
    }
}

}  // namespace

void require_runnable(const Architecture& arch, Format kv_cache)
{
    if (kv_cache != Format::f16 && kv_cache != Format::q8_0) {
        throw InputError(arch.id, "the int4 engine keeps keys and values as F16 or Q8_0", "choose one of these");
    }
    for (const Block& block : arch.blocks) {
        if (const auto* attention = std::get_if<Attention>(&block.mixer)) {
            require_attention(arch, block, *attention, kv_cache);
        } else if (!std::holds_alternative<std::monostate>(block.mixer)) {
            refuse(arch, block, name_of(block.mixer));
        }
        if (block.adapter.linear || block.adapter.lora_rank > 0) {
            refuse(arch, block, "adapters of shared blocks");
        }
        if (block.parallel && !block.ffn) {
            refuse(arch, block, "a parallel block without an FFN");
        }
    }
}

}  // namespace slimline::engine

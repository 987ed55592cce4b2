#pragma once

#include <string>
#include <string_view>

#include "archspace/architecture.h"

namespace slimline {

/// Whether the text is meant as a short form: it has key=value parts and is no path.
bool is_inline_architecture(std::string_view text);

/// A plain decoder from "L=24,d=2048,h=16,kv=4,hd=128,ffn=5632,V=32000,tied,E=8,K=2". L, d, h and ffn must be there; kv
/// defaults to h, hd to d/h, V to 32000, the head to tied. More: W (sliding window), S (shared expert's width), ctx, and
/// the words untied, plain (no gate), parallel, qkv_bias.
Architecture inline_architecture(const std::string& text);

}  // namespace slimline

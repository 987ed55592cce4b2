// Deliberately broken inputs, each of which must give one clear line that names the file and the fact.

#include <catch2/catch.hpp>
#include <cstring>

#include "archspace/architecture_json.h"
#include "archspace/gguf_import.h"
#include "archspace/gguf_writer.h"
#include "archspace/hf_config.h"
#include "tests/support/complaint.h"

using namespace slimline;

namespace {

struct Broken {
    const char* text;
    const char* fact;
};

/// A small architecture in which one thing is replaced.
constexpr const char* sound = R"({"format": "architecture/1", "id": "toy", "d_model": 64, "vocabulary": 100,
  "blocks": {"layer": {"attention": {"heads": 4, "kv_heads": 2, "head_dim": 16}, "ffn": {"width": 128}}}, "layers": ["2*layer"]})";

struct Replaced {
    const char* what;
    const char* by;
    const char* fact;
};

constexpr Replaced broken_ours[] = {
    {"architecture/1", "architecture/2", "format is 'architecture/2'; this place takes 'architecture/1'"},
    {"\"format\": \"architecture/1\", ", "", "'format' is missing"},
    {"\"architecture/1\"", "1", "must be a text, not 1"},
    {"\"id\": \"toy\", ", "", "'id' is missing"},
    {"\"toy\"", "\"Toy Model\"", "'Toy Model' is no id"},
    {"\"toy\"", "\"\"", "'' is no id"},
    {"\"toy\"", "\"../x\"", "'../x' is no id"},
    {"\"d_model\": 64", "\"d_model\": 0", "must be a whole number between 1 and 65536, not 0"},
    {"\"d_model\": 64", "\"d_model\": -64", "not -64"},
    {"\"d_model\": 64", "\"d_model\": 64.5", "not 64.5"},
    {"\"d_model\": 64", "\"d_model\": 1e300", "not 1e+300"},
    {"\"d_model\": 64", "\"d_model\": \"64\"", "not the text '64'"},
    {"\"d_model\": 64", "\"d_model\": null", "not null"},
    {"\"d_model\": 64", "\"d_model\": [64]", "not a list"},
    {"\"d_model\": 64", "\"d_model\": true", "not true"},
    {"\"d_model\": 64", "\"d_modle\": 64", "'d_model' is missing"},
    {"\"d_model\": 64", "\"d_model\": 64, \"d_model\": 64", "stands twice"},
    {"\"d_model\": 64", "\"d_model\": 64, \"vocabluary\": 1", "unknown key 'vocabluary'; did you mean 'vocabulary'?"},
    {"\"vocabulary\": 100", "\"vocabulary\": 5000000", "must be a whole number between 1 and 4194304"},
    {"\"vocabulary\": 100", "\"vocabulary\": 99999999999999999999", "must be a whole number"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"norm\": \"rms\"", "unknown word 'rms'"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"norm\": 1", "must be a text, not 1"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"positions\": \"rotary\"", "unknown word 'rotary'"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"positions\": \"learned\"", "the table has no rows"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"tied_embeddings\": \"yes\"", "must be true or false"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"tied_embeddings\": 1", "must be true or false, not 1"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"max_context\": 0",
     "must be a whole number between 1 and 268435456"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"embedding_width\": 70000", "between 0 and 65536"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"final_softcap\": -1", "must be a number between 0 and 1e+06"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"published_parameters\": -1", "between 0 and 1e+15"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"sources\": {}", "must be a list, not an object"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"sources\": [{}]", "'origin' is missing"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"sources\": [{\"origin\": \"x\", \"url\": \"y\"}]",
     "unknown key 'url'"},
    {"\"vocabulary\": 100", "\"vocabulary\": 100, \"unverified\": \"all\"", "must be a list, not the text 'all'"},
    {"\"blocks\": {", "\"block\": {", "'blocks' is missing"},
    {"\"layers\": [\"2*layer\"]", "\"layers\": []", "no layer is made of block 'layer'"},
    {"\"layers\": [\"2*layer\"]", "\"layers\": \"2*layer\"", "must be a list, not the text '2*layer'"},
    {"2*layer", "0*layer", "repeats less than once"},
    {"2*layer", "9999999*layer", "repeats less than once or more than 1024 times"},
    {"2*layer", "1024*(2*layer)", "has more than 1024 layers"},
    {"2*layer", "2*layr", "no layer is made of block 'layer'"},
    {"2*layer", "layer layr", "there is no block 'layr'; did you mean 'layer'?"},
    {"2*layer", "2*(layer", "lacks a closing parenthesis"},
    {"2*layer", "2*layer)", "stops making sense at character 8"},
    {"2*layer", "", "lacks a block's name at character 1"},
    {"2*layer", "2**layer", "lacks a block's name"},
    {"2*layer", "layer\\u0000", "lacks a block's name"},
    {"\"2*layer\"", "2", "must be a text, not 2"},
    {"\"heads\": 4", "\"heads\": 0", "must be a whole number between 1 and 1024, not 0"},
    {"\"heads\": 4", "\"heads\": 3", "has 3 query heads for 2 KV heads"},
    {"\"heads\": 4", "\"heads\": 1", "has 1 query heads for 2 KV heads"},
    {"\"heads\": 4", "\"heads\": [4]", "has 1 numbers for 2 layers"},
    {"\"heads\": 4", "\"heads\": [4, \"4\"]", "must be a whole number"},
    {"\"heads\": 4", "\"heads\": [4, 0]", "not 0"},
    {"\"heads\": 4", "\"head\": 4", "'heads' is missing"},
    {"\"head_dim\": 16", "\"head_dim\": 5000", "between 1 and 4096, not 5000"},
    {"\"head_dim\": 16", "\"head_dim\": 16, \"rope_fraction\": 1.5", "must be a number between 0 and 1, not 1.5"},
    {"\"head_dim\": 16", "\"head_dim\": 16, \"window\": -1", "not -1"},
    {"\"head_dim\": 16", "\"head_dim\": 16, \"qk_norm\": \"head\"", "unknown word 'head'"},
    {"\"head_dim\": 16", "\"head_dim\": 16, \"bias\": true", "unknown key 'bias'"},
    {"\"width\": 128", "\"width\": 0", "not 0"},
    {"\"width\": 128", "\"width\": 1e9", "between 1 and 1048576"},
    {"\"width\": 128", "\"width\": [128, 128, 128]", "has 3 numbers for 2 layers"},
    {"\"width\": 128", "\"width\": 128, \"activation\": \"swish\"", "unknown word 'swish'"},
    {"\"width\": 128", "\"width\": 128, \"experts\": 4", "has 0 active experts of 4"},
    {"\"width\": 128", "\"width\": 128, \"experts\": 4, \"active\": 8", "has 8 active experts of 4"},
    {"\"width\": 128", "\"width\": 128, \"active\": 2", "has active experts but no experts"},
    {"\"width\": 128", "\"width\": 128, \"gated\": false, \"fused_gate_up\": true",
     "fuses a gate that it does not have"},
    {"\"ffn\": {\"width\": 128}", "\"ffn\": 128", "must be an object, not 128"},
    {"\"ffn\": {\"width\": 128}", "\"mamba2\": {\"heads\": 2, \"head_dim\": 8, \"state\": 8}",
     "has 'attention' already"},
    {"\"ffn\": {\"width\": 128}", "\"parallel\": true", "is parallel but has only one branch"},
    {"\"ffn\": {\"width\": 128}", "\"sharing\": \"ffn\"", "shares an FFN that it does not have"},
    {"\"ffn\": {\"width\": 128}", "\"sharing\": \"all\"", "unknown word 'all'"},
    {"\"ffn\": {\"width\": 128}", "\"runs\": 0", "between 1 and 16, not 0"},
    {"\"ffn\": {\"width\": 128}", "\"norms\": [\"before\"]", "unknown word 'before'"},
    {"\"ffn\": {\"width\": 128}", "\"norms\": \"before_mixer\"", "must be a list"},
    {"\"ffn\": {\"width\": 128}", "\"adapter\": {\"rank\": 8}", "unknown key 'rank'"},
    {"\"attention\": {\"heads\": 4, \"kv_heads\": 2, \"head_dim\": 16}, \"ffn\": {\"width\": 128}", "",
     "has neither a mixer nor an FFN"},
    {"\"attention\": {\"heads\": 4, \"kv_heads\": 2, \"head_dim\": 16}",
     "\"mamba2\": {\"heads\": 4, \"head_dim\": 16, \"state\": 8, \"groups\": 3}", "has 4 Mamba-2 heads for 3 groups"},
    {"\"attention\": {\"heads\": 4, \"kv_heads\": 2, \"head_dim\": 16}",
     "\"rg_lru\": {\"width\": 64, \"gate_blocks\": 5}", "has 5 gate blocks for a width of 64"},
    {"\"attention\": {\"heads\": 4, \"kv_heads\": 2, \"head_dim\": 16}",
     "\"gated_delta_net\": {\"key_heads\": 4, \"value_heads\": 6, \"key_dim\": 8, \"value_dim\": 8}",
     "has 6 value heads for 4 key heads"},
    {"\"attention\": {\"heads\": 4, \"kv_heads\": 2, \"head_dim\": 16}", "\"latent_attention\": {\"heads\": 4}",
     "'kv_rank' is missing"},
    {"\"attention\": {\"heads\": 4, \"kv_heads\": 2, \"head_dim\": 16}", "\"short_conv\": {\"kernel\": 1000}",
     "between 1 and 64, not 1000"},
    {"{\"layer\": {", "{\"layer\": [{", "is not valid JSON"},
    {"\"layers\"", "layers", "is not valid JSON"},
    {"\"2*layer\"]}", "\"2*layer\"]", "is not valid JSON"},
};

constexpr Broken broken_configs[] = {
    {"", "is not valid JSON"},
    {"[]", "is no config.json"},
    {"{}", "'model_type' is missing"},
    {R"({"model_type": null})", "'model_type' is missing"},
    {R"({"model_type": 7})", "must be a text, not 7"},
    {R"({"model_type": "qwen9"})", "model_type 'qwen9' is not known; the nearest known is 'qwen"},
    {R"({"model_type": "x\n\u0001y"})", "model_type 'x\\x0a\\x01y' is not known"},
    {R"({"model_type": "whisper"})", "model_type 'whisper' is not known; known: "},
    {R"({"model_type": "llama"})", "'hidden_size' is missing; this model_type needs it"},
    {R"({"model_type": "llama", "hidden_size": 64})", "'vocab_size' is missing"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100})", "is missing; this model_type needs it"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4})",
     "is missing; this model_type needs it"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 128})",
     "'num_hidden_layers' is missing"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 128, "num_hidden_layers": 0})",
     "/num_hidden_layers: must be a whole number between 1 and 1024, not 0"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 128, "num_hidden_layers": 1e9})",
     "must be a whole number between 1 and 1024"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 3, "intermediate_size": 128, "num_hidden_layers": 2})",
     "hidden_size 64 is not a multiple of 3 heads; give 'head_dim'"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "num_key_value_heads": 3, "intermediate_size": 128, "num_hidden_layers": 2})",
     "has 4 query heads for 3 KV heads"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "num_key_value_heads": 0, "intermediate_size": 128, "num_hidden_layers": 2})",
     "/num_key_value_heads: must be a whole number between 1 and 1024, not 0"},
    {R"({"model_type": "llama", "hidden_size": "64"})",
     "/hidden_size: must be a whole number between 1 and 65536, not the text '64'"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": -1})", "/vocab_size: must be"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "tie_word_embeddings": "no"})",
     "must be true or false"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 128, "num_hidden_layers": 2, "hidden_act": "tanh"})",
     "unknown word 'tanh'"},
    {R"({"model_type": "llama", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 128, "num_hidden_layers": 2, "rope_parameters": {"partial_rotary_factor": 2}})",
     "must be a number between 0 and 1, not 2"},
    {R"({"model_type": "gemma3", "text_config": {"model_type": "gemma9"}})", "model_type 'gemma9' is not known"},
    {R"({"model_type": "gemma3", "text_config": {"num_hidden_layers": 2}})", "'intermediate_size' is missing"},
    {R"({"model_type": "gemma3_text", "intermediate_size": 8, "num_hidden_layers": 2, "layer_types": ["sliding_attention"]})",
     "/layer_types: has 1 members for 2 layers"},
    {R"({"model_type": "gemma3_text", "intermediate_size": 8, "num_hidden_layers": 2, "layer_types": [1, 2]})",
     "must be a text, not 1"},
    {R"({"model_type": "gemma3_text", "intermediate_size": 8, "num_hidden_layers": 2, "layer_types": "all"})",
     "must be a list"},
    {R"({"model_type": "openelm", "model_dim": 64, "vocab_size": 9, "num_transformer_layers": 2})",
     "'num_query_heads', 'num_kv_heads' and"},
    {R"({"model_type": "openelm", "model_dim": 64, "vocab_size": 9, "num_transformer_layers": 2, "head_dim": 8, "num_query_heads": [2, 2], "num_kv_heads": [1, 1], "ffn_multipliers": [1]})",
     "/ffn_multipliers: has 1 members for 2 layers"},
    {R"({"model_type": "openelm", "model_dim": 64, "vocab_size": 9, "num_transformer_layers": 2, "head_dim": 8, "num_query_heads": [2, 2], "num_kv_heads": [1, 1], "ffn_multipliers": [1, 1e9]})",
     "must be a number between 0.001 and 16"},
    {R"({"model_type": "granitemoe", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 128, "num_hidden_layers": 2, "num_local_experts": 8})",
     "'num_experts_per_tok' is missing"},
    {R"({"model_type": "granitemoe", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 128, "num_hidden_layers": 2, "num_local_experts": 8, "num_experts_per_tok": 9})",
     "has 9 active experts of 8"},
    {R"({"model_type": "minicpm3", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4})",
     "'kv_lora_rank' is missing"},
    {R"({"model_type": "recurrent_gemma", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 8, "num_hidden_layers": 2, "block_types": []})",
     "/block_types: has no members"},
    {R"({"model_type": "recurrent_gemma", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 8, "num_hidden_layers": 2, "lru_width": 66})",
     "has 4 gate blocks for a width of 66"},
    {R"({"model_type": "lfm2", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "block_ff_dim": 8, "num_hidden_layers": 2, "full_attn_idxs": [2]})",
     "/full_attn_idxs/0: must be a whole number between 0 and 1, not 2"},
    {R"({"model_type": "lfm2", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "block_ff_dim": 8, "num_hidden_layers": 2, "full_attn_idxs": 1})",
     "must be a list, not 1"},
    {R"({"model_type": "zamba2", "hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 8, "n_mamba_heads": 4, "mamba_d_state": 8, "hybrid_layer_ids": [-1]})",
     "/hybrid_layer_ids/0: must be"},
    {R"({"model_type": "granitemoehybrid", "hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 1, "num_attention_heads": 4, "intermediate_size": 8, "layer_types": ["mamba"]})",
     "'mamba_n_heads' is missing"},
    {R"({"model_type": "qwen3_next", "hidden_size": 64, "vocab_size": 100, "num_hidden_layers": 1, "num_attention_heads": 4})",
     "'linear_num_key_heads' is missing"},
    {R"({"model_type": "smollm3", "hidden_size": 64, "vocab_size": 100, "num_attention_heads": 4, "intermediate_size": 128, "num_hidden_layers": 2, "no_rope_layers": [1, 2]})",
     "/no_rope_layers/1: must be a whole number between 0 and 1, not 2"},
    {R"({"model_type": "llama", "model_type": "llama"})", "stands twice"},
    {R"({"model_type": "llama",})", "is not valid JSON"},
    {"{\"model_type\": \"\xff\"}", "is not valid JSON"},
};

/// A change to the bytes of a sound header.
struct BrokenGguf {
    std::string name;
    std::string bytes;
    std::string fact;
};

std::string sound_header()
{
    return gguf_header(load_architecture("L=2,d=64,h=4,kv=2,hd=16,ffn=128,V=100,untied"), mix_named("F16")).bytes;
}

template <class T>
std::string with(std::string bytes, std::size_t position, T value)
{
    std::memcpy(bytes.data() + position, &value, sizeof(T));
    return bytes;
}

/// The position of the value behind a key (12 bytes of length and type lie around the key).
std::size_t value_of(const std::string& bytes, const std::string& key)
{
    return bytes.find(key) + key.size() + 4;
}

std::string renamed(std::string bytes, const std::string& from, const std::string& to)
{
    REQUIRE(from.size() == to.size());
    return bytes.replace(bytes.find(from), from.size(), to);
}

std::vector<BrokenGguf> broken_ggufs()
{
    const std::string sound_bytes = sound_header();
    const std::size_t up = sound_bytes.find("blk.1.ffn_up.weight") + 19;  // dimensions, two sizes, type, offset
    const std::uint64_t huge = ~std::uint64_t{0};
    const std::size_t first_key = 24;
    return {
        {"empty", "", "is cut off inside the header: it has 0 bytes and needs at least 4"},
        {"three letters", "GGU", "needs at least 4"},
        {"another format", "PK\x03\x04" + sound_bytes, "is no GGUF file"},
        {"big-endian", with(sound_bytes, 4, std::uint32_t{0x03000000}), "is a big-endian GGUF file"},
        {"version 1", with(sound_bytes, 4, std::uint32_t{1}), "is GGUF version 1"},
        {"version 0", with(sound_bytes, 4, std::uint32_t{0}), "is GGUF version 0"},
        {"version 9", with(sound_bytes, 4, std::uint32_t{9}), "is GGUF version 9"},
        {"no tensors", with(sound_bytes, 8, std::uint64_t{0}), "there is no tensor 'token_embd.weight'"},
        {"endless tensors", with(sound_bytes, 8, huge), "claims 18446744073709551615 tensors"},
        {"many tensors", with(sound_bytes, 8, std::uint64_t{1000000}), "needs at least"},
        {"one tensor more", with(sound_bytes, 8, std::uint64_t{22}), ""},
        {"endless keys", with(sound_bytes, 16, huge), "keys"},
        {"one key more", with(sound_bytes, 16, std::uint64_t{200}), ""},
        {"a long key", with(sound_bytes, first_key, std::uint64_t{1} << 40), "claims a key of 1099511627776 bytes"},
        {"an endless key", with(sound_bytes, first_key, huge), "claims a key of 18446744073709551615 bytes"},
        {"an unknown value type",
         with(sound_bytes, value_of(sound_bytes, "general.architecture") - 4, std::uint32_t{77}),
         "key 'general.architecture' has a value of unknown type 77"},
        {"a long text", with(sound_bytes, value_of(sound_bytes, "general.architecture"), std::uint64_t{1} << 50),
         "claims a text of"},
        {"a number for a name", with(sound_bytes, value_of(sound_bytes, "general.architecture") - 4, std::uint32_t{10}),
         ""},
        {"no architecture", renamed(sound_bytes, "general.architecture", "general.architectura"),
         "key 'general.architecture' is missing"},
        {"an unknown architecture", renamed(sound_bytes, "llama", "llamb"),
         "architecture 'llamb' is not known; the nearest known is 'llama'"},
        {"no layers", with(sound_bytes, value_of(sound_bytes, "llama.block_count"), std::uint32_t{0}),
         "key 'llama.block_count' must be a whole number between 1 and 1024, not 0"},
        {"too many layers", with(sound_bytes, value_of(sound_bytes, "llama.block_count"), std::uint32_t{0xffffffff}),
         "must be a whole number between 1 and 1024"},
        {"a layer less", with(sound_bytes, value_of(sound_bytes, "llama.block_count"), std::uint32_t{1}),
         "belongs to no layer: there are 1"},
        {"a layer more", with(sound_bytes, value_of(sound_bytes, "llama.block_count"), std::uint32_t{3}), "block"},
        {"no block count", renamed(sound_bytes, "llama.block_count", "llama.block_cound"),
         "key 'llama.block_count' is missing"},
        {"a wider model", with(sound_bytes, value_of(sound_bytes, "llama.embedding_length"), std::uint32_t{128}),
         "the metadata makes that"},
        {"no width", renamed(sound_bytes, "llama.embedding_length", "llama.embedding_lengtt"),
         "key 'llama.embedding_length' is missing"},
        {"a width of 0", with(sound_bytes, value_of(sound_bytes, "llama.embedding_length"), std::uint32_t{0}), "not 0"},
        {"more heads", with(sound_bytes, value_of(sound_bytes, "llama.attention.head_count"), std::uint32_t{8}),
         "the metadata makes that"},
        {"no heads", with(sound_bytes, value_of(sound_bytes, "llama.attention.head_count"), std::uint32_t{0}), "not 0"},
        {"three KV heads", with(sound_bytes, value_of(sound_bytes, "llama.attention.head_count_kv"), std::uint32_t{3}),
         "has 4 query heads for 3 KV heads"},
        {"no context", with(sound_bytes, value_of(sound_bytes, "llama.context_length"), std::uint32_t{0}), "not 0"},
        {"a tensor of no kind", renamed(sound_bytes, "blk.0.ffn_down.weight", "blk.0.ffn_duwn.weight"),
         "tensor 'blk.0.ffn_duwn.weight' is of no kind that is known"},
        {"a tensor out of place", renamed(sound_bytes, "blk.0.ffn_down.weight", "blk.0.ssm_conv.weight"),
         "is of no kind"},
        {"a tensor too many", renamed(sound_bytes, "blk.0.ffn_norm.weight", "blk.0.ssm_norm.weight"),
         "does not belong to such a model"},
        {"a tensor missing", renamed(sound_bytes, "blk.0.attn_k.weight", "blk.0.attn_k.weighs"), "is of no kind"},
        {"a tensor twice", renamed(sound_bytes, "blk.1.ffn_up.weight", "blk.0.ffn_up.weight"),
         "tensor 'blk.0.ffn_up.weight' stands twice"},
        {"a layer's number of letters", renamed(sound_bytes, "blk.1.ffn_up.weight", "blk.x.ffn_up.weight"),
         "is of no kind"},
        {"no dimensions", with(sound_bytes, up, std::uint32_t{0}), "has 0 dimensions"},
        {"nine dimensions", with(sound_bytes, up, std::uint32_t{9}), "has 9 dimensions"},
        {"a size of 0", with(sound_bytes, up + 4, std::uint64_t{0}), "has 0 elements"},
        {"an endless size", with(sound_bytes, up + 4, huge), "elements"},
        {"a wrong size", with(sound_bytes, up + 4, std::uint64_t{32}),
         "has 4096 numbers in rows of 32; the metadata makes that 8192"},
        {"an unknown type", with(sound_bytes, up + 20, std::uint32_t{99}), "has the unknown type 99"},
        {"a removed type", with(sound_bytes, up + 20, std::uint32_t{4}), "has the unknown type 4"},
        {"rows of no whole blocks", with(sound_bytes, up + 20, std::uint32_t{12}), "which are no whole blocks of 256"},
        {"whole numbers as weights", with(sound_bytes, up + 20, std::uint32_t{26}),
         "holds numbers of type 26, which no weight has"},
    };
}

void check_one_line(const std::string& said, const std::string& file, const std::string& fact)
{
    CHECK_THAT(said, Catch::StartsWith(file));
    CHECK_THAT(said, Catch::Contains(fact));
    CHECK(said.find('\n') == std::string::npos);
    CHECK(said.size() < 1200);
}

}  // namespace

TEST_CASE("each broken architecture file gives one clear line", "[archspace][broken]")
{
    REQUIRE(complaint([] {
                const JsonDocument document = parse_json("toy.json", sound);
                read_architecture(JsonPlace(document));
            }).empty());
    for (const Replaced& each : broken_ours) {
        std::string text = sound;
        const std::size_t at = text.find(each.what);
        CAPTURE(each.what, each.by);
        REQUIRE(at != std::string::npos);
        text.replace(at, std::strlen(each.what), each.by);
        check_one_line(complaint([&] {
                           const JsonDocument document = parse_json("toy.json", text);
                           read_architecture(JsonPlace(document));
                       }),
                       "toy.json", each.fact);
    }
    CHECK(std::size(broken_ours) >= 80);
}

TEST_CASE("each broken config.json gives one clear line", "[archspace][broken]")
{
    for (const Broken& each : broken_configs) {
        CAPTURE(each.text);
        check_one_line(complaint([&] {
                           const JsonDocument document = parse_json("config.json", each.text);
                           architecture_from_hf_config(JsonPlace(document));
                       }),
                       "config.json", each.fact);
    }
    CHECK(std::size(broken_configs) >= 40);
}

TEST_CASE("each broken GGUF header gives one clear line", "[archspace][broken]")
{
    REQUIRE(complaint([] { import_gguf(read_gguf("model.gguf", sound_header())); }).empty());
    const std::vector<BrokenGguf> all = broken_ggufs();
    for (const BrokenGguf& each : all) {
        CAPTURE(each.name);
        check_one_line(complaint([&] { import_gguf(read_gguf("model.gguf", each.bytes)); }), "model.gguf", each.fact);
    }
    CHECK(all.size() >= 45);
}

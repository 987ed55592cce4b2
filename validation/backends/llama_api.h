#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace slimline::llama {

/// The pinned release: what is read and set by place in a structure was seen in it, and is checked at start.
inline constexpr const char* release = "0.5.0";
inline constexpr const char* npm_version = "3.22.1";

/// A parameter structure taken as it comes from the library: larger than any of them, so that it goes through memory.
struct alignas(16) Parameters {
    std::array<unsigned char, 1024> bytes{};
};

/// Where fields of llama_context_params are, in bytes.
enum class ContextField : std::size_t {
    context = 0,
    batch = 4,
    ubatch = 8,
    sequences = 12,
    flash_attention = 52,
    key_type = 104,
    value_type = 108,
    flags = 128,  // embeddings, offload_kqv, no_perf, op_offload, swa_full, kv_unified
    swa_full = 132,
};

struct Batch {
    std::int32_t count = 0;
    std::int32_t* token = nullptr;
    float* embedding = nullptr;
    std::int32_t* position = nullptr;
    std::int32_t* sequences = nullptr;
    std::int32_t** sequence = nullptr;
    std::int8_t* output = nullptr;
};

struct Model;
struct Context;
struct Vocabulary;
struct Memory;
using LogCallback = void (*)(int level, const char* text, void* user);

/// The functions of llama.cpp's C interface that we call, from a library opened at run time.
struct Api {
    const char* (*version)() = nullptr;
    void (*log_set)(LogCallback, void*) = nullptr;
    void (*backend_init)() = nullptr;
    void (*load_backends)(const char* folder) = nullptr;
    const char* (*system_info)() = nullptr;
    Parameters (*model_parameters)() = nullptr;
    Parameters (*context_parameters)() = nullptr;
    Model* (*load_model)(const char* path, Parameters) = nullptr;
    void (*free_model)(Model*) = nullptr;
    std::uint64_t (*model_bytes)(const Model*) = nullptr;
    const Vocabulary* (*vocabulary)(const Model*) = nullptr;
    std::int32_t (*vocabulary_size)(const Vocabulary*) = nullptr;
    Context* (*make_context)(Model*, Parameters) = nullptr;
    void (*free_context)(Context*) = nullptr;
    std::uint32_t (*context_size)(const Context*) = nullptr;
    std::uint32_t (*ubatch)(const Context*) = nullptr;
    std::uint32_t (*sequences)(const Context*) = nullptr;
    void (*set_threads)(Context*, std::int32_t, std::int32_t) = nullptr;
    std::int32_t (*threads)(Context*) = nullptr;
    std::int32_t (*decode)(Context*, Batch) = nullptr;
    void (*synchronize)(Context*) = nullptr;
    float* (*logits)(Context*, std::int32_t) = nullptr;
    Memory* (*memory)(const Context*) = nullptr;
    void (*clear)(Memory*, bool) = nullptr;
    bool (*remove)(Memory*, std::int32_t sequence, std::int32_t from, std::int32_t to) = nullptr;
    std::size_t (*state_bytes)(Context*, std::int32_t sequence) = nullptr;
    std::size_t (*get_state)(Context*, std::uint8_t* to, std::size_t size, std::int32_t sequence) = nullptr;
    std::size_t (*set_state)(Context*, const std::uint8_t* from, std::size_t size, std::int32_t sequence) = nullptr;
};

/// The file name of the pinned library.
std::filesystem::path library_name();

/// Opens the library in a folder, and checks that it is the pinned release and that its structures have the fields where
/// they were. Throws InputError otherwise.
Api open_library(const std::filesystem::path& folder);

void set_field(Parameters& parameters, ContextField field, std::uint32_t value);

}  // namespace slimline::llama

#include "validation/backends/llama_api.h"

#include <dlfcn.h>

#include <cstring>
#include <string>
#include <string_view>

#include "base/errors.h"
#include "base/text.h"

namespace slimline::llama {

namespace {

std::string last_error()
{
    const char* text = ::dlerror();
    return printable(text == nullptr ? "unknown reason" : text, 300);
}

class Symbols {
 public:
    explicit Symbols(const std::filesystem::path& path) : path_(path), handle_(::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL))
    {
        if (handle_ == nullptr) {
            throw InputError(path.string(), "cannot be opened (" + last_error() + ")",
                             "run 'slimline backend install llama.cpp'");
        }
    }

    template <class Function>
    void find(Function& function, const char* name) const
    {
        function = reinterpret_cast<Function>(::dlsym(handle_, name));
        if (function == nullptr) {
            throw InputError(path_.string(), std::string("has no function ") + name,
                             "it is not llama.cpp " + std::string(release));
        }
    }

 private:
    std::filesystem::path path_;
    void* handle_;
};

std::uint32_t field(const Parameters& parameters, std::size_t at)
{
    std::uint32_t value = 0;
    std::memcpy(&value, parameters.bytes.data() + at, sizeof value);
    return value;
}

/// Defaults that no other layout has in these places.
bool has_known_layout(const Parameters& p)
{
    const auto is = [&](ContextField f, std::uint32_t value) { return field(p, std::size_t(f)) == value; };
    constexpr std::uint32_t f16 = 1;
    constexpr unsigned char flags[] = {0, 1, 1, 1, 1, 0};
    return is(ContextField::context, 512) && is(ContextField::batch, 2048) && is(ContextField::ubatch, 512) &&
           is(ContextField::sequences, 1) && is(ContextField::flash_attention, ~0u) && is(ContextField::key_type, f16) &&
           is(ContextField::value_type, f16) &&
           std::memcmp(p.bytes.data() + std::size_t(ContextField::flags), flags, sizeof flags) == 0;
}

}  // namespace

std::filesystem::path library_name()
{
    return "libllama.v" + std::string(release) + ".so";
}

Api open_library(const std::filesystem::path& folder)
{
    const std::filesystem::path path = folder / library_name();
    const Symbols symbols(path);
    Api api;
    symbols.find(api.version, "llama_version");
    const std::string version = api.version();
    if (!version.starts_with(release)) {
        throw InputError(path.string(), "is llama.cpp " + printable(version),
                         "this program knows " + std::string(release) + "; run 'slimline backend install llama.cpp'");
    }
    symbols.find(api.log_set, "llama_log_set");
    symbols.find(api.backend_init, "llama_backend_init");
    symbols.find(api.load_backends, "ggml_backend_load_all_from_path");
    symbols.find(api.system_info, "llama_print_system_info");
    symbols.find(api.model_parameters, "llama_model_default_params");
    symbols.find(api.context_parameters, "llama_context_default_params");
    symbols.find(api.load_model, "llama_model_load_from_file");
    symbols.find(api.free_model, "llama_model_free");
    symbols.find(api.model_bytes, "llama_model_size");
    symbols.find(api.vocabulary, "llama_model_get_vocab");
    symbols.find(api.vocabulary_size, "llama_vocab_n_tokens");
    symbols.find(api.make_context, "llama_init_from_model");
    symbols.find(api.free_context, "llama_free");
    symbols.find(api.context_size, "llama_n_ctx");
    symbols.find(api.ubatch, "llama_n_ubatch");
    symbols.find(api.sequences, "llama_n_seq_max");
    symbols.find(api.set_threads, "llama_set_n_threads");
    symbols.find(api.threads, "llama_n_threads");
    symbols.find(api.decode, "llama_decode");
    symbols.find(api.synchronize, "llama_synchronize");
    symbols.find(api.logits, "llama_get_logits_ith");
    symbols.find(api.memory, "llama_get_memory");
    symbols.find(api.clear, "llama_memory_clear");
    symbols.find(api.remove, "llama_memory_seq_rm");
    symbols.find(api.state_bytes, "llama_state_seq_get_size");
    symbols.find(api.get_state, "llama_state_seq_get_data");
    symbols.find(api.set_state, "llama_state_seq_set_data");
    if (!has_known_layout(api.context_parameters())) {
        throw InputError(path.string(), "has other parameters than the release it says it is",
                         "run 'slimline backend install llama.cpp'");
    }
    return api;
}

void set_field(Parameters& parameters, ContextField field, std::uint32_t value)
{
    if (field == ContextField::swa_full) {
        parameters.bytes[std::size_t(field)] = value != 0;
        return;
    }
    std::memcpy(parameters.bytes.data() + std::size_t(field), &value, sizeof value);
}

}  // namespace slimline::llama

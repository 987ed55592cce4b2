#include "validation/backends/temporary_model.h"

#include "archspace/gguf_export.h"

namespace slimline {

namespace {

/// The system's; a phone has none of the usual name.
std::filesystem::path temporary_folder()
{
    std::error_code error;
    const std::filesystem::path folder = std::filesystem::temp_directory_path(error);
    return error ? "/data/local/tmp" : folder;
}

NewFile exported(const TestModel& model)
{
    const WeightMix mix = mix_named(model.mix);
    const std::filesystem::path folder = temporary_folder();
    require_free_space(folder, double(gguf_file_bytes(model.arch, mix)));
    NewFile file = NewFile::nameless(folder);
    export_gguf(model.arch, mix, model.seed, [&](std::span<const std::byte> piece) { file.write(piece); });
    return file;
}

}  // namespace

TemporaryModel::TemporaryModel(const TestModel& model) : file_(exported(model)) {}

std::filesystem::path TemporaryModel::path() const
{
    return "/proc/self/fd/" + std::to_string(descriptor());
}

}  // namespace slimline

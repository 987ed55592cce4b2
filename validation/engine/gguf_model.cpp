#include "validation/engine/gguf_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <map>

#include "archspace/gguf_metadata.h"
#include "base/errors.h"
#include "base/text.h"

namespace slimline::engine {

namespace {

using kernels::PackedMatrix;

enum class Pairs : bool { halves, adjacent };

/// How llama.cpp 0.5.0 computes a kind (src/models, llama_model_rope_type): what no tensor and no key says.
struct Kind {
    std::string_view name;
    Pairs pairs = Pairs::halves;
    bool scaled_embedding = false;  // by sqrt(d)
    bool softmax_of_chosen = true;
    bool windows = true;
};

constexpr std::array<Kind, 27> kinds{{
    {"arcee", Pairs::adjacent},
    {"baichuan", Pairs::adjacent},
    {"bloom"},
    {"command-r", Pairs::adjacent},
    {"exaone"},
    {"gemma", Pairs::halves, true},
    {"gemma2", Pairs::halves, true},
    {"gemma3", Pairs::halves, true},
    {"gpt2"},
    {"gptneox"},
    {"granite", Pairs::adjacent},
    {"granitemoe", Pairs::adjacent},
    {"llama", Pairs::adjacent},
    {"mistral3", Pairs::adjacent},
    {"nemotron"},
    {"olmo", Pairs::adjacent},
    {"olmo2"},
    {"olmoe", Pairs::halves, false, false},
    {"openelm"},
    {"phi2"},
    {"phi3", Pairs::halves, false, true, false},
    {"qwen"},
    {"qwen2"},
    {"qwen3"},
    {"qwen3moe"},
    {"smollm3", Pairs::adjacent},
    {"stablelm"},
}};

const Kind& kind_of(const GgufMetadata& metadata)
{
    const std::string& name = metadata.architecture();
    for (const Kind& kind : kinds) {
        if (kind.name == name) {
            return kind;
        }
    }
    metadata.fail("the int4 engine does not know how '" + printable(name) + "' computes",
                  "measure it with llama.cpp, or give an architecture instead of a file");
}

double positive(const GgufMetadata& metadata, std::string_view key, double fallback)
{
    const double value = metadata.number_or(key, fallback);
    return std::isfinite(value) && value > 0 ? value : fallback;
}

ModelConstants constants_of(const GgufMetadata& metadata, const Architecture& arch)
{
    const Kind& kind = kind_of(metadata);
    ModelConstants c;
    c.adjacent_pairs = kind.pairs == Pairs::adjacent;
    c.softmax_of_chosen = kind.softmax_of_chosen;
    c.windows = kind.windows;
    c.norm_epsilon = positive(metadata,
                              arch.norm == NormKind::rms ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon", 1e-5);
    c.rope_base = positive(metadata, "rope.freq_base", 10000);
    c.local_rope_base = positive(metadata, "rope.freq_base_swa", kind.name == "gemma3" ? 10000 : c.rope_base);
    const std::string scaling = metadata.text_or("rope.scaling.type", "none");
    if (scaling == "linear") {
        c.rope_scale = positive(metadata, "rope.scaling.factor", 1);
    } else if (scaling != "none") {
        metadata.fail("the int4 engine does not know rotary scaling '" + printable(scaling) + "'",
                      "measure it with llama.cpp, or give an architecture instead of a file");
    }
    c.embedding_scale = kind.scaled_embedding ? std::sqrt(double(arch.d_model)) : positive(metadata, "embedding_scale", 1);
    c.residual_scale = positive(metadata, "residual_scale", 1);
    const double logit_scale = positive(metadata, "logit_scale", 1);
    c.logit_scale = kind.name.starts_with("granite") ? 1 / logit_scale : logit_scale;
    c.attention_scale = positive(metadata, "attention.scale", 0);
    return c;
}

/// The file's bytes of a tensor, or of a part of it.
class TensorReader {
 public:
    explicit TensorReader(const GgufModel& model) : model_(model), in_(model.path, std::ios::binary)
    {
        for (const GgufTensor& tensor : model.file.tensors) {
            by_name_[tensor.name] = &tensor;
        }
    }

    std::vector<std::byte> bytes(const std::string& name, double begin, double count)
    {
        const GgufTensor& tensor = *by_name_.at(name);
        const double end = double(model_.data_begin) + double(tensor.offset) + begin + count;
        if (!(begin + count <= tensor.bytes) || !(end <= double(model_.file_bytes))) {
            throw InputError(model_.path.string(), "tensor '" + printable(name) + "' ends behind the file's end",
                             "the file is cut off or damaged");
        }
        std::vector<std::byte> content(static_cast<std::size_t>(count));
        in_.seekg(std::streamoff(model_.data_begin + tensor.offset + std::uint64_t(begin)));
        in_.read(reinterpret_cast<char*>(content.data()), std::streamsize(content.size()));
        if (!in_) {
            throw InputError(model_.path.string(), "tensor '" + printable(name) + "' cannot be read");
        }
        return content;
    }

    bool has(const std::string& name) const { return by_name_.contains(name); }
    const GgufTensor& tensor(const std::string& name) const { return *by_name_.at(name); }

 private:
    const GgufModel& model_;
    std::ifstream in_;
    std::map<std::string, const GgufTensor*> by_name_{};
};

/// Where number `i` of a head's rotated part comes from when pairs 2i, 2i+1 are put half the part apart.
int source_in_head(int i, int rotated)
{
    const int half = rotated / 2;
    return i >= rotated ? i : i < half ? 2 * i : 2 * (i - half) + 1;
}

/// Sorts the rows (of `row` bytes) of the first `heads` heads. Queries and keys sorted alike have the same products.
void sort_pairs(std::vector<std::byte>& rows, std::size_t row, int heads, int head_dim, int rotated)
{
    const std::vector<std::byte> from = rows;
    for (int head = 0; head < heads; ++head) {
        for (int i = 0; i < rotated; ++i) {
            const auto to = std::size_t(head * head_dim + i) * row;
            const auto at = std::size_t(head * head_dim + source_in_head(i, rotated)) * row;
            std::copy_n(from.begin() + std::ptrdiff_t(at), row, rows.begin() + std::ptrdiff_t(to));
        }
    }
}

/// How many heads' worth of a tensor's rows are rotated; 0: none.
int rotated_heads(TensorRole role, const Attention& a, double elements)
{
    switch (role) {
        case TensorRole::attn_q:
        case TensorRole::attn_q_bias: return a.heads;
        case TensorRole::attn_k:
        case TensorRole::attn_k_bias: return a.kv_heads;
        case TensorRole::attn_qkv:
        case TensorRole::attn_qkv_bias: return a.heads + a.kv_heads;
        case TensorRole::attn_q_norm:
        case TensorRole::attn_k_norm: return int(elements) / a.head_dim;
        default: return 0;
    }
}

class WeightReader {
 public:
    explicit WeightReader(const GgufModel& model) : model_(model), reader_(model) {}

    Weight read(const StoredTensor& stored)
    {
        const Tensor& t = stored.tensor;
        const bool vector = t.rows == 1 && !info(t.role).quantised && t.role != TensorRole::router;
        if (!kernels::packable(stored.format)) {
            throw InputError(model_.path.string(),
                             "the int4 engine has no kernels for " + std::string(info(stored.format).name) + " (tensor '" +
                                 printable(t.name) + "')",
                             "take F16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1, Q4_K_S, Q4_K_M, Q5_K_M or Q6_K");
        }
        Weight weight;
        if (vector) {
            const int count = int(t.elements());
            std::vector<std::byte> bytes = reader_.bytes(t.name, 0, stored.bytes());
            sort(stored, bytes, std::size_t(bytes_per_element(stored.format)));
            weight.numbers.resize(std::size_t(count));
            kernels::read_row(kernels::pack(stored.format, 1, count, bytes), 0, weight.numbers.data());
            return weight;
        }
        const double one = stored.bytes() / t.count;
        for (int i = 0; i < int(t.count); ++i) {
            std::vector<std::byte> bytes = reader_.bytes(t.name, i * one, one);
            sort(stored, bytes, std::size_t(row_bytes(stored.format, t.columns)));
            weight.matrices.push_back(kernels::pack(stored.format, int(t.rows), int(t.columns), bytes));
        }
        return weight;
    }

 private:
    void sort(const StoredTensor& stored, std::vector<std::byte>& bytes, std::size_t row) const
    {
        const Architecture& arch = model_.import.architecture;
        if (!model_.constants.adjacent_pairs || stored.tensor.layer < 0 || arch.positions != Positions::rope) {
            return;
        }
        const auto* a = std::get_if<Attention>(&arch.block_of(std::size_t(stored.tensor.layer)).mixer);
        if (a != nullptr) {
            const int rotated = int(a->head_dim * a->rope_fraction) / 2 * 2;
            sort_pairs(bytes, row, rotated_heads(stored.tensor.role, *a, stored.tensor.elements()), a->head_dim, rotated);
        }
    }

    const GgufModel& model_;
    TensorReader reader_;
};

void read_rope_factors(GgufModel& model)
{
    TensorReader reader(model);
    for (const GgufTensor& tensor : model.file.tensors) {
        if (tensor.name.find("rope_factors_") != std::string::npos) {
            throw InputError(model.path.string(), "the int4 engine does not know tensor '" + printable(tensor.name) + "'",
                             "measure it with llama.cpp, or give an architecture instead of a file");
        }
        if (tensor.name == "rope_freqs.weight" && tensor.type == 0 && tensor.elements() <= 4096) {
            const std::vector<std::byte> bytes = reader.bytes(tensor.name, 0, tensor.bytes);
            const auto* numbers = reinterpret_cast<const float*>(bytes.data());
            for (std::size_t i = 0; i < bytes.size() / sizeof(float); ++i) {
                const double factor = numbers[i];
                model.constants.rope_factors.push_back(std::isfinite(factor) && factor > 0 ? factor : 1);
            }
        }
    }
}

}  // namespace

GgufModel open_gguf_model(const std::filesystem::path& path)
{
    GgufModel model;
    model.path = path;
    model.file = read_gguf_file(path);
    model.import = import_gguf(model.file);
    const GgufMetadata metadata(model.file);
    model.constants = constants_of(metadata, model.import.architecture);
    if (!model.constants.windows) {
        for (Block& block : model.import.architecture.blocks) {
            if (auto* attention = std::get_if<Attention>(&block.mixer)) {
                attention->window = 0;
            }
        }
    }
    const auto alignment = std::uint64_t(metadata.size_or("general.alignment", 32, 1 << 20));
    model.data_begin = (model.file.header_bytes + alignment - 1) / alignment * alignment;
    model.file_bytes = std::filesystem::file_size(path);
    read_rope_factors(model);
    return model;
}

EngineWeights gguf_weights(const GgufModel& model)
{
    WeightReader reader(model);
    EngineWeights weights;
    weights.layers.resize(model.import.architecture.layers.size());
    for (const StoredTensor& stored : model.import.tensors) {
        weights.bytes += stored.bytes();
        weights.store.push_back(reader.read(stored));
        LayerWeights& owner =
            stored.tensor.layer < 0 ? weights.globals : weights.layers[std::size_t(stored.tensor.layer)];
        owner.by_role[std::size_t(stored.tensor.role)] = &weights.store.back();
    }
    return weights;
}

}  // namespace slimline::engine

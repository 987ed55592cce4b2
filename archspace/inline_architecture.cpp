#include "archspace/inline_architecture.h"

#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "archspace/limits.h"
#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

struct SizeKey {
    std::string_view name;
    int least;
    int most;
};

constexpr std::array<SizeKey, 12> size_keys{{
    {"L", 1, limits::layers},
    {"d", 1, limits::width},
    {"h", 1, limits::heads},
    {"kv", 1, limits::heads},
    {"hd", 1, limits::head_dim},
    {"ffn", 1, limits::ffn_width},
    {"V", 1, limits::vocabulary},
    {"E", 1, limits::experts},
    {"K", 1, limits::experts},
    {"S", 1, limits::ffn_width},
    {"W", 1, limits::context},
    {"ctx", 1, limits::context},
}};
constexpr std::array<std::string_view, 6> flag_words{"tied", "untied", "gated", "plain", "parallel", "qkv_bias"};

/// The parts of a short form, each read once.
class ShortForm {
 public:
    explicit ShortForm(const std::string& text) : place_("'" + printable(text, 200) + "'")
    {
        if (text.size() > 1000) {
            fail("is too long for a short form", "put it into a file");
        }
        for (const std::string& part : split(text, ',')) {
            const std::size_t equals = part.find('=');
            equals == std::string::npos ? add_flag(part) : add_size(part.substr(0, equals), part.substr(equals + 1));
        }
        for (const std::string_view needed : {"L", "d", "h", "ffn"}) {
            if (!sizes_.contains(needed)) {
                fail("'" + std::string(needed) + "' is missing", "a short form has at least L=, d=, h= and ffn=");
            }
        }
    }

    [[noreturn]] void fail(const std::string& fact, const std::string& remedy) const
    {
        throw InputError(place_, fact, remedy);
    }
    const std::string& place() const { return place_; }
    bool has(std::string_view key) const { return sizes_.contains(key); }
    bool flag(std::string_view word) const { return flags_.contains(word); }

    int size(std::string_view key, int fallback = 0) const
    {
        const auto found = sizes_.find(key);
        return found == sizes_.end() ? fallback : found->second;
    }

 private:
    static std::vector<std::string> known()
    {
        std::vector<std::string> names(flag_words.begin(), flag_words.end());
        for (const SizeKey& key : size_keys) {
            names.push_back(std::string(key.name) + "=");
        }
        return names;
    }

    void add_flag(const std::string& word)
    {
        for (const std::string_view flag : flag_words) {
            if (flag == word) {
                flags_.insert(flag);
                return;
            }
        }
        fail("unknown part '" + printable(word) + "'", did_you_mean(word, known()));
    }

    void add_size(const std::string& name, const std::string& text)
    {
        for (const SizeKey& key : size_keys) {
            if (key.name == name) {
                long long value = 0;
                if (!parse_integer(text, value) || value < key.least || value > key.most) {
                    fail(fmt::format("{} must be a whole number between {} and {}, not '{}'", name, key.least, key.most,
                                     printable(text)),
                         "");
                }
                if (!sizes_.emplace(key.name, int(value)).second) {
                    fail(name + " stands twice", "keep one");
                }
                return;
            }
        }
        fail("unknown part '" + printable(name) + "='", did_you_mean(name + "=", known()));
    }

    std::string place_;
    std::map<std::string_view, int> sizes_;
    std::set<std::string_view> flags_;
};

Attention attention_of(const ShortForm& form)
{
    const int d = form.size("d");
    const int heads = form.size("h");
    if (!form.has("hd") && d % heads != 0) {
        form.fail(fmt::format("d={} is not a multiple of h={}", d, heads), "give hd= as well");
    }
    return {.heads = heads,
            .kv_heads = form.size("kv", heads),
            .head_dim = form.size("hd", d / heads),
            .window = form.size("W"),
            .q_bias = form.flag("qkv_bias")};
}

Ffn ffn_of(const ShortForm& form)
{
    if (form.has("E") != form.has("K")) {
        form.fail("E (experts) and K (active experts) go together", "give both or neither");
    }
    return {.width = form.size("ffn"),
            .gated = !form.flag("plain"),
            .activation = form.flag("plain") ? Activation::gelu : Activation::silu,
            .experts = form.size("E"),
            .active = form.size("K"),
            .shared_width = form.size("S")};
}

}  // namespace

bool is_inline_architecture(std::string_view text)
{
    return text.find('=') != std::string_view::npos && text.find('/') == std::string_view::npos &&
           !text.ends_with(".json") && !text.ends_with(".gguf");
}

Architecture inline_architecture(const std::string& text)
{
    const ShortForm form(text);
    for (const auto& [one, other] : {std::pair{"tied", "untied"}, std::pair{"gated", "plain"}}) {
        if (form.flag(one) && form.flag(other)) {
            form.fail(fmt::format("is both {} and {}", one, other), "keep one");
        }
    }
    Architecture arch;
    arch.id = "inline";
    arch.name = text;
    arch.d_model = form.size("d");
    arch.vocabulary = form.size("V", 32000);
    arch.tied_embeddings = !form.flag("untied");
    arch.max_context = form.size("ctx", 32768);
    arch.blocks = {Block{.mixer = attention_of(form), .ffn = ffn_of(form), .parallel = form.flag("parallel")}};
    arch.layers.assign(std::size_t(form.size("L")), 0);
    check_architecture(arch, form.place());
    return arch;
}

}  // namespace slimline

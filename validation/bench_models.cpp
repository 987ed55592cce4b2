#include "validation/bench_models.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>

#include "archspace/architecture_json.h"
#include "archspace/gguf_writer.h"
#include "archspace/weight_mix.h"
#include "base/errors.h"
#include "base/files.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr double rounded = 0.01;  // between what a table rounds to and the count

const std::string& title_of(const BenchRow& row)
{
    return row.model.empty() ? row.file : row.model;
}

/// "models/Qwen2.5-0.5B-Instruct-Q4_0.gguf" as "qwen2.5-0.5b-instruct-q4-0".
std::string stem_of(const std::string& file)
{
    std::string stem =
        lower_case(file.substr(file.find_last_of("/\\") == file.npos ? 0 : file.find_last_of("/\\") + 1));
    if (stem.ends_with(".gguf")) {
        stem.erase(stem.size() - 5);
    }
    std::ranges::replace(stem, '_', '-');
    std::ranges::replace(stem, ' ', '-');
    return stem;
}

/// llama.cpp counts a table that its files hold twice as two.
bool has_size(const Architecture& arch, double parameters, double tolerance)
{
    const double once = parameter_count(arch).total;
    const double twice = once + double(arch.vocabulary) * arch.head_input_width();
    return std::abs(once / parameters - 1) < tolerance || std::abs(twice / parameters - 1) < tolerance;
}

void require_size(const BenchRow& row, const Architecture& arch)
{
    constexpr double tolerance = 0.03;
    if (row.parameters > 0 && !has_size(arch, row.parameters, tolerance)) {
        throw InputError(row.place,
                         "'" + printable(title_of(row)) + "' has " + display_count(row.parameters) + " parameters, '" +
                             arch.id + "' has " + display_count(parameter_count(arch).total),
                         "say which it is with --arch 'NAME=ARCH'");
    }
}

const std::vector<Architecture>& catalogue()
{
    static const std::vector<Architecture> all = [] {
        std::vector<Architecture> archs;
        for (const std::string& id : shipped_ids("archs")) {
            archs.push_back(load_architecture(id));
        }
        return archs;
    }();
    return all;
}

/// The catalogue's id that the file's name begins with, the longest.
std::optional<Architecture> by_file(const BenchRow& row)
{
    std::string stem = stem_of(row.file);
    for (const char* maker : {"meta-", "ggml-", "google-"}) {
        stem = stem.starts_with(maker) ? stem.substr(std::string_view(maker).size()) : stem;
    }
    for (std::size_t end = stem.size(); end != stem.npos && end > 0; end = stem.rfind('-', end - 1)) {
        const std::string head = stem.substr(0, end);
        const auto found = std::ranges::find(catalogue(), head, &Architecture::id);
        if (found != catalogue().end() && (row.parameters <= 0 || has_size(*found, row.parameters, 3 * rounded))) {
            return *found;
        }
    }
    return std::nullopt;
}

std::string family_of(const Architecture& arch)
{
    try {
        return gguf_architecture_name(arch);
    } catch (const InputError&) {
        return {};
    }
}

bool same_shape(const Architecture& a, const Architecture& b)
{
    return a.blocks == b.blocks && a.layers == b.layers && a.d_model == b.d_model && a.vocabulary == b.vocabulary;
}

std::optional<Architecture> by_size(const BenchRow& row)
{
    const std::string family = lower_case(row.model.substr(0, row.model.find(' ')));
    std::vector<const Architecture*> fitting;
    for (const Architecture& arch : catalogue()) {
        if (row.parameters > 0 && has_size(arch, row.parameters, rounded) && family_of(arch) == family) {
            fitting.push_back(&arch);
        }
    }
    const bool alike =
        std::ranges::all_of(fitting, [&](const Architecture* each) { return same_shape(*each, *fitting.front()); });
    if (fitting.empty() || alike) {
        return fitting.empty() ? std::nullopt : std::optional(*fitting.front());
    }
    std::vector<std::string> ids;
    for (const Architecture* each : fitting) {
        ids.push_back(each->id);
    }
    throw InputError(row.place, "'" + printable(title_of(row)) + "' could be " + joined(ids, ", "),
                     "say which it is with --arch '" + printable(title_of(row)) + "=" + ids.front() + "'");
}

bool is_named(const ModelNames::Entry& entry, const BenchRow& row)
{
    return entry.name.empty() || lower_case(entry.name) == lower_case(row.model) ||
           lower_case(entry.name) == lower_case(row.file) || stem_of(entry.name) == stem_of(row.file);
}

/// A word of llama.cpp's description and what follows it as a mix; "" when it is none.
std::string mix_at(const std::vector<std::string>& words, std::size_t i)
{
    std::string name = words[i];
    const bool sized = i + 2 < words.size() && words[i + 1] == "-";
    const std::string size = sized ? words[i + 2] : "";
    const bool only_small = lower_case(name) == "q2_k";  // its middle has no letter
    if (size == "Small" || (!only_small && (size == "Medium" || size == "Large"))) {
        name += std::string("_") + size.front();
    } else if (i + 1 < words.size() && words[i + 1] == "mix") {
        name = "IQ3_M";
    } else if (i + 1 < words.size() && words[i + 1] == "MoE") {
        name += "_MOE";
    }
    const std::vector<std::string> known = mix_names();
    const auto found =
        std::ranges::find_if(known, [&](const std::string& each) { return lower_case(each) == lower_case(name); });
    return found == known.end() ? "" : *found;
}

std::string mix_in_file(const std::string& file)
{
    std::string best;
    const std::string stem = stem_of(file);
    for (const std::string& name : mix_names()) {
        std::string word = lower_case(name);
        std::ranges::replace(word, '_', '-');
        const std::size_t at = stem.rfind(word);
        const auto apart = [&](std::size_t place) {
            return place >= stem.size() || std::isalnum(static_cast<unsigned char>(stem[place])) == 0;
        };
        if (at != stem.npos && apart(at + word.size()) && (at == 0 || apart(at - 1)) && name.size() > best.size()) {
            best = name;
        }
    }
    return best;
}

}  // namespace

ModelNames model_names(const std::string& text)
{
    ModelNames names;
    for (const std::string& part : text.empty() ? std::vector<std::string>{} : split(text, ';')) {
        const std::size_t sign = part.find('=');
        const bool for_all = sign == part.npos || part.starts_with("L=");  // the short form of one
        names.entries.push_back(for_all ? ModelNames::Entry{"", part}
                                        : ModelNames::Entry{part.substr(0, sign), part.substr(sign + 1)});
        if (names.entries.back().architecture.empty()) {
            throw InputError("option --arch", "'" + printable(part) + "' names no architecture",
                             "write --arch 'NAME=ID' or --arch ID");
        }
    }
    return names;
}

Architecture architecture_of(const BenchRow& row, const ModelNames& names)
{
    for (const ModelNames::Entry& entry : names.entries) {
        if (is_named(entry, row)) {
            const Architecture arch = load_architecture(entry.architecture);
            require_size(row, arch);
            return arch;
        }
    }
    if (const auto found = by_file(row)) {
        return *found;
    }
    if (const auto found = by_size(row)) {
        return *found;
    }
    const std::string name = row.file.empty() ? row.model : stem_of(row.file);
    const std::string meant = did_you_mean(name, shipped_ids("archs"));
    throw InputError(
        row.place, "'" + printable(title_of(row)) + "' is no model of the catalogue",
        "say what it is with --arch 'NAME=ARCH'" + (meant.empty() || meant.size() > 120 ? "" : "; " + meant));
}

std::string mix_of(const BenchRow& row)
{
    const std::vector<std::string> words = split(row.model, ' ');
    for (std::size_t i = words.size(); i-- > 0;) {
        if (const std::string mix = mix_at(words, i); !mix.empty()) {
            return mix;
        }
    }
    if (const std::string mix = mix_in_file(row.file); !mix.empty()) {
        return mix;
    }
    throw InputError(row.place, "'" + printable(title_of(row)) + "' does not say in which format its weights are",
                     "llama-bench writes it behind the model's name, as in 'llama 1B Q4_0'");
}

}  // namespace slimline

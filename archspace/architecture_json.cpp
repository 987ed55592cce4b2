#include "archspace/architecture_json.h"

#include <algorithm>
#include <map>

#include "archspace/block_json.h"
#include "archspace/layer_pattern.h"
#include "archspace/limits.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::string_view format_key = "architecture/1";

std::string read_id(const JsonPlace& place)
{
    const std::string id = place.text();
    const bool fine = !id.empty() && id.size() <= 80 &&
                      id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-_") == std::string::npos;
    if (!fine) {
        place.fail("'" + printable(id) + "' is no id", "use lower-case letters, digits, '.', '-' and '_'");
    }
    return id;
}

Source read_source(const JsonPlace& place)
{
    JsonObject o(place);
    Source source{o.text("origin"), o.text_or("title", ""), o.text_or("reference", "")};
    o.done();
    return source;
}

void read_layers(Architecture& arch, JsonObject& o)
{
    const JsonPlace blocks = o.at("blocks");
    const JsonPlace layers = o.at("layers");
    const std::vector<std::string> names = expand_layers(layers);
    std::map<std::string, std::size_t> uses;
    for (const std::string& name : names) {
        ++uses[name];
    }
    std::map<std::string, int> next;  // index of the block for the next layer of that name
    std::map<std::string, int> step;  // 1 where there is a block a layer
    std::vector<std::string> known;
    for (const auto& [name, place] : blocks.members()) {
        known.push_back(name);
        if (!uses.contains(name)) {
            place.fail("no layer is made of block '" + printable(name) + "'", "name it in 'layers' or leave it out");
        }
        std::vector<Block> more = read_block(place, name, uses[name]);
        next[name] = int(arch.blocks.size());
        step[name] = more.size() > 1 ? 1 : 0;
        arch.blocks.insert(arch.blocks.end(), more.begin(), more.end());
    }
    for (const std::string& name : names) {
        if (!next.contains(name)) {
            layers.fail("there is no block '" + printable(name) + "'", did_you_mean(name, known));
        }
        arch.layers.push_back(next[name]);
        next[name] += step[name];
    }
}

void read_stem(Architecture& arch, JsonObject& o)
{
    arch.d_model = int(o.integer("d_model", 1, limits::width));
    arch.vocabulary = int(o.integer("vocabulary", 1, limits::vocabulary));
    arch.embedding_width = int(o.integer_or("embedding_width", arch.embedding_width, 0, limits::width));
    arch.tied_embeddings = o.boolean_or("tied_embeddings", arch.tied_embeddings);
    arch.head_bias = o.boolean_or("head_bias", arch.head_bias);
    arch.norm = o.one_of_or("norm", norm_words, arch.norm);
    arch.embedding_norm = o.boolean_or("embedding_norm", arch.embedding_norm);
    arch.final_norm = o.boolean_or("final_norm", arch.final_norm);
    arch.positions = o.one_of_or("positions", position_words, arch.positions);
    arch.learned_positions = int(o.integer_or("learned_positions", arch.learned_positions, 0, limits::vocabulary));
    arch.final_softcap = o.number_or("final_softcap", arch.final_softcap, {0, 1e6});
    arch.max_context = int(o.integer_or("max_context", arch.max_context, 1, limits::context));
    arch.untied_in_gguf = o.boolean_or("untied_in_gguf", arch.untied_in_gguf);
}

void read_provenance(Architecture& arch, JsonObject& o)
{
    arch.published_parameters = o.number_or("published_parameters", 0, {0, 1e15});
    arch.published_basis = o.text_or("published_basis", "");
    arch.unverified = o.texts_or_none("unverified");
    if (const auto sources = o.find("sources")) {
        for (const JsonPlace& each : sources->items()) {
            arch.sources.push_back(read_source(each));
        }
    }
    arch.note = o.text_or("note", "");
}

/// "<stem>" when the blocks are "<stem>.0", "<stem>.1", ... and layer i is made of block i; else "".
std::string list_stem(const Architecture& arch)
{
    if (arch.blocks.size() < 2 || arch.blocks.size() != arch.layers.size() ||
        !arch.blocks.front().name.ends_with(".0")) {
        return {};
    }
    const std::string stem = arch.blocks.front().name.substr(0, arch.blocks.front().name.size() - 2);
    for (std::size_t i = 0; i < arch.blocks.size(); ++i) {
        if (arch.layers[i] != int(i) || arch.blocks[i].name != stem + "." + std::to_string(i)) {
            return {};
        }
    }
    return stem;
}

void put_layers(Json& json, const Architecture& arch)
{
    json["blocks"] = Json::object();
    if (const std::string stem = list_stem(arch); !stem.empty()) {
        if (Json lists = blocks_to_json_lists(arch.blocks); !lists.is_null()) {
            json["blocks"][stem] = std::move(lists);
            json["layers"] = compact_layers(std::vector<std::string>(arch.layers.size(), stem));
            return;
        }
    }
    for (const Block& block : arch.blocks) {
        json["blocks"][block.name] = block_to_json(block);
    }
    std::vector<std::string> names;
    for (std::size_t i = 0; i < arch.layers.size(); ++i) {
        names.push_back(arch.block_of(i).name);
    }
    json["layers"] = compact_layers(names);
}

void put_stem(Json& json, const Architecture& arch)
{
    const Architecture usual;
    const auto put = [&](const char* key, const auto& value, const auto& usual_value) {
        if (value != usual_value) {
            json[key] = value;
        }
    };
    json["d_model"] = arch.d_model;
    json["vocabulary"] = arch.vocabulary;
    put("embedding_width", arch.embedding_width, usual.embedding_width);
    json["tied_embeddings"] = arch.tied_embeddings;
    put("head_bias", arch.head_bias, usual.head_bias);
    json["norm"] = word_of(arch.norm, norm_words);
    put("embedding_norm", arch.embedding_norm, usual.embedding_norm);
    put("final_norm", arch.final_norm, usual.final_norm);
    json["positions"] = word_of(arch.positions, position_words);
    put("learned_positions", arch.learned_positions, usual.learned_positions);
    put("final_softcap", arch.final_softcap, usual.final_softcap);
    json["max_context"] = arch.max_context;
    put("untied_in_gguf", arch.untied_in_gguf, usual.untied_in_gguf);
}

void put_provenance(Json& json, const Architecture& arch)
{
    if (arch.published_parameters != 0) {
        json["published_parameters"] = arch.published_parameters == double(std::int64_t(arch.published_parameters))
                                           ? Json(std::int64_t(arch.published_parameters))
                                           : Json(arch.published_parameters);
    }
    const auto put = [&](const char* key, const auto& value) {
        if (!value.empty()) {
            json[key] = value;
        }
    };
    put("published_basis", arch.published_basis);
    put("unverified", arch.unverified);
    for (const Source& source : arch.sources) {
        json["sources"].push_back(
            {{"origin", source.origin}, {"title", source.title}, {"reference", source.reference}});
    }
    put("note", arch.note);
}

}  // namespace

Architecture read_architecture(const JsonPlace& place)
{
    JsonObject o(place);
    expect_format(o, format_key);
    Architecture arch;
    arch.id = read_id(o.at("id"));
    arch.name = o.text_or("name", arch.id);
    arch.family = o.text_or("family", "");
    arch.released = o.text_or("released", "");
    read_stem(arch, o);
    read_layers(arch, o);
    read_provenance(arch, o);
    o.ignore("$schema");
    o.done();
    check_architecture(arch, place.file());
    return arch;
}

Json to_json(const Architecture& arch)
{
    Json json{{"format", format_key}, {"id", arch.id}, {"name", arch.name}};
    if (!arch.family.empty()) {
        json["family"] = arch.family;
    }
    if (!arch.released.empty()) {
        json["released"] = arch.released;
    }
    put_stem(json, arch);
    put_layers(json, arch);
    put_provenance(json, arch);
    return json;
}

}  // namespace slimline

#include "archspace/block_json.h"

#include <array>

#include <fmt/format.h>

#include "archspace/limits.h"

namespace slimline {

namespace {

constexpr std::array<std::pair<std::string_view, NormKind>, 4> norm_table{
    {{"rmsnorm", NormKind::rms},
     {"layernorm", NormKind::layer},
     {"layernorm_no_bias", NormKind::layer_no_bias},
     {"layernorm_no_parameters", NormKind::layer_no_parameters}}};
constexpr std::array<std::pair<std::string_view, Positions>, 4> position_table{{{"rope", Positions::rope},
                                                                                {"none", Positions::none},
                                                                                {"alibi", Positions::alibi},
                                                                                {"learned", Positions::learned}}};
constexpr std::array<std::pair<std::string_view, Activation>, 5> activation_table{{{"relu", Activation::relu},
                                                                                   {"relu2", Activation::relu2},
                                                                                   {"gelu", Activation::gelu},
                                                                                   {"gelu_tanh", Activation::gelu_tanh},
                                                                                   {"silu", Activation::silu}}};
constexpr std::array<std::pair<std::string_view, QkNorm>, 4> qk_norm_table{{{"none", QkNorm::none},
                                                                            {"per_head", QkNorm::per_head},
                                                                            {"full_width", QkNorm::full_width},
                                                                            {"no_parameters", QkNorm::no_parameters}}};
constexpr std::array<std::pair<std::string_view, Sharing>, 3> sharing_table{
    {{"none", Sharing::none}, {"ffn", Sharing::ffn}, {"block", Sharing::block}}};
constexpr std::array<std::pair<std::string_view, bool NormPlaces::*>, 4> norm_place_table{
    {{"before_mixer", &NormPlaces::before_mixer},
     {"after_mixer", &NormPlaces::after_mixer},
     {"before_ffn", &NormPlaces::before_ffn},
     {"after_ffn", &NormPlaces::after_ffn}}};

int whole(JsonObject& object, std::string_view key, int most, int least = 1)
{
    return int(object.integer(key, least, most));
}

int whole_or(JsonObject& object, std::string_view key, int fallback, int most, int least = 0)
{
    return int(object.integer_or(key, fallback, least, most));
}

/// A number, or the `layer`-th of a list.
int listed(JsonObject& object, std::string_view key, std::size_t layer, int most)
{
    const JsonPlace place = object.at(key);
    if (!place.is_array()) {
        return int(place.integer(1, most));
    }
    return int(JsonPlace(place, place.value()[layer], std::to_string(layer)).integer(1, most));
}

Attention read_attention(JsonObject o, std::size_t layer)
{
    Attention a;
    a.heads = listed(o, "heads", layer, limits::heads);
    a.kv_heads = o.has("kv_heads") ? listed(o, "kv_heads", layer, limits::heads) : a.heads;
    a.head_dim = whole(o, "head_dim", limits::head_dim);
    a.window = whole_or(o, "window", a.window, limits::context);
    a.rope_fraction = o.number_or("rope_fraction", a.rope_fraction, Range::share());
    a.qk_norm = o.one_of_or<QkNorm>("qk_norm", qk_norm_table, a.qk_norm);
    a.q_bias = o.boolean_or("qkv_bias", a.q_bias);
    a.out_bias = o.boolean_or("out_bias", a.out_bias);
    a.output_gate = o.boolean_or("output_gate", a.output_gate);
    a.fused_qkv = o.boolean_or("fused_qkv", a.fused_qkv);
    a.softcap = o.number_or("softcap", a.softcap, {0, 1e6});
    a.input_width = whole_or(o, "input_width", a.input_width, limits::width);
    o.done();
    return a;
}

LatentAttention read_latent_attention(JsonObject o)
{
    LatentAttention a;
    a.heads = whole(o, "heads", limits::heads);
    a.q_rank = whole_or(o, "q_rank", a.q_rank, limits::width);
    a.kv_rank = whole(o, "kv_rank", limits::width);
    a.nope_dim = whole(o, "nope_dim", limits::head_dim, 0);
    a.rope_dim = whole(o, "rope_dim", limits::head_dim, 0);
    a.v_dim = whole(o, "v_dim", limits::head_dim);
    o.done();
    return a;
}

Mamba2 read_mamba2(JsonObject o)
{
    Mamba2 m;
    m.heads = whole(o, "heads", limits::heads);
    m.head_dim = whole(o, "head_dim", limits::head_dim);
    m.state = whole(o, "state", limits::state);
    m.groups = whole_or(o, "groups", m.groups, limits::heads, 1);
    m.conv_kernel = whole_or(o, "conv_kernel", m.conv_kernel, limits::kernel, 1);
    m.conv_bias = o.boolean_or("conv_bias", m.conv_bias);
    o.done();
    return m;
}

RgLru read_rg_lru(JsonObject o)
{
    RgLru r;
    r.width = whole(o, "width", limits::width);
    r.conv_kernel = whole_or(o, "conv_kernel", r.conv_kernel, limits::kernel, 1);
    r.gate_blocks = whole_or(o, "gate_blocks", r.gate_blocks, limits::heads, 1);
    r.bias = o.boolean_or("bias", r.bias);
    o.done();
    return r;
}

ShortConv read_short_conv(JsonObject o)
{
    ShortConv c;
    c.kernel = whole_or(o, "kernel", c.kernel, limits::kernel, 1);
    o.done();
    return c;
}

GatedDeltaNet read_gated_delta_net(JsonObject o)
{
    GatedDeltaNet g;
    g.key_heads = whole(o, "key_heads", limits::heads);
    g.value_heads = whole(o, "value_heads", limits::heads);
    g.key_dim = whole(o, "key_dim", limits::head_dim);
    g.value_dim = whole(o, "value_dim", limits::head_dim);
    g.conv_kernel = whole_or(o, "conv_kernel", g.conv_kernel, limits::kernel, 1);
    o.done();
    return g;
}

Ffn read_ffn(JsonObject o, std::size_t layer)
{
    Ffn f;
    f.width = listed(o, "width", layer, limits::ffn_width);
    f.gated = o.boolean_or("gated", f.gated);
    f.activation = o.one_of_or<Activation>("activation", activation_table, f.activation);
    f.bias = o.boolean_or("bias", f.bias);
    f.fused_gate_up = o.boolean_or("fused_gate_up", f.fused_gate_up);
    f.experts = whole_or(o, "experts", f.experts, limits::experts);
    f.active = whole_or(o, "active", f.active, limits::experts);
    f.shared_width = whole_or(o, "shared_width", f.shared_width, limits::ffn_width);
    o.done();
    return f;
}

Mixer read_mixer(JsonObject& o, std::size_t layer)
{
    Mixer mixer;
    std::string_view found;
    const auto take = [&](std::string_view key, const auto& read) {
        if (const auto place = o.find(key)) {
            if (!found.empty()) {
                place->fail("a block has one mixer, this one has '" + std::string(found) + "' already",
                            "make two blocks of it");
            }
            found = key;
            mixer = read(JsonObject(*place));
        }
    };
    take("attention", [&](JsonObject m) { return read_attention(std::move(m), layer); });
    take("latent_attention", read_latent_attention);
    take("mamba2", read_mamba2);
    take("rg_lru", read_rg_lru);
    take("short_conv", read_short_conv);
    take("gated_delta_net", read_gated_delta_net);
    return mixer;
}

NormPlaces read_norm_places(const JsonPlace& list)
{
    NormPlaces norms{false, false, false, false};
    for (const JsonPlace& item : list.items()) {
        norms.*item.one_of<bool NormPlaces::*>(norm_place_table) = true;
    }
    return norms;
}

Adapter read_adapter(JsonObject o)
{
    Adapter adapter;
    adapter.lora_rank = whole_or(o, "lora_rank", adapter.lora_rank, limits::width);
    adapter.linear = o.boolean_or("linear", adapter.linear);
    o.done();
    return adapter;
}

Block read_one(const JsonPlace& place, std::size_t layer)
{
    JsonObject o(place);
    Block block;
    block.mixer = read_mixer(o, layer);
    if (const auto ffn = o.find("ffn")) {
        block.ffn = read_ffn(JsonObject(*ffn), layer);
    }
    if (const auto norms = o.find("norms")) {
        block.norms = read_norm_places(*norms);
    }
    block.parallel = o.boolean_or("parallel", block.parallel);
    block.sharing = o.one_of_or<Sharing>("sharing", sharing_table, block.sharing);
    block.runs = whole_or(o, "runs", block.runs, limits::runs, 1);
    if (const auto adapter = o.find("adapter")) {
        block.adapter = read_adapter(JsonObject(*adapter));
    }
    o.done();
    return block;
}

struct ListKey {
    const char* part;
    const char* key;
};
constexpr std::array<ListKey, 3> list_keys{{{"attention", "heads"}, {"attention", "kv_heads"}, {"ffn", "width"}}};

const Json* member(const Json& object, const char* key)
{
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() ? &*found : nullptr;
}

/// Whether the block has lists; each must then have one number for every layer made of it.
bool has_lists(const JsonPlace& place, std::size_t uses)
{
    bool any = false;
    for (const ListKey& each : list_keys) {
        const Json* part = member(place.value(), each.part);
        const Json* value = part == nullptr ? nullptr : member(*part, each.key);
        if (value == nullptr || !value->is_array()) {
            continue;
        }
        any = true;
        if (value->size() != uses) {
            JsonPlace(JsonPlace(place, *part, each.part), *value, each.key)
                .fail(fmt::format("has {} numbers for {} layers", value->size(), uses), "give one a layer");
        }
    }
    return any;
}

template <class T>
void put_unless(Json& json, const char* key, const T& value, const T& usual)
{
    if (value != usual) {
        json[key] = value;
    }
}

Json to_json(const Attention& a)
{
    const Attention usual;
    Json json{{"heads", a.heads}, {"kv_heads", a.kv_heads}, {"head_dim", a.head_dim}};
    put_unless(json, "window", a.window, usual.window);
    put_unless(json, "rope_fraction", a.rope_fraction, usual.rope_fraction);
    if (a.qk_norm != usual.qk_norm) {
        json["qk_norm"] = word_of<QkNorm>(a.qk_norm, qk_norm_table);
    }
    put_unless(json, "qkv_bias", a.q_bias, usual.q_bias);
    put_unless(json, "out_bias", a.out_bias, usual.out_bias);
    put_unless(json, "output_gate", a.output_gate, usual.output_gate);
    put_unless(json, "fused_qkv", a.fused_qkv, usual.fused_qkv);
    put_unless(json, "softcap", a.softcap, usual.softcap);
    put_unless(json, "input_width", a.input_width, usual.input_width);
    return json;
}

Json to_json(const LatentAttention& a)
{
    return {{"heads", a.heads},       {"q_rank", a.q_rank},     {"kv_rank", a.kv_rank},
            {"nope_dim", a.nope_dim}, {"rope_dim", a.rope_dim}, {"v_dim", a.v_dim}};
}

Json to_json(const Mamba2& m)
{
    Json json{{"heads", m.heads},
              {"head_dim", m.head_dim},
              {"state", m.state},
              {"groups", m.groups},
              {"conv_kernel", m.conv_kernel}};
    put_unless(json, "conv_bias", m.conv_bias, true);
    return json;
}

Json to_json(const RgLru& r)
{
    Json json{{"width", r.width}, {"conv_kernel", r.conv_kernel}, {"gate_blocks", r.gate_blocks}};
    put_unless(json, "bias", r.bias, true);
    return json;
}

Json to_json(const ShortConv& c)
{
    Json json = Json::object();
    json["kernel"] = c.kernel;
    return json;
}

Json to_json(const GatedDeltaNet& g)
{
    return {{"key_heads", g.key_heads},
            {"value_heads", g.value_heads},
            {"key_dim", g.key_dim},
            {"value_dim", g.value_dim},
            {"conv_kernel", g.conv_kernel}};
}

Json to_json(const Ffn& f)
{
    const Ffn usual;
    Json json{
        {"width", f.width}, {"gated", f.gated}, {"activation", word_of<Activation>(f.activation, activation_table)}};
    put_unless(json, "bias", f.bias, usual.bias);
    put_unless(json, "fused_gate_up", f.fused_gate_up, usual.fused_gate_up);
    put_unless(json, "experts", f.experts, usual.experts);
    put_unless(json, "active", f.active, usual.active);
    put_unless(json, "shared_width", f.shared_width, usual.shared_width);
    return json;
}

constexpr std::array<const char*, std::variant_size_v<Mixer>> mixer_keys{
    "", "attention", "latent_attention", "mamba2", "rg_lru", "short_conv", "gated_delta_net"};

/// The block with what lists can hold set aside.
Block without_listed(Block block)
{
    if (auto* attention = std::get_if<Attention>(&block.mixer)) {
        attention->heads = attention->kv_heads = 1;
    }
    if (block.ffn) {
        block.ffn->width = 1;
    }
    block.name.clear();
    return block;
}

template <class Value>
void put_list(Json& json, const char* key, const std::vector<Block>& blocks, const Value& value)
{
    Json list = Json::array();
    bool all_same = true;
    for (const Block& block : blocks) {
        list.push_back(value(block));
        all_same = all_same && list.back() == list.front();
    }
    if (!all_same) {
        json[key] = list;
    }
}

}  // namespace

constinit const Words<NormKind> norm_words = norm_table;
constinit const Words<Positions> position_words = position_table;

std::vector<Block> read_block(const JsonPlace& place, const std::string& name, std::size_t uses)
{
    if (!has_lists(place, uses)) {
        Block block = read_one(place, 0);
        block.name = name;
        return {block};
    }
    std::vector<Block> blocks;
    for (std::size_t layer = 0; layer < uses; ++layer) {
        blocks.push_back(read_one(place, layer));
        blocks.back().name = name + "." + std::to_string(layer);
    }
    return blocks;
}

Json block_to_json(const Block& block)
{
    Json json = Json::object();
    std::visit(
        [&](const auto& mixer) {
            if constexpr (!std::is_same_v<std::decay_t<decltype(mixer)>, std::monostate>) {
                json[mixer_keys[block.mixer.index()]] = to_json(mixer);
            }
        },
        block.mixer);
    if (block.ffn) {
        json["ffn"] = to_json(*block.ffn);
    }
    if (block.norms != NormPlaces{}) {
        json["norms"] = Json::array();
        for (const auto& [word, where] : norm_place_table) {
            if (block.norms.*where) {
                json["norms"].push_back(word);
            }
        }
    }
    put_unless(json, "parallel", block.parallel, false);
    if (block.sharing != Sharing::none) {
        json["sharing"] = word_of<Sharing>(block.sharing, sharing_table);
    }
    put_unless(json, "runs", block.runs, 1);
    if (block.adapter != Adapter{}) {
        json["adapter"] = Json{{"lora_rank", block.adapter.lora_rank}, {"linear", block.adapter.linear}};
    }
    return json;
}

Json blocks_to_json_lists(const std::vector<Block>& blocks)
{
    const Block usual = without_listed(blocks.front());
    for (const Block& block : blocks) {
        if (without_listed(block) != usual) {
            return nullptr;
        }
    }
    Json json = block_to_json(blocks.front());
    if (std::holds_alternative<Attention>(blocks.front().mixer)) {
        put_list(json["attention"], "heads", blocks, [](const Block& b) { return std::get<Attention>(b.mixer).heads; });
        put_list(json["attention"], "kv_heads", blocks,
                 [](const Block& b) { return std::get<Attention>(b.mixer).kv_heads; });
    }
    if (blocks.front().ffn) {
        put_list(json["ffn"], "width", blocks, [](const Block& b) { return b.ffn->width; });
    }
    return json;
}

}  // namespace slimline

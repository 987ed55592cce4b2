#include "archspace/hf_fields.h"

#include <array>

#include <fmt/format.h>

namespace slimline {

namespace {

constexpr std::array<std::pair<std::string_view, Activation>, 13> activation_names{
    {{"relu", Activation::relu},
     {"relu2", Activation::relu2},
     {"squared_relu", Activation::relu2},
     {"gelu", Activation::gelu},
     {"gelu_new", Activation::gelu_tanh},
     {"gelu_fast", Activation::gelu_tanh},
     {"gelu_pytorch_tanh", Activation::gelu_tanh},
     {"gelu_tanh", Activation::gelu_tanh},
     {"silu", Activation::silu},
     {"swish", Activation::silu},
     {"swiglu", Activation::silu},
     {"silu_and_mul", Activation::silu},
     {"geglu", Activation::gelu}}};

}  // namespace

std::optional<JsonPlace> HfFields::find(Names names) const
{
    const Json& object = place_.value();
    for (const std::string_view name : names) {
        const auto found = object.find(name);
        if (found != object.end() && !found->is_null()) {
            return JsonPlace(place_, *found, name);
        }
    }
    return std::nullopt;
}

int HfFields::size(Names names, int most, int least) const
{
    const auto field = find(names);
    if (!field) {
        place_.fail("'" + std::string(*names.begin()) + "' is missing", "this model_type needs it");
    }
    return int(field->integer(least, most));
}

int HfFields::size_or(Names names, int fallback, int most, int least) const
{
    const auto field = find(names);
    return field ? int(field->integer(least, most)) : fallback;
}

double HfFields::number_or(Names names, double fallback, Range range) const
{
    const auto field = find(names);
    return field ? field->number(range) : fallback;
}

bool HfFields::flag_or(Names names, bool fallback) const
{
    const auto field = find(names);
    return field ? field->boolean() : fallback;
}

std::string HfFields::text_or(Names names, const std::string& fallback) const
{
    const auto field = find(names);
    return field ? field->text() : fallback;
}

Activation HfFields::activation(Names names, Activation fallback) const
{
    const auto field = find(names);
    return field ? field->one_of<Activation>(activation_names) : fallback;
}

std::optional<std::vector<JsonPlace>> HfFields::list(Names names, std::size_t layers) const
{
    const auto field = find(names);
    if (!field) {
        return std::nullopt;
    }
    if (field->is_array() && field->value().size() != layers) {
        field->fail(fmt::format("has {} members for {} layers", field->value().size(), layers), "give one a layer");
    }
    return field->items();
}

}  // namespace slimline

#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "archspace/architecture.h"
#include "base/json.h"

namespace slimline {

/// A config.json seen as fields of a model: several spellings of a name, null as good as absent, ranges checked.
class HfFields {
 public:
    explicit HfFields(JsonPlace place) : place_(std::move(place)) {}

    using Names = std::initializer_list<std::string_view>;

    const JsonPlace& place() const { return place_; }

    /// The first of these that is there and not null.
    std::optional<JsonPlace> find(Names names) const;
    bool has(Names names) const { return find(names).has_value(); }

    int size(Names names, int most, int least = 1) const;
    int size_or(Names names, int fallback, int most, int least = 0) const;
    double number_or(Names names, double fallback, Range range) const;
    bool flag_or(Names names, bool fallback) const;
    std::string text_or(Names names, const std::string& fallback) const;
    Activation activation(Names names, Activation fallback) const;

    /// One value a layer: a list of `layers` members, or nullopt when there is no such field.
    std::optional<std::vector<JsonPlace>> list(Names names, std::size_t layers) const;

 private:
    JsonPlace place_;
};

}  // namespace slimline

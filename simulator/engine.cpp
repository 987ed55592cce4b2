#include "simulator/engine.h"

#include <array>

#include "base/errors.h"
#include "base/json.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::array<std::pair<std::string_view, Engine>, 3> engines{{
    {"llama.cpp", Engine::llama_cpp},
    {"int4", Engine::int4},
    {"datasheet", Engine::datasheet},
}};

}  // namespace

std::string_view word(Engine engine)
{
    return word_of<Engine>(engine, engines);
}

Engine engine_named(std::string_view name)
{
    for (const auto& [each, engine] : engines) {
        if (each == name) {
            return engine;
        }
    }
    throw InputError("", "no engine '" + printable(name) + "'", did_you_mean(name, engine_names()));
}

std::vector<std::string> engine_names()
{
    std::vector<std::string> names;
    for (const auto& [name, engine] : engines) {
        names.emplace_back(name);
    }
    return names;
}

}  // namespace slimline

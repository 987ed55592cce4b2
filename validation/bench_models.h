#pragma once

#include <string>
#include <vector>

#include "archspace/architecture.h"
#include "validation/bench_rows.h"

namespace slimline {

/// What a person says of the models in a file: "NAME=ARCH;NAME=ARCH", or one "ARCH" for all of them, where ARCH is whatever
/// load_architecture takes.
struct ModelNames {
    struct Entry {
        std::string name{};  // the model as the file calls it, its file, or that without folder and ending; "": any
        std::string architecture{};
    };
    std::vector<Entry> entries{};
};
ModelNames model_names(const std::string& text);

/// A model of llama.cpp as ours: by what the person says, by its file's name, else by its family and size. Throws InputError
/// naming the nearest where none or several fit, or where sizes contradict the name.
Architecture architecture_of(const BenchRow& row, const ModelNames& names);

/// Id of the weight mix in a description ("llama 1B Q4_K - Medium") or else in a file's name; throws InputError when there is none.
std::string mix_of(const BenchRow& row);

}  // namespace slimline

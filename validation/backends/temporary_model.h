#pragma once

#include <filesystem>

#include "base/new_file.h"
#include "validation/backends/test_engine.h"

namespace slimline {

/// A model with random weights as a GGUF file that has no name: whatever ends this process, nothing is left on the disk.
/// A child that gets the descriptor opens it under path().
class TemporaryModel {
 public:
    /// In the system's folder for temporary files. Throws InputError when the disk has no room.
    explicit TemporaryModel(const TestModel& model);

    int descriptor() const { return file_.descriptor(); }
    /// The same in every process that has inherited the descriptor.
    std::filesystem::path path() const;

 private:
    NewFile file_;
};

}  // namespace slimline

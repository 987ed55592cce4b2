#pragma once

#include <memory>

#include "explorer/search.h"

namespace slimline {

/// This process among those that mpirun started; lives as long as they exchange anything.
class MpiTeam {
 public:
    /// Throws InputError when the program was built without MPI.
    MpiTeam();
    ~MpiTeam();
    MpiTeam(const MpiTeam&) = delete;
    MpiTeam& operator=(const MpiTeam&) = delete;

    SearchTeam team() const;

 private:
    struct World;
    std::unique_ptr<World> world_;
};

}  // namespace slimline

#include "cli/mpi_team.h"

#include "base/errors.h"

#ifdef SLIMLINE_HAS_MPI

#include <boost/mpi.hpp>
#include <boost/serialization/string.hpp>

namespace slimline {

/// A process that ends by an exception takes the others with it, so that none waits for ever.
struct MpiTeam::World {
    boost::mpi::environment environment{true};
    boost::mpi::communicator all{};
};

MpiTeam::MpiTeam() : world_(std::make_unique<World>()) {}

SearchTeam MpiTeam::team() const
{
    const auto exchange = [this](const std::string& mine) {
        std::vector<std::string> texts;
        boost::mpi::all_gather(world_->all, mine, texts);
        return texts;
    };
    return {.rank = world_->all.rank(), .size = world_->all.size(), .exchange = exchange};
}

}  // namespace slimline

#else

namespace slimline {

struct MpiTeam::World {};

MpiTeam::MpiTeam()
{
    throw InputError("--mpi", "this slimline was built without MPI",
                     "install Boost.MPI (scripts/setup.sh mpi) and build again, or leave --mpi out");
}

SearchTeam MpiTeam::team() const
{
    return {};
}

}  // namespace slimline

#endif

namespace slimline {

MpiTeam::~MpiTeam() = default;

}  // namespace slimline

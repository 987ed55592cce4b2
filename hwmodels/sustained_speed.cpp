#include "hwmodels/sustained_speed.h"

#include <cmath>

namespace slimline {

double speed_share_after(const SustainedPhase& phase, Seconds after)
{
    return phase.time_constant.value > 0 ? phase.share + (1 - phase.share) * std::exp(-(after / phase.time_constant))
                                         : phase.share;
}

}  // namespace slimline

#include "explorer/bounds.h"

namespace slimline {

BoundShares bound_shares(const Pass& pass)
{
    Seconds memory;
    Seconds compute;
    Seconds overhead;
    for (const OperatorTime& op : pass.operators) {
        (op.bound == Bound::memory ? memory : op.bound == Bound::compute ? compute : overhead) += op.time;
    }
    return {.memory = memory / pass.time,
            .compute = compute / pass.time,
            .overhead = overhead / pass.time,
            .fixed = pass.fixed / pass.time,
            .intensity = pass.bytes.value > 0 ? pass.flops.value / pass.bytes.value : 0};
}

}  // namespace slimline

#include "validation/kernels/kernel_table.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "validation/kernels/arm_kernels.h"
#include "validation/kernels/scalar_kernels.h"
#include "validation/kernels/x86_kernels.h"

namespace slimline::kernels {

std::span<const KernelTable> kernel_tables()
{
    static const std::vector<KernelTable> tables = [] {
        std::vector<KernelTable> all{scalar_kernels()};
        std::ranges::copy(x86_kernels(), std::back_inserter(all));
        std::ranges::copy(arm_kernels(), std::back_inserter(all));
        return all;
    }();
    return tables;
}

const KernelTable& best_kernels()
{
    return kernel_tables().back();
}

}  // namespace slimline::kernels

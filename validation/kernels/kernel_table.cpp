#include "validation/kernels/kernel_table.h"

#include <vector>

#include "validation/kernels/scalar_kernels.h"
#include "validation/kernels/x86_kernels.h"

namespace slimline::kernels {

std::span<const KernelTable> kernel_tables()
{
    static const std::vector<KernelTable> tables = [] {
        std::vector<KernelTable> all = x86_kernels();
        all.insert(all.begin(), scalar_kernels());
        return all;
    }();
    return tables;
}

const KernelTable& best_kernels()
{
    return kernel_tables().back();
}

}  // namespace slimline::kernels

#include "hwmodels/energy.h"

#include <array>
#include <string_view>

namespace slimline {

namespace {

constexpr double picojoule = 1e-12;

struct MemoryRow {
    std::string_view prefix;
    double pj_per_byte;
};

// System level: DRAM, I/O and PHY. LPDDR and DDR from vendors' figures a bit (LPDDR5 9.0 pJ, LPDDR5X 7.5, LPDDR4 12-13,
// DDR4-3200 20, DDR5-4800 14); GDDR6 (7.5 pJ a bit) and HBM3 (4 pJ) are in common circulation and unverified.
constexpr std::array<MemoryRow, 9> memory_rows{{{"LPDDR5X", 60}, {"LPDDR5T", 60}, {"LPDDR5", 72}, {"LPDDR4", 100},
                                                {"DDR4", 160}, {"DDR5", 112}, {"GDDR", 60}, {"HBM", 32}, {"", 112}}};

struct NodeRow {
    double least_nm;
    double int8_pj;  // of a multiply-accumulate, switching only
    double fp16_pj;
};

// Midpoints of published ranges by node: 28 nm 0.60-0.85 pJ int8 and 2.4-3.4 fp16, 16/12 nm 0.40-0.57 and 1.6-2.3,
// 7/5 nm 0.27-0.38 and 1.1-1.5, 3 nm 0.17-0.25 and 0.7-1.0.
constexpr std::array<NodeRow, 4> node_rows{{{20, 0.72, 2.9}, {10, 0.48, 1.95}, {4, 0.32, 1.3}, {0, 0.21, 0.85}}};
constexpr double assumed_node_nm = 7;

// Instructions around a bare MAC: 3 to 10 times on CPUs and GPUs (the geometric mean is taken), about 1.3 on a systolic
// NPU; unverified.
constexpr double programmable_overhead = 5.5;
constexpr double systolic_overhead = 1.3;

double mac_pj(const NodeRow& node, Arithmetic arithmetic)
{
    switch (arithmetic) {
        case Arithmetic::fp32: return 2 * node.fp16_pj;
        case Arithmetic::fp16: return node.fp16_pj;
        case Arithmetic::int8: return node.int8_pj;
        case Arithmetic::int4: return node.int8_pj / 2;
    }
    return node.fp16_pj;
}

}  // namespace

JoulesPerByte memory_energy(const Device& device)
{
    if (device.memory.energy.value > 0) {
        return device.memory.energy;
    }
    for (const MemoryRow& row : memory_rows) {
        if (std::string_view(device.memory.kind).starts_with(row.prefix)) {
            return {row.pj_per_byte * picojoule};
        }
    }
    return {};
}

JoulesPerFlop arithmetic_energy(const Device& device, const Backend& backend, Arithmetic arithmetic)
{
    const double nm = device.process_nm > 0 ? device.process_nm : assumed_node_nm;
    const double overhead = backend.kind == BackendKind::npu ? systolic_overhead : programmable_overhead;
    for (const NodeRow& row : node_rows) {
        if (nm >= row.least_nm) {
            return {mac_pj(row, arithmetic) / 2 * overhead * picojoule};
        }
    }
    return {};
}

}  // namespace slimline

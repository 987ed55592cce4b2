#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "archspace/architecture.h"
#include "base/units.h"

namespace slimline {

enum class BackendKind : std::uint8_t { cpu, gpu, npu };
inline constexpr std::pair<std::string_view, BackendKind> backend_words[] = {
    {"cpu", BackendKind::cpu}, {"gpu", BackendKind::gpu}, {"npu", BackendKind::npu}};

/// Number formats that compute units work in. Weights of any block format meet 8-bit activations on a CPU.
enum class Arithmetic : std::uint8_t { fp32, fp16, int8, int4 };
inline constexpr std::size_t arithmetic_count = 4;

/// What a CPU's cores offer beyond the base that decides how engines lay weights out: all of its cores have it.
enum class InstructionSet : std::uint8_t { avx2, avx512, dotprod, i8mm };

inline constexpr std::pair<std::string_view, InstructionSet> instruction_set_words[] = {
    {"avx2", InstructionSet::avx2},
    {"avx512", InstructionSet::avx512},
    {"dotprod", InstructionSet::dotprod},
    {"i8mm", InstructionSet::i8mm},
};

/// Cores of one kind. int8_macs_per_cycle counts multiply-accumulates of one core.
struct CoreCluster {
    std::string name{};
    int cores = 0;
    double clock_hz = 0;
    double int8_macs_per_cycle = 0;

    FlopsPerSecond int8_rate_per_core() const { return {2 * int8_macs_per_cycle * clock_hz}; }
    bool operator==(const CoreCluster&) const = default;
};

struct Cache {
    std::string name{};
    Bytes size{};
    BytesPerSecond bandwidth{};  // 0: unknown, then the cache is not modelled as a level of its own
    bool operator==(const Cache&) const = default;
};

/// Read bandwidth measured with a working set of this size.
struct BandwidthPoint {
    Bytes working_set{};
    BytesPerSecond bandwidth{};
    bool operator==(const BandwidthPoint&) const = default;
};

/// A processor of the device that can run a model by itself.
struct Backend {
    BackendKind kind = BackendKind::cpu;
    std::string name{};
    std::vector<std::string> interfaces{};  // by which engines reach it ("cuda", "vulkan"), the usual one first
    std::array<FlopsPerSecond, arithmetic_count> peak{};  // 0: this arithmetic is not offered
    BytesPerSecond bandwidth{};                           // what it can draw at most; 0: the memory's
    Bytes memory{};                                       // of its own (a graphics card); 0: shares the device's
    std::vector<CoreCluster> clusters{};
    std::vector<Cache> caches{};
    std::vector<BandwidthPoint> bandwidth_by_working_set{};  // measured; ascending working set
    std::vector<InstructionSet> instruction_sets{};          // empty: unknown, or none of them
    int compute_units = 0;                                   // SMs, GPU cores; 0: unknown
    Watts power{};                                           // while busy; 0: unknown
    bool operator==(const Backend&) const = default;
};

struct Memory {
    std::string kind{};  // "LPDDR5", "GDDR6X"
    Bytes capacity{};
    BytesPerSecond bandwidth{};  // datasheet peak
    JoulesPerByte energy{};      // 0: the kind's usual value is taken
    bool operator==(const Memory&) const = default;
};

/// What a datasheet says of a machine: no learnt number is in here.
struct Device {
    std::string id{};
    std::string name{};
    std::string soc{};
    std::string device_class{};  // "phone", "board", "laptop", "desktop", "server", "accelerator", "custom"
    Memory memory{};
    BytesPerSecond flash_bandwidth{};  // sequential reads from storage; 0: unknown
    std::vector<Backend> backends{};   // the first is the one used when nobody says
    double process_nm = 0;
    Watts idle_power{};
    std::vector<Watts> power_limits{};
    double price_usd = 0;
    double area_mm2 = 0;
    std::vector<std::string> unverified{};  // JSON pointers of numbers that no document confirms
    std::vector<Source> sources{};
    std::string note{};

    bool operator==(const Device&) const = default;
};

/// The backend of that kind, or nullptr.
const Backend* find_backend(const Device& device, BackendKind kind);

std::string_view word(BackendKind kind);
std::string_view word(Arithmetic arithmetic);

/// The backend of that kind; throws InputError when there is none.
const Backend& require_backend(const Device& device, BackendKind kind);

/// The bandwidth a backend may draw from main memory, by datasheet.
BytesPerSecond peak_bandwidth(const Device& device, const Backend& backend);

/// Memory that a model may use on this backend.
Bytes memory_for(const Device& device, const Backend& backend);

/// Peak rate of `threads` threads (0: all cores). An even split runs at the pace of the slowest core in use;
/// threads take the fastest cores first, and those slower ones are added only if that does not lower the sum.
FlopsPerSecond cpu_int8_peak(const Backend& backend, int threads);

/// Peak for an arithmetic; one that is not offered falls back to the nearest wider one, and fp32 to fp16's
/// half.
FlopsPerSecond peak_rate(const Backend& backend, Arithmetic arithmetic, int threads);

}  // namespace slimline

#include <catch2/catch.hpp>

#include <vector>

#include "simulator/block_operators.h"
#include "simulator/passes.h"
#include "simulator/roofs.h"
#include "simulator/series_sum.h"
#include "archspace/uniform_design.h"
#include "tests/support/toy.h"

using namespace slimline;

namespace {

struct Listed {
    std::vector<OperatorCost> costs;
    void operator()(const OperatorCost& cost) { costs.push_back(cost); }

    OperatorCost of(OperatorKind kind) const
    {
        for (const OperatorCost& cost : costs) {
            if (cost.kind == kind) {
                return cost;
            }
        }
        throw std::runtime_error("no such operator");
    }
};

Listed operators_of(const Architecture& arch, const PassShape& pass, PassRules rules = {}, LayerFormats formats = {})
{
    Listed listed;
    BlockOperators(rules, pass, arch.d_model, listed)
        .visit<Part::all>(arch.blocks[0], arch.norm, formats, {.layers = double(arch.layers.size())});
    return listed;
}

const UniformDesign tiny{.layers = 2, .d_model = 64, .heads = 4, .kv_heads = 2, .head_dim = 16, .d_ffn = 128, .vocabulary = 1000};

}  // namespace

TEST_CASE("a product is two FLOP a weight and row, and reads each weight once", "[simulator][operators]")
{
    LayerFormats formats;
    formats.by_role[std::size_t(TensorRole::attn_q)] = Format::q8_0;
    const Listed listed = operators_of(architecture_of(tiny), {.new_tokens = 10, .output_rows = 1}, {}, formats);
    const OperatorCost q = listed.of(OperatorKind::attn_q);
    CHECK(q.flops == 2 * 10 * 64 * 64);
    CHECK(q.weight_bytes == 64 * 64 * 34.0 / 32);
    CHECK(q.activation_bytes == 10 * (64 + 64) * 4);
    CHECK(q.count == 2);
    CHECK(listed.of(OperatorKind::attn_k).flops == 2 * 10 * 64 * 32);
    CHECK(listed.of(OperatorKind::ffn_down).flops == 2 * 10 * 128 * 64);
}

TEST_CASE("a decode step's attention reads every cached position once", "[simulator][operators]")
{
    const Listed listed = operators_of(architecture_of(tiny), {.past = 99});
    const OperatorCost attention = listed.of(OperatorKind::attention);
    CHECK(attention.flops == 100 * 4 * (2 * 16 + 5 + 2 * 16));  // scores, softmax, weighted sum
    CHECK(attention.kv_bytes == 100 * 2 * 32 * 2.0);            // K and V of two KV heads, two bytes a number
    CHECK(listed.of(OperatorKind::kv_write).kv_bytes == 2 * 32 * 2.0);
}

TEST_CASE("token i of a prompt attends to i + 1 positions, at most the window", "[simulator][operators]")
{
    CHECK(attended_positions(0, 4, 0) == 1 + 2 + 3 + 4);
    CHECK(attended_positions(10, 2, 0) == 11 + 12);
    CHECK(attended_positions(0, 5, 3) == 1 + 2 + 3 + 3 + 3);
    CHECK(attended_positions(2, 2, 3) == 3 + 3);
    CHECK(attended_positions(100, 4, 3) == 12);
    CHECK(positions_read(100, 4, 0) == 104);
    CHECK(positions_read(100, 4, 3) == 6);
}

TEST_CASE("without fusion the score matrix goes to memory twice and the FLOP stay the same", "[simulator][operators]")
{
    const PassShape pass{.new_tokens = 8, .past = 0};
    const Listed fused = operators_of(architecture_of(tiny), pass);
    const Listed apart = operators_of(architecture_of(tiny), pass, {.flash_attention = false});
    const double matrix = 4 * 8 * 8 * 4;
    CHECK(apart.of(OperatorKind::attn_scores).flops + apart.of(OperatorKind::attn_softmax).flops +
              apart.of(OperatorKind::attn_weighted_sum).flops ==
          fused.of(OperatorKind::attention).flops);
    CHECK(apart.of(OperatorKind::attn_softmax).activation_bytes == 2 * matrix);
}

TEST_CASE("one token hits K experts, many hit nearly all, never more", "[simulator][operators]")
{
    CHECK(expert_hits(32, 8, 1) == 8);
    CHECK(expert_hits(4, 1, 2) == Approx(4 * (1 - 0.75 * 0.75)));
    CHECK(expert_hits(32, 8, 512) == Approx(32).epsilon(1e-12));
    CHECK(expert_hits(32, 8, 512) <= 32);
    UniformDesign mixture = tiny;
    mixture.experts = 8;
    mixture.active = 2;
    const OperatorCost up = operators_of(architecture_of(mixture), {}).of(OperatorKind::ffn_up);
    CHECK(up.flops == 2 * 2 * 64 * 128);
    CHECK(up.weight_bytes == 2 * 64 * 128 * 4.0);  // two experts' matrices, F32 here
}

TEST_CASE("products of up to eight rows run on mat-vec kernels, more on mat-mat kernels in whole tiles", "[simulator][operators]")
{
    const PassRules rules{.tile_rows = 16, .tile_columns = 48};
    const OperatorCost few = operators_of(architecture_of(tiny), {.new_tokens = 8}, rules).of(OperatorKind::attn_q);
    const OperatorCost many = operators_of(architecture_of(tiny), {.new_tokens = 9}, rules).of(OperatorKind::attn_q);
    CHECK(few.kernel == KernelClass::mat_vec);
    CHECK(few.rows == 8);
    CHECK(many.rows == 9);
    CHECK(many.kernel == KernelClass::mat_mat);
    CHECK(many.padding == Approx(16.0 / 9 * 96 / 64));
}

TEST_CASE("a roof takes the longer of memory and compute, plus the share that does not overlap, plus launches", "[simulator][roofs]")
{
    Calibration calibration = toy_calibration();
    calibration.serial_share = 0.5;
    calibration.per_operator = Seconds{1e-6};
    const Device device = toy_device();
    const Roofs roofs = roofs_of(device, device.backends[0], calibration, 0);
    // 50 GB/s for weights; int8 mat-mat at half of 2 TOP/s.
    OperatorCost cost{.kernel = KernelClass::mat_mat, .format = Format::q4_0, .flops = 1e9, .weight_bytes = 1e8, .rows = 512};
    CHECK(time_on(seconds_of(cost, roofs, 1), roofs) == Approx(2e-3 + 0.5 * 1e-3 + 1e-6));
    cost.weight_bytes = 1e7;
    CHECK(time_on(seconds_of(cost, roofs, 1), roofs) == Approx(1e-3 + 0.5 * 0.2e-3 + 1e-6));
}

TEST_CASE("few rows cost as many times one, but no more than on kernels of many, and no product less than one row",
          "[simulator][roofs]")
{
    // One row at 8 ns a FLOP, of many at 3 ns: 8, 2 * 4, then 3 from the third row on.
    CHECK(product_flop_seconds(1, true, 8, 3) == 8);
    CHECK(product_flop_seconds(2, true, 8, 3) == 4);
    CHECK(product_flop_seconds(3, true, 8, 3) == 3);
    CHECK(product_flop_seconds(9, false, 8, 3) == 3);
    // So much faster on kernels of many rows that unpacking the weights binds: 9 rows take no less than one.
    CHECK(9 * product_flop_seconds(9, false, 8, 0.1) == Approx(8));
    // Kernels of few rows that are the faster ones are taken up to their most rows.
    CHECK(product_flop_seconds(8, true, 2, 3) == 2);
    CHECK(product_flop_seconds(9, false, 2, 3) == 3);
}

TEST_CASE("weights that fit in a cache are read at its speed, fading to memory's at twice its size", "[simulator][roofs]")
{
    Device device = toy_device();
    device.backends[0].caches = {{.name = "LLC", .size = Bytes{1e6}, .bandwidth = BytesPerSecond{400e9}}};
    const Roofs roofs = roofs_of(device, device.backends[0], toy_calibration(), 0);
    CHECK(cache_factor(roofs, 0.5e6) == Approx(0.25));
    CHECK(cache_factor(roofs, 1e6) == Approx(0.25));
    CHECK(cache_factor(roofs, 1.5e6) == Approx(0.625));
    CHECK(cache_factor(roofs, 2e6) == 1);
    CHECK(cache_factor(roofs, 1e9) == 1);
}

TEST_CASE("threads draw bandwidth and compute until the device's peak", "[simulator][roofs]")
{
    Calibration calibration = toy_calibration(BackendKind::cpu);
    calibration.thread_bandwidth = 0.4;
    const Device device = toy_device();
    const Backend& cpu = *find_backend(device, BackendKind::cpu);
    const auto weight_byte = [&](int threads) { return roofs_of(device, cpu, calibration, threads).seconds_per_weight_byte[0]; };
    const auto product = [&](int threads) {
        return roofs_of(device, cpu, calibration, threads)
            .seconds_per_flop[std::size_t(KernelClass::mat_mat)][std::size_t(Format::q4_0)];
    };
    CHECK(weight_byte(1) == Approx(1 / (100e9 * 0.4 * 0.5)));
    CHECK(weight_byte(2) == Approx(1 / (100e9 * 0.8 * 0.5)));
    CHECK(weight_byte(4) == Approx(1 / (100e9 * 0.5)));
    CHECK(product(1) == Approx(1 / (64e9 * 0.5)));
    CHECK(product(4) == Approx(1 / (256e9 * 0.5)));
}

TEST_CASE("the sum over equally spaced depths equals adding them one by one, across the crossing too", "[simulator][series]")
{
    const double n = GENERATE(1.0, 2.0, 3.0, 17.0, 1000.0);
    const double serial = GENERATE(0.0, 0.3, 1.0);
    const double slope = GENERATE(0.0, 0.5, 2.0);
    double expected = 0;
    const auto memory = [](double i) { return 5 + i; };
    const auto compute = [&](double i) { return 1 + slope * i * 3; };
    for (double i = 0; i < n; ++i) {
        expected += overlapped(memory(i), compute(i), serial);
    }
    CAPTURE(n, serial, slope);
    CHECK(progression_sum(memory(0), compute(0), memory(n - 1), compute(n - 1), n, serial) == Approx(expected).epsilon(1e-13));
}

TEST_CASE("a prompt is cut into chunks of n_ubatch tokens, the last of which asks for logits", "[simulator][passes]")
{
    const auto series = prefill_series({.prompt_tokens = 1100, .ubatch = 512}, LastLayer::ffn_for_outputs);
    CHECK(series[0].passes == 2);
    CHECK(series[0].first.new_tokens == 512);
    CHECK(series[0].first.output_rows == 0);
    CHECK(series[1].first.new_tokens == 76);
    CHECK(series[1].first.past == 1024);
    CHECK(series[1].first.output_rows == 1);

    const auto whole = prefill_series({.prompt_tokens = 1024, .ubatch = 512}, LastLayer::ffn_for_outputs);
    CHECK(whole[0].passes == 1);
    CHECK(whole[1].first.new_tokens == 512);

    const auto batched = prefill_series({.batch = 4, .prompt_tokens = 256, .ubatch = 512}, LastLayer::ffn_for_outputs);
    CHECK(batched[0].passes == 1);
    CHECK(batched[1].first.tokens() == 512);
}

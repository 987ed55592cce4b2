#include "validation/cuda/product_launch.h"

namespace slimline::cuda {

namespace {

int rows_of(const Product& p)
{
    int rows = 0;
    for (int part = 0; part < p.part_count; ++part) {
        rows += p.parts[part].matrix.rows;
    }
    return rows;
}

/// What a block of the kernels for many tokens has.
struct Tile {
    int rows;
    int tokens;
};
Tile tile_of_many(WeightKind kind)
{
    return kind == WeightKind::f32 ? Tile{Product::real_tile, Product::real_tile}
                                   : Tile{Product::tile_rows, Product::tile_tokens};
}

/// Each part begins with a tile of its own.
int tiles_of(const Product& p, int rows)
{
    int tiles = 0;
    for (int part = 0; part < p.part_count; ++part) {
        tiles += blocks_for(p.parts[part].matrix.rows, rows);
    }
    return tiles;
}

/// Eight threads read whole cache lines; more share a row where there are too few rows to keep the processors busy. Wide
/// formats are fastest when each thread has but four pieces, which are all under way together; those of four bits are not
/// (H200, 4,096 columns: Q4_0 at 94 % of copying with 8 threads, 87 % with 32; F16 at 98 and 106 %).
int lanes_for(const Device& device, const Product& p, int vectors = 1)
{
    constexpr int threads_of_processor = 1024;
    constexpr int most = 32;
    const WeightKind kind = p.parts[0].matrix.kind;
    const bool of_numbers = kind == WeightKind::f32 || kind == WeightKind::f16;
    const int pieces = p.parts[0].matrix.columns / (of_numbers ? 8 : 32);
    int lanes = 8;
    const auto shares_more = [&] {
        if (rows_of(p) * vectors * lanes < threads_of_processor * device.processors()) {
            return 2 * lanes <= pieces;
        }
        return (of_numbers || kind == WeightKind::q8_0) && 4 * 2 * lanes <= pieces;
    };
    while (lanes < most && shares_more()) {
        lanes *= 2;
    }
    return lanes;
}

}  // namespace

void launch_product(Device& device, Product p)
{
    const WeightKind kind = p.parts[0].matrix.kind;
    const bool of_floats = kind == WeightKind::f32;
    if (p.tokens > Product::few_tokens) {
        const Tile tile = tile_of_many(kind);
        device.launch(kernel_for(Kernel::matrix_f32, kind), {tiles_of(p, tile.rows), blocks_for(p.tokens, tile.tokens)},
                      &p);
        return;
    }
    if (p.tokens > 1 && !of_floats) {
        device.launch(kernel_for(Kernel::vectors_f32, kind), {tiles_of(p, Product::tile_rows_of_few)}, &p);
        return;
    }
    if (p.lanes == 0) {
        p.lanes = lanes_for(device, p);
    }
    const Kernel kernel = kernel_for(p.tokens == 1 ? Kernel::vector_f32 : Kernel::vectors_f32, kind);
    device.launch(kernel, {blocks_for(rows_of(p) * p.lanes, threads_of(kernel))}, &p);
}

void launch_expert_product(Device& device, Product p, int rows, int experts, int active)
{
    const WeightKind kind = p.parts[0].matrix.kind;
    if (rows <= Product::few_tokens) {
        p.tokens = 1;
        p.lanes = lanes_for(device, p, rows * active);
        const Kernel kernel = kernel_for(Kernel::expert_vector_f32, kind);
        device.launch(kernel, {blocks_for(rows_of(p) * p.lanes, threads_of(kernel)), rows * active}, &p);
        return;
    }
    // A row uses an expert once at most.
    const Tile tile = tile_of_many(kind);
    device.launch(kernel_for(Kernel::expert_matrix_f32, kind),
                  {tiles_of(p, tile.rows), blocks_for(rows, tile.tokens), experts}, &p);
}

}  // namespace slimline::cuda

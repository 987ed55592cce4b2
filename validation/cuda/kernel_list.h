#pragma once

#include "validation/cuda/kernel_args.h"

// Every kernel: its name, what it is given, threads of a block, the function of a thread.
#define SLIMLINE_CUDA_KERNELS(X)                                                   \
    X(vector_f32, Product, 128, (multiply_real_vector<float, 1>))                  \
    X(vector_f16, Product, 128, (multiply_real_vector<HalfBits, 1>))               \
    X(vector_q8_0, Product, 128, (multiply_vector<WeightKind::q8_0>))              \
    X(vector_q4_0, Product, 128, (multiply_vector<WeightKind::q4_0>))              \
    X(vector_q4_k, Product, 128, (multiply_vector<WeightKind::q4_k>))              \
    X(vector_q6_k, Product, 128, (multiply_vector<WeightKind::q6_k>))              \
    X(vectors_f32, Product, 128, (multiply_real_vector<float, 8>))                 \
    X(vectors_f16, Product, 128, multiply_half_vectors)                            \
    X(vectors_q8_0, Product, 128, (multiply_vectors<WeightKind::q8_0>))            \
    X(vectors_q4_0, Product, 128, (multiply_vectors<WeightKind::q4_0>))            \
    X(vectors_q4_k, Product, 128, (multiply_vectors<WeightKind::q4_k>))            \
    X(vectors_q6_k, Product, 128, (multiply_vectors<WeightKind::q6_k>))            \
    X(matrix_f32, Product, 128, multiply_real_matrix<false>)                       \
    X(matrix_f16, Product, 128, multiply_half_matrix<false>)                       \
    X(matrix_q8_0, Product, 128, (multiply_matrix<WeightKind::q8_0>))              \
    X(matrix_q4_0, Product, 128, (multiply_matrix<WeightKind::q4_0>))              \
    X(matrix_q4_k, Product, 128, (multiply_matrix<WeightKind::q4_k>))              \
    X(matrix_q6_k, Product, 128, (multiply_matrix<WeightKind::q6_k>))              \
    X(expert_vector_f32, Product, 128, (multiply_real_vector<float, 1, true>))     \
    X(expert_vector_f16, Product, 128, (multiply_real_vector<HalfBits, 1, true>))  \
    X(expert_vector_q8_0, Product, 128, (multiply_vector<WeightKind::q8_0, true>)) \
    X(expert_vector_q4_0, Product, 128, (multiply_vector<WeightKind::q4_0, true>)) \
    X(expert_vector_q4_k, Product, 128, (multiply_vector<WeightKind::q4_k, true>)) \
    X(expert_vector_q6_k, Product, 128, (multiply_vector<WeightKind::q6_k, true>)) \
    X(expert_matrix_f32, Product, 128, multiply_real_matrix<true>)                 \
    X(expert_matrix_f16, Product, 128, multiply_half_matrix<true>)                 \
    X(expert_matrix_q8_0, Product, 128, (multiply_matrix<WeightKind::q8_0, true>)) \
    X(expert_matrix_q4_0, Product, 128, (multiply_matrix<WeightKind::q4_0, true>)) \
    X(expert_matrix_q4_k, Product, 128, (multiply_matrix<WeightKind::q4_k, true>)) \
    X(expert_matrix_q6_k, Product, 128, (multiply_matrix<WeightKind::q6_k, true>)) \
    X(choose_experts, ChooseExperts, 128, choose_experts)                          \
    X(sort_slots, SortSlots, 256, sort_slots)                                      \
    X(combine_experts, CombineExperts, 128, combine_experts)                       \
    X(embedding, Embedding, row_threads, embed)                                    \
    X(residual, Residual, row_threads, add_and_normalise)                          \
    X(row_norm, RowNorm, row_threads, normalise_row)                               \
    X(rotate_and_store, RotateAndStore, 128, rotate_and_store)                     \
    X(attend, Attend, 128, attend)                                                 \
    X(join_splits, Attend, 128, join_splits)                                       \
    X(activate, Activate, 128, activate)                                           \
    X(cap_logits, CapLogits, 256, cap_logits)                                      \
    X(fill_past, FillPast, 128, fill_past)                                         \
    X(copy, Copy, 256, copy)

namespace slimline::cuda {

enum class Kernel : int {
#define SLIMLINE_NAME(name, args, threads, body) name,
    SLIMLINE_CUDA_KERNELS(SLIMLINE_NAME)
#undef SLIMLINE_NAME
};

/// Kinds of products stand in the order of the weight kinds.
inline constexpr int weight_kind_count = 6;
constexpr Kernel kernel_for(Kernel of_f32, WeightKind kind)
{
    return Kernel(int(of_f32) + int(kind));
}

constexpr int threads_of(Kernel kernel)
{
    constexpr int threads[] = {
#define SLIMLINE_THREADS(name, args, threads, body) threads,
        SLIMLINE_CUDA_KERNELS(SLIMLINE_THREADS)
#undef SLIMLINE_THREADS
    };
    return threads[int(kernel)];
}

}  // namespace slimline::cuda

#!/usr/bin/env bash
# Builds and runs the benchmarks (release build); arguments go to each, e.g. --benchmark_filter=batch.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/setup.sh build gui test
heading "build (release)"
cmake --preset release -DSLIMLINE_TESTS=OFF -DSLIMLINE_BENCHMARKS=ON "${launcher[@]}" | tail -n 1
cmake --build build/release --parallel "$jobs"
for bench in $(find build/release -name '*_bench' -type f | sort); do
    heading "$(basename "$bench")"
    "$bench" "$@"
done

heading "slimline predict, wall time of a warm start (median of 21, with the shell's own start)"
one() { build/release/cli/slimline predict --arch qwen2-0.5b --device jetson-orin-nx-16gb >/dev/null; }
one
for _ in $(seq 21); do
    begun=$(date +%s%N)
    one
    echo $((($(date +%s%N) - begun) / 1000))
done | sort -n | sed -n '11s/$/ us/p'

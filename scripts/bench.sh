#!/usr/bin/env bash
# Builds and runs the benchmarks (release build); arguments go to each, e.g. --benchmark_filter=batch.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/setup.sh build test
heading "build (release)"
cmake --preset release -DSLIMLINE_TESTS=OFF -DSLIMLINE_BENCHMARKS=ON "${launcher[@]}" | tail -n 1
cmake --build build/release --parallel "$jobs"
for bench in $(find build/release -name '*_bench' -type f | sort); do
    heading "$(basename "$bench")"
    "$bench" "$@"
done

#!/usr/bin/env bash
# Installs what is missing, builds with warnings as errors, and runs everything that can fail: all tests under the address
# and undefined-behaviour sanitizers but the window's (scripts/monkey.sh has its random input so) and two that fit all measurements; those
# of the window, the fits, the programs, the kernels and the engine without them too; how the window keeps up and starts; the
# engine's for 64-bit Arm in an emulator; each fuzzer for a minute.
# The same here and in continuous integration.
#   SLIMLINE_FUZZ_SECONDS=60   seconds for each fuzzer
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

fuzz_seconds=${SLIMLINE_FUZZ_SECONDS:-60}
summary=()

# Runs a part, and notes what it took; the first that fails ends the script.
part() {
    local title=$1 begun=$SECONDS
    shift
    heading "$title"
    "$@"
    summary+=("$(printf '%-42s %4d s' "$title" $((SECONDS - begun)))")
}

# What npm has: the library that draws reports, and what only tests use: an independent reader of our GGUF headers, and what
# drives a browser. A machine without a way to npm still runs every other test.
install_npm_packages() {
    local folder
    for folder in explorer/report tests/archspace/gguf_npm tests/report; do
        say "$folder"
        install_npm "$folder" || {
            say "NOT INSTALLED: the tests that need it are skipped"
            summary+=("npm, $folder: not installed, its tests skipped")
        }
    done
}

# llama.cpp's own library, that our files and our engine are held against; likewise.
install_llama() {
    if quietly build/ci/cli/slimline backend install llama.cpp; then
        say "installed"
    else
        say "NOT INSTALLED: the tests against llama.cpp are skipped"
        summary+=("llama.cpp's library: not installed, its tests skipped")
    fi
}

# build PRESET [TARGET]
build() { cmake --preset "$1" "${launcher[@]}" | tail -n 3 && cmake --build "build/$1" --parallel "$jobs" --target "${2:-all}"; }
# run_tests PRESET [OPTIONS OF CTEST]
run_tests() { ctest --preset "$1" --parallel "$jobs" "${@:2}" | tee "build/$1/tests.log"; }

# How the window keeps up and starts: their figures are printed, and again at the end.
run_frames() { QT_QPA_PLATFORM=offscreen XDG_DATA_HOME="$root/build/ci" XDG_CONFIG_HOME="$root/build/ci" XDG_RUNTIME_DIR="$root/build/ci/bench/runtime" build/ci/bench/gui_frame_bench 60 | tee build/ci/frames.log; }
run_start() { ctest --preset ci --verbose --tests-regex '^gui: a real window' --no-tests=error | tee build/ci/start.log; }

# Devices that stand in for a Jetson and a phone, with the runner for 64-bit Arm that was built before.
run_devices() { ctest --preset ci --parallel "$jobs" --tests-regex '^devices: ' --no-tests=error; }

# The parts with threads of their own. Those that use TBB are left out: its scheduler is not built for this sanitizer,
# which then reports races that are none.
build_threaded() {
    cmake --preset tsan "${launcher[@]}" | tail -n 3
    cmake --build build/tsan --parallel "$jobs" --target kernels_tests engine_tests
}
run_threaded() {
    build/tsan/tests/kernels/kernels_tests "[threads]"
    build/tsan/tests/engine/engine_tests "logits do not depend on the number of threads*"
}

run_fuzzer() {
    local fuzzer=$1 name folder status=0
    name=$(basename "$fuzzer" _fuzzer)
    folder="build/fuzz/corpus/$name"
    mkdir -p "$folder" build/fuzz/findings
    local seeds
    mapfile -t seeds < <(awk -v name="$name" '$1 == name { print $2 }' fuzz/seeds.txt)
    "$fuzzer" -max_len=65536 -max_total_time="$fuzz_seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
        -artifact_prefix="build/fuzz/findings/$name-" "$folder" "${seeds[@]}" >"build/fuzz/$name.log" 2>&1 || status=$?
    if [ $status -ne 0 ]; then
        say "$name: FINDING (input in build/fuzz/findings)"
        tail -n 60 "build/fuzz/$name.log"
        return 1
    fi
    say "$name: $(awk '/number_of_executed_units/ {print $2}' "build/fuzz/$name.log") inputs in $fuzz_seconds s, no finding"
}
export -f run_fuzzer say
export fuzz_seconds

run_fuzzers() {
    local fuzzers
    fuzzers=$(find build/fuzz -name '*_fuzzer' -type f | sort)
    [ -n "$fuzzers" ] || { say "there are no fuzzers"; return 1; }
    xargs -P "$jobs" -I{} bash -c 'run_fuzzer "$1"' _ {} <<<"$fuzzers"
}

scripts/setup.sh build report gui mpi evolution test fuzz cross devices
part "packages from npm" install_npm_packages
part "build, warnings as errors" build ci
part "llama.cpp's library (npm)" install_llama
part "tests" run_tests ci --exclude-regex '^(devices|bench): |^gui: a real window'
part "frames of the window" run_frames
part "start of the window" run_start
part "build for 64-bit Arm" build aarch64
part "tests for 64-bit Arm, emulated" run_tests aarch64
part "devices that stand in, emulated" run_devices
part "build under sanitizers" build asan
# Fits to all measurements there are take minutes under sanitizers; those of a few run there too.
part "tests under sanitizers" run_tests asan --exclude-regex '^validation:(public measurements are predicted|a measurement never touches the fit)'
part "build under the thread sanitizer" build_threaded
part "threaded tests under it" run_threaded
part "build of the fuzzers" build fuzz fuzzers
part "fuzzers, $fuzz_seconds s each" run_fuzzers

heading "all passed in $(took)"
printf '%s\n' "${summary[@]}"
say "tests under sanitizers: $(grep 'tests passed' build/asan/tests.log)"
say "tests for 64-bit Arm: $(grep 'tests passed' build/aarch64/tests.log)"
say "tests: $(grep 'tests passed' build/ci/tests.log)"
say "window, with 100,000 designs shown:"
sed -n 's/ *[0-9]* steps: \(median.*frames\/s\);.*/: \1/p; /^a whole step/p' build/ci/frames.log | sed 's/^/  /'
say "  $(grep -o 'first window painted after .* ms' build/ci/start.log | tail -n 1)"

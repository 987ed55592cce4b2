#!/usr/bin/env bash
# Random input to the window for an hour each: as people run it, where no event may take more than 100 ms and nothing may
# leak, and under the address and undefined-behaviour sanitizers. By hand, before a release: a build of the window with
# sanitizers takes longer than continuous integration has.
#   scripts/monkey.sh [SECONDS [SEED]]      3600 and 5 unless said
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

export SLIMLINE_MONKEY_SECONDS=${1:-3600} SLIMLINE_MONKEY_SEED=${2:-5}
[[ "$SLIMLINE_MONKEY_SECONDS" =~ ^[1-9][0-9]*$ && "$SLIMLINE_MONKEY_SEED" =~ ^[0-9]+$ ]] || {
    say "usage: scripts/monkey.sh [SECONDS [SEED]], both whole numbers"
    exit 2
}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export QT_QPA_PLATFORM=offscreen XDG_DATA_HOME="$folder/data" XDG_CONFIG_HOME="$folder/config" XDG_RUNTIME_DIR="$folder"
export LSAN_OPTIONS=suppressions="$root/tests/gui/leaks.txt":print_suppressions=0

# Its answer is the program's, which a leak at the end changes too.
run_monkey() {
    local preset=$1
    heading "$preset: $SLIMLINE_MONKEY_SECONDS s, seed $SLIMLINE_MONKEY_SEED"
    "build/$preset/tests/gui/monkey_qtest" 2>&1 | tee "build/$preset/monkey.log"
    return "${PIPESTATUS[0]}"
}

scripts/setup.sh build gui test
for preset in release asan-gui; do
    heading "build $preset"
    cmake --preset "$preset" "${launcher[@]}" | tail -n 1
    cmake --build "build/$preset" --parallel "$jobs" --target monkey_qtest
done
failed=()
SLIMLINE_MONKEY_STRICT=1 run_monkey release || failed+=(release)
run_monkey asan-gui || failed+=(asan-gui)

heading "$([ ${#failed[@]} -eq 0 ] && echo passed || echo "FAILED: ${failed[*]}") in $(took)"
say "logs: build/release/monkey.log build/asan-gui/monkey.log"
[ ${#failed[@]} -eq 0 ]

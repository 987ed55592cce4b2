#!/usr/bin/env bash
# From a fresh clone to a first prediction: installs what is missing, builds the program, runs it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/setup.sh build

heading "build (release)"
quietly cmake --preset release -DSLIMLINE_TESTS=OFF -DSLIMLINE_BENCHMARKS=OFF "${launcher[@]}"
cmake --build build/release --parallel "$jobs" --target slimline

heading "a first prediction: Qwen2-0.5B on a Jetson Orin NX, prompt 512, answer 128 tokens"
program=build/release/cli/slimline
say "\$ $program predict --arch qwen2-0.5b --device jetson-orin-nx-16gb"
"$program" predict --arch qwen2-0.5b --device jetson-orin-nx-16gb

heading "done in $(took); what to do next"
cat <<EOF
  $program list archs                      # models it knows; 'list devices' for machines
  $program compare --arch qwen2-0.5b --arch smollm2-360m --device raspberry-pi-5-8gb
  $program explain --arch qwen2-0.5b --device jetson-orin-nx-16gb
  $program --help                          # everything else; docs/tutorial.md goes through it
  sudo cmake --install build/release       # puts 'slimline' and its data below /usr/local
  scripts/test.sh                          # runs all tests
EOF

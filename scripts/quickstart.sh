#!/usr/bin/env bash
# From a fresh clone to a first prediction, then to one of this machine that is checked: installs what is missing, builds the
# program, runs it.
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

scripts/setup.sh build report gui

heading "the library that draws reports (npm)"
install_npm explorer/report || say "NOT INSTALLED: 'slimline report' writes Markdown only"

heading "build (release)"
quietly cmake --preset release -DSLIMLINE_TESTS=OFF -DSLIMLINE_BENCHMARKS=OFF -DCMAKE_UNITY_BUILD=ON -DCMAKE_UNITY_BUILD_BATCH_SIZE=10 "${launcher[@]}"
cmake --build build/release --parallel "$jobs" --target slimline slimline-gui

heading "a first prediction: Qwen2-0.5B on a Jetson Orin NX, prompt 512, answer 128 tokens"
program=build/release/cli/slimline
say "\$ $program predict --arch qwen2-0.5b --device jetson-orin-nx-16gb"
"$program" predict --arch qwen2-0.5b --device jetson-orin-nx-16gb

heading "this machine: what it is, how fast our int4 engine is here, and how well that is predicted (two minutes)"
say "\$ $program calibrate --budget 80s"
"$program" calibrate --budget 80s
say "\$ $program validate --archs smollm-135m,openelm-270m --random 6 --budget 40s --rounds 2"
"$program" validate --archs smollm-135m,openelm-270m --random 6 --budget 40s --rounds 2

heading "a million architectures for this machine: the front of speed and predicted loss"
sed 's/"jetson-orin-nx-16gb"/"local", "engine": "int4"/; s/for a board/for this machine/' examples/search-million.json >build/search-here.json
say "\$ $program search build/search-here.json"
"$program" search build/search-here.json --rows 12
"$program" search build/search-here.json --json --quiet >build/search-here-front.json
"$program" report build/search-here-front.json --out build/search-here.html ||
    "$program" report build/search-here-front.json --markdown --out build/search-here.md

heading "done in $(took); what to do next"
cat <<EOF
  $program list archs                      # models it knows; 'list devices' for machines
  $program compare --arch qwen2-0.5b --arch smollm2-360m --device raspberry-pi-5-8gb
  $program explain --arch qwen2-0.5b --device jetson-orin-nx-16gb
  $program predict --arch qwen2-0.5b --device local --engine int4 --quant Q4_0
  $program --help                          # everything else; docs/tutorial.md goes through it
  build/release/gui/slimline-gui           # the same in a window: drag, look, pin, compare (docs/gui.md)
  sudo cmake --install build/release       # puts 'slimline' and its data below /usr/local
  $program search examples/search-million.json --json | tee front.json | wc -c; $program report front.json --out front.html
  scripts/test.sh                          # runs all tests
EOF

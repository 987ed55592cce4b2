#!/usr/bin/env bash
# Builds the GPU's engine on a Jetson (or any machine with an NVIDIA GPU) over ssh, with the nvcc and g++ that are there; then
# checks its logits against the CPU's and measures its kernels. Needs nvcc of CUDA 11.4 or later and g++ 11 or later there:
# JetPack 6 has both, JetPack 5 has g++ 9 and takes g++-11 from Ubuntu's toolchain archive. Nothing else is installed.
#   scripts/build-on-jetson.sh user@host    everything goes to ~/slimline-gpu there, and stays
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

target=${1:-}
if [ $# -ne 1 ] || ! [[ $target =~ ^[A-Za-z0-9][A-Za-z0-9@._-]*$ ]]; then
    say "usage: scripts/build-on-jetson.sh user@host" >&2
    exit 2
fi
for headers in nlohmann fmt; do
    [ -d "/usr/include/$headers" ] || { say "/usr/include/$headers is missing here: run scripts/setup.sh build" >&2; exit 1; }
done

heading "sources to $target"
tar -czf - base archspace/*.cpp archspace/*.h archspace/quality/*.h validation/kernels validation/engine validation/cuda \
    -h -C /usr/include nlohmann fmt |
    ssh -o BatchMode=yes "$target" 'mkdir -p slimline-gpu && tar -xzf - -C slimline-gpu'

heading "build and check there"
ssh -o BatchMode=yes "$target" 'cd slimline-gpu && sh -s' <<'END'
set -eu
PATH="$PATH:/usr/local/cuda/bin"
if ! command -v nvcc >/dev/null; then
    echo "there is no nvcc: sudo apt install nvidia-jetpack" >&2
    exit 1
fi
for compiler in g++ g++-11 g++-12 g++-13 g++-14 none; do
    version=$($compiler -dumpversion 2>/dev/null | cut -d. -f1) || version=0
    [ "${version:-0}" -lt 11 ] || break
done
if [ $compiler = none ]; then
    echo "there is no g++ 11 or later: sudo add-apt-repository ppa:ubuntu-toolchain-r/test && sudo apt install g++-11" >&2
    exit 1
fi

# What the driver says the GPU is; Jetsons of before say nothing: Xavier's and Orin's.
capability=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -cd 0-9) || capability=
known=$(nvcc --list-gpu-arch)
for sm in ${capability:-72 87}; do
    if echo "$known" | grep -qx "compute_$sm"; then
        code="${code:-} -gencode arch=compute_$sm,code=sm_$sm"
    fi
done
echo "nvcc $(nvcc --version | sed -n 's/.*release \([0-9.]*\).*/\1/p'), $compiler $version,${code:- a GPU that this nvcc does not know}"

mkdir -p objects
# The GPU's own file is C++17 for the host compiler that this nvcc takes by itself; the rest is C++20.
nvcc -std=c++17 -O3 -fmad=false -I . ${code:-} -c validation/cuda/cuda_device.cu -o objects/cuda_device.o &
gpu=$!
ls base/*.cpp archspace/*.cpp validation/kernels/*.cpp validation/engine/*.cpp validation/cuda/[gp]*_*.cpp |
    compiler=$compiler xargs -P "$(nproc)" -I{} sh -c '
        object=objects/$(echo {} | tr / _).o
        [ "$object" -nt {} ] || $compiler -std=c++20 -O2 -ffp-contract=off -DFMT_HEADER_ONLY -DSLIMLINE_SOURCE_DATA=\"\" -I . -c {} -o "$object"'
wait $gpu
cuda=$(dirname "$(dirname "$(readlink -f "$(command -v nvcc)")")")
$compiler objects/*.o -L "$cuda/lib64" -lcudart_static -ldl -lrt -lpthread -o slimline-gpu-check
./slimline-gpu-check
END

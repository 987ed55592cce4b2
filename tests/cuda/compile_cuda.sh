#!/usr/bin/env bash
# Compiles the GPU's kernels for every GPU that is asked for and that the nvcc at hand knows. 77: there is no nvcc.
#   compile_cuda.sh SOURCE_DIR FOLDER
set -euo pipefail
PATH="$PATH:/usr/local/cuda/bin"
if ! command -v nvcc >/dev/null; then
    echo "there is no nvcc"
    exit 77
fi

known=$(nvcc --list-gpu-arch)
targets=()
for sm in 72 75 80 86 87 89 90; do
    if grep -qx "compute_$sm" <<<"$known"; then
        targets+=(-gencode "arch=compute_$sm,code=sm_$sm")
        echo "sm_$sm"
    else
        echo "sm_$sm: this nvcc does not know it"
    fi
done
mkdir -p "$2"
# It is a check: the assembler need not optimise.
nvcc -std=c++17 -Xptxas -O0 --threads 2 -I "$1" -Werror all-warnings -Xcompiler -Wall,-Wextra,-Werror "${targets[@]}" \
    -c "$1/validation/cuda/cuda_device.cu" -o "$2/cuda_device.o"
echo "compiled"

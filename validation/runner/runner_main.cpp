// slimline-runner: the int4 engine and its micro-benchmarks as a small program that is sent to a device. Speaks JSON lines
// on standard input and output (validation/runner/runner.h); ends with its input.

#include <iostream>

#include "validation/runner/runner.h"

int main()
{
    std::ios::sync_with_stdio(false);
    return slimline::runner::serve(std::cin, std::cout);
}

#pragma once

#include <catch2/catch.hpp>

#include "validation/backends/llama_installation.h"

namespace slimline::llama {

/// Tests against llama.cpp's own library are not run where it is not installed, which is said.
inline bool installed()
{
    if (!installation().present) {
        WARN("LLAMA.CPP IS NOT INSTALLED: not checked; run 'slimline backend install llama.cpp'");
        return false;
    }
    return true;
}

}  // namespace slimline::llama

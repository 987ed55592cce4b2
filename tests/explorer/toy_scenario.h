#pragma once

#include "archspace/inline_architecture.h"
#include "explorer/scenario.h"
#include "tests/support/toy.h"

namespace slimline {

/// A small model on the toy device: memory-bound in decode, compute-bound in prefill.
inline Scenario toy_scenario()
{
    Scenario s;
    s.arch = inline_architecture("L=16,d=1024,h=16,kv=4,hd=64,ffn=2816,V=32000,tied");
    s.device = toy_device();
    s.backend = BackendKind::gpu;
    s.engine = Engine::int4;
    s.precision.weights = mix_named("Q4_0");
    s.calibration = toy_calibration();
    return s;
}

}  // namespace slimline

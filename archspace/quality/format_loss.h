#pragma once

#include "archspace/quality/law.h"

namespace slimline {

/// How much ln(perplexity) of the reference model rises under a format.
struct FormatRise {
    double log_perplexity = 0;
    bool measured = true;  // else interpolated between measured formats of more and of fewer bits
};

/// `law` is of kind post_training_table. Nothing rises for "" or a format of 16 bits and more.
FormatRise reference_rise(const Law& law, const LawInputs& inputs);

}  // namespace slimline

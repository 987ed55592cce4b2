#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "archspace/quality/law_inputs.h"
#include "base/expression.h"
#include "base/json.h"

namespace slimline {

/// The closed set of formulas; docs/model.md section 11 writes each out.
enum class LawKind : std::uint8_t {
    chinchilla,
    kaplan,
    vocabulary,
    vocabulary_isoflop,
    vocabulary_derivative,
    tokens_per_character,
    aspect_ratio,
    conditional,
    shape,
    depth_width,
    plas,
    plas_kv,
    plas_moe,
    precision,
    post_training,
    post_training_table,
    quantisation_aware,
    quantisation_aware_share,
    overtraining,
    expression,
};
inline constexpr std::size_t law_kind_count = std::size_t(LawKind::expression) + 1;

/// A loss ranks designs; a difference is added to a loss; the others answer "which vocabulary, which width".
enum class LawGives : std::uint8_t { loss, difference, multiplier, other };

struct LawKindInfo {
    std::string_view word;
    LawGives gives{};
    std::vector<std::string> coefficients;  // in the order of Law::coefficients
    std::vector<LawInput> reads;
};
const LawKindInfo& info(LawKind kind);

struct LawCoefficient {
    std::string name;
    double value = 0;
};

/// Both ends belong to the range in which a law was fitted or checked.
struct FittedRange {
    LawInput input{};
    double least = 0;
    double most = 0;
};

enum class AccuracyKind : std::uint8_t { exponential, sigmoid };

/// From a law's loss to the accuracy on a task: 1 - (epsilon - k e^{-gamma L}), or a/(1 + e^{-k(L - L0)}) + b.
struct AccuracyMap {
    std::string task;
    AccuracyKind kind{};
    std::vector<double> coefficients;
};

/// How much the perplexity of the reference model rises under a weight format.
struct FormatRow {
    std::string format;
    double perplexity = 0;          // added
    double importance_matrix = -1;  // the same with an importance matrix; below 0: not measured
    double bits = 0;                // of the main format; 0: no weight mix of ours has this name
};

/// A value that the law must give; shipped in the file, so that each file carries its own test.
struct LawTest {
    LawInputs inputs;
    std::string of;  // a term, a task or "" for the whole
    double expect = 0;
    double within = 0;
    std::string note;
};

/// Loss (or what else it gives) from the shape of a model, its training and its weight format.
struct Law {
    std::string id;
    std::string name;
    LawKind kind{};
    std::string unit;
    ParameterBasis basis = ParameterBasis::all;
    std::vector<LawCoefficient> coefficients;
    std::vector<FittedRange> range;
    std::vector<AccuracyMap> accuracy;
    std::vector<FormatRow> formats;
    double reference_perplexity = 0;
    Expression formula;
    std::vector<Law> base;  // one for a multiplier, none else
    std::vector<Law> adds;  // differences that this law has no term for
    std::vector<LawTest> tests;
    std::string leaves_out;
    std::vector<Source> sources;
    std::vector<std::string> unverified;
    std::string note;

    LawGives gives() const { return info(kind).gives; }
};

/// Reads `"format": "law/1"`.
Law read_law(const JsonPlace& place);

/// An id of the shipped laws or of the user's folder, or a file.
Law load_law(const std::string& id_or_path);

/// What read_law reads back.
Json to_json(const Law& law);

std::vector<std::string> law_ids();

/// The law that stands where a person names none.
inline constexpr std::string_view default_law_id = "gemstones";

/// Three laws of independent data that a ranking shows when a person names none.
std::vector<Law> default_laws();

}  // namespace slimline

#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/enclosure.h"
#include "base/json.h"

namespace slimline {

/// A formula over named quantities, parsed once into a flat program for a stack machine.
/// Numbers, names, + - * / % ^, < <= > >= == !=, && || !, and the functions of expression_functions().
/// A comparison is 1 or 0; every part is evaluated, also of `if`.
class Expression {
 public:
    static constexpr int deepest = 64;  // numbers on the stack, and nested parentheses

    const std::string& text() const { return text_; }

    /// Indices into the names it was parsed with, each once: what the formula reads.
    const std::vector<int>& reads() const { return reads_; }

    /// `values` in the order of the names it was parsed with. Allocates nothing; 0/0 is NaN, as in C.
    double operator()(std::span<const double> values) const;

    /// An interval that holds every value for quantities in these intervals; wider than needed where a quantity stands
    /// in the formula more than once.
    Enclosure operator()(std::span<const Enclosure> values) const;

 private:
    friend class ExpressionParser;

    enum class Op : std::uint8_t {
        number,
        name,
        add,
        subtract,
        multiply,
        divide,
        remainder,
        power,
        negate,
        less,
        less_equal,
        greater,
        greater_equal,
        equal,
        not_equal,
        both,
        either,
        opposite,
        log,
        log2,
        exp,
        sqrt,
        abs,
        floor,
        ceil,
        round,
        least,
        most,
        round_up,
        round_down,
        choose,
    };
    struct Instruction {
        Op op{};
        int name = 0;
        double number = 0;
    };

    std::string text_;
    std::vector<Instruction> program_;
    std::vector<int> reads_;
};

/// Throws InputError that names the column of `text`, `place` first.
Expression parse_expression(std::string_view text, std::span<const std::string> names, const std::string& place = {});

/// The text (or number) at a place of a document; errors name file, line and column.
Expression read_expression(const JsonPlace& place, std::span<const std::string> names);

/// "round_up(x, multiple)" and so on, for help texts.
std::vector<std::string> expression_functions();

}  // namespace slimline

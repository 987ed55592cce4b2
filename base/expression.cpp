#include "base/expression.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr std::size_t longest_text = 4096;

struct Fault {
    std::string fact;
    std::string remedy;
};

bool is_name_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

}  // namespace

/// Recursive descent, loosest operator first; each rule appends its part of the program.
class ExpressionParser {
 public:
    ExpressionParser(std::string_view text, std::span<const std::string> names) : text_(text), names_(names) {}

    Expression parse()
    {
        if (text_.size() > longest_text) {
            throw Fault{fmt::format("the formula is longer than {} characters", longest_text), "shorten it"};
        }
        either();
        skip_space();
        if (at_ < text_.size()) {
            fail(fmt::format("stops making sense at '{}'", printable(text_.substr(at_, 12))),
                 "an operator, ',' or the end should stand there");
        }
        result_.text_ = std::string(text_);
        return std::move(result_);
    }

 private:
    using Op = Expression::Op;

    struct Function {
        std::string_view name;
        Op op{};
        int least_arguments = 1;
        int most_arguments = 1;
        std::string_view usage;
    };

    static constexpr Function functions_[] = {
        {"log", Op::log, 1, 1, "log(x)"},
        {"log2", Op::log2, 1, 1, "log2(x)"},
        {"exp", Op::exp, 1, 1, "exp(x)"},
        {"sqrt", Op::sqrt, 1, 1, "sqrt(x)"},
        {"abs", Op::abs, 1, 1, "abs(x)"},
        {"floor", Op::floor, 1, 1, "floor(x)"},
        {"ceil", Op::ceil, 1, 1, "ceil(x)"},
        {"round", Op::round, 1, 1, "round(x)"},
        {"min", Op::least, 2, 16, "min(x, y, ...)"},
        {"max", Op::most, 2, 16, "max(x, y, ...)"},
        {"round_up", Op::round_up, 2, 2, "round_up(x, multiple)"},
        {"round_down", Op::round_down, 2, 2, "round_down(x, multiple)"},
        {"if", Op::choose, 3, 3, "if(condition, then, else)"},
    };

    friend std::vector<std::string> slimline::expression_functions();

    [[noreturn]] void fail(const std::string& fact, const std::string& remedy) const { fail_at(at_, fact, remedy); }

    [[noreturn]] static void fail_at(std::size_t at, const std::string& fact, const std::string& remedy)
    {
        throw Fault{fmt::format("column {} of the formula: {}", at + 1, fact), remedy};
    }

    void skip_space()
    {
        while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) {
            ++at_;
        }
    }

    bool take(std::string_view token)
    {
        skip_space();
        if (!text_.substr(at_).starts_with(token)) {
            return false;
        }
        at_ += token.size();
        return true;
    }

    /// Appends an instruction that takes `taken` numbers from the stack and puts one on it.
    void emit(Op op, int taken, int name = 0, double number = 0)
    {
        depth_ += 1 - taken;
        if (depth_ > Expression::deepest) {
            fail("the formula needs too many numbers at once", "split it");
        }
        result_.program_.push_back({op, name, number});
    }

    void either()
    {
        both();
        while (take("||")) {
            both();
            emit(Op::either, 2);
        }
    }

    void both()
    {
        comparison();
        while (take("&&")) {
            comparison();
            emit(Op::both, 2);
        }
    }

    std::optional<Op> comparison_operator()
    {
        static constexpr std::pair<std::string_view, Op> words[] = {{"<=", Op::less_equal}, {">=", Op::greater_equal},
                                                                    {"==", Op::equal},      {"!=", Op::not_equal},
                                                                    {"<", Op::less},        {">", Op::greater}};
        for (const auto& [word, op] : words) {
            if (take(word)) {
                return op;
            }
        }
        return std::nullopt;
    }

    void comparison()
    {
        sum();
        if (const auto op = comparison_operator()) {
            sum();
            emit(*op, 2);
            skip_space();
            const std::size_t here = at_;
            if (comparison_operator()) {
                fail_at(here, "comparisons cannot be chained", "write a < b && b < c");
            }
        }
    }

    void sum()
    {
        product();
        for (;;) {
            if (take("+")) {
                product();
                emit(Op::add, 2);
            } else if (take("-")) {
                product();
                emit(Op::subtract, 2);
            } else {
                return;
            }
        }
    }

    void product()
    {
        sign();
        for (;;) {
            if (take("*")) {
                sign();
                emit(Op::multiply, 2);
            } else if (take("/")) {
                sign();
                emit(Op::divide, 2);
            } else if (take("%")) {
                sign();
                emit(Op::remainder, 2);
            } else {
                return;
            }
        }
    }

    void sign()
    {
        if (++nesting_ > Expression::deepest) {
            fail("the formula is nested too deeply", "split it");
        }
        skip_space();
        if (take("-")) {
            sign();
            emit(Op::negate, 1);
        } else if (!text_.substr(at_).starts_with("!=") && take("!")) {
            sign();
            emit(Op::opposite, 1);
        } else {
            power();
        }
        --nesting_;
    }

    void power()
    {
        operand();
        if (take("^")) {
            sign();  // to the right first, and 2^-1 is allowed
            emit(Op::power, 2);
        }
    }

    void operand()
    {
        skip_space();
        const char c = at_ < text_.size() ? text_[at_] : '\0';
        if (c == '(') {
            parentheses();
        } else if (is_digit(c) || c == '.') {
            number();
        } else if (is_name_start(c)) {
            word();
        } else {
            fail(at_ >= text_.size() ? "the formula ends too early"
                                     : fmt::format("unexpected '{}'", printable(text_.substr(at_, 1))),
                 "a number, a name or '(' should stand there");
        }
    }

    void parentheses()
    {
        const std::size_t open = at_++;
        either();
        if (!take(")")) {
            fail_at(open, "'(' is not closed", "add ')'");
        }
    }

    void number()
    {
        double value = 0;
        const char* end = text_.data() + text_.size();
        const auto [stop, error] = std::from_chars(text_.data() + at_, end, value);
        if (error != std::errc{} || !std::isfinite(value)) {
            fail("not a number that can be used", "write it like 0.5, 12 or 1e9");
        }
        emit(Op::number, 0, 0, value);
        at_ = std::size_t(stop - text_.data());
    }

    void word()
    {
        const std::size_t start = at_;
        while (at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_]))) {
            ++at_;
        }
        const std::string_view name = text_.substr(start, at_ - start);
        take("(") ? call(name, start) : quantity(name, start);
    }

    void quantity(std::string_view name, std::size_t start)
    {
        const auto found = std::find(names_.begin(), names_.end(), name);
        if (found == names_.end()) {
            fail_at(start, "there is no quantity '" + printable(name) + "'", did_you_mean(name, names_));
        }
        const int index = int(found - names_.begin());
        if (std::find(result_.reads_.begin(), result_.reads_.end(), index) == result_.reads_.end()) {
            result_.reads_.push_back(index);
        }
        emit(Op::name, 0, index);
    }

    void call(std::string_view name, std::size_t start)
    {
        const auto* function = std::find_if(std::begin(functions_), std::end(functions_),
                                            [&](const Function& each) { return each.name == name; });
        if (function == std::end(functions_)) {
            std::vector<std::string> known;
            for (const Function& each : functions_) {
                known.emplace_back(each.name);
            }
            fail_at(start, "there is no function '" + printable(name) + "'", did_you_mean(name, known));
        }
        const int count = arguments(*function);
        if (count < function->least_arguments || count > function->most_arguments || !take(")")) {
            fail_at(start, fmt::format("'{}' has the wrong arguments", name), "write " + std::string(function->usage));
        }
        if (function->least_arguments != 2 || function->most_arguments == 2) {
            emit(function->op, count);
        }
    }

    /// min and max take their arguments two by two, so that the program needs no counts.
    int arguments(const Function& function)
    {
        const bool fold = function.least_arguments == 2 && function.most_arguments > 2;
        either();
        int count = 1;
        while (take(",")) {
            either();
            ++count;
            if (fold) {
                emit(function.op, 2);
            }
        }
        return count;
    }

    std::string_view text_;
    std::span<const std::string> names_;
    std::size_t at_ = 0;
    int depth_ = 0;
    int nesting_ = 0;
    Expression result_;
};

namespace {

/// The next multiple at or above x; a hair of rounding noise in x does not jump to the next one.
double round_up(double x, double multiple)
{
    return std::ceil(x / multiple - 1e-12 * std::abs(x / multiple)) * multiple;
}

double round_down(double x, double multiple)
{
    return std::floor(x / multiple + 1e-12 * std::abs(x / multiple)) * multiple;
}

}  // namespace

double Expression::operator()(std::span<const double> values) const
{
    std::array<double, std::size_t(deepest)> stack;
    std::size_t height = 0;
    const auto pop = [&] { return stack[--height]; };
    const auto push = [&](double number) { stack[height++] = number; };
    const auto unary = [&](auto&& of) { stack[height - 1] = of(stack[height - 1]); };
    const auto binary = [&](auto&& of) {
        const double right = pop();
        stack[height - 1] = of(stack[height - 1], right);
    };

    for (const Instruction& step : program_) {
        switch (step.op) {
            case Op::number:
                push(step.number);
                break;
            case Op::name:
                push(values[std::size_t(step.name)]);
                break;
            case Op::add:
                binary([](double a, double b) { return a + b; });
                break;
            case Op::subtract:
                binary([](double a, double b) { return a - b; });
                break;
            case Op::multiply:
                binary([](double a, double b) { return a * b; });
                break;
            case Op::divide:
                binary([](double a, double b) { return a / b; });
                break;
            case Op::remainder:
                binary([](double a, double b) { return std::fmod(a, b); });
                break;
            case Op::power:
                binary([](double a, double b) { return std::pow(a, b); });
                break;
            case Op::negate:
                unary([](double a) { return -a; });
                break;
            case Op::less:
                binary([](double a, double b) { return double(a < b); });
                break;
            case Op::less_equal:
                binary([](double a, double b) { return double(a <= b); });
                break;
            case Op::greater:
                binary([](double a, double b) { return double(a > b); });
                break;
            case Op::greater_equal:
                binary([](double a, double b) { return double(a >= b); });
                break;
            case Op::equal:
                binary([](double a, double b) { return double(a == b); });
                break;
            case Op::not_equal:
                binary([](double a, double b) { return double(a != b); });
                break;
            case Op::both:
                binary([](double a, double b) { return double(a != 0 && b != 0); });
                break;
            case Op::either:
                binary([](double a, double b) { return double(a != 0 || b != 0); });
                break;
            case Op::opposite:
                unary([](double a) { return double(a == 0); });
                break;
            case Op::log:
                unary([](double a) { return std::log(a); });
                break;
            case Op::log2:
                unary([](double a) { return std::log2(a); });
                break;
            case Op::exp:
                unary([](double a) { return std::exp(a); });
                break;
            case Op::sqrt:
                unary([](double a) { return std::sqrt(a); });
                break;
            case Op::abs:
                unary([](double a) { return std::abs(a); });
                break;
            case Op::floor:
                unary([](double a) { return std::floor(a); });
                break;
            case Op::ceil:
                unary([](double a) { return std::ceil(a); });
                break;
            case Op::round:
                unary([](double a) { return std::round(a); });
                break;
            case Op::least:
                binary([](double a, double b) { return b < a || std::isnan(b) ? b : a; });
                break;
            case Op::most:
                binary([](double a, double b) { return b > a || std::isnan(b) ? b : a; });
                break;
            case Op::round_up:
                binary(round_up);
                break;
            case Op::round_down:
                binary(round_down);
                break;
            case Op::choose: {
                const double otherwise = pop();
                const double then = pop();
                unary([&](double condition) { return condition != 0 ? then : otherwise; });
                break;
            }
        }
    }
    return height == 1 ? stack[0] : std::numeric_limits<double>::quiet_NaN();  // a default-made formula says nothing
}

namespace {

Enclosure truth(bool certainly, bool possibly)
{
    return {certainly ? 1.0 : 0.0, possibly ? 1.0 : 0.0};
}

bool is_certainly(Enclosure a) { return a.low > 0 || a.high < 0; }
bool is_possibly(Enclosure a) { return a.low != 0 || a.high != 0; }

Enclosure less(Enclosure a, Enclosure b) { return truth(a.high < b.low, a.low < b.high); }
Enclosure less_equal(Enclosure a, Enclosure b) { return truth(a.high <= b.low, a.low <= b.high); }
Enclosure equal(Enclosure a, Enclosure b)
{
    return truth(a.low == a.high && a == b, a.low <= b.high && b.low <= a.high);
}
Enclosure opposite(Enclosure a) { return {1 - a.high, 1 - a.low}; }

/// Of a function of two numbers that falls or rises with each by itself, or whose ends are not known otherwise.
template <class Function>
Enclosure single(Enclosure a, Enclosure b, Function&& f)
{
    return a.low == a.high && b.low == b.high ? defined(f(a.low, b.low)) : Enclosure::anything();
}

Enclosure rounded(Enclosure a, Enclosure multiple, double (*round)(double, double))
{
    if (multiple.low != multiple.high || multiple.low <= 0) {
        return single(a, multiple, round);
    }
    return defined({round(a.low, multiple.low), round(a.high, multiple.low)});
}

}  // namespace

Enclosure Expression::operator()(std::span<const Enclosure> values) const
{
    std::array<Enclosure, std::size_t(deepest)> stack;
    std::size_t height = 0;
    const auto push = [&](Enclosure interval) { stack[height++] = interval; };
    const auto unary = [&](auto&& of) { stack[height - 1] = of(stack[height - 1]); };
    const auto binary = [&](auto&& of) {
        const Enclosure right = stack[--height];
        stack[height - 1] = of(stack[height - 1], right);
    };
    using I = Enclosure;
    for (const Instruction& step : program_) {
        switch (step.op) {
            case Op::number: push(step.number); break;
            case Op::name: push(defined(values[std::size_t(step.name)])); break;
            case Op::add: binary([](I a, I b) { return a + b; }); break;
            case Op::subtract: binary([](I a, I b) { return a - b; }); break;
            case Op::multiply: binary([](I a, I b) { return a * b; }); break;
            case Op::divide: binary([](I a, I b) { return a / b; }); break;
            case Op::remainder:
                binary([](I a, I b) { return single(a, b, [](double x, double y) { return std::fmod(x, y); }); });
                break;
            case Op::power: binary([](I a, I b) { return pow(a, b); }); break;
            case Op::negate: unary([](I a) { return -a; }); break;
            case Op::less: binary([](I a, I b) { return less(a, b); }); break;
            case Op::less_equal: binary([](I a, I b) { return less_equal(a, b); }); break;
            case Op::greater: binary([](I a, I b) { return less(b, a); }); break;
            case Op::greater_equal: binary([](I a, I b) { return less_equal(b, a); }); break;
            case Op::equal: binary([](I a, I b) { return equal(a, b); }); break;
            case Op::not_equal: binary([](I a, I b) { return opposite(equal(a, b)); }); break;
            case Op::both:
                binary([](I a, I b) {
                    return truth(is_certainly(a) && is_certainly(b), is_possibly(a) && is_possibly(b));
                });
                break;
            case Op::either:
                binary([](I a, I b) {
                    return truth(is_certainly(a) || is_certainly(b), is_possibly(a) || is_possibly(b));
                });
                break;
            case Op::opposite: unary([](I a) { return truth(!is_possibly(a), !is_certainly(a)); }); break;
            case Op::log: unary([](I a) { return log(a); }); break;
            case Op::log2: unary([](I a) { return log2(a); }); break;
            case Op::exp: unary([](I a) { return exp(a); }); break;
            case Op::sqrt: unary([](I a) { return sqrt(a); }); break;
            case Op::abs: unary([](I a) { return abs(a); }); break;
            case Op::floor: unary([](I a) { return rising(a, [](double x) { return std::floor(x); }); }); break;
            case Op::ceil: unary([](I a) { return rising(a, [](double x) { return std::ceil(x); }); }); break;
            case Op::round: unary([](I a) { return rising(a, [](double x) { return std::round(x); }); }); break;
            case Op::least: binary([](I a, I b) { return min(a, b); }); break;
            case Op::most: binary([](I a, I b) { return max(a, b); }); break;
            case Op::round_up: binary([](I a, I b) { return rounded(a, b, round_up); }); break;
            case Op::round_down: binary([](I a, I b) { return rounded(a, b, round_down); }); break;
            case Op::choose: {
                const Enclosure otherwise = stack[--height];
                const Enclosure then = stack[--height];
                unary([&](I condition) {
                    return is_certainly(condition) ? then : is_possibly(condition) ? hull(then, otherwise) : otherwise;
                });
                break;
            }
        }
    }
    return height == 1 ? stack[0] : Enclosure::anything();
}

Expression parse_expression(std::string_view text, std::span<const std::string> names, const std::string& place)
{
    try {
        return ExpressionParser(text, names).parse();
    } catch (const Fault& fault) {
        throw InputError(place, fault.fact, fault.remedy);
    }
}

Expression read_expression(const JsonPlace& place, std::span<const std::string> names)
{
    if (place.is_number()) {
        return parse_expression(fmt::format("{}", place.number()), names);
    }
    const std::string text = place.text();
    try {
        return ExpressionParser(text, names).parse();
    } catch (const Fault& fault) {
        place.fail(fault.fact, fault.remedy);
    }
}

std::vector<std::string> expression_functions()
{
    std::vector<std::string> usages;
    for (const auto& function : ExpressionParser::functions_) {
        usages.emplace_back(function.usage);
    }
    return usages;
}

}  // namespace slimline

#include "archspace/layer_pattern.h"

#include <cctype>

#include <fmt/format.h>

#include "archspace/limits.h"
#include "base/text.h"

namespace slimline {

namespace {

bool is_name_character(char c)
{
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-' || c == '.';
}

/// items := item {" " item};  item := [count "*"] (name | "(" items ")")
class PatternReader {
 public:
    PatternReader(const JsonPlace& place, const std::string& text) : place_(place), text_(text) {}

    std::vector<std::string> run()
    {
        std::vector<std::string> names = items(0);
        if (position_ != text_.size()) {
            fail("stops making sense at character " + std::to_string(position_ + 1));
        }
        return names;
    }

 private:
    [[noreturn]] void fail(const std::string& fact) const
    {
        place_.fail("layer pattern '" + printable(text_) + "' " + fact,
                    "write for example '30*layer' or '4*(5*local global)'");
    }

    char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

    void skip_space()
    {
        while (peek() == ' ') {
            ++position_;
        }
    }

    std::vector<std::string> items(int depth)
    {
        if (depth > 4) {
            fail("has too many parentheses inside each other");
        }
        std::vector<std::string> all;
        skip_space();
        do {
            append(all, item(depth), 1);
            skip_space();
        } while (position_ < text_.size() && peek() != ')');
        return all;
    }

    std::vector<std::string> item(int depth)
    {
        const long long count = repeat_count();
        std::vector<std::string> once;
        if (peek() == '(') {
            ++position_;
            once = items(depth + 1);
            if (peek() != ')') {
                fail("lacks a closing parenthesis");
            }
            ++position_;
        } else {
            once.push_back(name());
        }
        std::vector<std::string> all;
        append(all, once, count);
        return all;
    }

    /// "30*", or nothing, which is 1; a name may begin with a digit, so the star decides.
    long long repeat_count()
    {
        const std::size_t star = text_.find_first_not_of("0123456789", position_);
        if (star == std::string::npos || star == position_ || text_[star] != '*') {
            return 1;
        }
        long long count = 0;
        if (!parse_integer(text_.substr(position_, star - position_), count) || count < 1 || count > limits::layers) {
            fail(fmt::format("repeats less than once or more than {} times", limits::layers));
        }
        position_ = star + 1;
        return count;
    }

    std::string name()
    {
        const std::size_t start = position_;
        while (is_name_character(peek())) {
            ++position_;
        }
        if (position_ == start) {
            fail("lacks a block's name at character " + std::to_string(start + 1));
        }
        return text_.substr(start, position_ - start);
    }

    void append(std::vector<std::string>& all, const std::vector<std::string>& more, long long times) const
    {
        if (all.size() + more.size() * std::size_t(times) > std::size_t(limits::layers)) {
            fail(fmt::format("has more than {} layers", limits::layers));
        }
        for (long long i = 0; i < times; ++i) {
            all.insert(all.end(), more.begin(), more.end());
        }
    }

    const JsonPlace& place_;
    const std::string& text_;
    std::size_t position_ = 0;
};

std::string counted(std::size_t count, const std::string& what)
{
    return count == 1 ? what : fmt::format("{}*{}", count, what);
}

/// How often the `period` names from `start` repeat.
std::size_t repeats(const std::vector<std::string>& names, std::size_t start, std::size_t period)
{
    std::size_t end = start + period;
    while (end < names.size() && names[end] == names[end - period]) {
        ++end;
    }
    return (end - start) / period;
}

std::vector<std::string> runs(const std::vector<std::string>& names)
{
    std::vector<std::string> items;
    for (std::size_t i = 0; i < names.size();) {
        const std::size_t count = repeats(names, i, 1);
        items.push_back(counted(count, names[i]));
        i += count;
    }
    return items;
}

}  // namespace

std::vector<std::string> expand_layers(const JsonPlace& list)
{
    std::vector<std::string> all;
    for (const JsonPlace& item : list.items()) {
        const std::string text = item.text();
        const std::vector<std::string> more = PatternReader(item, text).run();
        if (all.size() + more.size() > std::size_t(limits::layers)) {
            item.fail(fmt::format("more than {} layers", limits::layers));
        }
        all.insert(all.end(), more.begin(), more.end());
    }
    return all;
}

Json compact_layers(const std::vector<std::string>& names)
{
    Json items = Json::array();
    for (std::size_t i = 0; i < names.size();) {
        std::size_t best_period = 1;
        std::size_t best_covered = repeats(names, i, 1);
        for (std::size_t period = 2; period <= 12 && i + 2 * period <= names.size(); ++period) {
            const std::size_t count = repeats(names, i, period);
            if (count >= 2 && count * period > best_covered) {
                best_period = period;
                best_covered = count * period;
            }
        }
        const std::vector<std::string> unit(names.begin() + std::ptrdiff_t(i),
                                            names.begin() + std::ptrdiff_t(i + best_period));
        const std::string inside = joined(runs(unit), " ");
        items.push_back(counted(best_covered / best_period, best_period == 1 ? inside : "(" + inside + ")"));
        i += best_covered;
    }
    return items;
}

}  // namespace slimline

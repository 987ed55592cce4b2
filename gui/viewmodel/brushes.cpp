#include "gui/viewmodel/brushes.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/text.h"

namespace slimline::gui {

namespace {

Span ordered(Span span)
{
    return span.most < span.least ? Span{span.most, span.least} : span;
}

bool holds(const std::vector<Span>& spans, double value)
{
    return std::ranges::any_of(spans, [&](const Span& span) { return value >= span.least && value <= span.most; });
}

/// "tpot_s 0.01 inf".
std::optional<std::pair<Column, Span>> brush_of(const std::string& text)
{
    const auto end = [](const std::string& word, double infinite, double& value) {
        if (word == "inf" || word == "-inf") {
            value = infinite;
            return true;
        }
        return parse_number(word, value);
    };
    const std::vector<std::string> parts = split(text, ' ');
    Span span;
    const auto column = parts.size() == 3 ? column_named(parts[0]) : std::nullopt;
    if (column && end(parts[1], span.least, span.least) && end(parts[2], span.most, span.most)) {
        return std::pair(*column, ordered(span));
    }
    return std::nullopt;
}

std::string words(Column column, const Span& span, const SearchQuestion& q)
{
    const std::string name(label(column));
    // A format's intervals reach half a step to each side of it.
    const bool listed = column == Column::weights || column == Column::kv_cache || column == Column::tied;
    const double least = listed ? std::max(0.0, std::ceil(span.least)) : span.least;
    const double most = listed ? std::floor(span.most) : span.most;
    if (std::isinf(least) || (listed && least == most)) {
        return name + (listed ? ": " : " ≤ ") + display(column, most, q);
    }
    if (std::isinf(most)) {
        return name + " ≥ " + display(column, least, q);
    }
    return name + ": " + display(column, least, q) + " – " + display(column, most, q);
}

}  // namespace

const std::vector<Span>& Brushes::of(Column column) const
{
    static const std::vector<Span> none;
    const auto found = spans_.find(column);
    return found == spans_.end() ? none : found->second;
}

void Brushes::add(Column column, Span span)
{
    spans_[column].push_back(ordered(span));
    Q_EMIT changed();
}

void Brushes::replace(Column column, std::size_t index, Span span)
{
    const auto found = spans_.find(column);
    if (found != spans_.end() && index < found->second.size() && found->second[index] != ordered(span)) {
        found->second[index] = ordered(span);
        Q_EMIT changed();
    }
}

void Brushes::set(Column column, std::vector<Span> spans)
{
    if (of(column) != spans) {
        spans.empty() ? void(spans_.erase(column)) : void(spans_[column] = std::move(spans));
        Q_EMIT changed();
    }
}

void Brushes::remove(Column column, std::size_t index)
{
    const auto found = spans_.find(column);
    if (found == spans_.end() || index >= found->second.size()) {
        return;
    }
    found->second.erase(found->second.begin() + std::ptrdiff_t(index));
    if (found->second.empty()) {
        spans_.erase(found);
    }
    Q_EMIT changed();
}

void Brushes::clear()
{
    if (!spans_.empty()) {
        spans_.clear();
        Q_EMIT changed();
    }
}

std::vector<Chip> Brushes::chips(const SearchQuestion& question) const
{
    std::vector<Chip> chips;
    for (const auto& [column, spans] : spans_) {
        for (std::size_t i = 0; i < spans.size(); ++i) {
            chips.push_back({column, i, words(column, spans[i], question)});
        }
    }
    return chips;
}

bool Brushes::passes(const DesignRows& rows, std::size_t i) const
{
    return std::ranges::all_of(spans_, [&](const auto& each) { return holds(each.second, rows[each.first][i]); });
}

std::vector<std::uint8_t> Brushes::passing(const DesignRows& rows) const
{
    std::vector<std::uint8_t> passing(rows.size(), 1);
    for (const auto& [column, spans] : spans_) {
        const std::vector<double>& values = rows[column];
        for (std::size_t i = 0; i < passing.size(); ++i) {
            passing[i] = passing[i] != 0 && holds(spans, values[i]);
        }
    }
    return passing;
}

std::string Brushes::text() const
{
    std::string text;
    for (const auto& [column, spans] : spans_) {
        for (const Span& span : spans) {
            text += fmt::format("{}{} {:.17g} {:.17g}", text.empty() ? "" : ";", id(column), span.least, span.most);
        }
    }
    return text;
}

void Brushes::read(const std::string& text)
{
    std::map<Column, std::vector<Span>> spans;
    for (const std::string& each : split(text, ';')) {
        if (const auto brush = brush_of(each)) {
            spans[brush->first].push_back(brush->second);
        }
    }
    if (spans != spans_) {
        spans_ = std::move(spans);
        Q_EMIT changed();
    }
}

void check_brushes(const std::string& text)
{
    for (const std::string& each : split(text, ';')) {
        if (!each.empty() && !brush_of(each)) {
            throw InputError("", "'" + printable(each) + "' is no filter", "write as \"tpot_s 0.01 0.02\"");
        }
    }
}

bool DesignSelection::contains(std::uint32_t row) const
{
    return std::ranges::binary_search(rows_, row);
}

void DesignSelection::select(std::uint32_t row)
{
    if (rows_ != Rows{row}) {
        rows_ = {row};
        current_ = row;
        Q_EMIT changed();
    }
}

void DesignSelection::toggle(std::uint32_t row)
{
    const auto at = std::ranges::lower_bound(rows_, row);
    at != rows_.end() && *at == row ? void(rows_.erase(at)) : void(rows_.insert(at, row));
    current_ = row;
    Q_EMIT changed();
}

void DesignSelection::select(Rows rows)
{
    std::ranges::sort(rows);
    rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
    if (rows != rows_) {
        rows_ = std::move(rows);
        current_ = rows_.empty() ? 0 : rows_.front();
        Q_EMIT changed();
    }
}

void DesignSelection::clear()
{
    select(Rows{});
}

}  // namespace slimline::gui

#include "cli/table.h"

#include <algorithm>
#include <numeric>

namespace slimline {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest = 8;  // a text column is not shortened below this

std::vector<std::size_t> widths_of(const Table& table)
{
    std::vector<std::size_t> widths;
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
        widths.push_back(shown_width(table.columns[c].title));
        for (const auto& row : table.rows) {
            widths[c] = std::max(widths[c], shown_width(row[c]));
        }
    }
    return widths;
}

std::size_t line_width(const std::vector<std::size_t>& widths)
{
    return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
           gap * (widths.empty() ? 0 : widths.size() - 1);
}

Table without_column(const Table& table, std::size_t column)
{
    Table narrower = table;
    narrower.columns.erase(narrower.columns.begin() + std::ptrdiff_t(column));
    for (auto& row : narrower.rows) {
        row.erase(row.begin() + std::ptrdiff_t(column));
    }
    return narrower;
}

Table narrowed(Table table, std::size_t width)
{
    while (line_width(widths_of(table)) > width) {
        const auto most = std::ranges::max_element(table.columns, {}, &Column::optional);
        if (most == table.columns.end() || most->optional == 0) {
            break;
        }
        table = without_column(table, std::size_t(most - table.columns.begin()));
    }
    return table;
}

/// Takes what is too much from the widest text columns.
void shorten(const Table& table, std::vector<std::size_t>& widths, std::size_t width)
{
    while (line_width(widths) > width) {
        std::size_t widest = widths.size();
        for (std::size_t c = 0; c < widths.size(); ++c) {
            if (table.columns[c].align == Align::left && widths[c] > narrowest &&
                (widest == widths.size() || widths[c] > widths[widest])) {
                widest = c;
            }
        }
        if (widest == widths.size()) {
            return;
        }
        --widths[widest];
    }
}

std::string cell(const std::string& text, std::size_t width, Align align)
{
    const std::size_t shown = shown_width(text);
    if (shown > width) {
        return text.substr(0, width - 3) + "...";
    }
    const std::string space(width - shown, ' ');
    return align == Align::left ? text + space : space + text;
}

std::string line(const Table& table, const std::vector<std::string>& cells, const std::vector<std::size_t>& widths)
{
    std::string text;
    for (std::size_t c = 0; c < cells.size(); ++c) {
        text += (c == 0 ? "" : std::string(gap, ' ')) + cell(cells[c], widths[c], table.columns[c].align);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

}  // namespace

void write_table(Console& console, const Table& table)
{
    const Table shown = narrowed(table, std::size_t(console.width));
    std::vector<std::size_t> widths = widths_of(shown);
    shorten(shown, widths, std::size_t(console.width));
    std::vector<std::string> titles;
    for (const Column& column : shown.columns) {
        titles.push_back(column.title);
    }
    console.out << styled(console, Style::bold, line(shown, titles, widths)) << "\n";
    for (const auto& row : shown.rows) {
        console.out << line(shown, row, widths) << "\n";
    }
}

}  // namespace slimline

#pragma once

#include <string>
#include <vector>

#include "cli/console.h"

namespace slimline {

enum class Align { left, right };

struct Column {
    std::string title;  // with the unit, where the cells do not carry it
    Align align = Align::left;
    int optional = 0;  // above 0: may be left out on a narrow terminal, the greatest first
};

/// Rows of text under titles.
struct Table {
    std::vector<Column> columns;
    std::vector<std::vector<std::string>> rows;
};

/// Fits the console's width: leaves out columns that may go, then shortens the widest text with "...".
void write_table(Console& console, const Table& table);

}  // namespace slimline

#pragma once

#include <string_view>

namespace slimline {

/// Files of explorer/report/ as they were when this was built.
struct ReportAssets {
    std::string_view page;
    std::string_view style;
    std::string_view script;
    std::string_view plotly;  // empty: the plotting library was not there
};
ReportAssets report_assets();

}  // namespace slimline

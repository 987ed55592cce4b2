#include "explorer/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/errors.h"
#include "base/text.h"
#include "explorer/packed_column.h"
#include "explorer/report_assets.h"
#include "explorer/report_data.h"

namespace slimline {

namespace {

std::string kind_of(const JsonPlace& document)
{
    JsonObject o(document);
    const std::string format = o.text("format");
    for (const char* known : {"search_result/1", "accuracy/1", "sweep/1"}) {
        if (format == known) {
            return format;
        }
    }
    o.at("format").fail("there is no report of a '" + printable(format) + "'",
                        "give what search, validate or sweep wrote with --json");
}

Json columns_json(const DesignReport& report)
{
    Json columns = Json::array();
    for (const ReportColumn& c : report.columns) {
        columns.push_back(packed_column(c));
    }
    return columns;
}

Json bounds_json(const DesignReport& report)
{
    Json rows = Json::array();
    for (const ReportBounds& b : report.bounds) {
        rows.push_back({{"tpot_s", b.tpot_s}, {"prefill", b.prefill}, {"decode", b.decode}});
    }
    return rows;
}

Json designs_page(const JsonPlace& document)
{
    const DesignReport report = read_design_report(document);
    if (report.designs == 0) {
        document.fail("there are no designs in it", "loosen the limits of the search");
    }
    Json facts = Json::array();
    for (const auto& [name, value] : report.facts) {
        facts.push_back({name, value});
    }
    return {{"kind", "designs"},         {"title", report.title},           {"subtitle", report.subtitle},
            {"note", report.note},       {"front", report.front},           {"objectives", report.objectives},
            {"facts", std::move(facts)}, {"columns", columns_json(report)}, {"bounds", bounds_json(report)}};
}

std::string escaped(std::string_view text)
{
    std::string safe;
    for (const char c : text) {
        safe += c == '<' ? "&lt;" : c == '&' ? "&amp;" : std::string(1, c);
    }
    return safe;
}

/// No text of a document can end the script element that holds it.
std::string inside_script(const Json& data)
{
    std::string safe;
    for (const char c : data.dump(-1, ' ', false, Json::error_handler_t::replace)) {
        if (c == '<') {
            safe += "\\u003c";
        } else {
            safe += c;
        }
    }
    return safe;
}

/// Puts each value in the place of its {{name}}; values are not looked at again.
std::string filled(std::string_view page, std::initializer_list<std::pair<std::string_view, std::string_view>> values)
{
    std::string text;
    while (!page.empty()) {
        const std::size_t open = page.find("{{");
        const std::size_t close = open == std::string_view::npos ? open : page.find("}}", open);
        if (close == std::string_view::npos) {
            return text.append(page);
        }
        text.append(page.substr(0, open));
        const std::string_view name = page.substr(open + 2, close - open - 2);
        const auto found = std::ranges::find(values, name, &std::pair<std::string_view, std::string_view>::first);
        text.append(found == values.end() ? std::string_view{} : found->second);
        page.remove_prefix(close + 2);
    }
    return text;
}

std::string cell_text(const ReportColumn& column, const Json& value)
{
    if (!value.is_number()) {
        return value.is_string() ? value.get<std::string>() : "-";
    }
    const double number = value.get<double>();
    return column.unit == "s"   ? display(Seconds{number})
           : column.unit == "J" ? display(Joules{number})
           : column.unit == "B" ? display(Bytes{number})
           : column.unit == "n" ? display_count(number)
                                : fmt::format("{:.6g}", number);
}

std::string row_text(const std::vector<std::string>& cells)
{
    return "| " + joined(cells, " | ") + " |\n";
}

std::string designs_markdown(const JsonPlace& document)
{
    constexpr std::size_t shown = 50;
    const DesignReport report = read_design_report(document);
    std::string text = "# " + report.title + "\n\n" + report.subtitle + ".\n\n";
    text += report.note.empty() ? "" : report.note + "\n\n";
    for (const auto& [name, value] : report.facts) {
        text += "* " + name + ": " + value + "\n";
    }
    std::vector<std::string> titles;
    std::vector<std::string> rule;
    for (const ReportColumn& c : report.columns) {
        titles.push_back(c.title);
        rule.emplace_back(c.text ? "---" : "---:");
    }
    text += "\n" + row_text(titles) + row_text(rule);
    const std::size_t rows = std::min(shown, report.designs);
    for (std::size_t i = 0; i < rows; ++i) {
        const std::size_t at = rows < 2 ? 0 : i * (report.designs - 1) / (rows - 1);
        std::vector<std::string> cells;
        for (const ReportColumn& c : report.columns) {
            cells.push_back(cell_text(c, c.values[at]));
        }
        text += row_text(cells);
    }
    if (report.designs > rows) {
        text += fmt::format("\n{} of {} designs, spread over all of them.\n", rows, report.designs);
    }
    return text;
}

std::string accuracy_markdown(const JsonPlace& document)
{
    const Json page = accuracy_page(document);
    std::string text = "# " + page["title"].get<std::string>() + "\n\n" + page["subtitle"].get<std::string>() + "\n\n";
    for (const Json& fact : page["facts"]) {
        text += "* " + fact[0].get<std::string>() + ": " + fact[1].get<std::string>() + "\n";
    }
    text += "\n" + row_text({"case", "phase", "predicted", "measured", "error"}) +
            row_text({"---", "---", "---:", "---:", "---:"});
    for (const Json& c : page["cases"]) {
        const double predicted = c["predicted_s"].get<double>();
        const double measured = c["measured_s"].get<double>();
        text += row_text({c["name"].get<std::string>(), c["phase"].get<std::string>(), display(Seconds{predicted}),
                          display(Seconds{measured}), fmt::format("{:+.1f} %", 100 * (predicted / measured - 1))});
    }
    return text;
}

std::string sweep_markdown(const JsonPlace& document)
{
    const Json page = sweep_page(document);
    std::string text = "# " + page["title"].get<std::string>() + "\n\n" + page["subtitle"].get<std::string>() + "\n";
    for (const Json& curve : page["curves"]) {
        text += "\n## " + curve["title"].get<std::string>() + "\n";
        for (const Json& line : curve["lines"]) {
            text += "\n" + row_text({page["x_title"].get<std::string>(), line["name"].get<std::string>()}) +
                    row_text({"---:", "---:"});
            for (std::size_t i = 0; i < line["x"].size(); ++i) {
                text += row_text({fmt::format("{:.6g}", line["x"][i].get<double>()),
                                  fmt::format("{:.6g}", line["y"][i].get<double>())});
            }
        }
    }
    return text;
}

}  // namespace

std::string html_report(const JsonPlace& document)
{
    const std::string kind = kind_of(document);
    const ReportAssets assets = report_assets();
    if (assets.plotly.empty()) {
        throw InputError("report", "this build has no plotting library in it",
                         "run scripts/setup.sh build report and build again, or write --markdown");
    }
    const Json page = kind == "search_result/1" ? designs_page(document)
                      : kind == "accuracy/1"    ? accuracy_page(document)
                                                : sweep_page(document);
    return filled(assets.page, {{"title", escaped(page["title"].get<std::string>())},
                                {"style", assets.style},
                                {"data", inside_script(page)},
                                {"plotly", assets.plotly},
                                {"script", assets.script}});
}

std::string markdown_report(const JsonPlace& document)
{
    const std::string kind = kind_of(document);
    return kind == "search_result/1" ? designs_markdown(document)
           : kind == "accuracy/1"    ? accuracy_markdown(document)
                                     : sweep_markdown(document);
}

}  // namespace slimline

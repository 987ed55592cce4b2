#include "base/files.h"
#include "base/json.h"
#include "cli/command_table.h"
#include "explorer/report.h"

namespace slimline {

namespace {

struct ReportOptions {
    std::string file;
    std::string out;
    bool markdown = false;
};

OptionList declare(ReportOptions& o)
{
    return {{.name = "FILE",
             .help = "what 'search', 'validate' or 'sweep' wrote with --json",
             .target = &o.file,
             .required = true,
             .takes_file = true},
            {.name = "--out",
             .value_name = "FILE",
             .help = "file to write; default: standard output",
             .target = &o.out,
             .takes_file = true},
            {.name = "--markdown", .help = "tables in Markdown instead of a page of charts", .target = &o.markdown}};
}

int work(const ReportOptions& o, Console& console)
{
    constexpr std::size_t most_bytes = std::size_t{1} << 30;  // results with every design are long
    const JsonDocument document = parse_json(o.file, read_file(o.file, most_bytes));
    const std::string text = o.markdown ? markdown_report(JsonPlace(document)) : html_report(JsonPlace(document));
    if (o.out.empty()) {
        console.out << text;
    } else {
        write_file(o.out, text);
        console.err << o.out << "\n";
    }
    return 0;
}

}  // namespace

Command report_command()
{
    return make_command<ReportOptions>(
        "report", "one HTML page that opens anywhere, or Markdown, of a search, a validation or a sweep",
        {"report front.json --out front.html", "report accuracy.json --markdown"}, declare, work);
}

}  // namespace slimline

#include "explorer/report.h"

#include <catch2/catch.hpp>

#include "explorer/report_assets.h"

using namespace slimline;
using Catch::Contains;

namespace {

const std::string front = R"({
  "format": "search_result/1", "name": "NAME", "complete": true, "objectives": ["tpot_s", "loss"], "law": "gemstones",
  "training_tokens": 1e11, "device": "toy", "calibration": "toy",
  "statistics": {"candidates": 4000000, "evaluated": 100, "pruned_share": 0.999975, "blocks": 1, "blocks_done": 1},
  "front": [
    {"design": {"layers": 8, "tied": true, "weights": "Q4_0"}, "measures": {"tpot_s": 0.002, "loss": 3.25, "memory_bytes": 1073741824}},
    {"design": {"layers": 16, "tied": false, "weights": "Q8_0"}, "measures": {"tpot_s": 0.004, "loss": 2.75, "memory_bytes": 2147483648}}]})";

std::string with(std::string text, const std::string& from, const std::string& to)
{
    text.replace(text.find(from), from.size(), to);
    return text;
}

std::string markdown(const std::string& text)
{
    const JsonDocument document = parse_json("result.json", text);
    return markdown_report(JsonPlace(document));
}

std::string html(const std::string& text)
{
    const JsonDocument document = parse_json("result.json", text);
    return html_report(JsonPlace(document));
}

/// The data inside the page, read back.
Json data_in(const std::string& page)
{
    const std::string open = R"(<script type="application/json" id="data">)";
    const std::size_t begin = page.find(open) + open.size();
    return Json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

}  // namespace

TEST_CASE("a report in Markdown has a row a design, in units that people read", "[explorer][report]")
{
    const std::string text = markdown(front);
    CHECK_THAT(text, Contains("# NAME"));
    CHECK_THAT(text, Contains("| 8 | yes | Q4_0 | 2.00 ms | 3.25 | 1.00 GiB |"));
    CHECK_THAT(text, Contains("| 16 | no | Q8_0 | 4.00 ms | 2.75 | 2.00 GiB |"));
    CHECK_THAT(text, Contains("candidates: 4.00 M"));
}

TEST_CASE("a page holds every design, and no text of a document can leave its place", "[explorer][report]")
{
    if (report_assets().plotly.empty()) {
        CHECK_THROWS_WITH(html(front), Contains("no plotting library") && Contains("--markdown"));
        return;
    }
    const std::string page = html(with(front, "NAME", R"(</script><script>alert(\"{{data}}\")</script>)"));
    CHECK_THAT(page, !Contains("<script>alert"));
    const Json data = data_in(page);
    CHECK(data["kind"] == "designs");
    CHECK(data["columns"][0]["values"] == Json::array({8, 16}));
    CHECK(data["columns"][3]["values"] == Json::array({0.002, 0.004}));
    CHECK(data["objectives"] == Json::array({"tpot_s", "loss"}));
}

TEST_CASE("a stopped search says so", "[explorer][report]")
{
    CHECK_THAT(markdown(with(front, R"("complete": true)", R"("complete": false)")), Contains("was stopped"));
}

TEST_CASE("what is no result is refused with its place", "[explorer][report]")
{
    CHECK_THROWS_WITH(markdown(R"({"format": "device/1"})"), Contains("result.json") && Contains("device/1"));
    CHECK_THROWS_WITH(markdown(R"({})"), Contains("format"));
    CHECK_THROWS_WITH(markdown(with(front, R"("loss": 2.75, )", "")), Contains("/front/1") && Contains("loss"));
    CHECK_THROWS_WITH(markdown(with(front, R"("layers": 16)", R"("layers": "many")")), Contains("/front/1/design/layers"));
    CHECK_THROWS_WITH(markdown(with(front, R"("tied": false)", R"("width": 4)")), Contains("first row has no such"));
    CHECK_THROWS_WITH(markdown(with(front, R"("objectives": [)", R"("objectives": [1, )")), Contains("objectives"));
    CHECK_THROWS_WITH(markdown(R"({"format": "sweep/1", "axes": [], "points": []})"), Contains("one axis or two"));
    CHECK_THROWS_WITH(markdown(R"({"format": "accuracy/1", "cases": [{"architecture": "a"}], "by_phase": {}})"),
                      Contains("/cases/0"));
}

TEST_CASE("a sweep of two quantities is a curve for each value of the second", "[explorer][report]")
{
    const std::string sweep = R"({"format": "sweep/1", "architecture": "a", "device": "d", "calibration": "c",
      "axes": [{"quantity": "prompt", "unit": ""}, {"quantity": "bandwidth", "unit": "GB/s"}],
      "points": [{"prompt": 64, "bandwidth": 50, "ttft_s": 0.5, "fits": true}, {"prompt": 64, "bandwidth": 100, "ttft_s": 0.25, "fits": true},
                 {"prompt": 128, "bandwidth": 50, "ttft_s": 1, "fits": true}, {"prompt": 128, "bandwidth": 100, "ttft_s": null, "fits": true}]})";
    const std::string text = markdown(sweep);
    CHECK_THAT(text, Contains("## first token"));
    CHECK_THAT(text, Contains("| prompt | bandwidth 50 |"));
    CHECK_THAT(text, Contains("| 128 | 1 |"));
}

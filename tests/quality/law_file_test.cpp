// Law files: shipped ones, a person's own, and deliberately broken ones, each refused in one clear line.

#include <cmath>

#include <catch2/catch.hpp>

#include "archspace/quality/loss.h"
#include "base/files.h"
#include "tests/support/complaint.h"
#include "tests/support/schema.h"

using namespace slimline;

namespace {

const std::string sound = R"({"format": "law/1", "id": "toy", "kind": "chinchilla", "unit": "nats/token",
  "coefficients": {"E": 1.5, "A": 400, "B": 400, "alpha": 0.34, "beta": 0.28}})";

const std::string own = R"({"format": "law/1", "id": "own", "kind": "expression", "unit": "nats/token",
  "coefficients": {"E": 2, "A": 8}, "formula": "E + A / width^0.5 + 1 / depth"})";

Law law_from(const std::string& text)
{
    const JsonDocument document = parse_json("toy.json", text);
    return read_law(JsonPlace(document));
}

std::string with(std::string text, const std::string& what, const std::string& by)
{
    const std::size_t at = text.find(what);
    REQUIRE(at != std::string::npos);
    return text.replace(at, what.size(), by);
}

struct BrokenLaw {
    const char* what;
    const char* by;
    const char* fact;
};

}  // namespace

TEST_CASE("every shipped law is named as its file, has sources and a unit, and reads back as written",
          "[quality][data]")
{
    CHECK(law_ids().size() >= 35);
    for (const std::string& id : law_ids()) {
        CAPTURE(id);
        const Law law = load_law(id);
        CHECK(law.id == id);
        CHECK(!law.sources.empty());
        CHECK(!law.unit.empty());
        CHECK(!law.leaves_out.empty());
        const std::string text = pretty(to_json(law));
        CHECK(pretty(to_json(law_from(text))) == text);
        CHECK(text == read_file(data_folder() / "laws" / (id + ".json")));
    }
}

TEST_CASE("the JSON schema for editors lists every member of the shipped laws", "[quality][schema]")
{
    const Json schema = load_json(data_folder() / "schema" / "law-1.json").root;
    for (const std::string& id : law_ids()) {
        for (const std::string& path : unlisted(load_json(data_folder() / "laws" / (id + ".json")).root, schema)) {
            CAPTURE(id, path);  // coefficients are named by the kind, formats by their name
            CHECK((path.starts_with("/coefficients/") || path.starts_with("/formats/")));
        }
    }
}

TEST_CASE("a law of a known kind is a file of its coefficients", "[quality]")
{
    LawInputs in;
    in[LawInput::parameters] = 1;
    in[LawInput::tokens] = 1;
    CHECK(law_value(law_from(sound), in) == 801.5);
}

TEST_CASE("a person's own law is a formula over the quantities of a design and its own coefficients", "[quality]")
{
    LawInputs in;
    in[LawInput::width] = 1024;
    in[LawInput::depth] = 16;
    CHECK(law_value(law_from(own), in) == 2 + 8 / 32. + 1 / 16.);
    CHECK(law_from(own).formula.text() == "E + A / width^0.5 + 1 / depth");
}

TEST_CASE("a person's own law counts parameters as it says", "[quality]")
{
    LawInputs in;
    in[LawInput::all_parameters] = 300;
    in[LawInput::non_embedding_parameters] = 200;
    const std::string text = with(own, "E + A / width^0.5 + 1 / depth", "parameters");
    CHECK(law_value(law_from(text), in) == 300);
    CHECK(law_value(law_from(with(text, "\"kind\"", "\"parameters\": \"non_embedding\", \"kind\"")), in) == 200);
}

TEST_CASE("a quantity that a formula reads and a design lacks is named", "[quality]")
{
    const Loss loss = evaluate(law_from(own), {});
    REQUIRE(loss.outside.size() == 2);
    CHECK(loss.outside[0].quantity == "width");
    CHECK(loss.outside[1].quantity == "depth");
}

TEST_CASE("a broken law is refused with the fact, the line and a remedy", "[quality][errors]")
{
    const BrokenLaw b = GENERATE(values<BrokenLaw>({
        {"law/1", "law/2", "format is 'law/2'; this place takes 'law/1'"},
        {"\"format\": \"law/1\", ", "", "'format' is missing"},
        {"\"toy\"", "\"My Law\"", "toy.json:1: /id: 'My Law' is no id"},
        {"\"chinchilla\"", "\"chinchila\"", "unknown word 'chinchila'; did you mean 'chinchilla'?"},
        {"\"kind\": \"chinchilla\", ", "", "'kind' is missing"},
        {", \"unit\": \"nats/token\"", "", "'unit' is missing"},
        {", \"beta\": 0.28", "", "toy.json:2: /coefficients: 'beta' is missing"},
        {"\"beta\"", "\"betta\"", "'beta' is missing"},
        {"0.28", "0.28, \"gamma\": 1", "unknown key 'gamma'"},
        {"0.28", "\"0.28\"", "/coefficients/beta: must be a number"},
        {"0.28", "1e300", "/coefficients/beta: must be a number between"},
        {"\"unit\"", "\"parameters\": \"some\", \"unit\"", "unknown word 'some'"},
        {"\"unit\"", "\"range\": {\"dept\": [1, 2]}, \"unit\"", "unknown key 'dept'; did you mean 'depth'?"},
        {"\"unit\"", "\"range\": {\"depth\": [1]}, \"unit\"", "/range/depth: must be [least, most]"},
        {"\"unit\"", "\"range\": {\"depth\": [2, 1]}, \"unit\"", "the least is above the most; swap them"},
        {"\"unit\"", "\"range\": {\"depth\": [-2, 1]}, \"unit\"", "/range/depth/0: must be"},
        {"\"unit\"", "\"adds\": [\"ptq-llama\"], \"unit\"", "/adds/0: there is no law 'ptq-llama'"},
        {"\"unit\"", "\"adds\": [\"kaplan\"], \"unit\"",
         "/adds/0: law 'kaplan' cannot stand here; an added law gives a difference of losses"},
        {"\"unit\"", "\"adds\": [\"../x\"], \"unit\"", "'../x' is no id of a law"},
        {"\"unit\"", "\"base\": \"kaplan\", \"unit\"", "only a conditional law stands on another one"},
        {"\"unit\"", "\"formula\": \"1\", \"unit\"", "unknown key 'formula'"},
        {"\"unit\"", "\"accuracy\": [{\"task\": \"x\", \"kind\": \"linear\"}], \"unit\"", "unknown word 'linear'"},
        {"\"unit\"", "\"accuracy\": [{\"task\": \"x\", \"kind\": \"sigmoid\", \"a\": 1}], \"unit\"", "'k' is missing"},
        {"\"unit\"", "\"tests\": [{\"given\": {\"params\": 1}, \"expect\": 1, \"within\": 0}], \"unit\"",
         "/tests/0/given/params: unknown key 'params'"},
        {"\"unit\"", "\"tests\": [{\"given\": {}, \"of\": \"depth\", \"expect\": 1, \"within\": 0}], \"unit\"",
         "/tests/0: the law has no part 'depth'"},
        {"\"unit\"", "\"unit\": \"a\", \"unit\"", "stands twice"},
        {"}}", "}", "is not valid JSON"},
    }));
    CAPTURE(b.by);
    const std::string said = complaint([&] { law_from(with(sound, b.what, b.by)); });
    CHECK_THAT(said, Catch::Contains(b.fact) && Catch::StartsWith("toy.json"));
    CHECK(said.find('\n') == std::string::npos);
}

TEST_CASE("a broken formula of a person's own law is refused with its column", "[quality][errors]")
{
    const BrokenLaw b = GENERATE(values<BrokenLaw>({
        {"width", "wdth",
         "toy.json:2: /formula: column 9 of the formula: there is no quantity 'wdth'; did you mean 'width'?"},
        {"E + A / width^0.5 + 1 / depth", "", "the formula ends too early"},
        {"1 / depth", "1 / (depth", "'(' is not closed"},
        {"1 / depth", "1 depth", "stops making sense at 'depth'"},
        {"1 / depth", "ln(depth)", "there is no function 'ln'"},
        {", \"formula\": \"E + A / width^0.5 + 1 / depth\"", "", "'formula' is missing"},
        {"\"E\": 2", "\"depth\": 2", "'depth' is a quantity of the design; give the coefficient another name"},
        {"\"E\": 2", "\"E\": \"two\"", "/coefficients/E: must be a number"},
    }));
    CAPTURE(b.by);
    CHECK_THAT(complaint([&] { law_from(with(own, b.what, b.by)); }), Catch::Contains(b.fact));
}

TEST_CASE("a law that nobody ships is refused with the nearest name", "[quality][errors]")
{
    CHECK_THAT(complaint([] { load_law("gemston"); }), Catch::Contains("did you mean 'gemstones'?"));
}

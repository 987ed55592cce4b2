#include <catch2/catch.hpp>

#include "base/json.h"
#include "cli/command_table.h"
#include "tests/cli/ran.h"

using namespace slimline;
using Catch::Contains;

TEST_CASE("without a command the overview is printed and the exit code says so", "[cli]")
{
    const Ran r = ran("");
    CHECK(r.code == 2);
    for (const Command& command : commands()) {
        CHECK_THAT(r.out, Contains("  " + command.name + " "));
    }
    CHECK(ran("--help").out == r.out);
    CHECK(ran("--help").code == 0);
}

TEST_CASE("the version is that of the project", "[cli]")
{
    const Ran r = ran("--version");
    CHECK(r.code == 0);
    CHECK_THAT(r.out, Catch::Matches("slimline [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

TEST_CASE("every command has help that names each option and fits the terminal", "[cli]")
{
    const int width = GENERATE(72, 120);
    for (const Command& command : commands()) {
        const Ran r = ran({command.name, "--help"}, width);
        INFO(r.out);
        CHECK(r.code == 0);
        CHECK(r.out == ran({"help", command.name}, width).out);
        for (const Option& option : command.options().list) {
            CHECK_THAT(r.out, Contains(option.name));
        }
        for (const std::string& line : split(r.out, '\n')) {
            const bool words = line.find("slimline ") == std::string::npos && line.find("L=24") == std::string::npos;
            CHECK((!words || line.size() <= std::size_t(width)));
        }
    }
}

TEST_CASE("files that examples of help name are shipped", "[cli]")
{
    int named = 0;
    for (const Command& command : commands()) {
        for (const std::string& word : split(ran({command.name, "--help"}).out, ' ')) {
            const std::string file = word.substr(0, word.find('\n'));
            if (file.starts_with("examples/")) {
                CAPTURE(command.name, file);
                CHECK(std::filesystem::exists(std::filesystem::path(SLIMLINE_SOURCE_DIR) / file));
                ++named;
            }
        }
    }
    CHECK(named >= 2);
}

TEST_CASE("help asks for no other option", "[cli]")
{
    CHECK(ran("predict --help").code == 0);
    CHECK(ran("predict --arch nothing --help").code == 0);
}

TEST_CASE("a mistyped command or option names the one that was meant", "[cli]")
{
    const auto [line, expected] = GENERATE(table<std::string, std::string>({
        {"predct", "no command 'predct'; did you mean 'predict'?"},
        {"--versoin", "unknown option '--versoin'; see 'slimline --help'"},
        {"help predct", "no command 'predct'; did you mean 'predict'?"},
        {"predict --arc phi-1 --device x", "unknown option '--arc' of 'slimline predict'; did you mean '--arch'?"},
        {"predict --batsch=2 --device x", "unknown option '--batsch' of 'slimline predict'; did you mean '--batch'?"},
        {"list archs --jsn", "unknown option '--jsn' of 'slimline list'; did you mean '--json'?"},
        {"list archs --json=no", "option --json: takes no value; give it alone, or leave it out"},
        {"predict --arch phi-1 --device x --prompt=", "option --prompt: has no value behind '='; write --prompt=N"},
        {"predict --arch phi-1 extra --device x", "'extra' is one word too many for 'slimline predict'; see 'slimline predict --help'"},
        {"predict --arch phi-1 --device rtx-4090 --quant Q4_K_M,token_emb=Q8_0", "no class of tensors 'token_emb'; did you mean 'token_embd'?"},
        {"predict --arch phi-1 --device rtx-4090 --quant Q4_K_M,token_embd=Q8_1", "no format 'Q8_1'; did you mean 'Q8_0'?"},
        {"predict --arch phi-1 --device rtx-4090 --quant Q4_K_M,output", "'output' is no class of tensors with a format; write token_embd=Q8_0"},
    }));
    const Ran r = ran(line);
    CHECK(r.code == 2);
    CHECK(r.err == "slimline: " + expected + "\n");
    CHECK(r.out.empty());
}

TEST_CASE("what cannot be used is one line and exit code 2", "[cli]")
{
    const std::string line = GENERATE(
        "predict", "predict --arch", "predict --arch phi-1", "predict phi-1 --arch phi-1 --device rtx-4090",
        "predict --arch phi-1 --device rtx-4091", "predict --arch phi-9000 --device rtx-4090",
        "predict --arch phi-1 --arch phi-1 --device rtx-4090", "predict --arch ./none.json --device rtx-4090",
        "predict --arch phi-1 --device /", "predict --arch L=1,d= --device rtx-4090",
        "predict --arch L=24,d=2048,h=16,kv=5,ffn=5632,V=32000 --device rtx-4090",
        "predict --arch phi-1 --device rtx-4090 --quant Q4", "predict --arch phi-1 --device rtx-4090 --kv q99",
        "predict --arch phi-1 --device rtx-4090 --backend npu", "predict --arch phi-1 --device rtx-4090 --backend tpu",
        "predict --arch phi-1 --device rtx-4090 --prompt 0", "predict --arch phi-1 --device rtx-4090 --prompt -5",
        "predict --arch phi-1 --device rtx-4090 --prompt 1e3", "predict --arch phi-1 --device rtx-4090 --prompt 512k",
        "predict --arch phi-1 --device rtx-4090 --prompt 99999999999999999999",
        "predict --arch phi-1 --device rtx-4090 --batch 0", "predict --arch phi-1 --device rtx-4090 --threads 1.5",
        "predict --arch phi-1 --device rtx-4090 --context 100", "predict --arch phi-1 --device rtx-4090 --ubatch 0",
        "predict --arch phi-1 --device rtx-4090 --flash-attention maybe",
        "predict --arch phi-1 --device rtx-4090 --engine vllm",
        "predict --arch phi-1 --device rtx-4090 --calibration none-such", "list", "list planets", "list archs devices",
        "import", "import ./none", "lint --fast", "completion", "completion tcsh", "explain --arch phi-1",
        "explain --arch phi-1 --device rtx-4090 --to-arch none-such", "compare --arch phi-1");
    const Ran r = ran(line);
    CAPTURE(line, r.code, r.out, r.err);
    CHECK(complains_in_one_line(r));
}

TEST_CASE("control characters in what was typed do not reach the terminal", "[cli]")
{
    const std::string nasty = GENERATE("\x1b[31mred", "two\nlines", "tab\there", "\xff\xfe");
    for (const std::string option : {"--arch", "--quant", "--kv", "--backend", "--prompt", "--calibration", "--oops"}) {
        const Ran r =
            ran({"predict", "--device", "rtx-4090", option == "--arch" ? "--json" : "--arch=phi-1", option, nasty});
        CAPTURE(option, r.err);
        CHECK(complains_in_one_line(r));
        CHECK(r.err.find('\x1b') == std::string::npos);
        CHECK(r.err.find('\t') == std::string::npos);
    }
}

TEST_CASE("a value may follow its option after a space or an equals sign", "[cli]")
{
    const Ran spaced = ran("predict --arch phi-1 --device rtx-4090 --prompt 64 --json");
    CHECK(spaced.code == 0);
    CHECK(ran("predict --arch=phi-1 --device=rtx-4090 --prompt=64 --json").out == spaced.out);
}

TEST_CASE("completion knows every command and every option", "[cli]")
{
    const std::string shell = GENERATE("bash", "zsh", "fish");
    const Ran r = ran({"completion", shell});
    CHECK(r.code == 0);
    for (const Command& command : commands()) {
        CHECK_THAT(r.out, Contains(command.name));
        for (const Option& option : command.options().list) {
            CHECK((option.positional() || r.out.find(option.name.substr(2)) != std::string::npos));
        }
    }
    CHECK_THAT(r.out, Contains("slimline list archs --ids"));
    CHECK_THAT(r.out, Contains("slimline list devices --ids"));
}

TEST_CASE("what a file of llama-bench is judged by is one document", "[cli][validate]")
{
    const std::string file = std::string(SLIMLINE_SOURCE_DIR) + "/tests/data/bench/runs.md";
    const Ran r = ran("validate --from " + file + " --arch qwen2-0.5b --device raspberry-pi-5-8gb --json");
    INFO(r.err);
    REQUIRE(r.code == 0);
    const Json answer = Json::parse(r.out);
    CHECK(answer["format"] == "accuracies/1");
    REQUIRE(answer["reports"].size() == 1);
    CHECK(answer["reports"][0]["format"] == "accuracy/1");
    CHECK(answer["reports"][0]["cases"].size() == 2);
}

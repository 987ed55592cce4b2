#include "validation/transport/runner_link.h"

#include <sys/wait.h>

#include <algorithm>

#include "base/text.h"
#include "validation/core_groups.h"
#include "validation/runner/runner.h"
#include "validation/transport/client_command.h"
#include "validation/transport/runner_file.h"

namespace slimline {

namespace {

using Clock = ChildProcess::Clock;
using std::chrono::seconds;

constexpr seconds connect_limit{30};
constexpr seconds send_limit{300};
constexpr seconds start_limit{30};
constexpr seconds leave_limit{5};
constexpr int most_noise_lines = 200;  // of login files, before the shell says hello
constexpr const char* hello = "slimline-shell 1 ";

/// What the target's shell does: says what it is, takes the runner from its input into a folder of its own (or finds it
/// where it was kept), starts it on the same input and output, and removes what it wrote, however it ends. The folder is
/// the first of $TMPDIR, /tmp and Android's that can be written.
std::string session_script(const LinkOptions& options)
{
    return "umask 077; t=${TMPDIR:-/tmp}; test -w \"$t\" || t=/data/local/tmp; k=$t; "
           "if test -n \"$HOME\" && test -w \"$HOME\"; then k=$HOME/.cache; fi; d=; p=; "
           "leave() { test -z \"$p\" || rm -f \"$p\"; test -z \"$d\" || rm -rf \"$d\"; }; "
           "trap leave EXIT; trap \"exit 129\" HUP; trap \"exit 130\" INT; trap \"exit 143\" TERM; trap \"exit 141\" PIPE; "
           "echo \"slimline-shell 1 $(uname -m) $(getprop ro.product.model 2>/dev/null)\"; "
           "read -r how hash size || exit 1; "
           "if test \"$how\" = keep; then w=; mkdir -p \"$k/slimline\" || { echo fail folder; exit 96; }; "
           "f=$k/slimline/runner-$hash; "
           "else w=--sent; d=$(mktemp -d \"$t/slimline-XXXXXX\") || { echo fail folder; exit 96; }; f=$d/slimline-runner; fi; "
           "p=$f.part$$; if test -x \"$f\"; then echo have; else echo send; "
           "if head -c \"$size\" > \"$p\" && test $(wc -c < \"$p\") -eq \"$size\" && chmod 700 \"$p\" && mv \"$p\" \"$f\"; "
           "then :; else echo fail send; exit 96; fi; fi; "
           "echo start; \"$f\" --attached --limit " +
           std::to_string(options.timeout.count() + 30) + (options.cores.empty() ? "" : " --cores " + core_list(options.cores)) + " $w; exit $?";
}

}  // namespace

namespace {

/// Ascending; empty where there are none, or something else.
std::vector<int> core_numbers_in(const Json& said)
{
    std::vector<int> cores;
    for (const Json& each : said.is_array() ? said : Json::array()) {
        if (!each.is_number_integer() || each.get<std::int64_t>() <= (cores.empty() ? -1 : cores.back()) || each.get<std::int64_t>() > 1023) {
            return {};
        }
        cores.push_back(each.get<int>());
    }
    return cores;
}

}  // namespace

std::string device_id_of(const LinkOptions& options)
{
    std::string cores = core_list(options.cores);
    std::ranges::replace(cores, ',', '.');
    return default_device_id(options.target) + (cores.empty() ? "" : "-cores-" + cores);
}

RunnerLink::RunnerLink(const LinkOptions& options) : options_(options), place_(target_text(options.target))
{
    require_client(options_.target);
    client_ = std::make_unique<ChildProcess>(client_command(options_.target, session_script(options_)));
    read_hello();
    send_runner();
    read_greeting();
}

RunnerLink::~RunnerLink()
{
    close();
}

/// The runner leaves with its input, and everything else with the runner.
void RunnerLink::close()
{
    if (client_ != nullptr) {
        client_->finish(Clock::now() + leave_limit);
        client_.reset();
    }
}

void RunnerLink::fail(const std::string& fact, const std::string& remedy)
{
    close();
    throw InputError(place_, fact, remedy);
}

void RunnerLink::fail_ended(const char* waiting_for)
{
    const int status = client_->finish(Clock::now() + leave_limit);
    const std::string errors = client_->errors();
    client_.reset();
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
    if (code == 126 || code == 127) {
        throw InputError(place_, std::string("the runner cannot be started there (") + words_of_status(status) + ")",
                         "see that files may be run in its temporary folder; TMPDIR there names another");
    }
    if (code == 128 + 9) {
        throw LinkLost(place_, "the runner was killed there", "choose smaller models: there may not be enough memory");
    }
    const ClientComplaint complaint = complaint_of(options_.target, status, errors);
    throw LinkLost(place_, complaint.fact + " while " + waiting_for, complaint.remedy);
}

std::string RunnerLink::next_line(seconds limit, const char* waiting_for)
{
    const auto deadline = Clock::now() + limit;
    std::string line;
    while (true) {
        // In short pieces, so that Ctrl-C is heard.
        switch (client_->next_line(line, std::min(deadline, Clock::now() + std::chrono::milliseconds(100)))) {
            case ChildProcess::Read::line: return line;
            case ChildProcess::Read::end: fail_ended(waiting_for);
            case ChildProcess::Read::timeout: break;
        }
        if (options_.cancelled()) {
            fail(std::string("stopped while ") + waiting_for, "");
        }
        if (Clock::now() >= deadline) {
            const ClientComplaint known = complaint_of(options_.target, 0, client_->errors());
            const bool heard = !client_->errors().empty() && known.fact.find("the connection ended") == std::string::npos;
            fail(heard ? known.fact : "did not answer in " + std::to_string(limit.count()) + " s while " + waiting_for,
                 heard ? known.remedy : "check that it is awake, or give it longer with --timeout");
        }
    }
}

void RunnerLink::read_hello()
{
    std::string noise;
    for (int i = 0; i < most_noise_lines; ++i) {
        const std::string line = next_line(std::min(connect_limit, options_.timeout), "connecting");
        if (line.starts_with(hello)) {
            const std::string rest = line.substr(std::string_view(hello).size());
            const std::size_t end = rest.find(' ');
            greeting_.processor = rest.substr(0, end);
            greeting_.model = end == rest.npos ? "" : printable(rest.substr(end + 1), 80);
            return;
        }
        noise = printable(line, 80);
    }
    fail("answers with something else than a shell ('" + noise + "')", "see what its login files print");
}

void RunnerLink::send_runner()
{
    constexpr const char* sending = "sending the runner";
    const RunnerFile file = runner_file(greeting_.processor, options_.runner);
    const std::string hash = options_.keep_runner ? content_hash(file.path) : "-";
    const auto deadline = Clock::now() + send_limit;
    client_->send((options_.keep_runner ? "keep " : "temp ") + hash + " " + std::to_string(file.bytes.size()) + "\n", deadline);
    std::string line = next_line(start_limit, sending);
    if (line == "send") {
        constexpr std::size_t piece = 1 << 16;
        bool sent = true;
        for (std::size_t at = 0; at < file.bytes.size() && sent; at += piece) {
            sent = client_->send(std::string_view(file.bytes).substr(at, piece), deadline);
            if (options_.cancelled()) {
                fail(std::string("stopped while ") + sending, "");
            }
        }
        line = next_line(start_limit, sending);
    } else if (line == "have") {
        line = next_line(start_limit, sending);
    }
    if (line.starts_with("fail ")) {
        client_->finish(Clock::now() + leave_limit);
        const bool full = client_->errors().find("No space left") != std::string::npos;
        fail(full                    ? "its disk is full"
             : line == "fail folder" ? "there is no folder to write to"
                                     : "the runner could not be written there whole",
             full ? "free some space there" : "see that its temporary folder can be written; TMPDIR there names another");
    }
    if (line != "start") {
        fail("answers '" + printable(line) + "' where the runner should start", "see what its shell prints");
    }
}

void RunnerLink::read_greeting()
{
    const std::string line = next_line(start_limit, "starting the runner");
    Json said;
    try {
        said = parse_json("greeting", line).root;
    } catch (const InputError&) {
        fail("something else than a runner answers ('" + printable(line) + "')", "give --runner FILE another file");
    }
    const auto text = [&](const char* key) { return said.is_object() && said.contains(key) && said[key].is_string() ? said[key].get<std::string>() : ""; };
    const auto number = [&](const char* key) { return said.is_object() && said.contains(key) && said[key].is_number_integer() ? said[key].get<int>() : 0; };
    if (number("runner") != runner::protocol_version) {
        fail("its runner speaks version " + std::to_string(number("runner")) + " where this program speaks " +
                 std::to_string(runner::protocol_version),
             "leave --runner out, or give one of this program's version");
    }
    greeting_.kernels = printable(text("kernels"));
    greeting_.cores = std::clamp(number("cores"), 1, 1024);
    greeting_.only = core_numbers_in(said["only"]);
}

Json RunnerLink::next_answer()
{
    const std::string line = next_line(options_.timeout, "waiting for an answer");
    Json answer;
    try {
        answer = parse_json("answer", line).root;
    } catch (const InputError&) {
        answer = nullptr;
    }
    if (!answer.is_object()) {
        fail("its answer is no JSON ('" + printable(line) + "')", "see what else writes to its output");
    }
    if (const auto error = answer.find("error"); error != answer.end()) {
        throw InputError("", error->is_string() ? printable(error->get<std::string>(), 300) : "an error without words");
    }
    return answer;
}

Json RunnerLink::ask(const Json& request, const std::function<void(const Json&)>& each, double most_lines)
{
    if (client_ == nullptr) {
        throw LinkLost(place_, "is not connected");
    }
    client_->send(request.dump() + "\n", Clock::now() + start_limit);
    for (double lines = 0;; ++lines) {
        Json answer = next_answer();
        if (!each || (!answer.contains("sensors") && !answer.contains("sample"))) {
            return answer;
        }
        if (lines >= most_lines) {
            fail("says more than it was asked for", "see what else writes to its output");
        }
        try {
            each(answer);
        } catch (...) {
            close();  // in the middle of an answer
            throw;
        }
    }
}

}  // namespace slimline

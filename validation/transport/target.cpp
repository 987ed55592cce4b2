#include "validation/transport/target.h"

#include <algorithm>
#include <cctype>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

constexpr const char* place = "option --target";
constexpr const char* remedy = "write local, ssh:user@host[:port], adb or adb:SERIAL";
constexpr std::size_t longest = 255;

/// Letters, digits and some signs; never an option of a client, never a word of a shell.
bool plain(std::string_view name, std::string_view signs)
{
    return !name.empty() && name.size() <= longest && name.front() != '-' && std::ranges::all_of(name, [&](unsigned char c) {
        return (c < 128 && std::isalnum(c) != 0) || signs.find(char(c)) != signs.npos;
    });
}

[[noreturn]] void fail(const std::string& text, const std::string& fact)
{
    throw InputError(place, "'" + printable(text) + "' " + fact, remedy);
}

int port_named(const std::string& text, const std::string& word)
{
    long long port = 0;
    if (!parse_integer(word, port) || port < 1 || port > 65535) {
        fail(text, "has no port from 1 to 65535 at its end");
    }
    return int(port);
}

/// "user@host:port", "host", "user@[2001:db8::1]:22".
Target ssh_target(const std::string& text, std::string rest)
{
    Target target{.kind = TargetKind::ssh, .user = {}, .host = {}, .port = 0, .serial = {}};
    if (const std::size_t at = rest.find('@'); at != rest.npos) {
        target.user = rest.substr(0, at);
        rest.erase(0, at + 1);
        if (!plain(target.user, "._-")) {
            fail(text, "has no plain user name");
        }
    }
    const bool bracketed = rest.starts_with('[');
    const std::size_t end = bracketed ? rest.find(']') : rest.find(':');
    target.host = rest.substr(bracketed ? 1 : 0, end == rest.npos ? end : end - (bracketed ? 1 : 0));
    if (!plain(target.host, bracketed ? ":.%-_" : "._-") || (bracketed && end == rest.npos)) {
        fail(text, "has no plain host name");
    }
    rest = end == rest.npos ? "" : rest.substr(end + (bracketed ? 1 : 0));
    if (!rest.empty()) {
        target.port = port_named(text, rest.substr(1));
        if (rest.front() != ':') {
            fail(text, "has something behind its host");
        }
    }
    return target;
}

}  // namespace

Target target_named(const std::string& text)
{
    if (text.empty() || text == "local") {
        return {};
    }
    if (text.starts_with("ssh:")) {
        return ssh_target(text, text.substr(4));
    }
    if (text == "adb") {
        return {.kind = TargetKind::adb, .user = {}, .host = {}, .port = 0, .serial = {}};
    }
    if (text.starts_with("adb:")) {
        const std::string serial = text.substr(4);
        if (!plain(serial, "._:-")) {
            fail(text, "has no plain serial number (see 'adb devices')");
        }
        return {.kind = TargetKind::adb, .user = {}, .host = {}, .port = 0, .serial = serial};
    }
    fail(text, "is no target");
}

std::string target_text(const Target& target)
{
    switch (target.kind) {
        case TargetKind::local: return "local";
        case TargetKind::adb: return target.serial.empty() ? "adb" : "adb:" + target.serial;
        case TargetKind::ssh: break;
    }
    const bool address = target.host.find(':') != std::string::npos;
    return "ssh:" + (target.user.empty() ? "" : target.user + "@") + (address ? "[" + target.host + "]" : target.host) +
           (target.port == 0 ? "" : ":" + std::to_string(target.port));
}

std::string default_device_id(const Target& target)
{
    if (target.kind == TargetKind::local) {
        return "local";
    }
    std::string id;
    for (const char c : lower_case((target.kind == TargetKind::ssh ? target.host : target.serial).substr(0, 60))) {
        const bool sign = std::isalnum(static_cast<unsigned char>(c)) == 0;
        if (!sign || (!id.empty() && id.back() != '-')) {
            id += sign ? '-' : c;
        }
    }
    while (id.ends_with('-')) {
        id.pop_back();
    }
    return id.empty() ? "phone" : id;
}

}  // namespace slimline

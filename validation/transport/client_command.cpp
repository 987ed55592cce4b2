#include "validation/transport/client_command.h"

#include <sys/wait.h>

#include <cassert>
#include <chrono>
#include <vector>

#include "base/errors.h"
#include "base/text.h"

namespace slimline {

namespace {

/// Never a question, nothing forwarded, no program of the user's configuration; a link that is gone is noticed in 15 s.
std::vector<std::string> ssh_arguments(const Target& target)
{
    std::vector<std::string> words{"-T", "-x", "-a"};
    for (const char* option :
         {"BatchMode=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=3", "ClearAllForwardings=yes",
          "ControlMaster=no", "RequestTTY=no", "RemoteCommand=none", "PermitLocalCommand=no"}) {
        words.insert(words.end(), {"-o", option});
    }
    if (target.port != 0) {
        words.insert(words.end(), {"-p", std::to_string(target.port)});
    }
    if (!target.user.empty()) {
        words.insert(words.end(), {"-l", target.user});
    }
    words.insert(words.end(), {"--", target.host});
    return words;
}

std::vector<std::string> adb_arguments(const Target& target)
{
    return target.serial.empty() ? std::vector<std::string>{} : std::vector<std::string>{"-s", target.serial};
}

/// A word of a client's complaint, and what it means to the person at the desk.
struct Meaning {
    const char* words;
    const char* fact;
    const char* remedy;
};

constexpr Meaning ssh_meanings[] = {
    {"IDENTIFICATION HAS CHANGED", "its host key is not the one that was known",
     "if the device was set up anew, forget the old key with 'ssh-keygen -R', then connect once by hand"},
    {"Host key verification failed", "its host key is not known yet", "connect once by hand with 'ssh', and compare the key"},
    {"Permission denied", "lets nobody in with the keys at hand", "give it yours with 'ssh-copy-id', and try 'ssh' by hand"},
    {"Too many authentication failures", "lets nobody in with the keys at hand",
     "name the key in the ssh client's configuration (IdentityFile, IdentitiesOnly)"},
    {"Connection refused", "refuses ssh connections", "start its ssh server, or name the port: ssh:user@host:PORT"},
    {"Could not resolve", "has a name that nobody knows", "check the name, or give the address"},
    {"timed out", "does not answer", "check that it is on, in the same network, and that the address is right"},
    {"No route to host", "cannot be reached", "check that it is on and in the same network"},
    {"Network is unreachable", "cannot be reached", "check this machine's network"},
    {"not responding", "stopped answering", "check the network, and run it again"},
    {"kex_exchange_identification", "ended the connection before it began", "check its ssh server, and the port"},
    {"Connection reset", "ended the connection", "check the network, and run it again"},
    {"closed by remote host", "ended the connection", "check the device, and run it again"},
};

constexpr Meaning adb_meanings[] = {
    {"unauthorized", "does not trust this computer",
     "unlock the phone and allow USB debugging when it asks (if it does not: revoke USB debugging authorizations there)"},
    {"authenticate", "does not trust this computer", "unlock the phone and allow USB debugging when it asks"},
    {"more than one", "there are several devices", "name one of 'adb devices': adb:SERIAL"},
    {"offline", "is offline", "unplug and plug it in again, or 'adb reconnect'"},
    {"no permissions", "may not be opened by this user", "install your system's udev rules for Android (see 'adb devices')"},
    {"no devices", "no device is connected", "switch USB debugging on and plug it in, or 'adb connect HOST:PORT'; 'adb devices' lists it"},
    {"not found", "is not connected", "'adb devices' lists those that are"},
    {"only supports allocating a pty", "is older than Android 7", "measure on a newer device"},
    {"cannot connect to daemon", "adb's server cannot be started", "try 'adb start-server' by hand"},
    {"failed to start daemon", "adb's server cannot be started", "try 'adb start-server' by hand"},
    {"error: closed", "ended the connection", "check the cable, and run it again"},
};

/// The last line that says something.
std::string last_line(const std::string& errors)
{
    const std::vector<std::string> lines = split(errors, '\n');
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        const std::size_t end = line->find_last_not_of(" \r");
        if (end != line->npos) {
            return printable(line->substr(0, end + 1), 200);
        }
    }
    return {};
}

}  // namespace

ChildCommand client_command(const Target& target, const std::string& script)
{
    assert(script.find_first_of("'\\\n!") == script.npos);
    ChildCommand command{.program = "sh", .arguments = {"-c", script}, .with_input = true, .own_group = true};
    if (target.kind == TargetKind::ssh) {
        command.program = "ssh";
        command.arguments = ssh_arguments(target);
        // Whatever shell the user has there: in each of them, this is sh with one word.
        command.arguments.push_back("exec sh -c '" + script + "'");
    } else if (target.kind == TargetKind::adb) {
        command.program = "adb";
        command.arguments = adb_arguments(target);
        command.arguments.insert(command.arguments.end(), {"shell", "-T", script});
    }
    return command;
}

void require_client(const Target& target)
{
    if (target.kind != TargetKind::adb) {
        return;
    }
    const auto deadline = ChildProcess::Clock::now() + std::chrono::seconds(30);
    ChildProcess adb({.program = "adb", .arguments = {"start-server"}, .own_group = true});
    std::string line;
    ChildProcess::Read state{};
    while ((state = adb.next_line(line, deadline)) == ChildProcess::Read::line) {
    }
    if (state == ChildProcess::Read::timeout || adb.finish(deadline) != 0) {
        throw InputError("adb", "its server cannot be started" + (last_line(adb.errors()).empty() ? "" : " (" + last_line(adb.errors()) + ")"),
                         "try 'adb start-server' by hand");
    }
}

ClientComplaint complaint_of(const Target& target, int status, const std::string& errors)
{
    const auto meaning = [&](const auto& meanings) -> ClientComplaint {
        for (const Meaning& each : meanings) {
            if (errors.find(each.words) != errors.npos) {
                return {each.fact, each.remedy};
            }
        }
        return {};
    };
    ClientComplaint complaint = target.kind == TargetKind::ssh   ? meaning(ssh_meanings)
                                : target.kind == TargetKind::adb ? meaning(adb_meanings)
                                                                 : ClientComplaint{};
    if (complaint.fact.empty()) {
        const std::string line = last_line(errors);
        complaint.fact = "the connection ended (" + words_of_status(status) + (line.empty() ? "" : ": " + line) + ")";
        complaint.remedy = "check the device, and run it again";
    }
    return complaint;
}

}  // namespace slimline

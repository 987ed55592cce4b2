#pragma once

#include <string>

namespace slimline {

enum class TargetKind { local, ssh, adb };

/// A machine to measure on, as `--target` names it: "local", "ssh:user@host:port", "adb:serial".
struct Target {
    TargetKind kind = TargetKind::local;
    std::string user;    // ssh; "": as the ssh client's configuration says
    std::string host;    // ssh: a name of the client's configuration, a host name or an address
    int port = 0;        // ssh; 0: as the client's configuration says
    std::string serial;  // adb; "": the only device that is connected

    bool operator==(const Target&) const = default;
};

/// Reads what stands behind `--target`; throws InputError for anything that is no plain name: nothing else ever reaches a
/// command line.
Target target_named(const std::string& text);

/// As `--target` takes it.
std::string target_text(const Target& target);

/// What its device and calibrations are called when nobody says: "local", the ssh host, the adb serial, "phone".
std::string default_device_id(const Target& target);

}  // namespace slimline

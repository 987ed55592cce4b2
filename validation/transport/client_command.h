#pragma once

#include <string>

#include "validation/backends/child_process.h"
#include "validation/transport/target.h"

namespace slimline {

/// What starts a shell on a target that runs `script` with our input and output: sh itself, the system's ssh client, the
/// adb client. A script is one line without single quotes and backslashes, and holds no names: those who write it see to it.
ChildCommand client_command(const Target& target, const std::string& script);

/// Starts adb's own server where none runs, so that it is not waited for later. Throws InputError with a remedy.
void require_client(const Target& target);

/// What a client's last words mean, as "fact; remedy"; its last line where nobody knows.
struct ClientComplaint {
    std::string fact;
    std::string remedy;
};

ClientComplaint complaint_of(const Target& target, int status, const std::string& errors);

}  // namespace slimline

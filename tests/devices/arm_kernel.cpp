// Loaded into the shells of a stand-in device, which is this machine: programs for 64-bit Arm run as on one that has such a
// processor, in an emulator.

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <vector>

namespace {

template <class Function>
Function* next(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

bool is_arm_program(const char* path)
{
    unsigned char start[20]{};
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    const bool read = file >= 0 && ::read(file, start, sizeof start) == ssize_t(sizeof start);
    if (file >= 0) {
        ::close(file);
    }
    return read && start[0] == 0x7f && start[1] == 'E' && start[18] == 183 && start[19] == 0;
}

}  // namespace

extern "C" int execve(const char* path, char* const words[], char* const environment[])
{
    const auto real = next<int(const char*, char* const*, char* const*)>("execve");
    if (!is_arm_program(path)) {
        return real(path, words, environment);
    }
    const char* emulator = std::getenv("SLIMLINE_EMULATOR");
    const char* cpu = std::getenv("SLIMLINE_EMULATED_CPU");
    std::vector<char*> all{const_cast<char*>("qemu-aarch64-static"), const_cast<char*>("-cpu"),
                           const_cast<char*>(cpu == nullptr ? "cortex-a76" : cpu), const_cast<char*>("-0"), words[0],
                           const_cast<char*>(path)};
    for (char* const* word = words + 1; *word != nullptr; ++word) {
        all.push_back(*word);
    }
    all.push_back(nullptr);
    return real(emulator == nullptr ? "/usr/bin/qemu-aarch64-static" : emulator, all.data(), environment);
}

"""What the runner for 64-bit Arm asks of the kernel: only calls that Linux 4.14 has, the oldest that current phones run. Newer
ones are made too, by the C library as it starts; each has a fallback there, which this takes: the emulator does not know them."""

import json
import re
import subprocess
import threading
import unittest

import stand_in

# Of include/uapi/asm-generic/unistd.h in Linux 4.14: those that a program like the runner may need.
IN_4_14 = set("""brk clone close dup exit exit_group faccessat fcntl fstat fstatfs futex getcwd getdents64 getpid getrandom getrusage gettid
    gettimeofday ioctl kill lseek madvise mmap mprotect mremap munmap nanosleep clock_nanosleep clock_gettime clock_getres newfstatat openat
    pipe2 ppoll prctl pread64 prlimit64 pselect6 pwrite64 read readlinkat readv rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait
    sched_getaffinity sched_setaffinity sched_yield set_robust_list set_tid_address setitimer sigaltstack statx sysinfo tgkill timer_create
    timer_delete timer_settime uname unlinkat wait4 write writev""".split())
NEWER_WITH_FALLBACK = {"293": "rseq (4.18)", "435": "clone3 (5.3)", "439": "faccessat2 (5.8)"}


class Calls(unittest.TestCase):
    def session(self, requests, *options):
        """Answers, and what the emulator wrote down."""
        runner = subprocess.Popen(["qemu-aarch64-static", "-strace", stand_in.ARM_RUNNER, *options], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        notes = []
        reader = threading.Thread(target=lambda: notes.extend(runner.stderr))
        reader.start()
        answers = [json.loads(runner.stdout.readline())]
        for request in requests:
            runner.stdin.write(json.dumps(request) + "\n")
            runner.stdin.flush()
            answers.append(json.loads(runner.stdout.readline()))
            while "sensors" in answers[-1] or "sample" in answers[-1]:
                answers.append(json.loads(runner.stdout.readline()))
        runner.stdin.close()
        self.assertEqual(runner.wait(), 0)
        reader.join()
        return answers, "".join(notes)

    def test_only_calls_of_an_old_kernel(self):
        if not stand_in.EMULATED:
            self.skipTest("the runner for 64-bit Arm is not built")
        tiny = json.loads(subprocess.run([stand_in.PROGRAM, "import", stand_in.TINY], check=True, capture_output=True, text=True).stdout)
        answers, notes = self.session([
            {"do": "load", "model": 0, "architecture": tiny, "mix": "Q4_0", "kv_cache": "F16", "context": 64, "chunk": 16, "seed": 1},
            {"do": "run", "model": 0, "phase": "prefill", "tokens": 8, "past": 0, "threads": 2, "batch": 1},
            {"do": "run", "model": 0, "phase": "decode", "tokens": 2, "past": 3, "threads": 2, "batch": 1},
            {"do": "memory"},
            {"do": "bandwidth", "bytes": 1000000, "threads": 2},
            {"do": "products", "threads": 2},
            {"do": "file", "path": "/proc/cpuinfo"},
            {"do": "sustain", "model": 0, "seconds": 1, "every_s": 0.2, "rest_s": 0.3, "tokens": 4, "past": 3, "prompt": 8, "threads": 2},
            {"do": "unload", "model": 0},
        ], "--attached", "--limit", "60")
        self.assertEqual([answer for answer in answers if "error" in answer], [])
        self.assertGreater(answers[3]["seconds"], 0)
        self.assertEqual({answer["sample"]["doing"] for answer in answers if "sample" in answer}, {"idle", "decode", "prefill"})
        made = set(re.findall(r"(?:^|\)|\s)\d+ (\w+)\(", notes))
        self.assertIn("openat", made)
        self.assertIn("clone", made)
        self.assertEqual(made - IN_4_14, set())
        unknown = set(re.findall(r"Unknown syscall (\d+)", notes))
        self.assertEqual(unknown - set(NEWER_WITH_FALLBACK), set())

    def test_it_is_small(self):
        if not stand_in.EMULATED:
            self.skipTest("the runner for 64-bit Arm is not built")
        self.assertLess(stand_in.ARM_RUNNER.stat().st_size, 5_000_000)
        kind = subprocess.run(["readelf", "-ld", stand_in.ARM_RUNNER], capture_output=True, text=True).stdout
        self.assertNotIn("INTERP", kind)
        self.assertNotIn("(NEEDED)", kind)


if __name__ == "__main__":
    stand_in.main()

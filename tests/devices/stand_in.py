"""What the stand-in devices have in common: folders of their own, an Arm processor (an emulator), and a look at what is left."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = pathlib.Path(os.environ.get("SLIMLINE_PROGRAM", ""))
KERNEL = pathlib.Path(os.environ.get("SLIMLINE_DEVICE_KERNEL", ""))
ARM_RUNNER = pathlib.Path(os.environ.get("SLIMLINE_ARM_RUNNER", ""))
EMULATED = ARM_RUNNER.is_file() and shutil.which("qemu-aarch64-static") is not None

TINY = "L=2,d=128,h=2,kv=1,hd=64,ffn=256,V=1000,tied"
VALIDATE = ["validate", "--rounds", "1", "--budget", "1s", "--threads", "1"]
LONG = ["validate", "--rounds", "1000", "--budget", "60s", "--threads", "1"]


def wait_for(what, condition, seconds=20):
    """Until it is true; a condition, never a time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        time.sleep(0.02)


class Device:
    """A folder for the device (files, programs, faults) and one for the desk (home, clients)."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="slimline-stand-in-"))
        self.files = self.root / "files"
        self.home = self.root / "home"
        self.faulty = self.root / "faulty"  # programs of the device that go wrong
        self.desk = self.root / "desk"
        for folder in (self.files, self.home, self.faulty, self.desk):
            folder.mkdir()
        (self.root / "tiny.json").write_text(
            subprocess.run([PROGRAM, "import", TINY], check=True, capture_output=True, text=True).stdout)

    def environment(self):
        """Of every program on the device."""
        processor = {"SLIMLINE_DEVICE_PROCESSOR": "aarch64"} if EMULATED else {}
        return {"PATH": f"{self.faulty}:{HERE / 'bin'}:/usr/bin:/bin", "TMPDIR": str(self.files), "HOME": str(self.home),
                "LD_PRELOAD": str(KERNEL), "SLIMLINE_STAND_IN": str(self.root), **processor}

    def desk_environment(self):
        """Of slimline and the clients at the desk."""
        return {**os.environ, "PATH": f"{self.desk}:/usr/bin:/bin", "XDG_DATA_HOME": str(self.root / "data"),
                "HOME": str(self.desk), "TMPDIR": str(self.desk)}

    def start(self, *words):
        return subprocess.Popen([PROGRAM, *map(str, words)], env=self.desk_environment(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def run(self, *words, seconds=120):
        process = self.start(*words)
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"{words} did not end in {seconds} s: {out} {err}")
        return subprocess.CompletedProcess(words, process.returncode, out, err)

    def processes(self):
        """On the device: those that have its mark in their environment."""
        found = {}
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and f"SLIMLINE_STAND_IN={self.root}".encode() in (entry / "environ").read_bytes():
                    found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                pass
        return found

    def runners(self):
        return [pid for pid, words in self.processes().items() if "slimline-runner" in words and "--attached" in words
                and "sh -c" not in words]

    def cpu_seconds(self):
        """That its runners took."""
        ticks = 0
        for pid in self.runners():
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def left_behind(self):
        return [*map(str, self.files.iterdir()), *map(str, self.home.rglob("*")), *self.processes().values()]

    def faulty_program(self, name, text):
        file = self.faulty / name
        file.write_text("#!/bin/sh\n" + text)
        file.chmod(0o755)

    def llama_bench(self, first=""):
        """One on the device's PATH, that does something first and then says what is asked for took 8 ms."""
        self.faulty_program("llama-bench", first + """
while [ $# -gt 0 ]; do
  case $1 in -m) m=$2;; -p) p=$2;; -n) n=$2;; -t) t=$2;; -d) d=$2;; esac
  shift
done
[ "$(head -c 4 "$m")" = GGUF ] || exit 3
printf '{"build_commit": "abc", "build_number": 7, "n_prompt": %s, "n_gen": %s, ' $p $n
printf '"n_threads": %s, "n_depth": %s, "model_size": 1234, "samples_ns": [8000000]}\n' $t ${d:-0}
""")

    def fill_disk(self):
        """The kernel's own error, once part of the runner is written."""
        self.faulty_program("head", "/usr/bin/head -c 100000\nexec cat > /dev/full\n")

    def healed(self):
        for file in self.faulty.iterdir():
            file.unlink()

    def close(self):
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.root, ignore_errors=True)


class Case(unittest.TestCase):
    """A test on a device that looks afterwards whether anything stayed there."""

    device = None
    target = ""  # what --target says of it
    tiny = ()    # the model that is run
    maxDiff = None

    @classmethod
    def stand_in(cls, device):
        cls.device = device
        cls.tiny = ["--archs", device.root / "tiny.json", "--json"]

    @classmethod
    def tearDownClass(cls):
        cls.device.close()

    def setUp(self):
        self.device.healed()

    def tearDown(self):
        try:
            wait_for("nothing to be left", lambda: not self.device.left_behind())
        except AssertionError:
            self.fail(f"left behind: {self.device.left_behind()}")

    def probe(self, target=None, *more):
        return self.device.run("device", "probe", "--target", target or self.target, *more)

    def known(self):
        """The device has a file, so that no time goes into probing it."""
        folder = self.device.root / "data/slimline/devices"
        if not folder.exists() or not list(folder.iterdir()):
            self.assertEqual(self.probe().returncode, 0)

    def long_run(self):
        """A validation that is at it: a runner works on the device."""
        self.known()
        process = self.device.start(*LONG, *self.tiny, "--target", self.target)
        wait_for("a runner", lambda: len(self.device.runners()) == 1)
        wait_for("some answers", lambda: self.device.cpu_seconds() > 0.5)
        return process

    def complains(self, result, *words):
        """One line that names the fact and the remedy, and exit code 2."""
        self.assertEqual(result.returncode, 2, result.stdout + result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertIn(";", result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def measured(self, result):
        self.assertEqual(result.returncode, 0, result.stderr + result.stdout)
        report = json.loads(result.stdout)
        self.assertGreater(len(report["cases"]), 0)
        return report


def main():
    if not EMULATED:
        print("note: the runner for 64-bit Arm is not built (cmake --preset aarch64): this machine's own is used", file=sys.stderr)
    unittest.main(verbosity=2, warnings="ignore")

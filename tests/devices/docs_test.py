"""The commands of docs/devices.md, run as they stand there against a Jetson and a phone that stand in: only times and models
are made small."""

import os
import shlex

import stand_in
from adb_stand_in import Phone
from ssh_stand_in import SshDevice

DOCUMENT = stand_in.HERE.parent.parent / "docs/devices.md"
SMALLER = {"--budget": "1s", "--threads": "1", "--sustained": "10s", "--cores": str(min(os.sched_getaffinity(0)))}


def commands(heading):
    """Of the blocks marked "sh" of a chapter."""
    chapter = DOCUMENT.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    blocks = chapter.split("```sh\n")[1:]
    return [line.strip() for block in blocks for line in block.split("```")[0].splitlines() if line.strip()]


class DocumentedCase(stand_in.Case):
    def follow(self, heading):
        done = []
        for line in commands(heading):
            words = shlex.split(line)
            if words[0] == "adb":
                self.assertIn("\tdevice", self.device.adb(*words[1:]).stdout)
                continue
            self.assertEqual(words.pop(0), "slimline")
            small = []
            while words:
                word = words.pop(0)
                if word == "--random":
                    words.pop(0)
                elif word in ("--archs", "--arch"):
                    words.pop(0)
                    small += [word, self.device.root / "tiny.json"]
                elif word in SMALLER and words and not words[0].startswith("-"):
                    words.pop(0)
                    small += [word, SMALLER[word]]
                else:
                    small.append(word)
            if "--sustained" in small and small[0] == "calibrate":
                small += ["--sustained-arch", self.device.root / "tiny.json"]
            if small[0] == "validate":
                small += ["--rounds", "1"]
            result = self.device.run(*small)
            self.assertEqual(result.returncode, 0, f"{line}: {result.stderr}")
            done.append(small[0])
        return done


class Jetson(DocumentedCase):
    target = "ssh:jetson"

    @classmethod
    def setUpClass(cls):
        cls.stand_in(SshDevice())

    def test_from_the_box_to_predictions(self):
        self.assertEqual(self.follow("A Jetson, over ssh"), ["device", "calibrate", "validate", "predict", "calibrate", "predict"])

    def test_llama_cpp_on_the_device(self):
        self.known()
        self.device.llama_bench()
        self.assertEqual(self.follow("llama.cpp on the device"), ["calibrate", "validate"])


class APhone(DocumentedCase):
    @classmethod
    def setUpClass(cls):
        cls.stand_in(Phone())
        cls.device.plug_in()

    def test_from_the_box_to_a_validation(self):
        self.assertEqual(self.follow("A phone, over adb"), ["device", "calibrate", "validate"])

    def test_a_cluster_by_itself(self):
        self.assertEqual(self.follow("Which cores"), ["calibrate", "validate"])


if __name__ == "__main__":
    stand_in.main()

"""Measuring over adb: from one end to the other, and twelve ways to fail."""

import json
import os
import pathlib
import re
import signal

import stand_in
from adb_stand_in import Phone
from stand_in import VALIDATE, wait_for


class AdbCase(stand_in.Case):
    target = "adb"

    @classmethod
    def setUpClass(cls):
        cls.stand_in(Phone())

    def setUp(self):
        super().setUp()
        if self.device.state() != "device":
            self.device.plug_in()


class EndToEnd(AdbCase):
    def test_a_phone_is_probed_calibrated_and_validated(self):
        probe = self.probe("adb:" + self.device.serial, "--json")
        self.assertEqual(probe.returncode, 0, probe.stderr)
        self.assertIn("kernels: neon" if stand_in.EMULATED else "kernels: ", probe.stdout)
        said = json.loads(probe.stdout)
        self.assertEqual(said["format"], "probe/1")
        self.assertTrue(set(said["placement"]["decode"]["cores"]) <= {core for group in said["core_groups"] for core in group["cores"]})
        out = self.device.root / "calibrations"
        calibrate = self.device.run("calibrate", "--target", self.target, "--threads", "1", "--budget", "1s", "--out", out)
        self.assertEqual(calibrate.returncode, 0, calibrate.stderr)
        self.assertEqual(len(list(out.glob("*--cpu--int4--t1.json"))), 1)
        self.measured(self.device.run(*VALIDATE, *self.tiny, "--target", self.target))

    def test_a_kept_runner_is_sent_once(self):
        self.known()
        sent = []
        for _ in range(2):
            self.device.received = 0
            self.measured(self.device.run(*VALIDATE, *self.tiny, "--target", self.target, "--keep-runner"))
            sent.append(self.device.received)
        self.assertGreater(sent[0], 1000000)
        self.assertLess(sent[1], 100000)
        kept = [file for file in self.device.home.rglob("*") if file.is_file()]
        self.assertEqual(len(kept), 1)
        kept[0].unlink()
        kept[0].parent.rmdir()
        kept[0].parent.parent.rmdir()


    def test_a_phone_tells_heat_and_charge_by_its_services(self):
        if list(pathlib.Path("/sys/class/thermal").glob("thermal_zone*")) or list(pathlib.Path("/sys/class/hwmon").glob("*")):
            self.skipTest("this machine's own files tell them, and come first")
        self.known()
        self.device.faulty_program("dumpsys", """case $1 in
battery) printf 'Current Battery Service state:\\n  Charge counter: 3600000\\n  status: 3\\n  voltage: 4000\\n  temperature: 305\\n';;
thermalservice) printf 'Current temperatures from HAL:\\n\\tTemperature{mValue=44.5, mType=0, mName=AP, mStatus=0}\\n';;
esac
""")
        runs = self.device.root / "services.json"
        result = self.device.run("calibrate", "--target", "adb", "--threads", "1", "--budget", "1s", "--out", self.device.root / "services", "--runs", runs,
                                 "--sustained", "10s", "--rest", "0s", "--sustained-arch", self.device.root / "tiny.json")
        self.assertEqual(result.returncode, 0, result.stderr)
        observed = json.loads((self.device.root / "services-t1-sustained.json").read_text())
        self.assertEqual(observed["sensors"]["power_source"], "battery's charge")
        self.assertEqual(observed["samples"][-1]["temperatures_C"], {"AP": 44.5})
        self.device.healed()


class Faults(AdbCase):
    def test_01_no_device(self):
        self.device.unplug()
        self.complains(self.probe(), "no device is connected", "adb devices")

    def test_02_unknown_serial(self):
        self.complains(self.probe("adb:emulator-5599"), "is not connected", "adb devices")

    def test_03_unauthorized(self):
        self.device.unplug()
        self.device.trusts = False
        self.device.adb("connect", self.device.serial)
        wait_for("its distrust", lambda: self.device.state() == "unauthorized")
        self.complains(self.probe(), "does not trust this computer", "unlock the phone")
        self.device.unplug()

    def test_04_offline(self):
        self.device.stop_daemon()
        self.device.cut()
        wait_for("it to be offline", lambda: self.device.state() == "offline")
        self.complains(self.probe("adb:" + self.device.serial), "offline", "adb reconnect")
        self.device.adb("disconnect", self.device.serial)
        self.device.start_daemon()

    def test_05_two_devices(self):
        other = Phone()
        try:
            self.device.adb("connect", other.serial)
            wait_for("two phones", lambda: self.device.adb("devices").stdout.count("\tdevice") == 2)
            self.complains(self.probe(), "there are several devices", "adb:SERIAL")
            self.device.adb("disconnect", other.serial)
        finally:
            other.close()

    def test_06_disk_full(self):
        self.device.fill_disk()
        self.complains(self.probe(), "its disk is full", "free some space")

    def test_07_unplugged_mid_push(self):
        self.device.cut_after = 100000
        result = self.probe()
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn("while sending the runner", result.stderr)
        self.device.adb("disconnect", self.device.serial)
        self.device.start_daemon()

    def test_08_unplugged_mid_run_gives_what_there_is(self):
        process = self.long_run()
        self.device.stop_daemon()
        self.device.cut()
        out, err = process.communicate(timeout=120)
        self.assertIn(process.returncode, (0, 1), err)
        self.assertIn('"cases"', out)
        self.assertRegex(out, "offline|not connected|no device|ended the connection")
        self.device.adb("disconnect", self.device.serial)
        self.device.start_daemon()

    def test_08b_a_link_that_is_cut_is_made_anew(self):
        process = self.long_run()
        before = self.device.runners()
        self.device.cut()
        wait_for("another runner", lambda: [pid for pid in self.device.runners() if pid not in before], 60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn('"cases"', out)

    def test_09_garbage_output(self):
        self.known()
        self.device.garble = lambda data: re.sub(rb'\{[^\n]*weights[^\n]*', b"%$!{", data)
        result = self.device.run(*VALIDATE, *self.tiny, "--target", self.target)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("is no JSON", result.stdout)

    def test_10_version_mismatch(self):
        self.device.garble = lambda data: re.sub(rb'"runner":\d+', b'"runner":1', data)
        self.complains(self.probe(), "speaks version 1", "--runner")

    def test_11_timeout(self):
        self.known()
        self.device.garble = lambda data: b"" if b"seconds" in data else data
        result = self.device.run(*VALIDATE, *self.tiny, "--target", self.target, "--timeout", "2s")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("did not answer in 2 s", result.stdout)

    def test_12_ctrl_c(self):
        process = self.long_run()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn('"cases"', out)

    def test_13_killed_at_the_desk(self):
        process = self.long_run()
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def test_15_a_sample_that_nobody_can_have_measured_is_refused(self):
        self.known()
        self.device.garble = lambda data: data.replace(b'"busy_s":', b'"busy_s":-')
        result = self.device.run("calibrate", "--target", "adb", "--threads", "1", "--budget", "1s", "--out", self.device.root / "garbled", "--sustained", "10s",
                                 "--rest", "0s", "--sustained-arch", self.device.root / "tiny.json")
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn("busy_s", result.stderr)
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)

    def test_14_names_are_no_commands(self):
        for target in ("adb:$(touch x)", "adb:a;b", "adb:-s", "adb:a b"):
            self.complains(self.probe(target), "adb")


if __name__ == "__main__":
    stand_in.main()

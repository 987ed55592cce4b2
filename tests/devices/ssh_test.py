"""Measuring over ssh: from one end to the other, and twelve ways to fail."""

import json
import os
import signal
import socket

import stand_in
from ssh_stand_in import SshDevice, free_port
from stand_in import VALIDATE, wait_for


class SshCase(stand_in.Case):
    target = "ssh:jetson"

    @classmethod
    def setUpClass(cls):
        cls.stand_in(SshDevice())

    def setUp(self):
        super().setUp()
        self.device.login("")
        self.device.client_config()


class EndToEnd(SshCase):
    def test_a_device_is_probed_calibrated_and_validated(self):
        probe = self.probe(self.target, "--json")
        self.assertEqual(probe.returncode, 0, probe.stderr)
        kernels = "kernels: neon" if stand_in.EMULATED else "kernels: "
        self.assertIn(kernels, probe.stdout)
        said = json.loads(probe.stdout)
        self.assertEqual(said["format"], "probe/1")
        self.assertTrue(set(said["placement"]["decode"]["cores"]) <= {core for group in said["core_groups"] for core in group["cores"]})
        out = self.device.root / "calibrations"
        calibrate = self.device.run("calibrate", "--target", self.target, "--threads", "1", "--budget", "1s", "--out", out)
        self.assertEqual(calibrate.returncode, 0, calibrate.stderr)
        self.assertEqual([file.name for file in out.iterdir()], ["jetson--cpu--int4--t1.json"])
        report = self.measured(self.device.run(*VALIDATE, *self.tiny, "--target", self.target))
        self.assertEqual(report["device"], "jetson")

    def test_a_llama_bench_on_the_device_is_driven_and_leaves_nothing(self):
        self.known()
        self.device.llama_bench("sleep 0.01")
        report = self.measured(self.device.run(*VALIDATE, *self.tiny, "--target", self.target, "--backend", "llama-bench"))
        self.assertEqual((report["engine"], report["engine_version"]), ("llama.cpp", "abc (7) (llama-bench)"))
        self.assertEqual(report["memory"][0]["engine_bytes"]["weights"], 1234)
        path = str(self.device.faulty / "llama-bench")
        self.measured(self.device.run(*VALIDATE, *self.tiny, "--target", self.target, "--backend", path))
        self.complains(self.device.run(*VALIDATE, *self.tiny, "--target", self.target, "--backend", "/opt/llama-bench"),
                       "/opt/llama-bench: cannot be started")

    def test_a_llama_bench_ends_with_the_link(self):
        self.known()
        self.device.llama_bench("exec sleep 1000")
        desk = self.device.start(*VALIDATE, *self.tiny, "--target", self.target, "--backend", "llama-bench")
        wait_for("llama-bench", lambda: any("sleep 1000" in words for words in self.device.processes().values()))
        desk.kill()
        desk.communicate()
        wait_for("an empty device", lambda: not self.device.processes())

    def test_some_cores_are_a_device_of_their_own(self):
        core = str(min(os.sched_getaffinity(0)))
        out = self.device.root / "some"
        words = ["calibrate", "--target", self.target, "--threads", "1", "--budget", "1s", "--out", out, "--cores"]
        calibrate = self.device.run(*words, core)
        self.assertEqual(calibrate.returncode, 0, calibrate.stderr)
        name = "jetson-cores-" + core
        self.assertEqual([file.name for file in out.iterdir()], [name + "--cpu--int4--t1.json"])
        device = json.loads((self.device.root / f"data/slimline/devices/{name}.json").read_text())
        self.assertTrue(device["name"].endswith(", cores " + core), device["name"])
        self.assertEqual(sum(cluster["cores"] for cluster in device["backends"][0]["clusters"]), 1)
        self.complains(self.device.run(*words, "4-"), "--cores", "4-7 or 0-3,6")
        self.complains(self.device.run(*words, "1000"), "core 1000", "may be used")

    def test_a_long_session_teaches_what_stays_of_the_speed(self):
        self.known()
        out = self.device.root / "long"
        words = ["--target", self.target, "--threads", "1", "--budget", "1s", "--out", out, "--runs", self.device.root / "runs.json"]
        calibrate = self.device.run("calibrate", *words, "--sustained", "10s", "--rest", "1s", "--sustained-arch", self.device.root / "tiny.json")
        self.assertEqual(calibrate.returncode, 0, calibrate.stderr)
        self.assertRegex(calibrate.stdout, r"decode [0-9.]+ ")
        learnt = json.loads((out / "jetson--cpu--int4--t1.json").read_text())["sustained"]
        self.assertGreater(learnt["decode"]["samples"], 20)
        observed = json.loads((self.device.root / "runs-t1-sustained.json").read_text())
        self.assertEqual(observed["format"], "sustained_run/1")
        self.assertGreater(len(observed["samples"]), learnt["decode"]["samples"])
        predict = self.device.run("predict", "--arch", self.device.root / "tiny.json", "--device", "jetson", "--engine", "int4", "--sustained",
                                  "--calibration", out / "jetson--cpu--int4--t1.json")
        self.assertEqual(predict.returncode, 0, predict.stderr)
        self.assertIn("long at work", predict.stdout)

    def test_a_long_session_that_is_stopped_gives_what_there_is(self):
        self.known()
        process = self.device.start("calibrate", "--target", self.target, "--threads", "1", "--budget", "1s", "--out", self.device.root / "cut",
                                    "--sustained", "5m", "--rest", "0s", "--sustained-arch", self.device.root / "tiny.json")
        learnt = self.device.root / "cut/jetson--cpu--int4--t1.json"
        wait_for("a calibration", learnt.exists, 60)
        before = self.device.cpu_seconds()
        wait_for("some samples", lambda: self.device.cpu_seconds() > before + 25, 100)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn("cut short: the long session", out)
        self.assertIn("sustained", json.loads(learnt.read_text()))

    def test_a_race_runs_there(self):
        self.known()
        other = self.device.root / "other.json"
        other.write_text((self.device.root / "tiny.json").read_text().replace("1000", "3000").replace('"inline"', '"other"'))
        race = self.device.run("race", self.device.root / "tiny.json", other, "--target", self.target, "--budget", "1s", "--past", "8")
        self.assertEqual(race.returncode, 0, race.stderr)
        self.assertIn("Kendall", race.stdout)

    def test_a_kept_runner_is_sent_once(self):
        self.known()
        self.device.login("echo a word of the login files")
        for _ in range(2):
            self.measured(self.device.run(*VALIDATE, *self.tiny, "--target", self.target, "--keep-runner"))
        kept = [file for file in self.device.home.rglob("*") if file.is_file()]
        self.assertEqual(len(kept), 1)
        self.assertRegex(kept[0].name, "^runner-[0-9a-f]{64}$")
        self.assertEqual(kept[0].stat().st_mode & 0o777, 0o700)
        before = kept[0].stat().st_ctime_ns
        self.measured(self.device.run(*VALIDATE, *self.tiny, "--target", self.target, "--keep-runner"))
        self.assertEqual(kept[0].stat().st_ctime_ns, before)
        kept[0].unlink()
        (self.device.home / ".cache/slimline").rmdir()
        (self.device.home / ".cache").rmdir()

    def test_the_runner_has_no_file_while_it_runs(self):
        process = self.long_run()
        wait_for("its file to go", lambda: not list(self.device.files.iterdir()))
        process.send_signal(signal.SIGINT)
        process.communicate()


class Faults(SshCase):
    def test_01_refused(self):
        self.complains(self.probe(f"ssh:127.0.0.1:{free_port()}"), "refuses ssh connections")

    def test_02_wrong_host_key(self):
        self.device.client_config(host_key="other_host_key")
        self.complains(self.probe(), "host key", "ssh-keygen -R")

    def test_03_unauthorized(self):
        self.device.client_config(key="other_key")
        self.complains(self.probe(), "lets nobody in", "ssh-copy-id")

    def test_04_offline(self):
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            self.complains(self.probe(f"ssh:127.0.0.1:{silent.getsockname()[1]}", "--timeout", "2s"), "did not answer in 2 s")

    def test_05_two_devices(self):
        self.complains(self.probe("ssh:one,two"), "no plain host name", "ssh:user@host")

    def test_06_disk_full(self):
        self.device.fill_disk()
        self.complains(self.probe(), "its disk is full", "free some space")

    def test_07_killed_mid_push(self):
        mark = self.device.root / "half"
        self.device.faulty_program("head", f"/usr/bin/head -c 100000\n: > {mark}\nexec cat\n")
        process = self.device.start("device", "probe", "--target", self.target)
        wait_for("a half-sent runner", mark.exists)
        self.device.cut()
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 2, err)
        self.assertIn("while sending the runner", err)

    def test_08a_a_link_that_is_cut_is_made_anew(self):
        process = self.long_run()
        before = self.device.runners()
        self.device.cut()
        wait_for("another runner", lambda: [pid for pid in self.device.runners() if pid not in before])
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn('"cases"', out)

    def test_08b_killed_mid_run_for_good_gives_what_there_is(self):
        process = self.long_run()
        try:
            self.device.server.kill()  # nobody takes new connections
            self.device.server.wait()
            self.device.server.kill()
            for pid in self.device.runners():
                os.kill(pid, signal.SIGKILL)
            out, err = process.communicate(timeout=60)
        finally:
            self.device.stop_server()
            self.device.start_server()
        self.assertIn(process.returncode, (0, 1), err)
        self.assertIn("refuses ssh connections", out)

    def test_09_garbage_output(self):
        self.device.login("yes nonsense | head -n 300")
        self.complains(self.probe(), "something else than a shell", "login files")

    def test_09b_garbage_in_an_answer(self):
        self.known()
        self.device.login("", behind="sed -u 's/^{.*weights.*$/%$!{/'")
        result = self.device.run(*VALIDATE, *self.tiny, "--target", self.target)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("is no JSON", result.stdout)

    def test_10_version_mismatch(self):
        self.device.login("", behind="sed -u 's/\"runner\":[0-9]*/\"runner\":1/'")
        self.complains(self.probe(), "speaks version 1", "--runner")

    def test_11_timeout(self):
        self.known()
        self.device.login("", behind="sed -u '/seconds/d'")
        result = self.device.run(*VALIDATE, *self.tiny, "--target", self.target, "--timeout", "2s")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("did not answer in 2 s", result.stdout)

    def test_12_ctrl_c(self):
        process = self.long_run()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        self.assertEqual(process.returncode, 0, err)
        self.assertIn('"cases"', out)

    def test_12b_ctrl_c_while_connecting(self):
        mark = self.device.root / "begun"
        self.device.faulty_program("head", f": > {mark}\nexec cat\n")
        process = self.device.start("device", "probe", "--target", self.target)
        wait_for("the sending", mark.exists)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)
        self.assertNotEqual(process.returncode, 0)

    def test_13_killed_at_the_desk(self):
        process = self.long_run()
        process.kill()
        process.communicate()


if __name__ == "__main__":
    stand_in.main()

"""A device that is reached by ssh: the system's own sshd on the loopback, with keys, port and folders of its own."""

import getpass
import os
import pathlib
import shlex
import signal
import socket
import subprocess

from stand_in import Device, wait_for

SSHD = "/usr/sbin/sshd"
PRIVILEGE_FOLDER = pathlib.Path("/run/sshd")  # sshd of root wants it


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_key(file):
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)


class SshDevice(Device):
    def __init__(self):
        super().__init__()
        self.server = None
        self.port = free_port()
        for name in ("host_key", "other_host_key", "key", "other_key"):
            make_key(self.root / name)
        (self.root / "authorized_keys").write_text((self.root / "key.pub").read_text())
        self.login("")
        (self.root / "sshd_config").write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {self.root}/host_key\nPidFile none\nUsePAM no\n"
            f"AuthorizedKeysFile {self.root}/authorized_keys\nStrictModes no\nPasswordAuthentication no\n"
            f"KbdInteractiveAuthentication no\nPermitRootLogin yes\nForceCommand /bin/sh {self.root}/login\nPrintMotd no\n"
            f"PrintLastLog no\nAllowTcpForwarding no\n")
        client = self.desk / "ssh"
        client.write_text(f"#!/bin/sh\nexec /usr/bin/ssh -F {self.root}/ssh_config \"$@\"\n")
        client.chmod(0o755)
        self.client_config()
        self.start_server()

    def login(self, fault, behind=""):
        """What a login runs: the asked-for command on the device; `fault` before it, its output through `behind`."""
        variables = " ".join(shlex.quote(f"{name}={value}") for name, value in self.environment().items())
        command = f'env {variables} sh -c "$SSH_ORIGINAL_COMMAND"'
        (self.root / "login").write_text(f"{fault}\n" + (f"{command} | {behind}\n" if behind else f"exec {command}\n"))

    def client_config(self, key="key", host_key="host_key"):
        (self.root / "known_hosts").write_text("jetson " + (self.root / f"{host_key}.pub").read_text())
        (self.root / "ssh_config").write_text(
            f"Host *\n HostName 127.0.0.1\n HostKeyAlias jetson\n User {getpass.getuser()}\n IdentityFile {self.root}/{key}\n IdentitiesOnly yes\n"
            f" UserKnownHostsFile {self.root}/known_hosts\n GlobalKnownHostsFile /dev/null\n StrictHostKeyChecking yes\n"
            f"Host jetson\n Port {self.port}\n")

    def start_server(self):
        if os.getuid() == 0:  # and it stays: another test's server may need it by now
            PRIVILEGE_FOLDER.mkdir(mode=0o755, exist_ok=True)
        self.log = open(self.root / "sshd.log", "w")
        self.server = subprocess.Popen([SSHD, "-D", "-e", "-f", self.root / "sshd_config"], stderr=self.log, start_new_session=True)
        wait_for("sshd to listen", lambda: "Server listening" in (self.root / "sshd.log").read_text())

    def sessions(self):
        """Processes of sshd that serve a connection."""
        found, parents = [], [self.server.pid]
        while parents:
            children = pathlib.Path(f"/proc/{parents[0]}/task/{parents[0]}/children")
            ids = [int(word) for word in children.read_text().split()] if children.exists() else []
            ids = [pid for pid in ids if b"sshd" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()]
            found += ids
            parents = parents[1:] + ids
        return found

    def cut(self):
        """The link is gone, all at once."""
        for pid in self.sessions():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def stop_server(self):
        if self.server is None:
            return
        self.server.kill()
        self.server.wait()
        self.server = None
        self.log.close()

    def close(self):
        if self.server is not None:
            self.cut()
        self.stop_server()
        super().close()

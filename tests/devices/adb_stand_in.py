"""A phone that is reached by adb: the real client and its server, and a stand-in of the daemon on the loopback that speaks
adb's protocol (system/core/adb/protocol.txt) as far as a shell needs it: connecting, trust, and shell_v2 streams."""

import os
import queue
import signal
import socket
import struct
import subprocess
import threading

from ssh_stand_in import free_port
from stand_in import Device, wait_for

HEADER = struct.Struct("<4sIIII4s")
MOST_DATA = 1 << 18
STDIN, STDOUT, STDERR, EXIT, CLOSE_STDIN = range(5)


def inverted(command):
    return bytes(byte ^ 0xFF for byte in command)


class Stream:
    """A shell on the phone: its output goes out piece by piece, each when the one before was acknowledged."""

    def __init__(self, connection, mine, theirs, script, environment):
        self.connection, self.mine, self.theirs = connection, mine, theirs
        self.acknowledged = threading.Semaphore(0)
        self.input = queue.Queue()
        self.received = b""
        self.closed = False
        self.process = subprocess.Popen(["/bin/sh", "-c", script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, start_new_session=True)
        self.readers = [threading.Thread(target=self.pump, args=(pipe, kind), daemon=True)
                        for pipe, kind in ((self.process.stdout, STDOUT), (self.process.stderr, STDERR))]
        self.send_lock = threading.Lock()
        for thread in (*self.readers, threading.Thread(target=self.feed, daemon=True), threading.Thread(target=self.end, daemon=True)):
            thread.start()

    def send(self, kind, data):
        with self.send_lock:
            if not self.closed:
                self.connection.send(b"WRTE", self.mine, self.theirs, struct.pack("<BI", kind, len(data)) + data)
                self.acknowledged.acquire()

    def pump(self, pipe, kind):
        while data := os.read(pipe.fileno(), 1 << 14):
            self.send(kind, self.connection.phone.garbled(data) if kind == STDOUT else data)

    def feed(self):
        while (data := self.input.get()) is not None:
            try:
                self.process.stdin.write(data)
                self.process.stdin.flush()
            except OSError:
                pass
            self.connection.phone.took(len(data))
        try:
            self.process.stdin.close()
        except OSError:
            pass

    def take(self, data):
        """Shell packets from the desk."""
        self.received += data
        while len(self.received) >= 5:
            kind, size = struct.unpack_from("<BI", self.received)
            if len(self.received) < 5 + size:
                return
            body, self.received = self.received[5:5 + size], self.received[5 + size:]
            if kind == STDIN:
                self.input.put(body)
            elif kind == CLOSE_STDIN:
                self.input.put(None)

    def end(self):
        for reader in self.readers:
            reader.join()
        status = self.process.wait()
        self.input.put(None)
        self.send(EXIT, bytes([status & 0xFF if status >= 0 else 128 - status]))
        if not self.closed:
            self.connection.send(b"CLSE", self.mine, self.theirs)
            self.closed = True

    def hang_up(self):
        """As adbd does when its link is gone: the shell's group is told."""
        self.closed = True
        self.acknowledged.release(1 << 10)
        self.input.put(None)
        try:
            os.killpg(self.process.pid, signal.SIGHUP)
        except ProcessLookupError:
            pass


class Connection:
    def __init__(self, phone, link):
        self.phone, self.link = phone, link
        self.streams = {}
        self.next_stream = 1
        self.lock = threading.Lock()

    def send(self, command, first, second, data=b""):
        message = HEADER.pack(command, first, second, len(data), sum(data) & 0xFFFFFFFF, inverted(command)) + data
        with self.lock:
            try:
                self.link.sendall(message)
            except OSError:
                pass

    def whole(self, size):
        data = b""
        while len(data) < size:
            more = self.link.recv(size - len(data))
            if not more:
                raise OSError("the desk hung up")
            data += more
        return data

    def serve(self):
        try:
            while True:
                command, first, second, size, _, magic = HEADER.unpack(self.whole(HEADER.size))
                data = self.whole(size)
                if magic != inverted(command):
                    raise OSError("no message of adb")
                self.answer(command, first, second, data)
        except OSError:
            pass
        finally:
            self.link.close()
            for stream in list(self.streams.values()):
                stream.hang_up()

    def answer(self, command, first, second, data):
        if command == b"CNXN":
            if self.phone.trusts:
                self.connect()
            else:
                self.send(b"AUTH", 1, 0, os.urandom(20))
        elif command == b"AUTH" and first == 2:
            self.send(b"AUTH", 1, 0, os.urandom(20))  # a signature of no key that it knows; then it waits for a person
        elif command == b"OPEN":
            service = data.rstrip(b"\0").decode()
            if not service.startswith("shell,v2") or ":" not in service:
                self.send(b"CLSE", 0, first)
                return
            mine, self.next_stream = self.next_stream, self.next_stream + 1
            self.send(b"OKAY", mine, first)
            self.streams[mine] = Stream(self, mine, first, service.split(":", 1)[1], self.phone.environment())
        elif command == b"WRTE" and second in self.streams:
            self.streams[second].take(data)
            self.send(b"OKAY", second, first)
        elif command == b"OKAY" and second in self.streams:
            self.streams[second].acknowledged.release()
        elif command == b"CLSE" and second in self.streams:
            self.streams.pop(second).hang_up()

    def connect(self):
        banner = b"device::ro.product.name=standin;ro.product.model=Stand-in;ro.product.device=standin;features=shell_v2,cmd"
        self.send(b"CNXN", 0x01000001, MOST_DATA, banner)


class Phone(Device):
    """The daemon, and an adb server of its own for the desk."""

    def __init__(self):
        super().__init__()
        self.trusts = True
        self.garble = None     # what becomes of the output of its shells
        self.cut_after = None  # bytes of input to a shell, after which the link is gone
        self.received = 0
        self.connections = []
        self.serial = ""
        self.server_port = free_port()
        self.start_daemon()

    def desk_environment(self):
        return {**super().desk_environment(), "ANDROID_ADB_SERVER_PORT": str(self.server_port), "ANDROID_SERIAL": "", "ADB_VENDOR_KEYS": ""}

    def adb(self, *words):
        environment = {key: value for key, value in self.desk_environment().items() if value != ""}
        return subprocess.run(["/usr/bin/adb", *words], env=environment, capture_output=True, text=True, timeout=60)

    def start_daemon(self, port=0):
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.serial = f"127.0.0.1:{self.port}"
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def accept(self, listener):
        while True:
            try:
                link, _ = listener.accept()
            except OSError:
                return
            connection = Connection(self, link)
            self.connections.append(connection)
            threading.Thread(target=connection.serve, daemon=True).start()

    def stop_daemon(self):
        """It listens no more; closing alone would leave the one that waits in accept."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def cut(self):
        """The cable is out, all at once."""
        for connection in self.connections:
            try:
                connection.link.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.connections = []

    def took(self, size):
        self.received += size
        if self.cut_after is not None and self.received > self.cut_after:
            self.cut_after = None
            self.stop_daemon()
            self.cut()

    def garbled(self, data):
        return data if self.garble is None else self.garble(data)

    def state(self):
        """What 'adb devices' says of it, "" when it is not listed."""
        for line in self.adb("devices").stdout.splitlines():
            if line.startswith(self.serial + "\t"):
                return line.split("\t")[1]
        return ""

    def plug_in(self):
        self.adb("connect", self.serial)
        wait_for("the phone", lambda: self.state() == "device")

    def unplug(self):
        self.adb("disconnect", self.serial)
        self.cut()

    def healed(self):
        super().healed()
        self.trusts, self.garble, self.cut_after, self.received = True, None, None, 0

    def close(self):
        self.adb("kill-server")
        self.stop_daemon()
        self.cut()
        super().close()

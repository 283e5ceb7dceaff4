# SPDX-License-Identifier: LGPL-2.1-or-later
"""The three programs as child processes, and a JSON-RPC client that keeps all it was told."""
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time


class DemoError(Exception):
    """What went wrong, one sentence for the person at the terminal."""


class Program:
    """A child process with its output in a file; ended by id, never by name."""

    def __init__(self, name: str, command: list, log: pathlib.Path):
        self.name, self.log = name, log
        self._file = open(log, "wb")
        # what a daemon learns of its CAMs stays with the run
        own = {**os.environ, "STATE_DIRECTORY": str(log.parent.resolve())}
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.DEVNULL,
                                        stdout=self._file, stderr=self._file, env=own)

    def check(self) -> None:
        code = self.process.poll()
        if code is not None:
            tail = self.log.read_text(errors="replace").strip().splitlines()[-5:]
            raise DemoError(f"{self.name} ended with exit code {code}:\n  " + "\n  ".join(tail))

    def wait_for(self, text: str, seconds: float) -> str:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.log.read_text(errors="replace").splitlines():
                if text in line:
                    return line
            self.check()
            time.sleep(0.05)
        raise DemoError(f"{self.name} did not say '{text}' within {seconds:g} s; its output is in {self.log}")

    def stop(self, seconds: float = 15) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._file.close()
        return self.process.returncode


class Control:
    """The daemon's control socket. `heard` holds every byte the daemon sent."""

    def __init__(self, path: pathlib.Path, daemon: Program, seconds: float = 10):
        self.heard = bytearray()
        self._buffer = b""
        self._id = 0
        self._daemon = daemon
        end = time.monotonic() + seconds
        while True:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._socket.connect(str(path))
                break
            except OSError:
                self._socket.close()
                daemon.check()
                if time.monotonic() > end:
                    raise DemoError(f"{daemon.name} did not open {path} within {seconds:g} s") from None
                time.sleep(0.05)
        self.hello = self._line(seconds)["params"]

    def _line(self, seconds: float) -> dict:
        end = time.monotonic() + seconds
        while b"\n" not in self._buffer:
            ready, _, _ = select.select([self._socket], [], [], max(0, end - time.monotonic()))
            data = self._socket.recv(1 << 16) if ready else b""
            if not data:
                self._daemon.check()
                raise DemoError(f"{self._daemon.name} did not answer within {seconds:g} s")
            self.heard += data
            self._buffer += data
        line, self._buffer = self._buffer.split(b"\n", 1)
        return json.loads(line)

    def call(self, method: str, seconds: float = 20, **params):
        self._id += 1
        request = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        while True:
            answer = self._line(seconds)
            if answer.get("id") != self._id:
                continue
            if "error" in answer:
                raise DemoError(f"cihostd refused {method}: {answer['error']['message']}")
            return answer["result"]

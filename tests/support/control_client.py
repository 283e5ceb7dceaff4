# SPDX-License-Identifier: LGPL-2.1-or-later
"""The control socket of cihostd in Python, as small as it gets; src/daemon/CONTROL.md says what it speaks.

    with ControlClient("/run/cihost/control.sock") as daemon:
        print(daemon.call("version")["version"])
        snapshot = daemon.subscribe("cams", "menus")
        for notification in daemon.notifications():
            print(notification["method"], notification["params"])

As a program it shows that: control_client.py SOCKET [TOPIC…]
"""
import collections
import json
import socket
import sys
import time


class Refused(Exception):
    """The daemon's answer is an error; its sentence is the text."""

    def __init__(self, error: dict):
        super().__init__(error["message"])
        self.code = error["code"]


class ControlClient:
    PROTOCOL = 1

    def __init__(self, path, patience: float = 20):
        self._patience, self._id, self._input = patience, 0, b""
        self._waiting = collections.deque()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(path))
        self.hello = self._message(patience)
        if self.hello.get("params", {}).get("protocol") != self.PROTOCOL:
            raise ConnectionError(f"this is no cihostd that speaks protocol {self.PROTOCOL}: {self.hello}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _message(self, patience: float) -> dict:
        end = time.monotonic() + patience
        while b"\n" not in self._input:
            self._socket.settimeout(max(0.001, end - time.monotonic()))
            if not (data := self._socket.recv(1 << 16)):
                raise ConnectionError("cihostd ended the connection")
            self._input += data
        line, self._input = self._input.split(b"\n", 1)
        return json.loads(line)

    def send(self, line: str) -> None:
        self._socket.sendall(line.encode() + b"\n")

    def answer_to(self, number) -> dict:
        """Notifications that come before it wait for notification()."""
        end = time.monotonic() + self._patience
        while (message := self._message(end - time.monotonic())).get("id") != number or "method" in message:
            if "method" in message:
                self._waiting.append(message)
        return message

    def call(self, method: str, **params):
        self._id += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}))
        answer = self.answer_to(self._id)
        if "error" in answer:
            raise Refused(answer["error"])
        return answer["result"]

    def subscribe(self, *topics: str) -> dict:
        """The state as it is now; what changes comes by notifications()."""
        return self.call("subscribe", **({"topics": topics} if topics else {}))["snapshot"]

    def notification(self, patience: float | None = None) -> dict:
        """TimeoutError if none comes."""
        return self._waiting.popleft() if self._waiting else self._message(patience or self._patience)

    def notifications(self):
        while True:
            try:
                yield self.notification(3600)
            except TimeoutError:
                pass


if __name__ == "__main__":
    with ControlClient(sys.argv[1]) as daemon:
        print(json.dumps(daemon.subscribe(*sys.argv[2:]), indent=1))
        for told in daemon.notifications():
            print(json.dumps(told), flush=True)

# SPDX-License-Identifier: LGPL-2.1-or-later
"""What clients of the control socket cost the services, and how long a person waits for an answer."""
import json
import pathlib
import selectors
import socket
import statistics
import subprocess
import threading
import time

from programs import Control, DemoError, Program

SUBSCRIBERS = 100
REQUESTS = 1000
MEASURE = 15
STATUS_RUNS = 50
FREQUENCY = 474_000_000
RECORDED = [101, 102, 103]
TOPICS = ["receivers", "cams", "services", "recordings", "menus", "log", "measurements"]


def request(number: int, method: str, **params) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode() + b"\n"


class Subscribers:
    """Read what they are told, and count it."""

    def __init__(self, path: pathlib.Path):
        self.told, self.ended, self._stop = 0, 0, False
        self._selector = selectors.DefaultSelector()
        for number in range(SUBSCRIBERS):
            client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            client.connect(str(path))
            client.sendall(request(number, "subscribe", topics=TOPICS))
            self._selector.register(client, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        while not self._stop:
            for key, _ in self._selector.select(0.2):
                data = key.fileobj.recv(1 << 18)
                self.told += data.count(b'"method":"changed"')
                if not data:
                    self.ended += 1
                    self._selector.unregister(key.fileobj)

    def stop(self) -> None:
        self._stop = True
        self._thread.join()


def ask(path: pathlib.Path, seconds: float) -> float:
    """`services` and `version` in turn, REQUESTS a second; gives the answers a second."""
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.connect(str(path))
    client.setblocking(False)
    begin, sent, answered, rest = time.monotonic(), 0, -1, b""  # hello is no answer
    waiting = selectors.DefaultSelector()
    waiting.register(client, selectors.EVENT_READ)
    while (now := time.monotonic()) < begin + seconds:
        while sent < (now - begin) * REQUESTS and not rest:
            rest = request(sent, "services" if sent % 2 else "version")
            sent += 1
            try:
                rest = rest[client.send(rest):]
            except BlockingIOError:
                break
        if rest:
            try:
                rest = rest[client.send(rest):]
            except BlockingIOError:
                pass
        if waiting.select(0.001):
            answered += client.recv(1 << 18).count(b"\n")
    client.close()
    return answered / seconds


def rows(bench_at, row) -> None:
    build, stream, folder = bench_at.build, bench_at.source, bench_at.scratch / "clients"
    folder.mkdir(parents=True)
    path, config = folder / "s", folder / "c.toml"
    config.write_text(f'[control]\nsocket = {json.dumps(str(path))}\n[recording]\ndirectory = {json.dumps(str(folder))}\n'
                      f'[[receiver]]\ndevice = {json.dumps("virtual:" + str(folder / "n"))}\nfrequency = {FREQUENCY}\n')
    programs = [Program("cihost-sim", [build / "bin/cihost-sim", "run", stream, "--dir", folder / "n", "--boot-ms", 300,
                                       "--frequency", FREQUENCY], folder / "sim.log")]
    subscribers = None
    try:
        programs[0].wait_for("cihost-sim: ready", 60)
        daemon = Program("cihostd", [build / "bin/cihostd", "--config", config], folder / "daemon.log")
        programs.append(daemon)
        control = Control(path, daemon)
        ids = [control.call("record.start", service=number, file=f"{number}.ts")["id"] for number in RECORDED]
        end = time.monotonic() + 60
        while not all(r["packets"] > 0 for r in control.call("record.list")["recordings"]):
            if time.monotonic() > end:
                raise DemoError(f"the recordings did not begin; logs in {folder}")
            time.sleep(0.1)
        subscribers = Subscribers(path)
        rate = ask(path, MEASURE)
        runs = []
        for _ in range(STATUS_RUNS):
            begin = time.perf_counter()
            subprocess.run([build / "bin/cihost", "--socket", path, "status"], check=True, stdout=subprocess.DEVNULL)
            runs.append((time.perf_counter() - begin) * 1000)
        done = [control.call("record.stop", id=number) for number in ids]
        lost = sum(d["dropped_packets"] + d["scrambled_packets"] + d["continuity_errors"] for d in done)
        if subscribers.ended:
            raise DemoError(f"{subscribers.ended} subscribers were dropped; logs in {folder}")
        row(f"packets lost beside {SUBSCRIBERS} subscribers and {REQUESTS} requests/s", lost, "packets", 0,
            f"of {sum(d['packets'] for d in done)}; {rate:.0f} answers/s, {subscribers.told} notifications")
        row("cihost status, the whole command", statistics.median(runs), "ms", 20,
            f"median of {len(runs)}, {min(runs):.1f} to {max(runs):.1f}, beside {SUBSCRIBERS} subscribers")
    finally:
        if subscribers:
            subscribers.stop()
        for program in reversed(programs):
            program.stop()

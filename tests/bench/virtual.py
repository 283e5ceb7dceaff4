# SPDX-License-Identifier: LGPL-2.1-or-later
"""A virtual receiver with a daemon on it, and what the kernel says of the daemon."""
import json
import pathlib
import socket
import time

import picture
from programs import Control, DemoError, Program

FREQUENCY = 474_000_000


class Bench:
    """For the length of a with block. `options` are cihost-sim's, `daemon` holds further lines of the configuration;
    `receiver` of its receiver;
    with `dump` what the head-end sends is kept in the clear, in the file `sent`."""

    def __init__(self, build: pathlib.Path, source: pathlib.Path, folder: pathlib.Path, *options, daemon: str = "",
                 receiver: str = "", dump: bool = False):
        self.build, self.source, self.folder, self.lines = build, source, folder, daemon
        self.receiver_lines = receiver
        self.sent = folder / "sent.ts"
        self.options = [*options, "--source", self.sent] if dump else options

    def __enter__(self):
        self.folder.mkdir(parents=True)
        nodes = self.folder / "nodes"
        self.sim = Program("cihost-sim", [self.build / "bin/cihost-sim", "run", self.source, "--dir", nodes, "--frequency",
                                          FREQUENCY, "--log", self.folder / "events.jsonl", *self.options], self.folder / "sim.log")
        self.sim.wait_for("cihost-sim: ready", 20)
        path = self.folder / "control.sock"
        config = self.folder / "cihostd.toml"
        config.write_text(f'[control]\nsocket = {json.dumps(str(path))}\n[recording]\ndirectory = {json.dumps(str(self.folder))}\n'
                          f'{self.lines}\n'
                          f'[[receiver]]\nname = "bench"\ndevice = {json.dumps("virtual:" + str(nodes))}\nfrequency = {FREQUENCY}\n{self.receiver_lines}\n')
        self.daemon = Program("cihostd", [self.build / "bin/cihostd", "--config", config], self.folder / "daemon.log")
        self.control = Control(path, self.daemon)
        return self

    def __exit__(self, *_):
        self.daemon.stop()
        self.sim.stop()

    def receiver(self) -> dict:
        return self.control.call("status")["receivers"][0]

    def service(self, number: int) -> dict:
        return next((s for s in self.receiver()["services"] if s["program_number"] == number), {})

    def until(self, question, seconds: float = 20):
        end = time.monotonic() + seconds
        while not (answer := question(self.receiver())):
            if time.monotonic() > end:
                raise DemoError("the virtual receiver did not get there in time; logs in " + str(self.folder))
            time.sleep(0.02)
        return answer

    def ca_info(self) -> dict:
        return self.until(lambda r: next((c for c in r["cams"] if c["ca_system_ids"]), None))

    def scrambled_services(self) -> list[int]:
        return [s["program_number"] for s in self.until(lambda r: [s for s in r["services"] if s["ca_signalled"]])]

    def record(self, number: int, file: pathlib.Path) -> int:
        return self.control.call("record.start", service=number, file=str(file))["id"]

    def until_clear(self, numbers: list[int]) -> None:
        def clear(receiver):
            states = {s["program_number"]: s for s in receiver["services"]}
            return all(states[n].get("first_clear_at") is not None for n in numbers)
        self.until(clear)

    def ctl(self, command: str, **fields):
        """An order to the virtual receiver, as `cihost-sim ctl` gives it."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(10)
            connection.connect(str(self.folder / "nodes/control"))
            connection.sendall(json.dumps({"command": command, **fields}).encode() + b"\n")
            answer = b""
            while not answer.endswith(b"\n"):
                part = connection.recv(1 << 16)
                if not part:
                    raise DemoError(f"the virtual receiver left '{command}' without an answer")
                answer += part
        result = json.loads(answer)
        if "error" in result:
            raise DemoError(f"the virtual receiver refused '{command}': {result['error']}")
        return result["result"]

    def events(self, name: str) -> list[dict]:
        # the last line may be half written
        lines = (self.folder / "events.jsonl").read_text().splitlines(keepends=True)
        return [e for e in (json.loads(line) for line in lines if line.endswith("\n")) if e["event"] == name]


class Benches:
    """Makes them, each with a folder of its own, on one multiplex of five services."""

    def __init__(self, build: pathlib.Path, scratch: pathlib.Path):
        self.build, self.scratch = build, scratch
        self.source = scratch / "source.ts"
        picture.make_stream(self.source)

    def __call__(self, name: str, *options, **more) -> Bench:
        return Bench(self.build, self.source, self.scratch / name, *options, **more)


def _tasks(pid: int):
    return pathlib.Path(f"/proc/{pid}/task").iterdir()


def cpu_seconds(pid: int) -> float:
    """Of all its threads; finer than the clock ticks of /proc/PID/stat."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in _tasks(pid)) / 1e9


def context_switches(pid: int) -> dict[int, tuple[int, int]]:
    """By thread id: voluntary ones, and those that others forced."""
    return {int(task.name): tuple(int(line.split()[1]) for line in (task / "status").read_text().splitlines()
                                  if "ctxt_switches" in line) for task in _tasks(pid)}


def memory_kib(pid: int) -> tuple[int, int]:
    """Resident, and what of it is anonymous."""
    known = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return tuple(int(known[key].split()[0]) for key in ("Rss", "Anonymous"))


def threads(pid: int) -> int:
    return len(list(_tasks(pid)))

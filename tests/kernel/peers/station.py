# SPDX-License-Identifier: LGPL-2.1-or-later
"""The air, the head-end and the CAM of a lab adapter: one cihost-sim, and what it says happened.

All times are time.monotonic(), the clock of every program in the lab.
"""
import json
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "demo"))
from programs import Control, DemoError, Program

FREQUENCY = 474_000_000


class Station:
    def __init__(self, bin_folder: pathlib.Path, folder: pathlib.Path, source: pathlib.Path, *options, adapter: int = 0,
                 frequency: int = FREQUENCY):
        self.bin, self.folder = bin_folder, folder
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "sim-events.jsonl"
        self.nodes = folder / "nodes"
        self.program = Program("cihost-sim", [bin_folder / "cihost-sim", "run", source, "--lab", adapter, "--dir", self.nodes,
                                              "--frequency", frequency, "--log", self.log, *options], folder / "sim.log")
        self.program.wait_for("cihost-sim: ready", 60)
        self._events: list[dict] = []
        self._read = 0
        self._zero = None

    def events(self) -> list[dict]:
        """All so far; 't' is monotonic."""
        with open(self.log) as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith("\n"):
                    break
                self._read += len(line.encode())
                event = json.loads(line)
                if self._zero is None:
                    if event["event"] != "clock":
                        raise DemoError(f"{self.log} does not begin with its clock")
                    self._zero = event["monotonic_s"] - event["t"]
                event["t"] += self._zero
                self._events.append(event)
        return self._events

    def wait(self, what: str, seconds: float, since: float = 0.0, count: int = 1, **fields) -> dict:
        """The count-th event of that name at or after `since` whose fields have these values."""
        end = time.monotonic() + seconds
        while True:
            found = [e for e in self.events() if e["event"] == what and e["t"] >= since
                     and all(e.get(k) == v for k, v in fields.items())]
            if len(found) >= count:
                return found[count - 1]
            self.program.check()
            if time.monotonic() > end:
                raise DemoError(f"the CAM saw no {what} {fields or ''} within {seconds:g} s; see {self.log}")
            time.sleep(0.02)

    def ctl(self, *command) -> str:
        done = subprocess.run([self.bin / "cihost-sim", "ctl", "--dir", self.nodes, *map(str, command)],
                              capture_output=True, text=True)
        if done.returncode:
            raise DemoError(f"cihost-sim ctl {' '.join(map(str, command))}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def stop(self) -> int:
        return self.program.stop()

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A receiver of the lab with cihostd on it, for the scenarios."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "peers"))
from station import FREQUENCY, Control, DemoError, Program, Station

BOOT_MS = 200
#: an emulated processor that a build beside it slows down
PATIENCE = 3
SCRATCH = pathlib.Path("/tmp/lab")


class Failed(Exception):
    """A scenario's expectation that did not hold, one sentence."""


class Lab:
    """Stations by adapter, one daemon. Use as a context: everything started is ended."""

    def __init__(self, bin_folder: pathlib.Path, source: pathlib.Path, name: str):
        self.bin, self.source = bin_folder, source
        self.folder = SCRATCH / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.stations: dict[int, Station] = {}
        self.daemon: Program | None = None
        self.control: Control | None = None
        self.starts = 0

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        complaints = []
        for stop in (self.stop_daemon, *(lambda a=adapter: self.stop_station(a) for adapter in list(self.stations))):
            try:
                stop()
            except Failed as failed:
                complaints.append(failed)
        if complaints and kind is None:
            raise complaints[0]

    # -- the other side ---------------------------------------------------------------------------

    def station(self, *options, adapter: int = 0, dumps: bool = False, frequency: int = FREQUENCY,
                boot_ms: int | None = BOOT_MS) -> Station:
        folder = self.folder / f"station{adapter}"
        if boot_ms is not None:
            options += ("--boot-ms", boot_ms)
        if dumps:
            options += ("--source", self.folder / f"source{adapter}.ts", "--on-air", self.folder / f"on-air{adapter}.ts")
        self.stations[adapter] = Station(self.bin, folder, self.source, "--seed", 1, *options,
                                         adapter=adapter, frequency=frequency)
        return self.stations[adapter]

    def stop_station(self, adapter: int = 0) -> None:
        code = self.stations.pop(adapter).stop()
        if code:
            raise Failed(f"cihost-sim ended with exit code {code}")

    def violations(self, adapter: int = 0) -> None:
        found = [e for e in self.stations[adapter].events() if e["event"] == "violation"]
        if found:
            raise Failed(f"the CAM noted violations by the host: {found[:3]}")

    # -- ours -------------------------------------------------------------------------------------

    def start_daemon(self, *receivers: str, extra: str = "", restart: bool = False) -> Control:
        """`receivers` are the bodies of [[receiver]] tables."""
        config = self.folder / "cihostd.toml"
        if not restart:
            config.write_text(f'[control]\nsocket = "control.sock"\n[recording]\ndirectory = {json.dumps(str(self.folder))}\n{extra}\n'
                              + "".join(f"[[receiver]]\n{text}\n" for text in receivers))
        self.starts += 1
        self.daemon = Program("cihostd", [self.bin / "cihostd", "--config", config], self.folder / f"cihostd-{self.starts}.log")
        self.control = Control(self.folder / "control.sock", self.daemon, 20)
        return self.control

    def stop_daemon(self) -> None:
        if self.daemon is None:
            return
        code = self.daemon.stop(20)
        self.daemon = None
        if code:
            raise Failed(f"cihostd ended with exit code {code}")

    def kill_daemon(self) -> None:
        self.daemon.process.kill()
        self.daemon.process.wait()
        self.daemon = None

    def receiver(self, index: int = 0) -> dict:
        self.daemon.check()
        return self.control.call("status")["receivers"][index]

    def until(self, what: str, seconds: float, question, index: int = 0):
        """`question` gets the receiver's report; its answer, when there is one."""
        end = time.monotonic() + seconds * PATIENCE
        while True:
            receiver = self.receiver(index)
            answer = question(receiver)
            if answer:
                return answer
            if time.monotonic() > end:
                cams = [(c["slot"], c["state"]) for c in receiver["cams"]]
                services = {s["program_number"]: s["state"] for s in receiver["services"] if s["wanted"]}
                raise Failed(f"{what}: not within {seconds:g} s (receiver {receiver['state']}: {receiver['reason']}; CAMs {cams}; "
                             f"services {services})")
            time.sleep(0.05)

    def cam_ready(self, seconds: float = 20, slot: int = 0, index: int = 0) -> dict:
        return self.until(f"CAM in slot {slot} ready", seconds, lambda r: next(
            (c for c in r["cams"] if c["slot"] == slot and c["state"] == "ready" and c["ca_system_ids"]), None), index)

    def cam_state(self, state: str, seconds: float = 10, slot: int = 0) -> dict:
        return self.until(f"CAM in slot {slot} {state}", seconds,
                          lambda r: next((c for c in r["cams"] if c["slot"] == slot and c["state"] == state), None))

    def service(self, number: int, index: int = 0) -> dict | None:
        return next((s for s in self.receiver(index)["services"] if s["program_number"] == number), None)

    def clear(self, number: int, seconds: float = 20, index: int = 0) -> dict:
        """The service is clear now."""
        return self.until(f"service {number} clear", seconds, lambda r: next(
            (s for s in r["services"] if s["program_number"] == number and s["state"] == "clear"), None), index)

    def not_clear(self, number: int, seconds: float = 10) -> dict:
        return self.until(f"service {number} no longer clear", seconds, lambda r: next(
            (s for s in r["services"] if s["program_number"] == number and s["state"] != "clear"), None))

    def record(self, number: int, name: str | None = None) -> dict:
        file = self.folder / f"{name or number}.ts"
        return self.control.call("record.start", service=number, file=str(file)) | {"path": file}

    def verify(self, recordings: dict[int, pathlib.Path], adapter: int = 0) -> dict:
        """After the station ended: what was recorded is what the head-end had."""
        command = [self.bin / "cihost-sim", "verify", "--json", "--source", self.folder / f"source{adapter}.ts", "--on-air",
                   self.folder / f"on-air{adapter}.ts"]
        for number, file in recordings.items():
            command += ["--recording", f"{number}:{file}"]
        done = subprocess.run(command, capture_output=True, text=True)
        verdict = json.loads(done.stdout) if done.stdout else {"problems": [done.stderr.strip()], "recordings": []}
        problems = verdict.get("problems", []) + [p for r in verdict["recordings"] for p in r["problems"]]
        if done.returncode or problems:
            raise Failed(f"not what the head-end had: {problems[:3] or done.stderr}")
        return verdict


def dvbt(name: str = "lab", adapter: int = 0) -> str:
    return f'name = "{name}"\ndevice = "adapter{adapter}"\nfrequency = {FREQUENCY}\ndelivery = "DVB-T"\nbandwidth = "8 MHz"'


def expect(condition, sentence: str) -> None:
    if not condition:
        raise Failed(sentence)


def run(scenarios: list, arguments, name: str) -> int:
    """Each in turn; all of them, whatever fails."""
    failures = 0
    # what is read from the host's disk later takes the guest's time, see README.md
    for program in ("cihostd", "cihost-sim"):
        subprocess.run([arguments.bin / program, "--version"], stdout=subprocess.DEVNULL, check=True)
    for scenario in scenarios:
        began = time.monotonic()
        try:
            with Lab(arguments.bin, arguments.source, scenario.__name__) as lab:
                scenario(lab)
            verdict = "ok"
        except (Failed, DemoError) as error:
            failures += 1
            verdict = f"FAILED: {error}"
            print_tail(SCRATCH / scenario.__name__)
        print(f"{name}: {scenario.__name__.replace('_', ' ')}: {verdict} ({time.monotonic() - began:.1f} s)", flush=True)
    return 1 if failures else 0


def print_tail(folder: pathlib.Path) -> None:
    for log in sorted(folder.rglob("*.log"), key=os.path.getmtime):
        print(f"--- {log}")
        print("\n".join(log.read_text(errors="replace").splitlines()[-25:]), flush=True)

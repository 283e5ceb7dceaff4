#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the lab: runs each host in turn on the same air and the same CAM and writes down what happened.

Every run has its own cihost-sim with the same seed and is started at the same phase of the head-end's ECMs.
The result is a JSON list, one object a run; compare.py makes the table of it.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import hosts
from station import FREQUENCY, DemoError, Program, Station

BOOT_MS, THINK_MS, ECM_MS = 300, 20, 150
# as of a subscriber: the card was authorised before today
CAM = ["--authorised", "--boot-ms", BOOT_MS, "--think-ms", THINK_MS, "--ecm-ms", ECM_MS, "--seed", 1]
PATIENCE = 25.0
ECM_PERIOD_S = 0.1


def keep_in_memory(programs: list[pathlib.Path]) -> None:
    """Programs, their libraries and what every start reads: changed, if by nothing but its time, a file lies in the overlay.

    The opening of one of the host's files takes the emulator's time, and a different one each time.
    """
    files = [pathlib.Path(p) for p in ("/etc/ld.so.cache", "/etc/localtime", "/etc/nsswitch.conf", "/etc/passwd", "/etc/group")]
    for program in programs:
        needs = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
        files += [program, *(pathlib.Path(name) for name in re.findall(r"(/\S+) \(0x", needs))]
    for name in {place for f in files if f.exists() for place in (f, f.resolve())}:
        os.utime(name, follow_symlinks=False)


class Watch:
    """What one output gives; see output_watch.cpp."""

    def __init__(self, program: pathlib.Path, where: list[str], log: pathlib.Path):
        self.log = log
        self.program = Program("output_watch", [program, *where], log)

    def events(self) -> list[dict]:
        return [json.loads(line) for line in self.log.read_text().splitlines() if line.endswith("}")]

    def wait(self, what: str, seconds: float, since: float = 0.0) -> float | None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = next((e["t"] for e in self.events() if e["event"] == what and e["t"] >= since), None)
            if found is not None:
                return found
            time.sleep(0.05)
        return None

    def summary(self) -> dict:
        """The streams by PID, as they are now."""
        before = len(self.events())
        self.program.process.send_signal(signal.SIGUSR1)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            for event in self.events()[before:]:
                if event["event"] == "summary":
                    return event["pids"]
            time.sleep(0.05)
        raise DemoError(f"output_watch gave no summary; see {self.log}")

    def finish(self) -> dict:
        self.program.stop()
        return next((e for e in reversed(self.events()) if e["event"] == "summary"), {"packets": 0, "pids": {}})


class Measurement:
    def __init__(self, arguments, services: list[hosts.Service]):
        self.arguments, self.services = arguments, services
        self.phase = 0.0
        self.scratch = pathlib.Path("/tmp/compare")

    def station(self, *options) -> Station:
        station = Station(self.arguments.bin, self.scratch / "station", self.arguments.source, *CAM, "--services",
                          ",".join(str(s.number) for s in self.services[:2]), *options)
        return station

    @staticmethod
    def align(station: Station, phase: float = 0.0) -> None:
        """Every run of a round meets the head-end's ECMs, crypto periods and pictures at the same point of their cycle."""
        zero = station.wait("clock", 5)["t"]
        time.sleep(max(0.0, zero + 1.5 + phase - time.monotonic()))

    def host(self, kind, extra: str = ""):
        made = kind(self.scratch / "host", FREQUENCY, self.services[:2] if kind.can_add else self.services[:1], self.arguments.bin)
        if extra:
            made.extra = extra
        return made

    def watches(self, host) -> dict[int, Watch]:
        return {number: Watch(self.arguments.watch, where, self.scratch / f"watch-{number}.jsonl")
                for number, where in host.outputs().items()}

    @staticmethod
    def seen(station: Station, since: float) -> dict:
        """Seconds after `since` of the CAM's own milestones, the first of each."""
        times = {}
        for event in station.events():
            if event["t"] < since:
                continue
            key = {"reset": "opened", "connection": "connection", "ca_info": "ca_info", "ca_pmt": "ca_pmt"}.get(event["event"])
            if key == "connection" and event.get("state") not in (None, "open", "created", "active"):
                continue
            if key:
                times.setdefault(key, event["t"] - since)
        return times

    def warm_up(self, kind, extra: str) -> None:
        """What the host reads from disk is in memory then: a disk's time would be the emulator's."""
        station = self.station()
        host = self.host(kind, extra)
        watches = self.watches(host)
        try:
            host.start()
            watches[self.services[0].number].wait("first_clear", PATIENCE)
            station.ctl("eject")
            station.ctl("insert")
        finally:
            host.stop()
            station.stop()
            for other in watches.values():
                other.finish()

    def run_in(self, kind, extra: str) -> dict:
        """CAM in from the start: start, steady state, PMT change, a second service, re-insertion."""
        first = self.services[0]
        station = self.station()
        host = self.host(kind, extra)
        watches = self.watches(host)
        watch = watches[first.number]
        result: dict = {"kind": "start"}
        try:
            self.align(station, self.phase)
            began = host.start()
            clear = watch.wait("first_clear", PATIENCE)
            result.update(self.seen(station, began))
            result["clear"] = clear - began if clear else None
            if clear is None:
                return result
            time.sleep(1.0)
            result |= self.steady(host)

            changed = time.monotonic()
            station.ctl("move-ecm-pid", first.number)
            pmt = station.wait("ecm_pid", 5, changed)["t"]
            try:
                result["pmt_change"] = station.wait("ca_pmt", 8, pmt, program=first.number)["t"] - pmt
            except DemoError:
                result["pmt_change"] = None
            time.sleep(2.0)

            if kind.can_add:
                second = self.services[1]
                host.add(second)
                result["second_clear"] = watches[second.number].wait("first_clear", 8) is not None
                time.sleep(1.5)
                host.remove(second)
                time.sleep(1.5)
            streams = [s for p, s in watch.summary().items() if int(p) in first.pids]
            result["gaps"] = sum(e["event"] == "clear_again" for e in watch.events())
            # ours leaves out what is scrambled, and counts it
            result["left_scrambled"] = sum(s["scrambled_after"] for s in streams) + host.left_out(first)
            result["continuity_errors"] = sum(s["continuity_errors"] for s in streams)

            station.ctl("eject")
            time.sleep(1.5)
            back = time.monotonic()
            station.ctl("insert")
            again = watch.wait("clear_again", self.arguments.patience_again, back)
            result["reinserted"] = again - back if again else None
        finally:
            host.stop()
            station.stop()
            for other in watches.values():
                other.finish()
        return result

    def steady(self, host) -> dict:
        """What the host uses while nothing happens."""
        before = host.usage()
        time.sleep(self.arguments.steady)
        after = host.usage()
        seconds = after["t"] - before["t"]
        return {"cpu_ms_s": (after["cpu_ms"] - before["cpu_ms"]) / seconds,
                "switches_s": (after["switches"] - before["switches"]) / seconds,
                "resident_kib": after["resident_kib"], "anonymous_kib": after["anonymous_kib"]}

    def run_bare(self) -> dict:
        """The least that has to be done, and what it takes here to start programs."""
        station = self.station("--no-cam")
        host = self.host(hosts.BareLoop)
        try:
            self.align(station, self.phase)
            host.start()
            time.sleep(2.0)
            result = {"kind": "start", "host": hosts.BareLoop.name} | self.steady(host)
            if not (host.folder / f"{self.services[0].number}.ts").stat().st_size:
                raise DemoError("the bare loop wrote nothing")
        finally:
            host.stop()
            station.stop()
        for key, command in (("load_nothing_ms", ["/bin/true"]), ("load_cihostd_ms", [self.arguments.bin / "cihostd", "--version"])):
            took = []
            for _ in range(9):
                began = time.monotonic()
                subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
                took.append((time.monotonic() - began) * 1000)
            result[key] = statistics.median(took)
        return result

    def run_hot(self, kind, extra: str) -> dict:
        """CAM put in while the host runs."""
        station = self.station("--no-cam")
        host = self.host(kind, extra)
        watches = self.watches(host)
        watch = watches[self.services[0].number]
        result: dict = {"kind": "hot"}
        try:
            self.align(station, self.phase)
            host.start()
            time.sleep(self.arguments.settle)
            # somewhere in the kernel's 5 s, another place each round
            time.sleep(self.arguments.phase)
            inserted = time.monotonic()
            station.ctl("insert")
            clear = watch.wait("first_clear", PATIENCE, inserted)
            result.update(self.seen(station, inserted))
            result["clear"] = clear - inserted if clear else None
        finally:
            host.stop()
            station.stop()
            for other in watches.values():
                other.finish()
        return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--watch", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--services", type=json.loads, required=True)
    parser.add_argument("--codec", type=pathlib.Path, required=True)
    parser.add_argument("--loop", type=pathlib.Path, required=True)
    parser.add_argument("--hosts", default="")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steady", type=float, default=4)
    parser.add_argument("--settle", type=float, default=5)
    parser.add_argument("--levers-off", action="store_true", help="a second cihost without its levers for polled slots")
    parser.add_argument("--kinds", default="start,hot")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.patience_again = 12
    hosts.CODEC = arguments.codec
    hosts.BareLoop.binary = arguments.loop
    services = [hosts.Service(s["number"], s["name"], s["pmt_pid"], s["pids"]) for s in arguments.services]
    measurement = Measurement(arguments, services)
    wanted = arguments.hosts.split(",") if arguments.hosts else [h.name for h in (*hosts.PEERS, hosts.Cihost)]
    lineup = [(h.name, h, "") for h in (*hosts.PEERS, hosts.Cihost) if h.name in wanted]
    if arguments.levers_off:
        lineup.append(("cihost without levers", hosts.Cihost,
                       "[cam]\nearly_fetch = false\ninsertion_kick = false\n"))
    keep_in_memory([pathlib.Path(found) for _, kind, _ in lineup if (found := shutil.which(kind.program))]
                   + [arguments.bin / "cihostd", arguments.codec, arguments.loop, arguments.watch, pathlib.Path("/bin/true")])
    results = []
    for name, kind, extra in lineup:
        print(json.dumps({"host": name, "kind": "warm-up"}), flush=True)
        measurement.warm_up(kind, extra)
    for number in range(arguments.rounds):
        arguments.phase = 1.7 * number
        measurement.phase = number * ECM_PERIOD_S / arguments.rounds
        results.append(measurement.run_bare() | {"round": number})
        print(json.dumps(results[-1]), flush=True)
        for name, kind, extra in lineup:
            for part in arguments.kinds.split(","):
                try:
                    result = (measurement.run_in if part == "start" else measurement.run_hot)(kind, extra)
                except (DemoError, OSError) as error:
                    result = {"kind": part, "error": str(error)}
                result |= {"host": name, "round": number}
                results.append(result)
                print(json.dumps(result), flush=True)
                arguments.out.write_text(json.dumps(results))
    return 0


if __name__ == "__main__":
    sys.exit(main())

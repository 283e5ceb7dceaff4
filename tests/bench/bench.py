#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Measures the built programs on the virtual receiver and prints each figure beside its limit.

A figure is a row: what, measured (median of several, or p99), the limit, reached or not. Nothing here
asserts: machines are noisy, and a test that depends on wall time is a bad test.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "demo"))
import picture
from programs import Control, DemoError, Program
from table import table

FREQUENCY = 474_000_000
ROUNDS = 7
PMT_CHANGES = 60
# What a module sends of its own accord until its CA systems are known, each after its think time.
CAM_OBJECTS = ["open Resource Manager", "profile", "profile_enq", "open Application Information", "application_info",
               "open CA Support", "ca_info"]


class Bench:
    """One virtual receiver with a daemon on it, for the length of a with block."""

    def __init__(self, build: pathlib.Path, source: pathlib.Path, folder: pathlib.Path, *options):
        self.build, self.source, self.folder, self.options = build, source, folder, options

    def __enter__(self):
        self.folder.mkdir(parents=True)
        nodes = self.folder / "nodes"
        self.sim = Program("cihost-sim", [self.build / "bin/cihost-sim", "run", self.source, "--dir", nodes,
                                          "--frequency", FREQUENCY, "--log", self.folder / "events.jsonl",
                                          *self.options], self.folder / "sim.log")
        self.sim.wait_for("cihost-sim: ready", 20)
        socket = self.folder / "control.sock"
        config = self.folder / "cihostd.toml"
        config.write_text(f'[control]\nsocket = {json.dumps(str(socket))}\n[recording]\ndirectory = {json.dumps(str(self.folder))}\n'
                          f'[[receiver]]\nname = "bench"\ndevice = {json.dumps("virtual:" + str(nodes))}\nfrequency = {FREQUENCY}\n')
        self.daemon = Program("cihostd", [self.build / "bin/cihostd", "--config", config], self.folder / "daemon.log")
        self.control = Control(socket, self.daemon)
        return self

    def __exit__(self, *_):
        self.daemon.stop()
        self.sim.stop()

    def receiver(self) -> dict:
        return self.control.call("status")["receivers"][0]

    def until(self, question, seconds: float = 20):
        end = time.monotonic() + seconds
        while not (answer := question(self.receiver())):
            if time.monotonic() > end:
                raise DemoError("the virtual receiver did not get there in time; logs in " + str(self.folder))
            time.sleep(0.02)
        return answer

    def ca_info(self) -> dict:
        return self.until(lambda r: next((c for c in r["cams"] if c["ca_system_ids"]), None))

    def ctl(self, *command: str) -> None:
        subprocess.run([self.build / "bin/cihost-sim", "ctl", "--dir", self.folder / "nodes", *command], check=True,
                       capture_output=True)


def cam_start(bench_at, think_ms: int) -> list[float]:
    """Milliseconds from READY to ca_info, beyond what the CAM itself takes (its think time for each object it
    sends of its own accord until then)."""
    beyond = []
    for number in range(ROUNDS):
        with bench_at(f"start-{think_ms}-{number}", "--boot-ms", 200, "--think-ms", think_ms) as bench:
            taken = bench.ca_info()["ready_to_ca_info"] * 1000
        beyond.append(taken - len(CAM_OBJECTS) * think_ms)
    return beyond


def pmt_to_ca_pmt(bench_at) -> list[float]:
    """Milliseconds from the last packet of a changed PMT to the CA_PMT's hand-over to the device."""
    taken = []
    with bench_at("pmt", "--boot-ms", 100) as bench:
        bench.ca_info()
        numbers = [s["program_number"] for s in bench.until(lambda r: [s for s in r["services"] if s["ca_signalled"]])][:3]
        for number in numbers:
            bench.control.call("record.start", service=number, file=str(bench.folder / f"{number}.ts"))
        service = lambda r, n: next(s for s in r["services"] if s["program_number"] == n)
        for number in numbers:
            bench.until(lambda r, n=number: service(r, n).get("first_clear_at") is not None)
        for change in range(PMT_CHANGES):
            number = numbers[change % len(numbers)]
            sent = service(bench.receiver(), number)["ca_pmts_sent"]
            bench.ctl("move-ecm-pid", str(number))
            done = bench.until(lambda r, n=number, s=sent: (x := service(r, n))["ca_pmts_sent"] > s and x)
            taken.append((done["ca_pmt_handed_at"] - done["pmt_complete_at"]) * 1000)
            time.sleep(0.1)
    return taken


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cwd", type=pathlib.Path, default=pathlib.Path(), help=argparse.SUPPRESS)
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    build = arguments.build.absolute()
    rows, figures = [], []

    def row(what: str, measured: float, unit: str, limit: float, note: str) -> None:
        reached = measured <= limit
        rows.append([what, f"{measured:.2f} {unit}", f"{limit:g} {unit}", "yes" if reached else "no"])
        figures.append({"figure": what, "measured": measured, "unit": unit, "limit": limit, "reached": reached, "note": note})
        print(f"{what}: {measured:.2f} {unit} ({note})", flush=True)

    with tempfile.TemporaryDirectory(prefix="cihost-bench-") as scratch:
        source = pathlib.Path(scratch) / "source.ts"
        picture.make_stream(source)

        def bench_at(name: str, *options) -> Bench:
            return Bench(build, source, pathlib.Path(scratch) / name, *options)

        for think in (0, 20):
            beyond = cam_start(bench_at, think)
            row(f"CAM start beyond the CAM's own time, think time {think} ms", statistics.median(beyond), "ms", 50,
                f"median of {len(beyond)}, {min(beyond):.1f} to {max(beyond):.1f}")
        taken = sorted(pmt_to_ca_pmt(bench_at))
        row("PMT content complete to CA_PMT handed over, p99", taken[int(len(taken) * 0.99)], "ms", 1,
            f"{len(taken)} changes, median {statistics.median(taken):.3f}")

    print("\n" + table(["figure", "measured", "limit", "reached"], rows))
    if arguments.json:
        (arguments.cwd / arguments.json).write_text(json.dumps({"cores": os.cpu_count(), "figures": figures}, indent=2) + "\n")
    print(f"bench: {sum(f['reached'] for f in figures)} of {len(figures)} figures reached")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DemoError as error:
        sys.exit(f"bench: {error}")

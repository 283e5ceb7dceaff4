#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What head-ends do without a word, with the real programs and a module that leaves scrambling bits on what it
descrambles: a programme in the clear, ECMs that move under the PMT's old version, a PMT that moves. Every packet of the
recordings is compared with the head-end's source.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

from bench import FREQUENCY, Bench, run, service
from programs import DemoError

BY_PROGRAMME, MOVING = 101, 102
recordings = {}


def recorded(bench: Bench, number: int) -> dict:
    return next(r for r in bench.control.call("status")["recordings"] if r["id"] == recordings[number]["id"])


def run_for(bench: Bench, seconds: float) -> None:
    end = time.monotonic() + seconds
    bench.wait("time", lambda r: time.monotonic() > end)


def clear(number: int):
    return lambda r: service(r, number).get("state") == "clear"


def start(bench: Bench) -> str:
    bench.start_daemon(f"frequency = {FREQUENCY}\n")
    bench.wait("the services", lambda r: all(service(r, n) for n in (BY_PROGRAMME, MOVING)))
    for number in (BY_PROGRAMME, MOVING):
        file = bench.work / f"{number}.ts"
        recordings[number] = {"id": bench.control.call("record.start", service=number, file=str(file))["id"], "file": file}
    for number in (BY_PROGRAMME, MOVING):
        bench.wait(f"service {number} clear", clear(number))
    bits = bench.wait("scrambling bits that the module leaves", lambda r: r["stale_scrambling_bits"])
    if bits < 1:
        raise DemoError("the module left no scrambling bits: nothing is tried")
    return "services are clear in spite of their scrambling bits"


def programme_in_the_clear(bench: Bench) -> str:
    sent = bench.control.call("status")["receivers"][0]
    for command in ("show-clear", "show-scrambled"):
        bench.ctl(command, BY_PROGRAMME)
        before = recorded(bench, BY_PROGRAMME)["packets"]
        run_for(bench, 3)
        bench.wait(f"the service clear after {command}", clear(BY_PROGRAMME))
        if recorded(bench, BY_PROGRAMME)["packets"] < before + 500:
            raise DemoError(f"the recording stands still after {command}")
    now = bench.control.call("status")["receivers"][0]
    if any(service(sent, n)["ca_pmts_sent"] != service(now, n)["ca_pmts_sent"] for n in (BY_PROGRAMME, MOVING)):
        raise DemoError("the module was told something although no table changed")
    return "a programme in the clear and back, without a word to the module"


def ecms_move(bench: Bench, number: int, *options: str) -> None:
    before = service(bench.control.call("status")["receivers"][0], number)["ca_pmts_sent"]
    bench.ctl("move-ecm-pid", number, *options)
    bench.wait("a CA_PMT for the changed PMT", lambda r: service(r, number)["ca_pmts_sent"] > before)
    # the old ECMs go on for 2 s, and their keys for a crypto period
    run_for(bench, 6)
    bench.wait("the service clear by its new ECMs", clear(number))


def same_version(bench: Bench) -> str:
    ecms_move(bench, BY_PROGRAMME, "--same-version")
    return "ECMs that moved under the PMT's old version are followed"


def pmt_moves(bench: Bench) -> str:
    before = recorded(bench, MOVING)["packets"]
    bench.ctl("move-pmt-pid", MOVING)
    run_for(bench, 1)
    bench.wait("the service clear", clear(MOVING))
    if recorded(bench, MOVING)["packets"] <= before:
        raise DemoError("the recording stands still")
    ecms_move(bench, MOVING)
    return "a PMT that moved is read where it is"


def compare(bench: Bench) -> str:
    command = [bench.bin / "cihost-sim", "verify", "--source", bench.source, "--json"]
    for number, recording in recordings.items():
        final = bench.control.call("record.stop", id=recording["id"])
        if final["scrambled_packets"] or final["continuity_errors"] or final["dropped_packets"]:
            raise DemoError(f"the recording of {number} has gaps: {json.dumps(final)}")
        command += ["--recording", f"{number}:{recording['file']}"]
    bench.stop()  # the source's file is whole then
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    try:
        verdict = json.loads(done.stdout)
    except ValueError:
        raise DemoError(f"cihost-sim verify failed: {(done.stderr or done.stdout).strip()}") from None
    problems = [p for r in verdict["recordings"] for p in r["problems"]] + verdict.get("problems", [])
    if problems or len(verdict["recordings"]) != len(recordings):
        raise DemoError("; ".join(problems) or "a recording was not compared")
    return "every recorded packet is the head-end's, marked clear"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cihost-stream-") as folder:
        return run([start, programme_in_the_clear, same_version, pmt_moves, compare],
                   Bench(options.bin, pathlib.Path(folder), ["--cam", "stale-bits"]))


if __name__ == "__main__":
    sys.exit(main())

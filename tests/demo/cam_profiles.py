#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real daemon on the virtual receiver with CAMs that need a profile: each fails with that of any CAM at first, for the
reason that it is known for, and clears once the daemon has tried other ways; with its own it clears at once, and by
itself if it can be told by its name, or if the daemon has met it before.
"""
import argparse
import json
import pathlib
import sys
import tempfile
import time

import picture
from programs import DemoError, Program

FREQUENCY = 474_000_000
SERVICE = 101
PATIENCE = 60
# name, profile, the CAM's event (with a field's value) by which it fails with the default, and whether it is known
CAMS = [
    ("dragoncam", "dragoncam", ("died", "reason", "polled too fast"), True),
    ("powercam-v4", "powercam-v4", ("ca_pmt_ignored", "reason", "too soon after ca_info"), True),
    ("adds-only", "adds-only", ("ca_pmt_ignored", "reason", "only is not obeyed"), False),
]
CLEAR = ("first_clear", "program", SERVICE)


def events(log: pathlib.Path) -> list[dict]:
    # the last line may be half written
    return [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("\n")]


def first_of(log: pathlib.Path, wanted: list[tuple], programs: list[Program]) -> tuple:
    """Which of these events of the CAM comes first."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for event in events(log) if log.exists() else []:
            for name, field, value in wanted:
                if event["event"] == name and event.get(field) == value:
                    return name, field, value
        for program in programs:
            program.check()
        time.sleep(0.1)
    raise DemoError(f"none of {', '.join(w[0] for w in wanted)} within {PATIENCE} s")


def run(bin_folder: pathlib.Path, stream: pathlib.Path, work: pathlib.Path, cam: str, profile: str | None,
        wanted: list[tuple]) -> tuple:
    work.mkdir()
    log = work / "events.jsonl"
    sim = Program("cihost-sim", [bin_folder / "cihost-sim", "run", stream, "--dir", work / "nodes", "--cam", cam,
                                 "--boot-ms", 300, "--frequency", FREQUENCY, "--log", log], work / "cihost-sim.log")
    daemon = None
    try:
        sim.wait_for("cihost-sim: ready", 30)
        config = work / "cihostd.toml"
        # what is learned without a profile serves the next run
        memory = work.parent / f"{cam}.json" if profile is None else work / "cams.json"
        config.write_text((f'profile = "{profile}"\n' if profile else "").join(["[cam]\n", f"""\
memory = {json.dumps(str(memory))}

[control]
socket = {json.dumps(str(work / "control.sock"))}

[recording]
directory = {json.dumps(str(work))}

[[receiver]]
device = {json.dumps("virtual:" + str(work / "nodes"))}
frequency = {FREQUENCY}
services = [{SERVICE}]
"""]))
        daemon = Program("cihostd", [bin_folder / "cihostd", "--config", config], work / "cihostd.log")
        came = first_of(log, wanted, [sim, daemon])
        if came != CLEAR:
            first_of(log, [CLEAR], [sim, daemon])
            if profile is None:
                daemon.wait_for("what helped", 20)
        return came
    finally:
        for program in (daemon, sim):
            if program:
                program.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory(prefix="cihost-cams-") as folder:
        work = pathlib.Path(folder)
        stream = work / "source.ts"
        picture.make_stream(stream)
        for cam, profile, failure, known in CAMS:
            # one that is not known yet may fail at first
            cases = [("default", failure, [failure, CLEAR]), (profile, CLEAR, [failure, CLEAR])]
            cases += [(None, CLEAR, [CLEAR])] if known else [(None, failure, [failure, CLEAR]), (None, CLEAR, [failure, CLEAR])]
            for number, (used, expected, wanted) in enumerate(cases):
                began = time.monotonic()
                try:
                    came = run(options.bin, stream, work / f"{cam}-{number}", cam, used, wanted)
                except DemoError as error:
                    came = (str(error),)
                good = came == expected
                failed |= not good
                print(f"{'ok  ' if good else 'FAIL'} {cam} with {used or 'no'} profile: {came[0]} "
                      f"({came[-1]}) after {time.monotonic() - began:.1f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

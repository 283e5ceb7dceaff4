#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The real daemon on the virtual receiver with CAMs that need a profile: each fails without it, for the reason that it
is known for, and clears with it.
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
# name, profile, and the CAM's event (with a field's value) by which it fails without
CAMS = [
    ("dragoncam", "dragoncam", ("died", "reason", "polled too fast")),
    ("powercam-v4", "powercam-v4", ("ca_pmt_ignored", "reason", "too soon after ca_info")),
    ("adds-only", "adds-only", ("ca_pmt_ignored", "reason", "only is not obeyed")),
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
        config.write_text((f'[cam]\nprofile = "{profile}"\n' if profile else "") + f"""\
[control]
socket = {json.dumps(str(work / "control.sock"))}

[recording]
directory = {json.dumps(str(work))}

[[receiver]]
device = {json.dumps("virtual:" + str(work / "nodes"))}
frequency = {FREQUENCY}
services = [{SERVICE}]
""")
        daemon = Program("cihostd", [bin_folder / "cihostd", "--config", config], work / "cihostd.log")
        return first_of(log, wanted, [sim, daemon])
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
        for cam, profile, failure in CAMS:
            for used, expected in ((None, failure), (profile, CLEAR)):
                began = time.monotonic()
                try:
                    came = run(options.bin, stream, work / f"{cam}-{used or 'default'}", cam, used, [failure, CLEAR])
                except DemoError as error:
                    came = (str(error),)
                good = came == expected
                failed |= not good
                print(f"{'ok  ' if good else 'FAIL'} {cam} with {used or 'no'} profile: {came[0]} "
                      f"({came[-1]}) after {time.monotonic() - began:.1f} s", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Line coverage of each room by the unit tests, beside the limits."""
import argparse
import os
import pathlib
import subprocess
import sys

import line_coverage

ROOMS = ["base", "ts", "en50221", "policy", "device", "runtime", "client", "receiver", "daemon", "cli", "sim"]
# per cent
LIMITS = {"en50221": 95.0}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev coverage", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"whose tests are run (default all: {' '.join(ROOMS)})")
    parser.add_argument("--lines", action="store_true", help="list the lines of these rooms that no test reached")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if unknown := [room for room in arguments.rooms if room not in ROOMS]:
        parser.error(f"no room {', '.join(unknown)}: {', '.join(ROOMS)}")
    rooms = arguments.rooms or ROOMS
    built = subprocess.run(["cmake", "--build", arguments.build, "--target", *(f"test_{room}" for room in rooms)])
    if built.returncode:
        return built.returncode

    line_coverage.forget(arguments.build)
    failed = False
    for room in rooms:
        program = (arguments.build / "tests" / f"test_{room}").resolve()
        print(f"{program.name}", flush=True)
        log = arguments.build / f"{program.name}.log"
        with open(log, "wb") as output:
            if subprocess.run([program], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                              env=os.environ).returncode:
                failed = True
                print(f"{program.name} FAILED, see {log}")
    counts = line_coverage.counts(arguments.build, pathlib.Path.cwd())
    table = line_coverage.by_room(counts)

    print(f"\n{'room':10} {'lines':>8} {'covered':>9}  limit")
    for room in rooms:
        hit, lines = table.get(room, (0, 0))
        limit = LIMITS.get(room)
        met = limit is None or 100 * hit >= limit * lines
        failed = failed or not met
        verdict = "" if limit is None else f"{limit:.0f} %" if met else f"{limit:.0f} %: MISSED"
        print(f"{room:10} {lines:8,} {line_coverage.percent(hit, lines):>9}  {verdict}".rstrip())
    if arguments.lines:
        print()
        for name, known in sorted(counts.items()):
            missed = sorted(number for number, count in known.items() if not count)
            if missed and line_coverage.room_of(name) in rooms:
                covered = line_coverage.percent(len(known) - len(missed), len(known))
                print(f"{name}: {covered}, not {', '.join(map(str, missed))}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

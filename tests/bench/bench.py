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
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "demo"))
import changes
import clients
import exchanges
import idle
import receivers
import stream_path
from programs import DemoError
from table import table
from virtual import Benches

PARTS = {
    "cam-start": ("the start of a CAM", exchanges.cam_start_rows),
    "pmt-change": ("from a PMT to its CA_PMT", exchanges.pmt_rows),
    "changes": ("services that run while others come and go", changes.rows),
    "idle": ("what the daemon costs while nothing happens", idle.rows),
    "full-slot": ("67 Mbit/s through reader, monitors and recorder", stream_path.rows),
    "clients": ("a hundred subscribers and a thousand requests a second", clients.rows),
    "receivers": ("many receivers in one daemon", receivers.rows),
}


class Figures:
    """The rows so far."""

    def __init__(self):
        self.rows, self.values = [], []

    def row(self, what: str, measured: float, unit: str, limit: float, note: str, at_least: bool = False) -> None:
        reached = measured >= limit if at_least else measured <= limit
        digits = 0 if unit in ("KiB", "packets") else 2
        self.rows.append([what, f"{measured:,.{digits}f} {unit}", f"{'at least ' if at_least else ''}{limit:g} {unit}",
                          "yes" if reached else "no"])
        self.values.append({"figure": what, "measured": measured, "unit": unit, "limit": limit, "at_least": at_least,
                            "reached": reached, "note": note})
        print(f"  {what}: {measured:,.{digits}f} {unit}" + (f" ({note})" if note else ""), flush=True)

    def reached(self) -> int:
        return sum(v["reached"] for v in self.values)


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cwd", type=pathlib.Path, default=pathlib.Path(), help=argparse.SUPPRESS)
    parser.add_argument("--only", metavar="PATTERN", default="", help=f"only the parts with that in their names: {', '.join(PARTS)}")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE", help="write the figures there too")
    arguments = parser.parse_args()
    build = arguments.build.absolute()
    chosen = {name: part for name, part in PARTS.items() if arguments.only in name}
    if not chosen:
        parser.error(f"no part has '{arguments.only}' in its name; there are: {', '.join(PARTS)}")
    figures, began = Figures(), time.monotonic()

    with tempfile.TemporaryDirectory(prefix="cihost-bench-") as scratch:
        bench_at = Benches(build, pathlib.Path(scratch))
        for number, (name, (what, rows)) in enumerate(chosen.items(), 1):
            print(f"[{time.monotonic() - began:3.0f} s] {number} of {len(chosen)}, {name}: {what}", flush=True)
            rows(bench_at, figures.row)

    print("\n" + table(["figure", "measured", "limit", "reached"], figures.rows))
    if arguments.json:
        (arguments.cwd / arguments.json).write_text(json.dumps({"cores": os.cpu_count(), "figures": figures.values}, indent=2) + "\n")
    print(f"bench: {figures.reached()} of {len(figures.values)} figures reached in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DemoError as error:
        sys.exit(f"bench: {error}")

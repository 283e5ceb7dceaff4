#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every fuzz target for its share of the minutes; prints inputs and coverage.

New inputs that reach new code are kept under build/; copy what is worth it to tests/fuzz/corpus.
"""
import argparse
import os
import pathlib
import re
import subprocess
import sys


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("minutes", nargs="?", type=float, default=5.0, help="in all (default 5)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    targets = sorted(p for p in (arguments.build / "tests/fuzz").glob("fuzz_*") if os.access(p, os.X_OK))
    if not targets:
        sys.exit("no fuzz targets were built")
    jobs = min(os.cpu_count() or 1, len(targets))
    seconds = max(5, int(arguments.minutes * 60 * jobs / len(targets)))
    corpus = pathlib.Path(__file__).parent / "corpus"
    rows, failed, running, waiting = [], False, [], list(targets)

    def start(target: pathlib.Path):
        name = target.name.removeprefix("fuzz_")
        found = arguments.build / "corpus" / name
        found.mkdir(parents=True, exist_ok=True)
        log = open(arguments.build / f"{target.name}.log", "w+")
        command = [str(target.resolve()), f"-max_total_time={seconds}", "-print_final_stats=1", "-max_len=8192",
                   f"-artifact_prefix={found.parent.resolve()}/crash-{name}-", str(found), str(corpus / name)]
        print(f"{name}: {seconds} s", flush=True)
        return name, log, subprocess.Popen(command, stdout=log, stderr=log)

    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(start(waiting.pop(0)))
        name, log, process = running.pop(0)
        code = process.wait()
        log.seek(0)
        text = log.read()
        inputs = re.search(r"number_of_executed_units:\s+(\d+)", text)
        edges = re.findall(r"cov: (\d+)", text)
        rows.append((name, int(inputs.group(1)) if inputs else 0, edges[-1] if edges else "?", code))
        if code:
            failed = True
            print(text[-3000:])
    print(f"\n{'target':12} {'inputs':>12} {'edges':>8}  result")
    for name, inputs, edges, code in rows:
        print(f"{name:12} {inputs:12,} {edges:>8}  {'ok' if code == 0 else 'FAILED, input kept in ' + str(arguments.build / 'corpus')}")
    print(f"fuzz: {sum(row[1] for row in rows):,} inputs in all")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

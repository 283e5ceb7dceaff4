#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every fuzz target for its share of the minutes; prints inputs, and the lines that they reach.

Three quarters of the time go to short inputs, which are many, and the rest to long ones. New inputs that reach new
code are kept under build/; copy what is worth it to tests/fuzz/corpus. How many inputs were run since build/ was made
is kept there too.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
ROOT = CORPUS.parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import line_coverage  # noqa: E402

#: bytes of an input at most, and the part of a target's time
LENGTHS = [(512, 0.75), (8192, 0.25)]
# an input that takes this long, or this much memory, is a finding
LIMITS = ["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=256"]


def add_up(file: pathlib.Path, rows: list[tuple[str, int, str, int]]) -> dict[str, int]:
    """What was run before, and now."""
    totals = json.loads(file.read_text()) if file.exists() else {}
    for name, inputs, _, _ in rows:
        totals[name] = totals.get(name, 0) + inputs
    file.write_text(json.dumps(totals, indent=1, sort_keys=True) + "\n")
    return totals


def print_coverage(names: list[str], build: pathlib.Path, found: pathlib.Path) -> None:
    """Replays what is in the corpora, and prints the lines of each room that were reached."""
    line_coverage.forget(build)
    for name in names:
        program = build / "tests/fuzz" / f"replay_{name}"
        subprocess.run([program.resolve(), "--as-they-are", CORPUS / name, found.resolve() / name], check=False,
                       stdout=subprocess.DEVNULL)
    print(f"\n{'room':10} {'lines':>8} {'reached':>9}")
    for room, (hit, lines) in sorted(line_coverage.by_room(line_coverage.counts(build, ROOT)).items()):
        if hit:
            print(f"{room:10} {lines:8,} {line_coverage.percent(hit, lines):>9}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev fuzz")
    parser.add_argument("minutes", nargs="?", type=float, default=5.0, help="in all (default 5)")
    parser.add_argument("--target", action="append", metavar="NAME", help="only this one; may be repeated")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at a time (default: one a core)")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--coverage", type=pathlib.Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    targets = sorted(p for p in (arguments.build / "tests/fuzz").glob("fuzz_*") if os.access(p, os.X_OK))
    known = [p.name.removeprefix("fuzz_") for p in targets]
    if unknown := set(arguments.target or []) - set(known):
        parser.error(f"no target {', '.join(sorted(unknown))}: {', '.join(known)}")
    if arguments.target:
        targets = [p for p in targets if p.name.removeprefix("fuzz_") in arguments.target]
    if not targets:
        sys.exit("no fuzz targets were built")
    jobs = max(1, min(arguments.jobs, len(targets)))
    seconds = max(5, int(arguments.minutes * 60 * jobs / len(targets)))
    found_in = arguments.build / "corpus"
    rows, failed, running, waiting = [], False, [], list(targets)
    workers = concurrent.futures.ThreadPoolExecutor(jobs)

    def run(target: pathlib.Path, text: list[str]) -> int:
        name = target.name.removeprefix("fuzz_")
        found = found_in / name
        found.mkdir(parents=True, exist_ok=True)
        for length, part in LENGTHS:
            command = [str(target.resolve()), f"-max_total_time={max(2, int(seconds * part))}", "-print_final_stats=1",
                       f"-max_len={length}", *LIMITS, f"-artifact_prefix={found_in.resolve()}/crash-{name}-", str(found),
                       str(CORPUS / name)]
            with open(arguments.build / f"{target.name}.log", "w+", errors="replace") as log:
                code = subprocess.run(command, stdout=log, stderr=log).returncode
                log.seek(0)
                text.append(log.read())
            if code:
                return code
        return 0

    def inputs_of(text: str) -> int:
        # a target that found something prints no statistics: the number of its last line will do
        said = re.findall(r"number_of_executed_units:\s+(\d+)", text) or re.findall(r"^#(\d+)\s", text, re.M)
        return int(said[-1]) if said else 0

    def start(target: pathlib.Path):
        text: list[str] = []
        print(f"{target.name.removeprefix('fuzz_')}: {seconds} s", flush=True)
        return target.name.removeprefix("fuzz_"), text, workers.submit(run, target, text)

    while waiting or running:
        while waiting and len(running) < jobs:
            running.append(start(waiting.pop(0)))
        name, texts, outcome = running.pop(0)
        code = outcome.result()
        text = texts[-1]
        edges = re.findall(r"cov: (\d+)", text)
        rows.append((name, sum(map(inputs_of, texts)), edges[-1] if edges else "?", code))
        if code:
            failed = True
            print(text[-3000:])
    totals = add_up(arguments.build.parent / "fuzz-inputs.json", rows)
    if arguments.coverage:
        print_coverage([row[0] for row in rows], arguments.coverage, found_in)
    print(f"\n{'target':14} {'inputs':>13} {'since clean':>14} {'edges':>7}  result")
    for name, inputs, edges, code in rows:
        print(f"{name:14} {inputs:13,} {totals[name]:14,} {edges:>7}  {'ok' if code == 0 else f'FAILED, input kept in {found_in}'}")
    print(f"fuzz: {sum(row[1] for row in rows):,} inputs, {sum(totals.values()):,} since build/ was made")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs every fuzz target for its share of the minutes; prints inputs, and the lines that they reach.

Most of the time goes to the swift targets, which run ten times as many inputs as those with all sanitizers; these then
begin with each input that reached something new. New inputs are kept under build/; copy what is worth it to
tests/fuzz/corpus. How many inputs were run since build/ was made is kept there too.
"""
import argparse
import concurrent.futures
import dataclasses
import json
import os
import pathlib
import re
import subprocess
import sys
import threading

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
ROOT = CORPUS.parents[2]
sys.path.insert(0, str(ROOT / "tests/support"))
import line_coverage  # noqa: E402

SWIFT, SANITIZED = "fuzz-swift", "fuzz"
#: preset, bytes of an input at most, and the part of a target's time
PASSES = [(SWIFT, 512, 0.6), (SWIFT, 8192, 0.15), (SANITIZED, 512, 0.15), (SANITIZED, 8192, 0.1)]
# An input that takes this long, or this much memory, is a finding. Weighing inputs by entropy costs more than it finds.
OPTIONS = ["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=256", "-entropic=0", "-print_final_stats=1"]
# whence a lost allocation came is shown when its input is run again
SWIFT_ENVIRONMENT = dict(os.environ, LSAN_OPTIONS="malloc_context_size=1")


@dataclasses.dataclass
class Outcome:
    inputs: int = 0
    edges: str = "?"
    failure: str = ""


class Target:
    def __init__(self, name: str, build: pathlib.Path):
        self.name = name
        self.build = build.resolve()
        self.found = self.build / "fuzz-corpus" / name
        self.found.mkdir(parents=True, exist_ok=True)

    def run(self, seconds: int) -> Outcome:
        whole = Outcome()
        for preset, length, part in PASSES:
            program = self.build / preset / "tests/fuzz" / f"fuzz_{self.name}"
            command = [program, f"-max_total_time={max(2, int(seconds * part))}", f"-max_len={length}", *OPTIONS,
                       f"-artifact_prefix={self.found.parent}/crash-{self.name}-", self.found, CORPUS / self.name]
            with open(self.build / preset / f"fuzz_{self.name}.log", "w+", errors="replace") as log:
                code = subprocess.run(command, stdout=log, stderr=log,
                                      env=SWIFT_ENVIRONMENT if preset == SWIFT else None).returncode
                log.seek(0)
                text = log.read()
            whole.inputs += inputs_of(text)
            whole.edges = (re.findall(r"cov: (\d+)", text) or [whole.edges])[-1]
            if code:
                whole.failure = f"{' '.join(map(str, command))}\n{text[-3000:]}"
                break
        return whole


def inputs_of(text: str) -> int:
    # a target that found something prints no statistics: the number of its last line will do
    said = re.findall(r"number_of_executed_units:\s+(\d+)", text) or re.findall(r"^#(\d+)\s", text, re.M)
    return int(said[-1]) if said else 0


class Totals:
    """Of each target, what was run since the build folder was made."""

    def __init__(self, file: pathlib.Path):
        self.file = file
        self.lock = threading.Lock()
        self.inputs = json.loads(file.read_text()) if file.exists() else {}

    def add(self, name: str, inputs: int) -> None:
        with self.lock:
            self.inputs[name] = self.inputs.get(name, 0) + inputs
            self.file.write_text(json.dumps(self.inputs, indent=1, sort_keys=True) + "\n")


def print_coverage(names: list[str], build: pathlib.Path, found: pathlib.Path) -> None:
    """Replays what is in the corpora, and prints the lines of each room that were reached."""
    line_coverage.forget(build)
    for name in names:
        program = build / "tests/fuzz" / f"replay_{name}"
        subprocess.run([program.resolve(), "--as-they-are", CORPUS / name, found / name], check=False,
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
    parser.add_argument("--coverage", action=argparse.BooleanOptionalAction, default=True,
                        help="print which lines the corpora reach")
    arguments = parser.parse_args()
    build = arguments.build
    known = sorted(p.name.removeprefix("fuzz_") for p in (build / SANITIZED / "tests/fuzz").glob("fuzz_*")
                   if os.access(p, os.X_OK))
    if unknown := set(arguments.target or []) - set(known):
        parser.error(f"no target {', '.join(sorted(unknown))}: {', '.join(known)}")
    names = [name for name in known if not arguments.target or name in arguments.target]
    if not names:
        sys.exit("no fuzz targets were built")
    jobs = max(1, min(arguments.jobs, len(names)))
    seconds = max(8, int(arguments.minutes * 60 * jobs / len(names)))
    totals = Totals(build / "fuzz-inputs.json")
    outcomes: dict[str, Outcome] = {}

    def run(name: str) -> None:
        print(f"{name}: {seconds} s", flush=True)
        outcome = outcomes[name] = Target(name, build).run(seconds)
        totals.add(name, outcome.inputs)
        said = f"\n{outcome.failure}" if outcome.failure else "ok"
        print(f"{name}: {outcome.inputs:,} inputs, {said}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(jobs) as workers:
        list(workers.map(run, names))
    found = build.resolve() / "fuzz-corpus"
    if arguments.coverage:
        print_coverage(names, build / "coverage", found)
    print(f"\n{'target':14} {'inputs':>13} {'since clean':>14} {'edges':>7}  result")
    for name, outcome in sorted(outcomes.items()):
        result = f"FAILED, input kept in {found}" if outcome.failure else "ok"
        print(f"{name:14} {outcome.inputs:13,} {totals.inputs[name]:14,} {outcome.edges:>7}  {result}")
    print(f"fuzz: {sum(o.inputs for o in outcomes.values()):,} inputs, {sum(totals.inputs.values()):,} since build/ was made")
    return 1 if any(o.failure for o in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())

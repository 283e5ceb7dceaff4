#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs the tests of each preset named and closes with 'N passed, N failed, N skipped'."""
import os
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as xml

# What the thread sanitizer has to judge; the pure rooms have no threads.
ONLY = {"tsan": "^(runtime|daemon|device):|^demo: the main job"}


def run(preset: str) -> tuple[int, int, int]:
    folder = pathlib.Path("build") / preset
    report = folder / "tests.xml"
    report.unlink(missing_ok=True)
    command = ["ctest", "--test-dir", str(folder), "--output-on-failure", "--output-junit",
               str(report.resolve()), "-j", str(os.cpu_count() or 2)]
    if preset in ONLY:
        command += ["-R", ONLY[preset]]
    print(f"== tests of preset {preset}", flush=True)
    environment = dict(os.environ, TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1",
                       UBSAN_OPTIONS="print_stacktrace=1")
    code = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL).returncode
    if not report.exists():
        print(f"ctest left no report (exit code {code})")
        return 0, 1, 0
    passed = failed = 0
    skipped = []
    for case in xml.parse(report).getroot().iter("testcase"):
        status = case.get("status")
        if status == "run":
            passed += 1
        elif status in ("notrun", "disabled") or case.find("skipped") is not None:
            skipped.append(case)
        else:
            failed += 1
    for case in skipped:
        output = case.findtext("system-out") or ""
        why = next((line[9:] for line in output.splitlines() if line.startswith("SKIPPED: ")), "")
        print(f"skipped: {case.get('name')}{': ' + why if why else ''}")
    if passed + failed == 0 or (code != 0 and failed == 0):
        failed += 1
    return passed, failed, len(skipped)


def main() -> int:
    totals = [sum(column) for column in zip(*(run(preset) for preset in sys.argv[1:]))]
    print(f"{totals[0]} passed, {totals[1]} failed, {totals[2]} skipped", flush=True)
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Builds and runs the tests of each preset named and closes with 'N passed, N failed, N skipped'.

The kernel lab's tests mostly wait, for an emulated machine: they run beside the builds and the other tests.
"""
import os
import pathlib
import signal
import subprocess
import sys
import xml.etree.ElementTree as xml

# The thread sanitizer judges what has threads; the pure rooms have none.
TARGETS = {"tsan": ["test_runtime", "test_receiver", "test_daemon", "test_device", "cihostd", "cihost-cli", "cihost-sim"]}
ONLY = {"tsan": "^(runtime|receiver|daemon|device):|^demo: the main job"}
LAB = "^lab:"
ENVIRONMENT = dict(os.environ, TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1", UBSAN_OPTIONS="print_stacktrace=1")


class Run:
    """One ctest. Its output comes at once, or, in the background, when it is waited for."""

    def __init__(self, preset: str, name: str, selection: list[str], background: bool = False):
        self.folder = pathlib.Path("build") / preset
        self.title = f"== {name} of preset {preset}"
        self.report = self.folder / f"{name.replace(' ', '-')}.xml"
        self.report.unlink(missing_ok=True)
        self.log = self.folder / f"{name.replace(' ', '-')}.log" if background else None
        command = ["ctest", "--test-dir", str(self.folder), "--output-on-failure", "--output-junit", str(self.report.resolve()),
                   "-j", str(os.cpu_count() or 2), *selection]
        if not background:
            print(self.title, flush=True)
        self.process = subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.DEVNULL,
                                        stdout=open(self.log, "wb") if background else None, stderr=subprocess.STDOUT,
                                        start_new_session=background)

    def result(self) -> tuple[int, int, int]:
        """Passed, failed, skipped."""
        code = self.process.wait()
        if self.log:
            print(self.title, flush=True)
            print(self.log.read_text(errors="replace"), end="", flush=True)
        if not self.report.exists():
            print(f"ctest left no report (exit code {code})")
            return 0, 1, 0
        passed = failed = 0
        skipped = []
        for case in xml.parse(self.report).getroot().iter("testcase"):
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
        if passed + failed + len(skipped) == 0 or (code != 0 and failed == 0):
            failed += 1
        return passed, failed, len(skipped)


    def end(self) -> None:
        """With all that it started: a machine left behind would keep the next one waiting."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait()


def built(preset: str, environment: dict[str, str]) -> tuple[bool, str]:
    """Whether ./dev built it, and what it said, which comes at once as well."""
    process = subprocess.Popen(["./dev", "build", preset, *(["--target", *TARGETS[preset]] if preset in TARGETS else [])],
                               env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    said = []
    for line in process.stdout:
        print(line, end="", flush=True)
        said.append(line)
    return process.wait() == 0, "".join(said)


def build(preset: str) -> bool:
    done, said = built(preset, dict(os.environ))
    if not done and "internal compiler error" in said:
        # a precompiled header that came broken out of the compiler's cache; a second time it is made anew
        print("The compiler itself failed. Building again without what its cache holds.", flush=True)
        for header in (pathlib.Path("build") / preset).rglob("*.gch"):
            header.unlink()
        done, _ = built(preset, dict(os.environ, CCACHE_RECACHE="1"))
    return done


def has_lab(preset: str) -> bool:
    listed = subprocess.run(["ctest", "--test-dir", f"build/{preset}", "-N", "-R", LAB], capture_output=True, text=True)
    return "Total Tests: 0" not in listed.stdout


def run(presets: list[str], background: list[Run]) -> int:
    for preset in presets:
        if not build(preset):
            return 1
        if not background and has_lab(preset):
            # twice, for an emulated machine that the builds starve; ctest's output says when the first try failed
            background.append(Run(preset, "lab tests", ["-R", LAB, "--repeat", "until-pass:2"], background=True))
    results = []
    for preset in presets:
        selection = ["-R", ONLY[preset]] if preset in ONLY else ["-E", LAB]
        results.append(Run(preset, "tests", selection).result())
    results += [lab.result() for lab in background]
    passed, failed, skipped = (sum(column) for column in zip(*results))
    print(f"{passed} passed, {failed} failed, {skipped} skipped", flush=True)
    return 1 if failed else 0


def main() -> int:
    background: list[Run] = []
    try:
        return run(sys.argv[1:], background)
    finally:
        for lab in background:
            lab.end()


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The programs of tests/examples on the virtual receiver: one records by a receiver of its own, the other asks a daemon.
What was recorded is byte-identical with the head-end's source and decodes; without a CAM the reason is said.
"""
import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from bench import FREQUENCY, Bench, run
from programs import DemoError
from recording import FIRST, SECOND, judge

NAMES = {FIRST: "Cinema One", SECOND: "Sport Two"}
SECONDS = 4


class Examples:
    def __init__(self, bench: Bench, folder: pathlib.Path):
        self.bench, self.folder = bench, folder
        self.channels = bench.work / "channels.conf"
        self.files = {number: bench.work / f"{number}.ts" for number in NAMES}

    def command(self, number: int, seconds: int, name: str | None = None) -> list:
        return [self.folder / "record", f"virtual:{self.bench.work / 'nodes'}", self.channels, name or NAMES[number],
                self.files[number], str(seconds)]

    def record(self, *arguments, status: int = 0) -> subprocess.CompletedProcess:
        done = subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=120)
        if done.returncode != status:
            raise DemoError(f"record ended with exit code {done.returncode}, not {status}: {done.stdout}{done.stderr}")
        return done

    def expect(self, text: str, *parts: str) -> None:
        for part in parts:
            if part not in text:
                raise DemoError(f"'{part}' is not in what was said: {text}")

    def start(self, bench: Bench) -> str:
        bench.sim.wait_for("cihost-sim: ready", 30)
        self.channels.write_text("".join(
            f"[{name}]\n\tSERVICE_ID = {number}\n\tFREQUENCY = {FREQUENCY}\n\tBANDWIDTH_HZ = 8000000\n"
            "\tDELIVERY_SYSTEM = DVBT\n\n" for number, name in NAMES.items()))
        return "the virtual receiver runs"

    def for_a_time(self, bench: Bench) -> str:
        done = self.record(FIRST, SECONDS)
        self.expect(done.stdout, 'CAM "cihost Sim CAM" is ready', "recording, ", " KiB, 0 gaps", "stopped, ")
        count = judge(bench, self.files[FIRST], FIRST)
        self.expect(done.stdout, f"stopped, {count} packets")
        return f"{count} packets in {SECONDS} s, which ffmpeg decodes"

    def taken_leave(self, bench: Bench) -> str:
        """The CAM saw the service withdrawn, and the end of the connection, with all sessions on it."""
        commands = [e["command"] for e in bench.events("ca_pmt") if e["program"] == FIRST]
        if commands[-1] != "not_selected":
            raise DemoError(f"the CAM was asked for the service by {commands}")
        states = [e["state"] for e in bench.events("connection")]
        if states[-1] != "deleted":
            raise DemoError(f"the connection was {states}")
        return "the service was withdrawn from the CAM, and its connection deleted"

    def until_interrupted(self, bench: Bench) -> str:
        with subprocess.Popen([str(c) for c in self.command(SECOND, 600)], stdout=subprocess.PIPE, text=True) as program:
            said = ""
            for line in program.stdout:
                said += line
                if "recording, " in line and " 0 KiB" not in line:
                    break
            time.sleep(SECONDS)
            program.send_signal(signal.SIGINT)
            said += program.stdout.read()
        if program.returncode:
            raise DemoError(f"after Ctrl-C record ended with exit code {program.returncode}: {said}")
        count = judge(bench, self.files[SECOND], SECOND)
        self.expect(said, f"stopped, {count} packets")
        return f"Ctrl-C ends it with a whole recording of {count} packets"

    def no_channel(self, _bench: Bench) -> str:
        done = self.record(FIRST, 1, "Cinema Onne", status=1)
        self.expect(done.stderr, "did you mean 'Cinema One'?")
        return done.stderr.strip()

    def file_exists(self, _bench: Bench) -> str:
        before = self.files[FIRST].stat().st_size
        done = self.record(FIRST, 1, status=1)
        self.expect(done.stderr, "cannot be created", "No recording is written over")
        if self.files[FIRST].stat().st_size != before:
            raise DemoError("a recording was written over")
        return "a file that exists is left alone"

    def no_cam(self, bench: Bench) -> str:
        bench.ctl("eject")
        done = self.record(FIRST, 1, status=1)
        self.expect(done.stderr, "No CAM was ready within 20 s. CI slot 0 is empty. Put in the CAM")
        bench.ctl("insert")
        return done.stderr.strip()

    def asked(self, bench: Bench) -> str:
        bench.start_daemon(f'name = "virtual"\nfrequency = {FREQUENCY}\n\n[http]\nlisten = "off"\n')
        socket = bench.work / "control.sock"
        done = subprocess.run([self.folder / "why", socket, str(FIRST)], capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise DemoError(f"why ended with exit code {done.returncode}: {done.stderr}")
        answer = json.loads(done.stdout)
        if not answer["cause"] or not answer["sentence"]:
            raise DemoError(f"why answers {done.stdout}")
        bench.daemon.stop()
        gone = subprocess.run([self.folder / "why", socket, str(FIRST)], capture_output=True, text=True, timeout=60)
        if gone.returncode != 1:
            raise DemoError(f"without a daemon why ends with exit code {gone.returncode}")
        self.expect(gone.stderr, "Start cihostd")
        return f"the daemon answers: {answer['sentence']}"

    def identical(self, bench: Bench) -> str:
        bench.sim.stop()
        command = [bench.bin / "cihost-sim", "verify", "--source", bench.source, "--json"]
        for number, file in self.files.items():
            command += ["--recording", f"{number}:{file}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode:
            raise DemoError(f"cihost-sim verify: {done.stdout}{done.stderr}")
        return "byte-identical with the head-end's source"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    parser.add_argument("--examples", type=pathlib.Path, required=True, help="folder of the examples' programs")
    options = parser.parse_args()
    without = subprocess.run([options.examples / "record", "adapter0", __file__, "One", "one.ts", "1"], capture_output=True,
                             text=True, timeout=60)
    if "libdvbv5-dev" in without.stderr:
        print("SKIPPED: this build has no libdvbv5, which reads channel lists")
        return 0
    with tempfile.TemporaryDirectory(prefix="cihost-examples-") as folder:
        bench = Bench(options.bin, pathlib.Path(folder), ["--services", f"{FIRST},{SECOND}"])
        examples = Examples(bench, options.examples)
        return run([examples.start, examples.for_a_time, examples.taken_leave, examples.until_interrupted,
                    examples.no_channel, examples.file_exists, examples.no_cam, examples.asked, examples.identical], bench)


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A virtual receiver and the daemon on it, with what a test asks of both."""
import json
import pathlib
import subprocess
import time

import picture
from programs import Control, DemoError, Program

FREQUENCY = 474_000_000
PATIENCE = 30


class Bench:
    """The five services of picture.py; the daemon is started by start_daemon()."""

    def __init__(self, bin_folder: pathlib.Path, work: pathlib.Path, sim_options: list):
        self.bin, self.work = bin_folder, work
        self.log = work / "events.jsonl"
        self.source = work / "source.ts"
        stream = work / "clear.ts"
        picture.make_stream(stream)
        self.daemon = None
        self.sim = Program("cihost-sim", [
            bin_folder / "cihost-sim", "run", stream, "--dir", work / "nodes", "--crypto-period", 2.5, "--boot-ms", 300,
            "--frequency", FREQUENCY, "--log", self.log, "--source", self.source, *sim_options], work / "cihost-sim.log")

    def start_daemon(self, more: str) -> None:
        """`more` is what stands in the configuration behind the receiver's device."""
        self.sim.wait_for("cihost-sim: ready", 30)
        config = self.work / "cihostd.toml"
        config.write_text(f"""\
[control]
socket = {json.dumps(str(self.work / "control.sock"))}

[recording]
directory = {json.dumps(str(self.work))}

[[receiver]]
device = {json.dumps("virtual:" + str(self.work / "nodes"))}
{more}""")
        self.daemon = Program("cihostd", [self.bin / "cihostd", "--config", config], self.work / "cihostd.log")
        self.control = Control(self.work / "control.sock", self.daemon)

    def stop(self) -> None:
        for program in (self.daemon, self.sim):
            if program:
                program.stop()

    def ctl(self, *command):
        done = subprocess.run([self.bin / "cihost-sim", "ctl", "--dir", self.work / "nodes", *map(str, command)],
                              capture_output=True, text=True)
        if done.returncode:
            raise DemoError(f"cihost-sim ctl {command[0]}: {(done.stderr or done.stdout).strip()}")
        return json.loads(done.stdout) if command[0] in ("services", "status") else done.stdout.strip()

    def events(self, name: str) -> list[dict]:
        # the last line may be half written
        lines = self.log.read_text().splitlines(keepends=True)
        return [e for e in (json.loads(line) for line in lines if line.endswith("\n")) if e["event"] == name]

    def wait(self, what: str, question):
        end = time.monotonic() + PATIENCE
        while True:
            for program in (self.sim, self.daemon):
                program.check()
            receiver = self.control.call("status")["receivers"][0]
            if answer := question(receiver):
                return answer
            if time.monotonic() > end:
                raise DemoError(f"{what}: not within {PATIENCE} s; the receiver is {receiver['state']}, its module "
                                f"{receiver['cams'][0]['state'] if receiver['cams'] else 'missing'}")
            time.sleep(0.05)


def service(receiver: dict, number: int) -> dict:
    return next((s for s in receiver["services"] if s["program_number"] == number), {})


def run(steps: list, bench: Bench) -> int:
    """Each step says in a sentence what it saw; 1 when one fails. The programs are ended."""
    def all_of_them(bench: Bench) -> int:
        for step in steps:
            print(f"ok   {step(bench)}", flush=True)
        if violations := bench.events("violation"):
            raise DemoError(f"the module noted a violation by the host: {json.dumps(violations[0])}")
        return 0
    return status_of(all_of_them, bench)


def status_of(work, bench) -> int:
    """What work(bench) returns; 1 when it fails, which is told with the daemon's last words. The programs are ended."""
    try:
        return work(bench)
    except DemoError as error:
        print(f"FAIL {error}", flush=True)
        if bench.daemon:
            print(bench.daemon.log.read_text(errors="replace")[-3000:])
        return 1
    finally:
        bench.stop()

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The main job on the virtual receiver, from the tuner to a proof.

Starts cihost-sim (tuner, head-end, CAM) and cihostd, records scrambled services of one multiplex while a
service is added, a PMT changes and a service stops, and proves that what was recorded is, byte for byte,
what the head-end had before it scrambled.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import picture
import proof
from programs import Control, DemoError, Program
from table import table

FREQUENCY = 474_000_000


class Demo:
    def __init__(self, arguments):
        self.bin = arguments.bin
        self.out = arguments.out
        self.work = self.out / "details"
        self.file = arguments.file
        self.quick = arguments.quick
        self.keep = arguments.keep
        self.memory_search = arguments.memory_search
        # seconds; the CAM's own crypto period is what a broadcaster uses unless we are in a hurry
        self.crypto_period = 2.5 if self.quick else 10
        self.phases = [3, 2.5, 2.5, 2] if self.quick else [14, 6, 6, 3]
        self.skipped: list[str] = []
        self.problems: list[str] = []
        self.began = time.monotonic()
        self.sim = self.daemon = None
        self.control = None
        self.recordings: dict[int, dict] = {}

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    # -- setting the stage ------------------------------------------------------------------------

    def prepare(self) -> None:
        if self.out.exists():
            # only what an earlier demo wrote; never a folder of the user's
            if any(self.out.iterdir()) and not (self.out / "report.json").exists() and not self.work.exists():
                raise DemoError(f"{self.out} holds files that are not of an earlier demo; name another --out")
            shutil.rmtree(self.out)
        self.work.mkdir(parents=True)
        if self.file is None:
            self.file = self.out.parent / "demo-source.ts"
            if not self.file.exists():
                self.say("making a stream of five services with ffmpeg")
                self.file.parent.mkdir(parents=True, exist_ok=True)
                picture.make_stream(self.file)
        elif not self.file.is_file():
            raise DemoError(f"{self.file} is not a file")

    def choose_services(self) -> None:
        done = subprocess.run([self.bin / "cihost-sim", "services", self.file, "--json"], capture_output=True, text=True)
        if done.returncode:
            raise DemoError((done.stderr or done.stdout).strip().splitlines()[-1])
        plan = json.loads(done.stdout)
        self.remarks = plan.get("remarks", [])
        services = [s for s in plan["services"] if s["scrambled"]]
        if not services:
            raise DemoError(f"{self.file} has no service that could be scrambled")
        self.names = {s["program_number"]: s["name"] or f"Service {s['program_number']}" for s in services}
        numbers = list(self.names)
        self.first, self.added = (numbers[:3], numbers[3]) if len(numbers) > 3 else (numbers[: max(1, len(numbers) - 1)],
                                                                                    numbers[-1] if len(numbers) > 1 else None)
        if self.added is None:
            self.skipped.append("adding a service and stopping one while others run: the stream has only one service")
        elif len(self.first) < 3:
            self.skipped.append(f"three services at once: the stream has only {len(numbers)}")

    def start_programs(self) -> None:
        self.sim = Program("cihost-sim", [
            self.bin / "cihost-sim", "run", self.file, "--dir", self.work / "nodes", "--frequency", FREQUENCY,
            "--crypto-period", self.crypto_period, "--source", self.work / "source.ts", "--on-air", self.out / "scrambled.ts",
            "--log", self.work / "sim-events.jsonl", "--control-words", self.work / "control-words.jsonl"],
            self.work / "cihost-sim.log")
        self.say(self.sim.wait_for("cihost-sim: ready", 20))
        config = self.work / "cihostd.toml"
        config.write_text(f"""\
[control]
socket = {json.dumps(str(self.socket))}

[recording]
directory = {json.dumps(str(self.out))}

[[receiver]]
name = "virtual"
device = {json.dumps("virtual:" + str(self.work / "nodes"))}
frequency = {FREQUENCY}
""")
        self.daemon = Program("cihostd", [self.bin / "cihostd", "--config", config], self.work / "cihostd.log")
        self.control = Control(self.socket, self.daemon)
        self.control.call("trace.start", file=str(self.out / "trace.pcapng"), from_start=True)

    @property
    def socket(self) -> pathlib.Path:
        return self.work / "control.sock"

    # -- the main job -----------------------------------------------------------------------------

    def status(self) -> dict:
        for program in (self.sim, self.daemon):
            program.check()
        return self.control.call("status")["receivers"][0]

    def wait_until(self, what: str, seconds: float, question):
        end = time.monotonic() + seconds
        while True:
            receiver = self.status()
            answer = question(receiver)
            if answer:
                return answer
            if time.monotonic() > end:
                raise DemoError(f"{what} did not happen within {seconds:g} s; receiver: {receiver['state']}"
                                f" ({receiver.get('reason') or 'no reason given'})")
            time.sleep(0.05)

    def service(self, receiver: dict, number: int) -> dict | None:
        return next((s for s in receiver["services"] if s["program_number"] == number), None)

    def record(self, number: int) -> None:
        name = "".join(c if c.isalnum() or c in "-_" else "-" for c in self.names[number]).strip("-") or str(number)
        file = self.out / f"{name}.ts"
        if file.exists():
            file = self.out / f"{name}-{number}.ts"
        answer = self.control.call("record.start", service=number, file=str(file))
        self.recordings[number] = {"id": answer["id"], "file": file}

    def wait_clear(self, numbers: list[int]) -> None:
        for number in numbers:
            service = self.wait_until(
                f"{self.names[number]} clear", 20,
                lambda r, n=number: (s := self.service(r, n)) and s.get("first_clear_at") is not None and s)
            self.say(f"{self.names[number]}: clear after {service['time_to_clear']:.2f} s")

    def stop(self, number: int) -> None:
        recording = self.recordings[number]
        status = self.control.call("status")
        asked = time.monotonic()
        recording["service"] = self.service(status["receivers"][0], number)
        recording["final"] = self.control.call("record.stop", id=recording["id"])
        recording["stopped"] = time.monotonic()
        # first_clear_at is in seconds of the daemon's uptime
        recording["seconds"] = (status["uptime"] - recording["service"]["first_clear_at"]
                                + recording["stopped"] - asked)

    def run(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.status()
            time.sleep(min(0.5, max(0, end - time.monotonic())))

    def main_job(self) -> None:
        cam = self.wait_until("the CAM's list of CA systems", 30,
                              lambda r: next((c for c in r["cams"] if c["ca_system_ids"]), None))
        self.say(f"CAM \"{cam['application']['menu_string']}\" ready, CA systems "
                 + ", ".join(f"{i:04X}" for i in cam["ca_system_ids"]))
        self.wait_until("the multiplex's services", 10,
                        lambda r: all(self.service(r, n) for n in self.names))
        self.say("recording " + ", ".join(self.names[n] for n in self.first))
        for number in self.first:
            self.record(number)
        self.wait_clear(self.first)
        self.run(self.phases[0])

        if self.added is not None:
            self.say(f"adding {self.names[self.added]}")
            self.record(self.added)
            self.wait_clear([self.added])
            self.run(self.phases[1])

        changing = self.first[min(1, len(self.first) - 1)]
        self.say(f"the PMT of {self.names[changing]} changes: its ECMs move to another PID")
        before = self.service(self.status(), changing)["ca_pmts_sent"]
        self.changed = changing
        self.ctl("move-ecm-pid", str(changing))
        self.wait_until("CA_PMT for the changed PMT", 5,
                        lambda r: self.service(r, changing)["ca_pmts_sent"] > before)
        self.run(self.phases[2])

        if self.added is not None:
            self.say(f"stopping {self.names[self.first[0]]}")
            self.stop(self.first[0])
            self.run(self.phases[3])
        for number in [n for n in self.recordings if "final" not in self.recordings[n]]:
            self.stop(number)
        self.receiver = self.status()
        self.trace_size = self.control.call("trace.stop")

    def ctl(self, *command: str) -> None:
        done = subprocess.run([self.bin / "cihost-sim", "ctl", "--dir", self.work / "nodes", *command],
                              capture_output=True, text=True)
        if done.returncode:
            raise DemoError(f"cihost-sim ctl {' '.join(command)}: {(done.stderr or done.stdout).strip()}")

    # -- the proofs -------------------------------------------------------------------------------

    def search_for_control_words(self) -> None:
        """While both programs are alive: their memory is part of it."""
        words = proof.control_words(self.work / "control-words.jsonl")
        self.say(f"searching what the daemon wrote, said and holds for the {len(words)} control words used")
        findings, size, known = [], 0, None
        if not words:
            self.problems.append("the simulator listed no control word: there was nothing to search for")
        if self.memory_search:
            try:
                findings, size = proof.search_memory(words, self.daemon.process.pid)
                known = proof.count_in_memory(words, self.sim.process.pid)
            except PermissionError as error:
                self.problems.append(f"{error}, so nothing was proven of it; --no-memory-search goes without")
            else:
                if size < proof.LEAST_MEMORY:
                    self.problems.append(f"only {size} bytes of the daemon's memory could be searched")
                if known == 0:
                    self.problems.append("the search found no control word in the simulator's own memory: it proves nothing")
        else:
            self.skipped.append("the search of the daemon's memory: --no-memory-search")
        self.proof = {"control_words": len(words), "memory_bytes": size, "found_in_simulator_memory": known,
                      "findings": findings}
        self._words = words

    def search_files(self) -> None:
        mine = [self.out / "trace.pcapng", self.work / "cihostd.log", *(r["file"] for r in self.recordings.values())]
        self.problems += [f"{f} is missing: it could not be searched" for f in mine if not f.exists()]
        findings, size = proof.search_files(self._words, [f for f in mine if f.exists()])
        findings += proof.search(self._words, "a message of the control socket", bytes(self.control.heard))
        self.proof["file_bytes"] = size
        self.proof["message_bytes"] = len(self.control.heard)
        self.proof["findings"] += findings
        self.problems += self.proof["findings"]

    def verify(self) -> None:
        self.say("comparing every recorded packet with the head-end's source")
        command = [self.bin / "cihost-sim", "verify", "--source", self.work / "source.ts",
                   "--on-air", self.out / "scrambled.ts", "--json"]
        for number, recording in self.recordings.items():
            command += ["--recording", f"{number}:{recording['file']}"]
        done = subprocess.run(command, capture_output=True, text=True)
        try:
            self.verdict = json.loads(done.stdout)
        except ValueError:
            raise DemoError(f"cihost-sim verify failed: {(done.stderr or done.stdout).strip()}") from None
        for recording in self.verdict["recordings"]:
            for problem in recording["problems"]:
                self.problems.append(f"{self.names[recording['program_number']]}: {problem}")
            made = self.recordings[recording["program_number"]]
            self.problems += [
                f"{self.names[recording['program_number']]}: {sentence}" for sentence in proof.recording_problems(
                    made["final"], made["service"], recording, made["seconds"], self.source_ended - made["stopped"],
                    self.stood_still)]
        self.problems += self.verdict.get("problems", [])

    def judge_by_ffmpeg(self) -> None:
        self.say("asking ffmpeg what a viewer gets")
        for number, recording in self.recordings.items():
            recording["source"] = picture.decoded_frames(self.work / "source.ts", number)
            recording["before"] = picture.decoded_frames(self.out / "scrambled.ts", number)
            recording["after"] = picture.decoded_frames(recording["file"])
            self.problems += [f"{self.names[number]}: {sentence}" for sentence in proof.decoding_problems(
                recording["source"], recording["before"], recording["after"])]
        shown = next((n for n in self.recordings if self.recordings[n]["after"]["video"]), next(iter(self.recordings)))
        self.pictures = {
            "service": self.names[shown],
            "before.png": picture.picture_of(self.out / "scrambled.ts", self.out / "before.png", shown),
            "after.png": picture.picture_of(self.recordings[shown]["file"], self.out / "after.png")}

    def judge_the_simulator(self) -> None:
        """The CAM writes down what a host must not do; a host that did any of it has failed."""
        events = [json.loads(line) for line in (self.work / "sim-events.jsonl").read_text().splitlines()]
        self.problems += [f"the CAM noted a violation by the host: {json.dumps(event)}"
                          for event in events if event["event"] == "violation"]
        # opening a big file takes a while too: nobody was listening yet
        locked = next(event["t"] for event in events if event["event"] == "lock")
        self.stood_still = sum(event["seconds"] for event in events if event["event"] == "skip" and event["t"] > locked)
        if self.stood_still:
            self.remarks.append(f"the machine was too busy: the head-end left out {self.stood_still:.1f} s")
        self.problems += [f"{self.names[self.changed]}: {sentence}"
                          for sentence in proof.pmt_change_problems(events, self.changed)]

    # -- what people see --------------------------------------------------------------------------

    def report(self) -> None:
        cam = next(c for c in self.receiver["cams"] if c["ca_system_ids"])
        rows = []
        services = []
        for number, recording in self.recordings.items():
            service = recording["service"]
            verified = next(r for r in self.verdict["recordings"] if r["program_number"] == number)
            on_air = next(s for s in self.verdict["on_air"] if s["program_number"] == number)
            after = recording["final"]["scrambled_packets"]
            errors = recording["final"]["continuity_errors"]
            if after:
                self.problems.append(f"{self.names[number]}: {after} packets scrambled after the first clear one")
            if errors:
                self.problems.append(f"{self.names[number]}: {errors} continuity errors")
            rows.append([number, self.names[number], f"{service['time_to_clear']:.2f} s", service["ecms"],
                         service["crypto_periods"], f"{on_air['scrambled_packets']:,}",
                         f"{service['scrambled_before_clear']:,}", after, errors,
                         f"{verified['packets_compared']:,}", "yes" if verified["identical"] else "NO"])
            services.append({"program_number": number, "name": self.names[number], "file": recording["file"].name,
                             "time_to_clear_s": service["time_to_clear"], "ecms": service["ecms"],
                             "crypto_periods": service["crypto_periods"],
                             "packets_scrambled_on_air": on_air["scrambled_packets"],
                             "packets_scrambled_before": service["scrambled_before_clear"],
                             "packets_scrambled_after": after, "continuity_errors": errors,
                             "frames_decoded": {"source": recording["source"], "before": recording["before"],
                                                "after": recording["after"]},
                             "verified": verified})
        # written last, so that the verdict in it is the one shown
        report = {"passed": not self.problems, "problems": self.problems, "skipped": self.skipped,
                  "remarks": self.remarks, "cam": cam, "services": services, "proof": self.proof,
                  "pictures": self.pictures, "receiver": self.receiver}
        (self.out / "report.json").write_text(json.dumps(report, indent=2) + "\n")

        application = cam["application"]
        print(f"\nCAM        \"{application['menu_string']}\", manufacturer {application['manufacturer']:04X},"
              f" CA systems {', '.join(f'{i:04X}' for i in cam['ca_system_ids'])}")
        print(f"CAM start  {cam['ready_to_ca_info']:.2f} s from READY to its CA systems\n")
        print(table(["no.", "service", "time to clear", "ECMs", "periods", "scrambled on air", "before", "after",
                     "CC errors", "packets compared", "identical"], rows))
        held = self.proof
        print(f"\n{held['control_words']} control words searched for in {held['memory_bytes'] / 1e6:.0f} MB of the daemon's"
              f" memory, {held['file_bytes'] / 1e6:.0f} MB of its files and {held['message_bytes'] / 1e3:.0f} kB of its"
              f" messages: {'none found' if not held['findings'] else 'FOUND'}")
        print(f"pictures of {self.pictures['service']}: before.png is {self.pictures['before.png']};"
              f" after.png is {self.pictures['after.png']}")
        for text in self.remarks:
            print(f"remark: {text}")
        for text in self.skipped:
            print(f"skipped: {text}")
        for text in self.problems[:20]:
            print(f"PROBLEM: {text}")
        if len(self.problems) > 20:
            print(f"… and {len(self.problems) - 20} more in report.json")
        print(f"\neverything is in {self.out}/")
        print("demo: " + ("passed" if not self.problems else "FAILED"))

    # -- from end to end --------------------------------------------------------------------------

    def perform(self) -> int:
        self.prepare()
        self.choose_services()
        try:
            self.start_programs()
            self.main_job()
            self.search_for_control_words()
        finally:
            for program in (self.daemon, self.sim):
                if program is not None:
                    if program is self.sim:
                        self.source_ended = time.monotonic()
                    code = program.stop()
                    if code:
                        self.problems.append(f"{program.name} ended with exit code {code}; see {program.log}")
        self.search_files()
        self.judge_the_simulator()
        self.verify()
        self.judge_by_ffmpeg()
        self.report()
        if not self.keep and not self.problems:
            (self.work / "source.ts").unlink()
        return 1 if self.problems else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev demo", description=__doc__.split("\n\n")[0] + " " + __doc__.split("\n\n")[1],
                                     epilog="Exit codes: 0 every service clear and byte-identical, 1 it was not, 2 usage.")
    parser.add_argument("file", nargs="?", type=pathlib.Path, metavar="FILE.ts",
                        help="a clear transport stream to scramble and clear again (default: one made with ffmpeg)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("build/demo"), metavar="DIR",
                        help="folder for the results (default build/demo)")
    parser.add_argument("--quick", action="store_true", help="crypto periods of 2.5 s and a run of 15 s instead of 40")
    parser.add_argument("--keep", action="store_true", help="keep the head-end's clear source too (details/source.ts)")
    parser.add_argument("--no-memory-search", dest="memory_search", action="store_false",
                        help="do not search the daemon's memory, where the system does not permit it")
    parser.add_argument("--cwd", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("--sample", help=argparse.SUPPRESS)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.sample:
        folder = os.environ.get("CIHOST_SAMPLES")
        if not folder or not (pathlib.Path(folder) / arguments.sample).exists():
            print("SKIPPED: no CIHOST_SAMPLES with " + arguments.sample)
            return 0
        arguments.file = pathlib.Path(folder) / arguments.sample
    if arguments.cwd:
        # what the user typed is relative to where the user stands
        if arguments.out != parser.get_default("out"):
            arguments.out = arguments.cwd / arguments.out
        if arguments.file:
            arguments.file = arguments.cwd / arguments.file
    arguments.out = arguments.out.absolute()
    arguments.bin = arguments.bin.absolute()
    try:
        return Demo(arguments).perform()
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("demo: interrupted", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""`cihost why` with the real programs: virtual receivers with one fault each, all in one daemon, and what is said of each.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

import picture
from bench import status_of
from programs import Control, DemoError, Program

FREQUENCY, ELSEWHERE = 474_000_000, 522_000_000
PATIENCE = 30
FIRST, SECOND, THIRD, EXCLUDED, IN_CLEAR, LOST, FARAWAY = 101, 102, 103, 104, 105, 900, 901

# kinds of CAM that only this test has use for
CAMS = {
    "stranger": 'description = "For another provider."\n[module]\nname = "Stranger CAM"\nca_systems = [0x1702]\n',
    "no-card": 'description = "Says that its card is not entitled."\n[module]\nname = "Honest CAM"\n[ca_pmt]\nreplies = true\n',
    "refuser": 'description = "Says no."\n[module]\nname = "Refusing CAM"\n[ca_pmt]\nreplies = true\nrefuses = true\n',
}


@dataclass
class Row:
    """One fault: the receiver that has it, and what is to be said."""
    name: str
    cause: str
    words: list[str]
    service: int | str = FIRST
    # of the virtual receiver; none: there is none
    sim: list[str] | None = field(default_factory=list)
    # told to it before the daemon comes, and when `service` is clear
    before: list[list] = field(default_factory=list)
    after: list[list] = field(default_factory=list)
    # of the daemon's receiver
    wanted: list[int] = field(default_factory=lambda: [FIRST])
    config: str = f"frequency = {FREQUENCY}"
    # what may be said a moment earlier or later: a module comes and goes, or answers by and by
    also: tuple[str, ...] = ()
    evidence: list[str] = field(default_factory=list)
    # the receiver of another row
    at: str | None = None


ROWS = [
    Row("healthy", "clear", ["has been clear for", "nothing is wrong"], evidence=["Good CAM", "sent 1 time"],
        sim=["--cam", "good"]),
    Row("not wanted", "not_wanted", ["nothing asks for it", "If it were asked for: Slot 0 of healthy", "knows its CA system 4AFE"],
        service=SECOND, at="healthy"),
    Row("in clear", "clear", ["broadcast in clear"], service=IN_CLEAR, at="healthy"),
    Row("excluded", "excluded", ["leaves it scrambled"], service=EXCLUDED, wanted=[EXCLUDED]),
    Row("no device", "no_device", ["cannot be used", "cihost-sim run"], sim=None),
    Row("no lock", "no_lock", ["no lock", "474 MHz"], before=[["lock-loss", 3600]], evidence=["no, for"]),
    Row("lock lost", "no_lock", ["no lock"], after=[["lock-loss", 3600]]),
    Row("bad signal", "bad_reception", ["The signal is too bad", "damaged or lost"], before=[["noise", 1]],
        evidence=["marked damaged"]),
    Row("damaged", "clear_damaged", ["is clear, but", "reception is damaged"], after=[["noise", 200]],
        evidence=["C/N 8.5 dB", "gaps"]),
    Row("slow machine", "overload", ["did not read in time", "were lost"], sim=["--no-cam"], before=[["slow-host", 3600]],
        evidence=["too slow to fetch them"]),
    Row("losing packets", "clear_damaged", ["is clear, but", "did not read them in time"], after=[["slow-host", 3600]],
        evidence=["too slow to fetch them"]),
    Row("no PAT", "no_pat", ["PAT"], before=[["withhold", "pat"]]),
    Row("wrong multiplex", "wrong_multiplex", ["another multiplex", "transport stream id is 1, not 77"], service=LOST,
        wanted=[LOST], config='channel = "Lost"', evidence=["expected 77"]),
    Row("elsewhere", "not_in_multiplex", ["not in this multiplex", "Cinema One"], service=LOST, wanted=[LOST]),
    Row("no PMT", "no_pmt", ["PMT"], before=[["withhold", "pmt", FIRST]]),
    Row("no ECM", "no_ecm", ["No ECM", "no module can descramble it"], before=[["withhold", "ecm", FIRST]],
        evidence=["0 on PID"]),
    Row("ECMs stop", "clear_interrupted", ["no ECM has come for", "old keys"], after=[["withhold", "ecm", FIRST]]),
    Row("no slot", "no_ca_device", ["CI slot cannot be used", "has no slot"], sim=["--slots", "0"]),
    Row("no CAM", "no_module", ["no module in the CI slot"], sim=["--no-cam"]),
    Row("CAM taken out", "no_module", ["no module in the CI slot"], after=[["eject"]]),
    Row("CAM starts", "starting", ["is starting"], sim=["--boot-ms", "600000"]),
    Row("other CA system", "no_common_ca_system", ["uses the CA systems 4AFE", "the module knows 1702"], sim=["--cam", "stranger"]),
    Row("over capacity", "over_capacity", ["as much as it can descramble"], sim=["--cam", "cheap-few-pids"], service=THIRD,
        wanted=[FIRST, SECOND, THIRD], config=f'frequency = {FREQUENCY}\ncam_profile = "few-pids"', evidence=["at most 4 streams"]),
    Row("not entitled", "not_entitled", ['"Honest CAM" answers', "no entitlement"], sim=["--cam", "no-card"],
        before=[["withhold", "emm"]], evidence=["CA_PMT_REPLY"]),
    Row("silent about its card", "scrambled", ["may not be entitled"], before=[["withhold", "emm"]],
        also=("requested", "restarting", "starting", "queued")),
    Row("refused", "refused", ['"Refusing CAM" answers', "technical reasons"], sim=["--cam", "refuser"]),
    Row("menu", "menu_waiting", ['"Parental CAM" shows', "may wait for an answer"], sim=["--cam", "pin-asker"]),
    Row("CAM silent", "module_silent", ["does not answer"], after=[["faults", "silent"]], also=("restarting", "starting")),
    Row("CAM recovers", "restarting", ["broke off", "restarted"], at="CAM silent", also=("module_silent", "starting")),
    Row("not received", "not_received", ["522 MHz", "nothing asks for it", "free is tuned for it"], service="Faraway",
        config="", wanted=[]),
    Row("unknown", "unknown_service", ["did you mean 'Cinema One'?"], service="Cinema Onne", at="none"),
]


class Bench:
    def __init__(self, bin_folder: pathlib.Path, work: pathlib.Path):
        self.bin, self.work = bin_folder, work
        self.stream = work / "clear.ts"
        picture.make_radio(self.stream)
        for name, text in CAMS.items():
            (work / f"{name}.cam.toml").write_text(text)
        self.sims, self.daemon, self.control = {}, None, None

    def start(self) -> None:
        rows = [row for row in ROWS if row.at is None]
        for row in rows:
            if row.sim is not None:
                self.sims[row.name] = self.start_sim(row)
        for row in rows:
            if row.sim is not None:
                self.sims[row.name].wait_for("cihost-sim: ready", 30)
                for command in row.before:
                    self.ctl(row, *command)
        config = self.work / "cihostd.toml"
        config.write_text(self.configuration(rows))
        self.daemon = Program("cihostd", [self.bin / "cihostd", "--config", config], self.work / "cihostd.log")
        self.control = Control(self.work / "control.sock", self.daemon)

    def nodes(self, row: Row) -> pathlib.Path:
        return self.work / row.name.replace(" ", "-")

    def start_sim(self, row: Row) -> Program:
        options = [self.work / f"{o}.cam.toml" if o in CAMS else o for o in row.sim]
        scrambled = f"{FIRST},{SECOND},{THIRD},{EXCLUDED}"
        return Program("cihost-sim", [self.bin / "cihost-sim", "run", self.stream, "--dir", self.nodes(row), "--services", scrambled,
                                      "--crypto-period", 2, "--frequency", FREQUENCY,
                                      *([] if "--boot-ms" in options else ["--boot-ms", 300]), *options],
                       self.work / f"{self.nodes(row).name}.log")

    def ctl(self, row: Row, *command) -> None:
        done = subprocess.run([self.bin / "cihost-sim", "ctl", "--dir", self.nodes(row), *map(str, command)],
                              capture_output=True, text=True)
        if done.returncode:
            raise DemoError(f"cihost-sim ctl {command[0]}: {(done.stderr or done.stdout).strip()}")

    def configuration(self, rows: list[Row]) -> str:
        channels = self.work / "channels.conf"
        channels.write_text("".join(
            f"[{name}]\n\tSERVICE_ID = {number}\n\tFREQUENCY = {hz}\n\tBANDWIDTH_HZ = 8000000\n\tDELIVERY_SYSTEM = DVBT\n"
            f"\tTRANSPORT_ID = {stream}\n\n"
            for name, number, hz, stream in [("Lost", LOST, FREQUENCY, 77), ("Faraway", FARAWAY, ELSEWHERE, 1)]))
        quoted = json.dumps
        text = f"""\
[control]
socket = {quoted(str(self.work / "control.sock"))}

[recording]
directory = {quoted(str(self.work))}

[cam]
learn = false

[channels]
file = {quoted(str(channels))}

[[assign]]
service = {EXCLUDED}
descramble = false
"""
        for row in rows:
            name = "free" if row.name == "not received" else row.name
            text += f"""
[[receiver]]
name = {quoted(name)}
device = {quoted("virtual:" + str(self.nodes(row)))}
services = {row.wanted}
{row.config}
"""
        return text

    def why(self, row: Row) -> dict:
        options = {}
        if isinstance(row.service, int):
            options["receiver"] = row.at or row.name
        return self.control.call("why", service=row.service, **options)

    def stop(self) -> None:
        for program in [self.daemon, *self.sims.values()]:
            if program:
                program.stop()


def fits(row: Row, answer: dict) -> bool:
    shown = json.dumps(answer["evidence"])
    return (answer["cause"] == row.cause and all(word in answer["sentence"] for word in row.words)
            and all(json.dumps(text)[1:-1] in shown for text in row.evidence))


def wait_for(rows: list[Row], bench: Bench, question) -> dict[str, dict]:
    """Until `question` is answered by yes for all; the latest answers."""
    end = time.monotonic() + PATIENCE
    left, answers = list(rows), {}
    while left:
        for program in [bench.daemon, *bench.sims.values()]:
            program.check()
        for row in list(left):
            answers[row.name] = bench.why(row)
            if question(row, answers[row.name]):
                left.remove(row)
        if left and time.monotonic() > end:
            break
        time.sleep(0.1)
    return {row.name: answers[row.name] for row in left}


def same_as_status(row: Row, bench: Bench) -> str:
    """What `status` says of the service beside `why`: the same cause."""
    if not isinstance(row.service, int):
        return ""
    for _ in range(3): # between two questions something may have changed
        answer = bench.why(row)
        services = bench.control.call("services")["services"]
        shown = [s for s in services if s["receiver"] == answer["receiver"] and s["program_number"] == row.service]
        cause = "clear" if answer["clear"] else answer["cause"]
        if not shown or shown[0]["state"] == cause:
            return ""
    return f"status says '{shown[0]['state']}', why '{answer['cause']}'"


def cli(bench: Bench, *arguments) -> tuple[int, str]:
    done = subprocess.run([bench.bin / "cihost", "--socket", bench.work / "control.sock", "why", *map(str, arguments)],
                          capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def commands(bench: Bench) -> list[str]:
    wrong = []

    def expect(status: int, words: list[str], *arguments) -> None:
        got, text = cli(bench, *arguments)
        if got != status or not all(word in text for word in words):
            wrong.append(f"cihost why {' '.join(map(str, arguments))}: status {got}, not {status}: {text}")

    expect(0, ["Cinema One (101): clear", "nothing is wrong", "CA systems of the service"], FIRST, "--receiver", "healthy")
    expect(0, ["broadcast in clear"], IN_CLEAR, "--receiver", "healthy")
    expect(5, ["Cinema One (101): no module", "Put in the CAM"], FIRST, "--receiver", "no CAM")
    expect(5, ["did you mean 'Cinema One'?"], "Cinema Onne")
    expect(5, ['"cause":"no_pat"'], FIRST, "--receiver", "no PAT", "--json")
    expect(1, ["There is no receiver 'attic'"], FIRST, "--receiver", "attic")
    return wrong


def run(bench: Bench) -> int:
    began = time.monotonic()
    bench.start()
    later = [row for row in ROWS if row.after]
    if unready := wait_for(later, bench, lambda row, answer: answer["cause"] == "clear"):
        raise DemoError(f"not clear before anything was done to it: {json.dumps(unready, indent=1)}")
    for row in later:
        for command in row.after:
            bench.ctl(row, *command)
    failed = wait_for(ROWS, bench, fits)
    if not failed:
        # what is said once stays said
        steady = {row.name: row for row in ROWS}
        again = {name: bench.why(row) for name, row in steady.items()}
        failed = {name: answer for name, answer in again.items()
                  if answer["cause"] != steady[name].cause and answer["cause"] not in steady[name].also}
    for row in ROWS:
        print(f"{'FAIL' if row.name in failed else 'ok  '} {row.name}: {row.cause}")
    wrong = [f"{row.name}: {text}" for row in ROWS if not row.also and (text := same_as_status(row, bench))]
    wrong += commands(bench)
    for name, answer in failed.items():
        print(name, json.dumps(answer, indent=1))
    for text in wrong:
        print(f"FAIL {text}")
    named = len(ROWS) - len(failed)
    print(f"why names the right cause for {named} of {len(ROWS)} faults, in {time.monotonic() - began:.1f} s")
    return 1 if failed or wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cihost-why-") as folder:
        return status_of(run, Bench(options.bin, pathlib.Path(folder)))


if __name__ == "__main__":
    sys.exit(main())

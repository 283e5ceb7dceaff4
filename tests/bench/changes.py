# SPDX-License-Identifier: LGPL-2.1-or-later
"""What services that run lose while others come and go and PMTs change, on CAMs that punish wrong commands.

Three services are recorded all the time. Around them one is started, its PMT changes, the PMT of one of the three
changes, the one that was started is stopped; and so on. What the three lost, the head-end's own source tells, packet by
packet, and the recordings themselves.
"""
import json
import pathlib
import subprocess
import time

from programs import DemoError

#: kind of CAM, what it does wrong when it may, and the profile that it needs where its name does not tell
KINDS = [("list-restarts", "restarts all at an ONLY or a list", ""),
         ("update-rekeys", "stops the others at an UPDATE", "update-rekeys")]
CHANGES = 1000
RUNNING = 3
#: of two changes to the same thing; the CAM's answer takes its time, too
PACE = 0.06
PATIENCE = 8


def effect(bench, number: int, told: int) -> int:
    """How often the CAM was told of a service, once that is more often than before."""
    end = time.monotonic() + PATIENCE
    while (sent := bench.service(number).get("ca_pmts_sent", 0)) <= told:
        if time.monotonic() > end:
            raise DemoError(f"the CAM was not told of service {number} within {PATIENCE} s; logs in {bench.folder}")
        time.sleep(0.01)
    return sent


class Round:
    """A service comes, changes and goes, and one that runs changes."""

    def __init__(self, bench, running: list[int], others: list[int]):
        self.bench, self.running, self.others = bench, running, others
        self.told = {number: bench.service(number)["ca_pmts_sent"] for number in running}
        self.changes = 0

    def change(self, work) -> None:
        began = time.monotonic()
        work()
        self.changes += 1
        time.sleep(max(0.0, began + PACE - time.monotonic()))

    def pmt(self, number: int) -> None:
        self.bench.ctl("move-ecm-pid", service=number)
        self.told[number] = effect(self.bench, number, self.told[number])

    def start(self, number: int) -> None:
        file = self.bench.folder / f"coming-{self.changes}.ts"
        self.coming = self.bench.record(number, file), file
        self.told[number] = effect(self.bench, number, 0)

    def stop(self) -> None:
        recording, file = self.coming
        self.bench.control.call("record.stop", id=recording)
        file.unlink(missing_ok=True)

    def run(self, turn: int) -> None:
        other, runs = self.others[turn % len(self.others)], self.running[turn % len(self.running)]
        self.change(lambda: self.start(other))
        self.change(lambda: self.pmt(other))
        self.change(lambda: self.pmt(runs))
        self.change(self.stop)


def verify(bench, recordings: dict[int, pathlib.Path]) -> list[dict]:
    command = [bench.build / "bin/cihost-sim", "verify", "--source", bench.sent, "--json"]
    for number, file in recordings.items():
        command += ["--recording", f"{number}:{file}"]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    try:
        return json.loads(done.stdout)["recordings"]
    except ValueError:
        raise DemoError(f"cihost-sim verify failed: {(done.stderr or done.stdout).strip()}") from None


def measure(bench_at, kind: str, profile: str) -> dict:
    name = f"changes-{kind}"
    lines = f'[cam]\nprofile = "{profile}"\n' if profile else ""
    with bench_at(name, "--cam", kind, "--authorised", "--boot-ms", 200, "--think-ms", 2, "--ecm-ms", 50, "--ecm-period-ms", 40,
                  "--crypto-period", 2.5, daemon=lines, dump=True) as bench:
        bench.ca_info()
        numbers = bench.scrambled_services()
        running, others = numbers[:RUNNING], numbers[RUNNING:]
        files = {number: bench.folder / f"{number}.ts" for number in running}
        recordings = {number: bench.record(number, file) for number, file in files.items()}
        bench.until_clear(running)
        began, round_ = time.monotonic(), Round(bench, running, others)
        restarts = len(bench.events("service_restarts"))
        for turn in range(CHANGES // 4):
            round_.run(turn)
        took = time.monotonic() - began
        time.sleep(2)  # what the last change did to the others shows by then
        final = [bench.control.call("record.stop", id=recording) for recording in recordings.values()]
        restarts = len(bench.events("service_restarts")) - restarts
    compared = verify(bench, files)
    streams = [s for r in compared for s in r["streams"]]
    result = {"changes": round_.changes, "took": took, "restarts": restarts, "packets": sum(r["packets_compared"] for r in compared),
              "lost": sum(s["missing"] + s["changed"] + s["surplus"] for s in streams),
              "scrambled": sum(f["scrambled_packets"] for f in final) + sum(s["scrambled"] for s in streams),
              "continuity_errors": sum(f["continuity_errors"] + f["dropped_packets"] for f in final)}
    for file in bench.folder.glob("*.ts"):
        file.unlink()
    return result


def rows(bench_at, row) -> None:
    for kind, what, profile in KINDS:
        m = measure(bench_at, kind, profile)
        row(f"{m['changes']:,} changes on a CAM that {what}: packets of {RUNNING} running services lost or scrambled",
            m["lost"] + m["scrambled"] + m["continuity_errors"], "packets", 0,
            f"of {m['packets']:,} compared, in {m['took']:.0f} s; {m['scrambled']} scrambled, {m['lost']} not the source's, "
            f"{m['continuity_errors']} gaps; the CAM restarted services {m['restarts']} times")

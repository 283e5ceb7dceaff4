# SPDX-License-Identifier: LGPL-2.1-or-later
"""How long the host's own share of an exchange with the CAM takes."""
import statistics
import time

ROUNDS = 7
PMT_CHANGES = 60
# What a module sends of its own accord until its CA systems are known, each after its think time.
CAM_OBJECTS = ["open Resource Manager", "profile", "profile_enq", "open Application Information", "application_info",
               "open CA Support", "ca_info"]


def cam_start(bench_at, think_ms: int) -> list[float]:
    """Milliseconds from READY to ca_info, beyond what the CAM itself takes (its think time for each object it
    sends of its own accord until then)."""
    beyond = []
    for number in range(ROUNDS):
        with bench_at(f"start-{think_ms}-{number}", "--boot-ms", 200, "--think-ms", think_ms) as bench:
            taken = bench.ca_info()["ready_to_ca_info"] * 1000
        beyond.append(taken - len(CAM_OBJECTS) * think_ms)
    return beyond


def cam_start_rows(bench_at, row) -> None:
    for think in (0, 20):
        beyond = cam_start(bench_at, think)
        row(f"CAM start beyond the CAM's own time, think time {think} ms", statistics.median(beyond), "ms", 50,
            f"median of {len(beyond)}, {min(beyond):.1f} to {max(beyond):.1f}")


def pmt_to_ca_pmt(bench_at) -> list[float]:
    """Milliseconds from the last packet of a changed PMT to the CA_PMT's hand-over to the device."""
    taken = []
    with bench_at("pmt", "--boot-ms", 100) as bench:
        bench.ca_info()
        numbers = bench.scrambled_services()[:3]
        for number in numbers:
            bench.record(number, bench.folder / f"{number}.ts")
        bench.until_clear(numbers)
        for change in range(PMT_CHANGES):
            number = numbers[change % len(numbers)]
            sent = bench.service(number)["ca_pmts_sent"]
            bench.ctl("move-ecm-pid", service=number)
            done = bench.until(lambda _, n=number, s=sent: (x := bench.service(n))["ca_pmts_sent"] > s and x)
            taken.append((done["ca_pmt_handed_at"] - done["pmt_complete_at"]) * 1000)
            time.sleep(0.1)
    return taken


def pmt_rows(bench_at, row) -> None:
    taken = sorted(pmt_to_ca_pmt(bench_at))
    row("PMT content complete to CA_PMT handed over, p99", taken[int(len(taken) * 0.99)], "ms", 1,
        f"{len(taken)} changes, median {statistics.median(taken):.3f}")

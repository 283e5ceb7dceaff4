# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the daemon costs while nothing happens."""
import time

import virtual

SETTLE = 5
MEASURE = 20
SWITCHES = 15  # a second, whole process
RESIDENT, ANONYMOUS = 10 << 10, 4 << 10  # KiB


def watch(pid: int) -> dict:
    time.sleep(SETTLE)
    before, cpu, began = virtual.context_switches(pid), virtual.cpu_seconds(pid), time.monotonic()
    time.sleep(MEASURE)
    after, seconds = virtual.context_switches(pid), time.monotonic() - began
    # in the order in which they were started, the control thread first
    per = [tuple((b - a) / seconds for a, b in zip(before.get(thread, (0, 0)), after[thread])) for thread in sorted(after)]
    resident, anonymous = virtual.memory_kib(pid)
    return {"switches": sum(v + i for v, i in per), "forced": sum(i for _, i in per), "by_thread": [v + i for v, i in per], "cpu_ms": (virtual.cpu_seconds(pid) - cpu) / seconds * 1000,
            "resident": resident, "anonymous": anonymous}


def note(m: dict) -> str:
    parts = " + ".join(f"{count:.1f}" for count in m["by_thread"] if count >= 0.05)
    return f"by thread {parts}, of them {m['forced']:.1f} because others had the processor; {m['cpu_ms']:.1f} ms/s of CPU"


def rows(bench_at, row) -> None:
    # the PIDs that are asked for alone, as of a tuner of the kernel
    with bench_at("idle", "--boot-ms", 200, "--authorised", receiver="full_multiplex = false") as bench:
        bench.ca_info()
        number = bench.scrambled_services()[0]
        idle = watch(bench.daemon.process.pid)
        bench.record(number, bench.folder / f"{number}.ts")
        bench.until_clear([number])
        busy = watch(bench.daemon.process.pid)
    row("idle with one CAM, tuned: context switches", idle["switches"], "1/s", SWITCHES, note(idle))
    row("idle with one CAM, tuned: resident memory", idle["resident"], "KiB", RESIDENT, "")
    row("idle with one CAM, tuned: of it anonymous", idle["anonymous"], "KiB", ANONYMOUS, "")
    row("one service recorded, clear: resident memory", busy["resident"], "KiB", RESIDENT,
        f"{busy['switches']:.0f} context switches a second; {note(busy)}")
    row("one service recorded, clear: of it anonymous", busy["anonymous"], "KiB", ANONYMOUS, "")

# SPDX-License-Identifier: LGPL-2.1-or-later
"""A full CI slot through the stream pump, beside a bare loop; see stream_path.cpp."""
import json
import statistics
import subprocess

from programs import DemoError

ROUNDS, SECONDS = 3, 4
#: What a driver hands over at once: 6,016 bytes, the least that Digital Devices' bridge moves, and one of its DMA buffers.
PORTIONS = (32, 672)
CPU = 10  # ms/s: 1 % of a core
PACKETS_A_CALL = 32


def measure(bench_at, portion: int) -> dict:
    folder = bench_at.scratch / f"slot-{portion}"
    folder.mkdir()
    command = [bench_at.build / "tests/bench/stream_path", folder, portion, ROUNDS, SECONDS]
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode:
        raise DemoError(done.stderr.strip() or f"stream_path ended with exit code {done.returncode}")
    runs = [json.loads(line) for line in done.stdout.splitlines()]
    cpu = {what: [r["cpu_ms_s"] for r in runs if r["what"] == what] for what in ("bare", "pump")}
    return {"bare": statistics.median(cpu["bare"]), "pump": statistics.median(cpu["pump"]), "all": cpu,
            "above": statistics.median(p - b for p, b in zip(cpu["pump"], cpu["bare"])),
            "packets_a_call": min(r["packets"] / r["calls"] for r in runs if r["what"] == "pump"),
            "bare_packets_a_call": min(r["packets"] / r["calls"] for r in runs if r["what"] == "bare")}


def rows(bench_at, row) -> None:
    for portion in PORTIONS:
        m = measure(bench_at, portion)
        row(f"full CI slot, {portion} packets at once: CPU above a bare loop", m["above"], "ms/s", CPU,
            f"{m['pump']:.1f} against {m['bare']:.1f}; each run {', '.join(f'{v:.1f}' for v in m['all']['pump'])} against "
            f"{', '.join(f'{v:.1f}' for v in m['all']['bare'])}")
        row(f"full CI slot, {portion} packets at once: packets a system call", m["packets_a_call"], "packets", PACKETS_A_CALL,
            f"read, write and poll; the bare loop {m['bare_packets_a_call']:.0f}", at_least=True)

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same work, the same lab, the same CAM: dvblast, gnutv, MuMuDVB, VDR, then cihost, several rounds.

Each run of a host in the lab is measured by measure.py; here the table is made of them.
"""
import argparse
import datetime
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "demo")]
import hosts
import packages
import picture
from table import table

OURS = "cihost"
#: no host, see hosts.BareLoop
BARE = "bare loop"
# What the standard and the kernel make every host wait for
CAM_START_OBJECTS = 6  # what the module sends of its own accord until it is asked for its CA systems
ECM_PERIOD_MS, BOOT_MS, THINK_MS, ECM_MS = 100, 300, 20, 150
AIR_STEP_MS, PICTURE_MS = 20, 40  # the simulator's air comes in steps; a stream that becomes clear is of use from a picture's start
POLL_MS, KERNEL_STEPS, POLLED_EXCHANGES = 100, 1, 19

#: key, what people read, unit, kind of run, factor to the unit; smaller is better in all of them
FIGURES = [
    ("connection", "start to connection with the CAM", "ms", "start", 1000),
    ("ca_info", "start to ca_info", "ms", "start", 1000),
    ("ca_pmt", "start to CA_PMT", "ms", "start", 1000),
    ("clear", "start to first clear packet out", "ms", "start", 1000),
    ("connection", "inserted to connection", "ms", "hot", 1000),
    ("clear", "inserted to first clear packet out", "ms", "hot", 1000),
    ("reinserted", "pulled, inserted again to clear", "ms", "start", 1000),
    ("pmt_change", "PMT changes to CA_PMT", "ms", "start", 1000),
    ("left_scrambled", "packets left scrambled once clear", "", "start", 1),
    ("gaps", "gaps while a second service came and went", "", "start", 1),
    ("cpu_ms_s", "CPU", "ms/s", "start", 1),
    ("switches_s", "context switches", "1/s", "start", 1),
    ("resident_kib", "resident memory", "KiB", "start", 1),
    ("anonymous_kib", "of it anonymous", "KiB", "start", 1),
]


def floors(polled: bool) -> dict[tuple[str, str], float]:
    """ms; without the levers, so with them a polled host can be below."""
    if polled:
        ca_info = BOOT_MS + (KERNEL_STEPS + POLLED_EXCHANGES) * POLL_MS
        ca_pmt = ca_info + 2 * POLL_MS
    else:
        ca_info = BOOT_MS + CAM_START_OBJECTS * THINK_MS
        ca_pmt = ca_info + THINK_MS
    clear = ca_pmt + ECM_PERIOD_MS / 2 + ECM_MS + AIR_STEP_MS / 2 + PICTURE_MS / 2
    return {("ca_info", "start"): ca_info, ("ca_pmt", "start"): ca_pmt, ("clear", "start"): clear}


def runs_of(results: list[dict], host: str, kind: str, key: str) -> tuple[list[float], int]:
    """The values of the runs in which it happened, and how many runs there were."""
    runs = [r for r in results if r["host"] == host and r["kind"] == kind]
    return [r[key] for r in runs if r.get(key) is not None], len(runs)


def median(results: list[dict], host: str, kind: str, key: str, factor: float) -> float | None:
    """Of all runs; nothing when it did not happen in one of them."""
    values, count = runs_of(results, host, kind, key)
    return statistics.median(values) * factor if values and len(values) == count else None


def peers_of(results: list[dict]) -> list[str]:
    return [n for n in dict.fromkeys(r["host"] for r in results) if not n.startswith(OURS) and n != BARE]


def show(value: float | None) -> str:
    return "never" if value is None else f"{value:,.0f}" if value >= 10 or value == int(value) else f"{value:.1f}"


def judge(results: list[dict], polled: bool) -> tuple[str, int, int]:
    names = sorted(dict.fromkeys(r["host"] for r in results), key=lambda n: n == BARE)
    peers = peers_of(results)
    floor = floors(polled)
    rows, leads, count = [], 0, 0
    for key, what, unit, kind, factor in FIGURES:
        values = {n: median(results, n, kind, key, factor) for n in names}
        if all(values[n] is None for n in names if n != BARE):
            continue
        ours = values[OURS]
        best = min((values[n] for n in peers if values[n] is not None), default=None)
        leads_here = ours is not None and (best is None or ours <= best)
        leads += leads_here
        count += 1
        limit = floor.get((key, kind))
        shown = {}
        for n in names:
            some, runs = runs_of(results, n, kind, key)
            shown[n] = f"{len(some)} of {runs} runs" if some and values[n] is None else "" if n == BARE and not some else show(values[n])
        rows.append([what + (f", {unit}" if unit else ""), *(shown[n] for n in names),
                     f"{limit:,.0f}" if limit else "", "yes" if leads_here else "no"])
    return table(["figure", *names, "floor", "cihost leads"], rows), leads, count


def excesses(results: list[dict], polled: bool) -> str:
    """The limits that the project has set itself."""
    floor = floors(polled)
    peers = peers_of(results)
    rows = []

    def row(what, value, limit, unit="ms"):
        rows.append([what, f"{show(value)} {unit}".strip(), f"{show(limit)} {unit}".strip(),
                     "yes" if value is not None and limit is not None and value <= limit else "no"])

    for key, what in (("ca_info", "start to ca_info"), ("clear", "start to first clear")):
        best = min((v for p in peers if (v := median(results, p, "start", key, 1000)) is not None), default=None)
        base = floor[(key, "start")]
        for name, how in ((OURS, ""), ("cihost without levers", ", levers off")) if polled else ((OURS, ""),):
            ours = median(results, name, "start", key, 1000)
            row(f"{what}, beyond the floor{how}", ours - base if ours else None, 100 if polled else 60)
            row(f"{what}{how}, against a third of the best peer's", ours - base if ours else None, (best - base) / 3 if best else None)
    if polled:
        row("start to first clear with levers, against half of dvblast's", median(results, OURS, "start", "clear", 1000),
            (median(results, "dvblast", "start", "clear", 1000) or 0) / 2)
        row("inserted to connection, beyond the CAM's boot", (median(results, OURS, "hot", "connection", 1000) or 1e9) - BOOT_MS, 600)
    row("CPU, against the best peer", median(results, OURS, "start", "cpu_ms_s", 1),
        min((v for p in peers if (v := median(results, p, "start", "cpu_ms_s", 1)) is not None), default=None), "ms/s")
    row("resident memory", median(results, OURS, "start", "resident_kib", 1), 10240, "KiB")
    row("of it anonymous", median(results, OURS, "start", "anonymous_kib", 1), 4096, "KiB")
    for key, what in (("left_scrambled", "packets left scrambled once clear"), ("gaps", "gaps while a second service came and went"),
                      ("continuity_errors", "packets lost")):
        row(what, median(results, OURS, "start", key, 1), 0, "")
    return table(["limit", "measured", "limit", "reached"], rows) + loading(results)


def loading(results: list[dict]) -> str:
    """What a start has in it before the first line of the program runs."""
    nothing, ours = (median(results, BARE, "start", key, 1) for key in ("load_nothing_ms", "load_cihostd_ms"))
    if nothing is None or ours is None:
        return ""
    return f"\n\nIn this machine /bin/true takes {nothing:,.0f} ms, and cihostd --version {ours:,.0f} ms: as much of a start is loading."


def services_of(bin_folder: pathlib.Path, source: pathlib.Path) -> list[dict]:
    plan = json.loads(subprocess.run([bin_folder / "cihost-sim", "services", source, "--json"], capture_output=True, text=True,
                                     check=True).stdout)
    return [{"number": s["program_number"], "name": s["name"], "pmt_pid": s["pmt_pid"], "pids": s["elementary_pids"]}
            for s in plan["services"] if s["scrambled"]]


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev compare", description=__doc__.split("\n\n")[0] + " " + __doc__.split("\n\n")[1])
    parser.add_argument("--rounds", type=int, default=3, help="runs of each host and mode (default 3)")
    parser.add_argument("--mode", choices=["interrupts", "polled", "both"], default="both")
    parser.add_argument("--clock", choices=["instructions", "host"], default="instructions",
                        help="what the lab's time is (lab --help): a processor that does 1,000 million instructions a second, on which"
                             " nothing else runs, or this machine's time with its emulation and its load")
    parser.add_argument("--hosts", default="", help="only these, comma-separated: dvblast,gnutv,MuMuDVB,VDR,cihost")
    parser.add_argument("--write", action="store_true", help="put the tables into tests/bench/PEERS.md")
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cwd", type=pathlib.Path, default=pathlib.Path(), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    build = arguments.build.absolute()
    out = ROOT / "build/lab/out"
    out.mkdir(parents=True, exist_ok=True)
    source = ROOT / "build/compare-pictures.ts"
    if not source.exists():
        # pictures of one size: one begins every 40 ms; sound in small pieces, else it pauses where the stream begins anew
        picture.make_stream(source, group=1, muxer=("-pes_payload_size", "400"))
    services = services_of(build / "bin", source)
    try:
        environment = packages.environment(ROOT / "build/lab/peers")
    except packages.Unavailable as problem:
        print(f"compare: the peers cannot be had here: {problem}")
        return 1
    parts, leads, count = [], 0, 0
    for mode in ["interrupts", "polled"] if arguments.mode == "both" else [arguments.mode]:
        polled = mode == "polled"
        result = out / f"compare-{mode}.json"
        result.unlink(missing_ok=True)
        print(f"== {mode}", flush=True)
        command = [sys.executable, HERE.parent / "lab.py", "--timeout", 7200, "--memory", 4096, "--clock", arguments.clock, *(["--polled"] if polled else []), "python3",
                   HERE / "measure.py", "--bin", build / "bin", "--watch", build / "tests/kernel/output_watch", "--source", source,
                   "--services", json.dumps(services), "--codec", build / "tests/kernel/pmt_codec.so", "--loop", build / "tests/kernel/dvr_loop",
                   "--rounds", arguments.rounds,
                   "--out", f"/lab/{result.name}", *(["--hosts", arguments.hosts] if arguments.hosts else []),
                   *(["--levers-off"] if polled else [])]
        code = subprocess.run([str(c) for c in command], stdin=subprocess.DEVNULL, env=environment).returncode
        if code or not result.exists():
            print(f"compare: the lab ended with exit code {code}")
            return code or 1
        results = json.loads(result.read_text())
        shown, l, c = judge(results, polled)
        leads, count = leads + l, count + c
        title = "with interrupts" if not polled else "polled (no data-available interrupt)"
        parts.append((title, shown, excesses(results, polled)))
    for title, shown, limits in parts:
        print(f"\n{title}\n\n{shown}\n\n{limits}")
    if arguments.write:
        write_peers(parts, arguments, leads, count)
    print(f"compare: cihost leads {leads} of {count} figures")
    return 0


CLOCKS = {"instructions": "whose clock counts instructions, 1 ns each: a processor of 1,000 MIPS with nothing else to do",
          "host": "in plain emulation on two cores: compare the columns, quote no absolutes of CPU"}


def write_peers(parts, arguments, leads: int, count: int) -> None:
    rounds = arguments.rounds
    command = f"./dev compare --rounds {rounds} --write" + (" --clock host" if arguments.clock == "host" else "")
    text = ["<!-- SPDX-License-Identifier: LGPL-2.1-or-later -->", "# Beside the hosts that exist", "",
            f"{datetime.date.today().isoformat()}, `{command}`: medians of {rounds} runs in the kernel lab", f"({CLOCKS[arguments.clock]}).",
            "gnutv and MuMuDVB run with a repaired PMT codec; as Debian ships them they never send CA_PMT.", ""]
    for title, shown, limits in parts:
        text += [f"## {title[0].upper()}{title[1:]}", "", "```", shown, "", limits, "```", ""]
    text += [f"cihost leads {leads} of {count} figures."]
    (ROOT / "tests/bench/PEERS.md").write_text("\n".join(text) + "\n")


if __name__ == "__main__":
    sys.exit(main())

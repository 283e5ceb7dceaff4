#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Recordings with the real programs: one in the background that ends by itself, with the report beside it; those whose
command is killed; one on a disk that is full; and one whose daemon is killed outright and started again, which goes on in a
new part. What is on the disk is whole packets of one service that ffmpeg decodes without an error.
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from bench import FREQUENCY, Bench, run, service
from programs import Control, DemoError, Program

FIRST, SECOND = 101, 102
PACKET = 188
SETTINGS = f"name = \"virtual\"\nfrequency = {FREQUENCY}\n\n[http]\nlisten = \"off\"\n"


def packets(file: pathlib.Path) -> list[bytes]:
    data = file.read_bytes()
    if len(data) % PACKET or any(data[at] != 0x47 for at in range(0, len(data), PACKET)):
        raise DemoError(f"{file.name} has {len(data)} bytes, which are not whole packets")
    return [data[at:at + PACKET] for at in range(0, len(data), PACKET)]


def pid(packet: bytes) -> int:
    return (packet[1] & 0x1F) << 8 | packet[2]


def judge(bench: Bench, file: pathlib.Path, number: int) -> int:
    """Exactly the PIDs of the service, nothing scrambled, and not a word of complaint by ffmpeg."""
    all_packets = packets(file)
    streams = next(s for s in bench.ctl("services") if s["program_number"] == number)["elementary_pids"]
    found = {pid(p) for p in all_packets}
    psi = found - set(streams) - {0x0000, 0x0011, 0x0012}
    if not set(streams) <= found or 0 not in found or len(psi) != 1:
        raise DemoError(f"{file.name} has the PIDs {sorted(found)}, its service the streams {streams}")
    if [pid(p) for p in all_packets[:2]] != [0, psi.pop()]:
        raise DemoError(f"{file.name} does not begin with PAT and PMT")
    if any(p[3] & 0xC0 for p in all_packets):
        raise DemoError(f"{file.name} has packets marked scrambled")
    # a recording begins between two pictures that need no other
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", file, "-map", "0", "-f", "null", "-"],
                          capture_output=True, text=True)
    complaints = [line for line in done.stderr.splitlines() if "first frame" not in line and line.strip()]
    if done.returncode or any("orrupt" in line or "ontinuity" in line for line in complaints):
        raise DemoError(f"ffmpeg says of {file.name}: {complaints[:3]}")
    shown = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "stream=codec_type:program_tags=service_name",
                            "-of", "json", file], capture_output=True, text=True)
    kinds = {s.get("codec_type") for s in json.loads(shown.stdout)["streams"]}
    if not {"video", "audio"} <= kinds:
        raise DemoError(f"ffprobe finds {kinds} in {file.name}")
    return len(all_packets)


def sidecar(file: pathlib.Path) -> dict:
    return json.loads(pathlib.Path(f"{file}.json").read_text())


def start(bench: Bench) -> str:
    bench.start_daemon(SETTINGS)
    bench.wait("the module ready", lambda r: r["cams"] and r["cams"][0]["ca_system_ids"])
    return "the daemon runs"


def in_the_background(bench: Bench) -> str:
    done = subprocess.run([bench.bin / "cihost", "--socket", bench.work / "control.sock", "--json", "record", str(FIRST),
                           "--background", "--duration", "3s"], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise DemoError(f"cihost record --background: {done.stderr.strip()}")
    started = json.loads(done.stdout)

    def ended(_):
        return next((r for r in bench.control.call("record.list")["recordings"]
                     if r["id"] == started["id"] and r["state"] == "stopped"), None)

    report = bench.wait("the end of the recording", ended)
    file = pathlib.Path(report["file"])
    count = judge(bench, file, FIRST)
    if count != report["packets"] or not 1.5 < report["bytes"] * 8 / 1.3e6 < 4.5:
        raise DemoError(f"the recording of 3 s has {count} packets, the daemon says {report['packets']}")
    bench.wait("the final report beside it", lambda r: sidecar(file)["state"] == "stopped")
    beside = sidecar(file)
    if beside["packets"] != count or len(beside["parts"]) != 1 or beside["gap_count"] or beside["service"] != "Cinema One":
        raise DemoError(f"the report beside it says {beside}")
    return f"{count} packets in 3 s, ended by the daemon; the report beside them agrees"


def command(bench: Bench, *words) -> list:
    return [str(w) for w in (bench.bin / "cihost", "--socket", bench.work / "control.sock", *words)]


def listed(bench: Bench, file: pathlib.Path) -> dict:
    return next((r for r in bench.control.call("record.list")["recordings"] if r["file"] == str(file)), {})


def command_killed(bench: Bench) -> str:
    """What was to last until Ctrl-C ends with the command, what was for a time does not."""
    until, timed = bench.work / "until.ts", bench.work / "timed.ts"
    programs = [subprocess.Popen(command(bench, "record", FIRST, "--file", file, *more), stderr=subprocess.DEVNULL)
                for file, more in ((until, ()), (timed, ("--duration", "1h")))]
    bench.wait("both recordings", lambda r: all(f.exists() and f.stat().st_size > 50_000 for f in (until, timed)))
    for program in programs:
        program.kill()
        program.wait()
    bench.wait("the end of the recording", lambda r: listed(bench, until).get("state") == "stopped")
    if "program that started it" not in listed(bench, until)["reason"]:
        raise DemoError(f"the end of the recording has the reason {listed(bench, until)['reason']!r}")
    bench.wait("the report beside it", lambda r: sidecar(until)["state"] == "stopped")
    packets(until)
    size = timed.stat().st_size
    bench.wait("more of the one for a time", lambda r: timed.stat().st_size > size + 50_000)
    number = listed(bench, timed)["id"]
    done = subprocess.run(command(bench, "record", "--stop", number), capture_output=True, text=True, timeout=60)
    if done.returncode or listed(bench, timed)["state"] != "stopped":
        raise DemoError(f"cihost record --stop {number}: {done.stderr}{listed(bench, timed)}")
    log = bench.daemon.log.read_text(errors="replace")
    if f"Recording {number} of service {FIRST} goes to {timed}." not in log:
        raise DemoError(f"the log does not call the recording {number}")
    return "killed with its command, unless it is for a time; log and command line have one number for it"


def full_disk(bench: Bench) -> str:
    small = bench.work / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "cihost-test", small], capture_output=True).returncode:
        return "(a full disk is not tried: that takes a mount)"
    try:
        file = small / "a.ts"
        done = subprocess.run(command(bench, "record", FIRST, "--file", file, "--duration", "5s"), capture_output=True,
                              text=True, timeout=60)
        if done.returncode != 6 or "No space left on device" not in done.stderr or "Make room" not in done.stdout:
            raise DemoError(f"on a full disk cihost record ends with {done.returncode}, says {done.stdout}{done.stderr}")
        bench.wait("the report beside it", lambda r: sidecar(file)["state"] == "stopped")
        beside = sidecar(file)
        if "The disk was full" not in beside["reason"] or not beside["dropped_packets"]:
            raise DemoError(f"the report of a recording on a full disk says {beside}")
        if len(packets(file)) != beside["packets"] or listed(bench, file)["reason"] != beside["reason"]:
            raise DemoError(f"the report says {beside}, record.list {listed(bench, file)}")
        if sorted(f.name for f in small.iterdir()) != ["a.ts", "a.ts.json"]:
            raise DemoError(f"on the full disk there are {list(small.iterdir())}")
        return f"{beside['dropped_packets']} packets had no room: the exit status, the report and the list say so"
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def killed(bench: Bench) -> str:
    """Kill, at an instant that nothing waits for."""
    one = pathlib.Path(bench.control.call("record.start", service=FIRST, duration=600)["file"])
    two = pathlib.Path(bench.control.call("record.start", service=SECOND, file=str(bench.work / "second.ts"))["file"])
    short = bench.control.call("record.start", service=SECOND, file=str(bench.work / "short.ts"), resume=False)
    bench.wait("both recordings", lambda r: all(f.exists() and f.stat().st_size > 400_000 for f in (one, two)))
    sidecar(one)
    on_air = bench.source.stat().st_size
    os.kill(bench.daemon.process.pid, signal.SIGKILL)
    bench.daemon.process.wait()
    size = {f: f.stat().st_size for f in (one, two)}
    # the source's last packets of the service that were on air before the kill are in the file, but for 1 s
    lost = {f: lost_seconds(bench, f, number, on_air) for f, number in ((one, FIRST), (two, SECOND))}
    if max(lost.values()) > 1:
        raise DemoError(f"lost by the kill: {lost}")
    sidecar(one)  # is whole

    # as if a write had been cut off
    with open(one, "ab") as file:
        file.write(b"\x47" * 100)
    config = bench.work / "cihostd.toml"
    bench.daemon = Program("cihostd", [bench.bin / "cihostd", "--config", config], bench.work / "cihostd-2.log")
    bench.control = Control(bench.work / "control.sock", bench.daemon)
    second_part = one.with_name(f"{one.stem}_2.ts")
    bench.wait("the second parts", lambda r: all(f.exists() and f.stat().st_size > 200_000 for f in (
        second_part, two.with_name("second_2.ts"))))
    if one.stat().st_size != size[one]:
        raise DemoError("the first part was not cut to whole packets")
    after = bench.control.call("record.list")["recordings"]
    if [r["id"] for r in after] != [short["id"] - 2, short["id"] - 1] or bench.work.joinpath("short_2.ts").exists():
        raise DemoError(f"after the restart there are {after} instead of the two to go on")
    brief = pathlib.Path(short["file"])
    bench.wait("the report of the one that does not go on", lambda r: sidecar(brief)["state"] == "interrupted")
    if sidecar(brief)["bytes"] != brief.stat().st_size or not brief.stat().st_size:
        raise DemoError(f"the report of the one that does not go on says {sidecar(brief)}")
    further = bench.control.call("record.start", service=FIRST, file=str(bench.work / "further.ts"))
    if further["id"] != short["id"] + 1:
        raise DemoError(f"the recording after {short['id']} has the number {further['id']}")
    bench.control.call("record.stop", id=further["id"])
    for r in after:
        bench.control.call("record.stop", id=r["id"])
    for part, number in ((one, FIRST), (second_part, FIRST), (two, SECOND), (two.with_name("second_2.ts"), SECOND)):
        judge(bench, part, number)
    bench.wait("the final report", lambda r: sidecar(one)["state"] == "stopped")
    beside = sidecar(one)
    files = [p["file"] for p in beside["parts"]]
    restarts = [g for g in beside["gaps"] if g["kind"] == "restart"]
    sizes = [p["bytes"] for p in beside["parts"]]
    if files != [one.name, second_part.name] or len(restarts) != 1 or sizes != [one.stat().st_size,
                                                                               second_part.stat().st_size]:
        raise DemoError(f"the report beside it says {beside}")
    kept = json.loads((bench.work / "recordings.json").read_text())["recordings"]
    if kept:
        raise DemoError(f"after the end {kept} would still go on")
    return "killed and started again: two parts each, " + ", ".join(f"{s:.2f}" for s in lost.values()) + " s lost by the kill"


def lost_seconds(bench: Bench, file: pathlib.Path, number: int, on_air: int) -> float:
    """Of the source, in seconds of the multiplex (10 Mbit/s), from the file's last packet to what was on air."""
    streams = set(next(s for s in bench.ctl("services") if s["program_number"] == number)["elementary_pids"])
    last = next(p for p in reversed(packets(file)) if pid(p) in streams and p[3] & 0x10)
    data = bench.source.read_bytes()[:on_air]
    # payloads of the made-up pictures repeat with the loop of 8 s: the latest counts
    at = data.rfind(last[4:])
    if at < 0:
        return 0.0  # it came after the look at the source
    return (len(data) - at) * 8 / 10e6


def stopped_and_started(bench: Bench) -> str:
    """A stop in order is no end of a recording either."""
    file = pathlib.Path(bench.control.call("record.start", service=FIRST, file=str(bench.work / "third.ts"))["file"])
    bench.wait("the recording", lambda r: file.exists() and file.stat().st_size > 100_000)
    bench.daemon.stop()
    if sidecar(file)["state"] != "interrupted":
        raise DemoError(f"the report of a stopped daemon says {sidecar(file)['state']}")
    bench.daemon = Program("cihostd", [bench.bin / "cihostd", "--config", bench.work / "cihostd.toml"],
                           bench.work / "cihostd-3.log")
    bench.control = Control(bench.work / "control.sock", bench.daemon)
    part = file.with_name("third_2.ts")
    bench.wait("the second part", lambda r: part.exists() and part.stat().st_size > 100_000)
    for r in bench.control.call("record.list")["recordings"]:
        if r["earlier_files"] != [str(file)]:
            raise DemoError(f"the second part is after {r['earlier_files']}")
        bench.control.call("record.stop", id=r["id"])
    judge(bench, part, FIRST)
    return "stopped in order and started again: it goes on"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cihost-recording-") as folder:
        return run([start, in_the_background, command_killed, full_disk, killed, stopped_and_started],
                   Bench(options.bin, pathlib.Path(folder), ["--services", f"{FIRST},{SECOND}"]))


if __name__ == "__main__":
    sys.exit(main())

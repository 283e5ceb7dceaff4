# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a receiver costs in a daemon that has many: CPU time and memory of its own."""
import json
import pathlib
import subprocess
import time

from programs import Control, DemoError, Program
from virtual import FREQUENCY, cpu_seconds, memory_kib, threads

MANY = 50
SETTLE = 8
MEASURE = 20


def make_small_stream(file: pathlib.Path) -> None:
    """One service, sound alone, in a multiplex of 300 kbit/s: many of them have to play on one machine."""
    subprocess.run(["ffmpeg", "-nostdin", "-v", "fatal", "-y", "-f", "lavfi", "-i", "sine=440:r=48000", "-t", "8",
                    "-c:a", "mp2", "-b:a", "64k", "-program", "program_num=101:title=One:st=0", "-f", "mpegts",
                    "-muxrate", "300k", str(file)], check=True)


def measure(build: pathlib.Path, source: pathlib.Path, folder: pathlib.Path, count: int) -> dict:
    """One daemon with that many receivers, each with a CAM that descrambles its service."""
    folder.mkdir(parents=True)
    programs = []
    try:
        socket = folder / "s"
        text = f'[control]\nsocket = {json.dumps(str(socket))}\n[recording]\ndirectory = {json.dumps(str(folder))}\n'
        for i in range(count):
            nodes = folder / f"n{i}"
            programs.append(Program("cihost-sim", [build / "bin/cihost-sim", "run", source, "--dir", nodes, "--boot-ms", 300,
                                                   "--authorised", "--frequency", FREQUENCY], folder / f"sim{i}.log"))
            text += (f'[[receiver]]\nname = "r{i}"\ndevice = {json.dumps("virtual:" + str(nodes))}\n'
                     f'frequency = {FREQUENCY}\nservices = [101]\n')
        for program in programs:
            program.wait_for("cihost-sim: ready", 60)
        (folder / "c.toml").write_text(text)
        daemon = Program("cihostd", [build / "bin/cihostd", "--config", folder / "c.toml"], folder / "daemon.log")
        programs.append(daemon)
        control = Control(socket, daemon)
        end = time.monotonic() + 90
        while True:
            states = [s["state"] for r in control.call("status")["receivers"] for s in r["services"] if s["wanted"]]
            if states.count("clear") == count:
                break
            if time.monotonic() > end:
                raise DemoError(f"{states.count('clear')} of {count} receivers have a clear service; logs in {folder}")
            time.sleep(0.5)
        time.sleep(SETTLE)
        pid = daemon.process.pid
        before, begin = cpu_seconds(pid), time.monotonic()
        time.sleep(MEASURE)
        used = (cpu_seconds(pid) - before) / (time.monotonic() - begin)
        return {"cpu_ms": used * 1000 / count, "anonymous_kib": memory_kib(pid)[1] / count, "threads": threads(pid) / count}
    finally:
        for program in reversed(programs):
            program.stop()


def rows(bench_at, row) -> None:
    build, scratch = bench_at.build, bench_at.scratch
    source = scratch / "small.ts"
    make_small_stream(source)
    one = measure(build, source, scratch / "one", 1)
    many = measure(build, source, scratch / "many", MANY)
    note = f"with one {{:.2f}}; {many['threads']:.1f} threads a receiver"
    row(f"CPU a receiver of {MANY}, each with a CAM at work", many["cpu_ms"], "ms/s", round(one["cpu_ms"], 2),
        note.format(one["cpu_ms"]))
    row(f"anonymous memory a receiver of {MANY}", many["anonymous_kib"], "KiB", round(one["anonymous_kib"]),
        note.format(one["anonymous_kib"]))

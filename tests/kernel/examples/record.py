#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/examples/record, the public receiver API in a program of forty lines, on a real kernel's adapter. Runs in the lab.

It finds the service in a channel list, tunes, starts the CAM and records; what it recorded is what the head-end had,
and the CAM saw it take leave: the service withdrawn, the connection deleted.
"""
import argparse
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "daemon"))
from lab import FREQUENCY, SCRATCH, DemoError, Failed, Lab, expect, print_tail

SERVICE, NAME = 101, "Cinema One"
#: for the CAM's start before it, on an emulated processor
PATIENCE = 120


def record(lab: Lab, program: pathlib.Path, seconds: int) -> str:
    station = lab.station(dumps=True)
    channels, file = lab.folder / "channels.conf", lab.folder / "one.ts"
    channels.write_text(f"[{NAME}]\n\tSERVICE_ID = {SERVICE}\n\tFREQUENCY = {FREQUENCY}\n\tBANDWIDTH_HZ = 8000000\n"
                        "\tDELIVERY_SYSTEM = DVBT\n")
    try:
        done = subprocess.run([program, "adapter0", channels, NAME, file, str(seconds)], capture_output=True, text=True,
                              timeout=PATIENCE)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"record did not end within {PATIENCE} s, and said {late.stdout}{late.stderr}") from None
    said = done.stdout + done.stderr
    expect(done.returncode == 0, f"record ended with exit code {done.returncode}: {said}")
    expect('CAM "cihost Sim CAM" is ready' in said, f"no word of the CAM: {said}")
    stopped = re.search(r"^stopped, (\d+) packets", said, re.MULTILINE)
    expect(stopped and file.stat().st_size == 188 * int(stopped[1]), f"a file of {file.stat().st_size} bytes, but: {said}")
    expect(set(re.findall(r"(\d+) gaps", said)) == {"0"}, f"gaps: {said}")
    commands = [e["command"] for e in station.events() if e["event"] == "ca_pmt" and e["program"] == SERVICE]
    states = [e["state"] for e in station.events() if e["event"] == "connection"]
    expect(commands[-1:] == ["not_selected"] and states[-1:] == ["deleted"], f"no leave taken: CA_PMT {commands}, connection {states}")
    lab.violations()
    lab.stop_station()
    verdict, = lab.verify({SERVICE: file})["recordings"]
    # what came before the service was clear is not in it
    expect(verdict["identical"] and verdict["seconds"] > seconds - 2, f"not all of it, or not identical: {verdict}")
    return f"{stopped[1]} packets in {seconds} s, as the head-end had them"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--record", type=pathlib.Path, required=True, help="the example's program")
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=int, default=10, help="how long it records")
    arguments = parser.parse_args()
    # what is read from the host's disk later takes the guest's time, see README.md
    for program in (arguments.record, arguments.bin / "cihost-sim"):
        subprocess.run([program, "--version"], capture_output=True)
    try:
        with Lab(arguments.bin, arguments.source, "record") as lab:
            print(f"record: ok: {record(lab, arguments.record, arguments.seconds)}", flush=True)
    except (Failed, DemoError) as error:
        print(f"record: FAILED: {error}", flush=True)
        print_tail(SCRATCH / "record")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

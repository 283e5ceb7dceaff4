#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Host Control with the real programs: the simulated module leads an idle receiver to a service and gives it back when
somebody wants the tuner, has a PID of a recording replaced and the replacement cleared, and ends its session.
"""
import argparse
import json
import pathlib
import sys
import tempfile

from bench import FREQUENCY, Bench, run, service
from programs import DemoError

ELSEWHERE = 522_000_000
RECORDED, LED, LED_AGAIN, CLEAR, FARAWAY = 101, 103, 102, 105, 900
PACKET = 188


def start(bench: Bench) -> str:
    bench.sim.wait_for("cihost-sim: ready", 30)
    places = [(s["name"], s["program_number"], FREQUENCY) for s in bench.ctl("services")]
    channels = bench.work / "channels.conf"
    channels.write_text("".join(
        f"[{name}]\n\tSERVICE_ID = {number}\n\tFREQUENCY = {frequency}\n\tBANDWIDTH_HZ = 8000000\n"
        f"\tDELIVERY_SYSTEM = DVBT\n\n" for name, number, frequency in [*places, ("Faraway", FARAWAY, ELSEWHERE)]))
    bench.start_daemon(f"\n[channels]\nfile = {json.dumps(str(channels))}\n")
    bench.wait("the module ready", lambda r: r["state"] == "idle" and r["cams"] and r["cams"][0]["ca_system_ids"])
    if bench.ctl("status")["locked"]:
        raise DemoError("the receiver is tuned before anybody wants it")
    return "idle"


def led_to(number: int):
    return lambda r: r["led_by_slot"] == 0 and service(r, number).get("state") == "clear" and service(r, number)["wanted"]


def video_of(bench: Bench, number: int) -> int:
    return next(s for s in bench.ctl("services") if s["program_number"] == number)["elementary_pids"][0]


def payloads(file: pathlib.Path, pid: int) -> list[bytes]:
    """Of the packets of one PID: what does not depend on the PID and its continuity_counter."""
    data = file.read_bytes()
    found = []
    for at in range(0, len(data) - PACKET + 1, PACKET):
        packet = data[at:at + PACKET]
        if (packet[1] & 0x1F) << 8 | packet[2] == pid and packet[3] & 0x10:
            found.append(packet[4:])
    return found


def lead_and_give_way(bench: Bench) -> str:
    bench.ctl("tune", LED)
    bench.wait("the service that the module wants clear", led_to(LED))
    if not bench.ctl("status")["locked"] or bench.events("ask_release"):
        raise DemoError("the receiver was not led by the module, or it was asked for it too early")
    recording = bench.control.call("record.start", service="Faraway", file=str(bench.work / "faraway.ts"))
    bench.wait("the module giving the receiver back",
               lambda r: r["led_by_slot"] is None and bench.events("ask_release"))
    bench.wait("the receiver at the recording's multiplex", lambda r: r["frequency_hz"] == ELSEWHERE)
    bench.control.call("record.stop", id=recording["id"])
    return "led to a service, asked to release for a recording"


def replace_and_clear(bench: Bench) -> str:
    mine, other = video_of(bench, RECORDED), video_of(bench, CLEAR)
    file = bench.work / "recording.ts"
    recording = bench.control.call("record.start", service=RECORDED, file=str(file))

    def packets():
        report = next(r for r in bench.control.call("status")["recordings"] if r["id"] == recording["id"])
        return report["packets"]

    def run_for(more: int) -> None:
        until = packets() + more
        bench.wait("packets of the recording", lambda r: packets() > until)

    bench.wait("the recorded service clear", lambda r: service(r, RECORDED).get("state") == "clear")
    run_for(1500)
    bench.ctl("replace", mine, other)
    bench.wait("the replacement", lambda r: f"has PID {mine} replaced by PID {other}" in bench.daemon.log.read_text())
    run_for(1500)
    bench.ctl("clear-replace")
    run_for(3000)
    if bench.events("ask_release")[1:]:
        raise DemoError("a replacement is no reason to ask for the receiver")
    bench.control.call("record.stop", id=recording["id"])

    source = bench.source
    own, replaced = set(payloads(source, mine)), set(payloads(source, other))
    both = own & replaced
    kinds = "".join("?" if p in both else "o" if p in own else "r" if p in replaced else "x"
                    for p in payloads(file, mine))
    first, last = kinds.find("r"), kinds.rfind("r")
    if "x" in kinds:
        raise DemoError(f"{kinds.count('x')} packets of the recording are of neither PID")
    if "o" not in kinds[:max(first, 0)] or "o" not in kinds[last:] or "o" in kinds[first:last]:
        raise DemoError("the recording is not: own packets, those of the replacement, own packets")
    return f"{kinds.count('o')} own packets around {kinds.count('r')} of the replacement"


def end_session(bench: Bench) -> str:
    bench.ctl("tune", LED_AGAIN)
    bench.wait("the service that the module wants clear", led_to(LED_AGAIN))
    bench.ctl("release")
    bench.wait("the end of the module's wish",
               lambda r: r["led_by_slot"] is None and not service(r, LED_AGAIN).get("wanted"))
    return "the end of its session ends what it wanted"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cihost-host-control-") as folder:
        scrambled = ["--services", f"{RECORDED},{LED_AGAIN},{LED}"]
        return run([start, lead_and_give_way, replace_and_clear, end_session],
                   Bench(options.bin, pathlib.Path(folder), scrambled))


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a receiver goes through, with the real daemon on the real kernel. Runs in the lab."""
import argparse
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from lab import FREQUENCY, DemoError, Failed, Lab, dvbt, expect, run

FIRST, SECOND = 101, 102
FOUR = [101, 102, 103, 104]


def channels(lab: Lab, *entries):
    """A channel list as dvbv5-scan writes it."""
    (lab.folder / "channels.conf").write_text("".join(
        f"[{name}]\n\tSERVICE_ID = {number}\n\tFREQUENCY = {hz}\n\tBANDWIDTH_HZ = 8000000\n\tDELIVERY_SYSTEM = DVBT\n\n"
        for name, number, hz in entries))


# -- one adapter, one slot ------------------------------------------------------------------------

def cold_start(lab: Lab):
    station = lab.station()
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    lab.clear(FIRST)
    station.wait("first_clear", 5, program=FIRST)
    lab.violations()


def reinserted_ten_times(lab: Lab):
    station = lab.station()
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    lab.clear(FIRST)
    for _ in range(10):
        station.ctl("eject")
        lab.cam_state("empty")
        lab.not_clear(FIRST)
        station.ctl("insert")
        lab.cam_ready()
        lab.clear(FIRST)
    lab.violations()


def inserted_later(lab: Lab):
    station = lab.station("--no-cam")
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    lab.until("no module", 10, lambda r: any(s["state"] == "no_module" for s in r["services"] if s["wanted"]))
    station.ctl("insert")
    lab.clear(FIRST)


def cis_fails(lab: Lab):
    """Such a module reads as not present; a good one in its place works."""
    station = lab.station("--no-cam")
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    station.ctl("faults", "cis")
    station.ctl("insert")
    time.sleep(2)
    lab.cam_state("empty", 3)
    station.ctl("eject")
    station.ctl("faults", "none")
    station.ctl("insert")
    lab.clear(FIRST)


def never_ready(lab: Lab):
    station = lab.station("--no-cam")
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    station.ctl("faults", "never-ready")
    station.ctl("insert")
    lab.cam_state("present", 10)
    time.sleep(1)
    station.ctl("eject")
    station.ctl("faults", "none")
    station.ctl("insert")
    lab.clear(FIRST)


def one_read_fails(lab: Lab):
    """The conversation gets over it, or a new one begins: either way the module answers on, and nothing stays dark."""
    station = lab.station()
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    lab.clear(FIRST)

    def figures(receiver) -> tuple[int, int]:
        service = next(s for s in receiver["services"] if s["program_number"] == FIRST)
        return receiver["cams"][0]["tpdus_received"], service["clear_packets"]

    for _ in range(3):
        answers, packets = lab.until("figures", 5, figures)
        station.ctl("faults", "read-once")
        lab.until("20 further answers of a module that is ready, and 1,000 further clear packets", 20, lambda r: (
            r["cams"][0]["state"] == "ready" and figures(r)[0] >= answers + 20 and figures(r)[1] >= packets + 1000))
        lab.clear(FIRST)


def one_write_fails(lab: Lab):
    station = lab.station()
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    lab.clear(FIRST)
    for _ in range(3):
        before = time.monotonic()
        station.ctl("faults", "write-once")
        station.wait("ca_pmt", 20, before, program=FIRST)
        lab.clear(FIRST)


def killed_and_restarted(lab: Lab):
    """Every second start works as every first."""
    lab.station()
    lab.start_daemon(dvbt())
    for number in range(4):
        lab.record(FIRST, f"part{number}")
        lab.clear(FIRST)
        part = lab.folder / f"part{number}.ts"
        lab.until("the recording has begun", 10, lambda _, p=part: p.exists() and p.stat().st_size > 0)
        before = part.stat().st_size
        lab.kill_daemon()
        after = part.stat().st_size
        expect(after >= before and after % 188 == 0, f"a recording of {before} bytes ends as one of {after}")
        lab.start_daemon(restart=True)


def signal_lost_and_back(lab: Lab):
    station = lab.station()
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    lab.clear(FIRST)
    station.ctl("lock-loss", "2")
    lab.until("lock lost", 5, lambda r: not r["signal"]["locked"])
    lab.until("lock back", 10, lambda r: r["signal"]["locked"])
    lab.clear(FIRST)


def module_unloaded_and_loaded(lab: Lab):
    """A daemon that starts without its adapter uses it when it comes. (The kernel does not let a driver go while a
    node is open: losing one is tested with scripted devices.)"""
    options = pathlib.Path("/sys/module/cihost_lab/parameters")
    parameters = [f"{p.name}={p.read_text().strip()}" for p in options.iterdir()]
    lab.station()
    lab.start_daemon(dvbt())
    lab.record(FIRST)
    lab.clear(FIRST)
    lab.stop_daemon()
    lab.stop_station()
    subprocess.run(["rmmod", "cihost_lab"], check=True)
    lab.start_daemon(restart=True)
    lab.until("receiver absent", 10, lambda r: r["state"] == "absent")
    subprocess.run(["insmod", os.environ["CIHOST_LAB_MODULE"], *parameters], check=True)
    lab.station()
    lab.record(FIRST, "again")
    lab.clear(FIRST)


def four_services_for_a_minute(lab: Lab):
    lab.station("--crypto-period", "5", dumps=True)
    control = lab.start_daemon(dvbt())
    made = {number: lab.record(number) for number in FOUR}
    for number in FOUR:
        lab.clear(number)
    time.sleep(lab.minute)
    reports = {n: control.call("record.stop", id=m["id"]) for n, m in made.items()}
    lab.violations()
    receiver = lab.receiver()
    lab.stop_daemon()
    lab.stop_station()
    verdict = lab.verify({n: m["path"] for n, m in made.items()})
    for report in reports.values():
        expect(report["scrambled_packets"] == 0 and report["continuity_errors"] == 0 and report["dropped_packets"] == 0,
               f"a recording has gaps: {report}")
    expect(all(r["identical"] for r in verdict["recordings"]) and receiver["overflows"] == 0, "not identical")


def es_level(lab: Lab):
    lab.station("--es-level", dumps=True)
    control = lab.start_daemon(dvbt())
    made = lab.record(FIRST)
    lab.clear(FIRST)
    time.sleep(3)
    control.call("record.stop", id=made["id"])
    lab.stop_daemon()
    lab.stop_station()
    lab.verify({FIRST: made["path"]})


def whole_multiplex(lab: Lab):
    lab.station(dumps=True)
    control = lab.start_daemon(dvbt() + "\nfull_multiplex = true")
    made = lab.record(FIRST)
    lab.clear(FIRST)
    time.sleep(3)
    control.call("record.stop", id=made["id"])
    lab.stop_daemon()
    lab.stop_station()
    lab.verify({FIRST: made["path"]})


def satellite(lab: Lab):
    """DVB-S2, universal LNB, vertical, second input of a DiSEqC switch: 11,479 MHz is 1,729 MHz behind the LNB."""
    station = lab.station("--delivery", "dvbs2", frequency=1_729_000_000)
    lab.start_daemon('name = "dish"\ndevice = "adapter0"\nfrequency = "11479 MHz"\ndelivery = "DVB-S2"\nsymbol_rate = 22000000\n'
                     'polarization = "v"\nlnb = "UNIVERSAL"\nsatellite = 1')
    lab.record(FIRST)
    lab.clear(FIRST)
    tuned = [e for e in station.events() if e["event"] == "tune"][-1]
    expect(tuned["found"], f"tuned elsewhere: {tuned}")


def retuned(lab: Lab):
    """On demand, by a channel list: another multiplex, and back."""
    lab.station()
    channels(lab, ("Cinema One", FIRST, FREQUENCY), ("Elsewhere", 900, 498_000_000))
    control = lab.start_daemon('name = "lab"\ndevice = "adapter0"', extra='[channels]\nfile = "channels.conf"\n[receivers]\nidle_after = 1')
    for number in range(3):
        made = control.call("record.start", service="Cinema One", file=str(lab.folder / f"one{number}.ts"))
        lab.clear(FIRST)
        control.call("record.stop", id=made["id"])
        lab.until("idle", 10, lambda r: r["state"] == "idle")
        made = control.call("record.start", service="Elsewhere", file=str(lab.folder / f"other{number}.ts"))
        lab.until("no lock", 15, lambda r: r["state"] in ("tuning", "no lock"))
        control.call("record.stop", id=made["id"])
        lab.until("idle", 10, lambda r: r["state"] == "idle")


ONE = [cold_start, inserted_later, reinserted_ten_times, cis_fails, never_ready, one_read_fails, one_write_fails,
       killed_and_restarted, signal_lost_and_back, es_level, whole_multiplex, satellite, retuned, four_services_for_a_minute,
       module_unloaded_and_loaded]


# -- two slots, two adapters ----------------------------------------------------------------------

def one_slot_hangs(lab: Lab):
    """The sibling neither waits nor is reset."""
    station = lab.station("--slots", "2")
    lab.start_daemon(dvbt())
    lab.cam_ready(slot=0)
    lab.cam_ready(slot=1)
    station.ctl("hang", "--slot", "1", "20")
    made = lab.record(FIRST)
    lab.clear(FIRST)
    began = time.monotonic()
    # silent, and soon given up and tried again
    lab.until("the hang is noticed", 10, lambda r: next(c for c in r["cams"] if c["slot"] == 1)["state"] in ("silent", "restarting"))
    lab.record(SECOND)
    lab.clear(SECOND)
    time.sleep(4)
    expect(not [e for e in station.events() if e["event"] == "boot" and e.get("slot", 0) == 0 and e["t"] > began],
           "the working sibling was reset")
    final = lab.control.call("record.stop", id=made["id"])
    expect(final["scrambled_packets"] == 0, "the sibling's service suffered")


def both_slots(lab: Lab):
    lab.station("--slots", "2")
    lab.start_daemon(dvbt())
    lab.cam_ready(slot=0)
    lab.cam_ready(slot=1)
    lab.record(FIRST)
    lab.clear(FIRST)


def two_adapters(lab: Lab):
    lab.station(adapter=0)
    lab.station(adapter=1)
    lab.start_daemon(dvbt("one", 0), dvbt("two", 1))
    lab.cam_ready(index=0)
    lab.cam_ready(index=1)
    for receiver, number in (("one", FIRST), ("two", SECOND)):
        lab.control.call("record.start", service=number, receiver=receiver, file=str(lab.folder / f"{receiver}.ts"))
    lab.clear(FIRST, index=0)
    lab.clear(SECOND, index=1)
    lab.stations[0].ctl("eject")
    lab.not_clear(FIRST)
    lab.clear(SECOND, index=1)


def found_by_itself(lab: Lab):
    """A channel list is all the configuration there is: two multiplexes at once, each on an adapter of its own."""
    lab.station(adapter=0)
    lab.station(adapter=1, frequency=498_000_000)
    channels(lab, ("Cinema One", FIRST, FREQUENCY), ("Sport Two", SECOND, 498_000_000), ("Third", 103, 522_000_000))
    control = lab.start_daemon(extra='[channels]\nfile = "channels.conf"')
    # the first frontend that is free: so the one multiplex first
    control.call("record.start", service="Cinema One", file=str(lab.folder / "one.ts"))
    control.call("record.start", service="Sport Two", file=str(lab.folder / "two.ts"))
    lab.clear(FIRST, index=0)
    lab.clear(SECOND, index=1)
    try:
        control.call("record.start", service="Third", file=str(lab.folder / "three.ts"))
    except DemoError as refusal:
        expect("recording" in str(refusal), f"not said who holds the tuners: {refusal}")
    else:
        raise Failed("a third multiplex on two tuners")


SETS = {"one": ONE, "slots": [both_slots, one_slot_hangs], "adapters": [two_adapters, found_by_itself]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("set", choices=SETS)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--minute", type=float, default=60, help="how long that minute is, seconds")
    parser.add_argument("--only", action="append", help="a scenario's name; may be repeated")
    parser.add_argument("--name", default="lab")
    arguments = parser.parse_args()
    Lab.minute = arguments.minute
    chosen = [s for s in SETS[arguments.set] if not arguments.only or s.__name__ in arguments.only]
    return run(chosen, arguments, arguments.name)


if __name__ == "__main__":
    sys.exit(main())

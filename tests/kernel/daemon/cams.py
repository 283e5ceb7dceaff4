#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Ready-made CAMs in the slots of a real kernel's CA core, with the real daemon. Runs in the lab.

    cams.py --all                    those whose trouble passes through the kernel, with and without their profile
    cams.py NAME [--profile NAME]    one of `cihost-sim cams`, or a file of one's own, and what comes of it
"""
import argparse
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from lab import SCRATCH, Control, DemoError, Failed, Lab, dvbt, print_tail

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "demo"))
import picture

ROOT = pathlib.Path(__file__).resolve().parents[3]
SERVICE = 101
PATIENCE = 150

# Lanes of CAMs, each in turn in an adapter's slot; all lanes go on at once, for most of it is waiting.
# Without a profile there is an event of the CAM by which it fails, with a field's value, and how often it comes …
FAILS = {
    "slow-answers": ("connection", "state", "created", 3),
    "dragoncam": ("died", "reason", "polled too fast", 1),
    "menu-blocker": ("not_descrambling", "reason", "a menu is shown", 1),
}
# … or one, of the same kind, that is survived, and whether the CAM has to be told of its service anew behind it.
SURVIVES = {
    "crumbs": None,
    "wrong-lengths": ("fault", "fault", "wrong-length", 3, False),
    "falls-silent": ("tpdu_ignored", "reason", "silent", 1, True),
    "falls-out": ("fault", "fault", "removal", 1, True),
    "ready-drops": ("fault", "fault", "unready", 1, True),
    "technicrypt-reset-loop": ("fault", "fault", "reboot", 2, True),
}
# The lanes at a time: the profile of each, and its CAMs. A slow one outlasts several quick ones.
FIRST = [(None, ["slow-answers", "wrong-lengths"]), (None, ["dragoncam", "falls-out"]), (None, ["menu-blocker", "falls-silent"]),
         (None, ["technicrypt-reset-loop"])]
SECOND = [("slow-answers", ["slow-answers"]), ("dragoncam", ["dragoncam"]), ("menu-blocker", ["menu-blocker"]),
          (None, ["ready-drops", "crumbs"])]


def wait_until(what: str, question, station, seconds: float = PATIENCE):
    end = time.monotonic() + seconds
    while True:
        if answer := question():
            return answer
        station.program.check()
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds:g} s")
        time.sleep(0.1)


def came(station, name: str, since: float = 0.0, **fields) -> list[float]:
    """When this event of the CAM came."""
    return [e["t"] for e in station.events() if e["event"] == name and e["t"] >= since
            and all(e.get(key) == value for key, value in fields.items())]


class Lane:
    """An adapter with one CAM after the other, and the daemon's word for it."""

    def __init__(self, lab: Lab, adapter: int, profile: str | None):
        self.lab, self.adapter, self.profile = lab, adapter, profile
        # each its own, for all ask at once
        self.control = Control(lab.folder / "control.sock", lab.daemon, 20)

    def try_out(self, cam: str) -> str:
        # a CAM's time from a reset to READY is its own
        station = self.lab.station("--cam", cam, adapter=self.adapter, boot_ms=None)
        try:
            if self.profile is None and cam in FAILS:
                return self.fails(station, *FAILS[cam])
            self.clear(station)
            verdict = self.survives(station, SURVIVES.get(cam))
            self.lab.violations(self.adapter)
            return verdict
        finally:
            self.lab.stop_station(self.adapter)

    def fails(self, station, event: str, field: str, value: str, times: int) -> str:
        wait_until(f"{event}, {value}, {times} times, or clear", lambda:
                   len(came(station, event, **{field: value})) >= times or came(station, "first_clear", program=SERVICE), station)
        if came(station, "first_clear", program=SERVICE):
            raise Failed("clear, without the profile that it needs")
        return f"fails: {event}, {value}"

    def survives(self, station, trouble: tuple | None) -> str:
        if trouble is None:
            return "clear"
        event, field, value, times, anew = trouble
        wait_until(f"{event}, {value}, {times} times", lambda: len(came(station, event, **{field: value})) >= times, station)
        last = came(station, event, **{field: value})[times - 1]
        if anew:
            wait_until(f"CA_PMT behind {event}, {value}", lambda: came(station, "ca_pmt", last, program=SERVICE), station)
        self.clear(station)
        return f"clear behind {event}, {value}"

    def clear(self, station) -> None:
        """For a second on end, as the daemon has it."""
        began = None

        def long_enough() -> bool:
            nonlocal began
            self.lab.daemon.check()
            services = self.control.call("status")["receivers"][self.adapter]["services"]
            clear = any(s["program_number"] == SERVICE and s["state"] == "clear" for s in services)
            began = (began or time.monotonic()) if clear else None
            return began is not None and time.monotonic() - began > 1

        wait_until("clear", long_enough, station)


def receiver(adapter: int, profile: str | None) -> str:
    return dvbt(f"lane {adapter}", adapter) + f"\nservices = [{SERVICE}]\n" + (f'cam_profile = "{profile}"\n' if profile else "")


def run_lanes(lab: Lab, lanes: list[tuple]) -> bool:
    lab.start_daemon(*(receiver(adapter, profile) for adapter, (profile, _) in enumerate(lanes)))
    failed = []

    def go(adapter: int) -> None:
        profile, cams = lanes[adapter]
        lane = Lane(lab, adapter, profile)
        for cam in cams:
            began = time.monotonic()
            try:
                verdict = f"ok: {lane.try_out(cam)}"
            except (Failed, DemoError) as error:
                verdict = f"FAILED: {error}"
                failed.append(cam)
            print(f"{cam} with {profile or 'no'} profile: {verdict} ({time.monotonic() - began:.1f} s)", flush=True)

    threads = [threading.Thread(target=go, args=[adapter]) for adapter in range(len(lanes))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lab.stop_daemon()
    return not failed


def run_all(lab: Lab) -> bool:
    good = run_lanes(lab, FIRST)
    return run_lanes(lab, SECOND) and good


def run_one(lab: Lab, cam: str, profile: str | None, seconds: float) -> bool:
    """What the CAM has to tell, and whether its service gets clear."""
    lab.start_daemon(receiver(0, profile))
    began = time.monotonic()
    station = lab.station("--cam", cam, boot_ms=None)
    told, end, clear = 0, began + seconds, False
    while time.monotonic() < end and not clear:
        events = station.events()
        for event in events[told:]:
            words = " ".join(f"{key} {value}" for key, value in event.items() if key not in ("t", "who", "event", "slot"))
            if event["who"] == "cam" or event["event"] in ("reset", "link"):
                print(f"[{event['t'] - began:6.2f} s] {event['event']} {words}", flush=True)
        told = len(events)
        clear = any(s["state"] == "clear" for s in lab.receiver()["services"] if s["program_number"] == SERVICE)
        time.sleep(0.1)
    print(f"{cam} with {profile or 'no'} profile: " + (f"clear after {time.monotonic() - began:.1f} s" if clear else "not clear"))
    return clear


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cam", nargs="?", help="a name, or a file NAME.cam.toml")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--profile", help="what the daemon is told of the CAM; none by default")
    parser.add_argument("--seconds", type=float, default=90, help="how long it may take to get clear")
    parser.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/dev/bin")
    parser.add_argument("--source", type=pathlib.Path, default=ROOT / "build/dev/lab-one.ts",
                        help="a clear stream with service 101; made here where there is none yet")
    arguments = parser.parse_args()
    if arguments.all == bool(arguments.cam):
        parser.error("the name of a CAM, or --all")
    with Lab(arguments.bin, arguments.source, "cams") as lab:
        if not lab.source.exists():
            lab.source = lab.folder / "source.ts"
            picture.make_stream(lab.source, services=1, rate="2M")
        try:
            good = run_all(lab) if arguments.all else run_one(lab, arguments.cam, arguments.profile, arguments.seconds)
        except (Failed, DemoError) as error:
            print(error)
            good = False
    if not good:
        print_tail(SCRATCH / "cams")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())

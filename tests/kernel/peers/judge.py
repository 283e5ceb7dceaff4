#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""In the lab: each host that others wrote descrambles a service through our CAM. If one cannot, our CAM is wrong
until shown otherwise."""
import argparse
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import hosts
from measure import Measurement, Watch
from station import FREQUENCY, DemoError, Station

PATIENCE = 60.0


def judge(kind, arguments, services) -> str:
    """What is wrong, or nothing."""
    scratch = pathlib.Path("/tmp/judge") / kind.program
    # one service, as much as an emulated processor does beside a host
    station = Station(arguments.bin, scratch / "station", arguments.source, "--boot-ms", 300, "--seed", 1, "--authorised", "--services",
                      services[0].number)
    host = kind(scratch / "host", FREQUENCY, services[:1], arguments.bin)
    watch = Watch(arguments.watch, host.outputs()[services[0].number], scratch / "watch.jsonl")
    try:
        Measurement.align(station)
        host.start()
        if watch.wait("first_clear", PATIENCE) is None:
            steps = [e["event"] for e in station.events() if e["event"] in ("connection", "ca_info", "ca_pmt", "first_clear")]
            return (f"nothing clear within {PATIENCE:g} s; the CAM saw {', '.join(steps) or 'nothing'}; its log ends with\n"
                    + "\n".join(host.process.log.read_text(errors="replace").splitlines()[-12:]))
        time.sleep(3)
    finally:
        host.stop()
        station.stop()
        streams = watch.finish()["pids"]
    picture = streams.get(str(services[0].pids[0]), {})
    if picture.get("scrambled_after") or picture.get("clear_starts", 0) < 10:
        return f"not clear throughout: {picture}"
    return ""


def attempt(kind, arguments, services) -> str:
    try:
        return judge(kind, arguments, services)
    except (DemoError, OSError) as error:
        return str(error)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    for name in ("bin", "watch", "source", "codec"):
        parser.add_argument("--" + name, type=pathlib.Path, required=True)
    parser.add_argument("--services", type=json.loads, required=True)
    arguments = parser.parse_args()
    hosts.CODEC = arguments.codec
    services = [hosts.Service(s["number"], s["name"], s["pmt_pid"], s["pids"]) for s in arguments.services]
    failures = 0
    for kind in hosts.PEERS:
        problem = attempt(kind, arguments, services)
        if problem:
            # while a program is read from the host's disk for the first time, the guest's clock jumps ahead
            print(f"{kind.name}: once more, now that it is in memory: {problem}", flush=True)
            problem = attempt(kind, arguments, services)
        failures += bool(problem)
        print(f"{kind.name}: {problem or 'descrambles through the simulated CAM'}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets tshark, which knows nothing of us, judge traces of conversations with a CAM.

    tshark.py [--host-only] TRACE.pcapng...
    tshark.py --host-only --run PROGRAM [ARGUMENT...]     traces that PROGRAM leaves under CIHOST_TRACES
"""
import argparse
import collections
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

BAD = re.compile(r"malformed|expert info \((warning|error)|unknown|not decoded|undecoded", re.IGNORECASE)
# a host repeats the resource that it refuses, whoever made that up
REPEATED = re.compile(r"= Resource (Class|Type): Unknown")
HOST_SAYS = "dvb-ci.event == 0xfe"


def missing() -> bool:
    """Says so, in the words that make a test count as skipped."""
    if shutil.which("tshark"):
        return False
    print("SKIPPED: tshark is not installed")
    return True


def frames(trace: pathlib.Path, host_only: bool = False) -> list[str]:
    """Each frame in tshark's words."""
    selection = ["-Y", HOST_SAYS] if host_only else []
    done = subprocess.run(["tshark", "-n", "-r", trace, "-V", *selection], capture_output=True, text=True, errors="replace")
    if done.returncode:
        sys.exit(f"tshark does not read {trace}: {done.stderr}")
    return [frame for frame in re.split(r"\n(?=Frame \d+: )", done.stdout) if frame.strip()]


def complaints(of: list[str], host_only: bool = False) -> list[str]:
    """What tshark finds wrong: a frame that it does not know, or a part of one."""
    bad = []
    for frame in of:
        number = frame.split(":", 1)[0].strip()
        if "DVB Common Interface" not in frame:
            bad.append(f"{number} is not DVB-CI")
        bad += [f"{number}: {line.strip()}" for line in frame.splitlines()
                if BAD.search(line) and not (host_only and REPEATED.search(line))]
    return bad


def judge(traces: list[pathlib.Path], host_only: bool) -> int:
    bad, seen = [], collections.Counter()
    for trace in traces:
        found = frames(trace, host_only)
        seen["frames"] += len(found)
        bad += [f"{trace.name}: {what}" for what in complaints(found, host_only)]
        for frame in found:
            seen["TPDUs with an APDU"] += "APDU Tag" in frame
    if not seen["frames"]:
        bad.append("there is nothing to judge")
    print("\n".join(bad[:40]) or f"{len(traces)} traces: " + ", ".join(f"{n} {what}" for what, n in seen.items()) + ", nothing wrong")
    return 1 if bad else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host-only", action="store_true", help="what the module says may be nonsense")
    parser.add_argument("--run", action="store_true", help="a program that leaves traces, instead of traces")
    parser.add_argument("what", nargs="+")
    arguments, more = parser.parse_known_args()
    if missing():
        return 0
    if not arguments.run:
        return judge([pathlib.Path(name) for name in arguments.what], arguments.host_only)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*arguments.what, *more], env=dict(os.environ, CIHOST_TRACES=folder), capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:])
            return 1
        return judge(sorted(pathlib.Path(folder).glob("*.pcapng")), arguments.host_only)


if __name__ == "__main__":
    sys.exit(main())

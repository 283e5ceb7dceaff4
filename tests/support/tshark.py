#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Lets tshark, which knows nothing of us, judge traces of conversations with a CAM.

    tshark.py [--host-only] TRACE.pcapng|FOLDER...
    tshark.py --host-only --run PROGRAM [ARGUMENT...]     traces that PROGRAM leaves under CIHOST_TRACES

With --each FOLDER every conversation (*.txt) or CAM (*.cam.toml) of that folder has to be among them, a CAM that
needs a profile both with and without.
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
import tomllib

BAD = re.compile(r"malformed|expert info \((warning|error)|unknown|not decoded|undecoded", re.IGNORECASE)
# a host repeats the resource that it refuses, whoever made that up
REPEATED = re.compile(r"= Resource (Class|Type): Unknown")
# it is reset before it is READY, and so is never spoken to
SILENT = {"irdeto-slow, profile default"}
# tshark takes the error code of a T_C_Error for an SPDU
ERROR_CODE = re.compile(r"SPDU Tag: Unknown \(0x0[12]\)|Invalid SPDU tag|Group: Malformed")
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
        about, dvb_ci, said = frame.partition("\nDVB Common Interface")
        if not dvb_ci:
            bad.append(f"{number} is not DVB-CI: {about}")
        name = re.search(r"Interface name: (.*)", about)
        number = f"{name[1]}: {number}" if name else number
        bad += [f"{number}: {line.strip()}" for line in said.splitlines()
                if BAD.search(line) and not (host_only and REPEATED.search(line))
                and not (is_t_c_error(frame) and ERROR_CODE.search(line))]
    return bad


def is_t_c_error(frame: str) -> bool:
    return "T_t_c_error (0x88)" in frame and "Length field: 6\n" in frame


def expected(folder: pathlib.Path) -> set[str]:
    """What the conversations of that folder are called in a trace."""
    names = {file.stem for file in folder.glob("*.txt")}
    for file in folder.glob("*.cam.toml"):
        for profile in {"default", tomllib.loads(file.read_text()).get("host_profile") or "default"}:
            names.add(f"{file.name.removesuffix('.cam.toml')}, profile {profile}")
    return names


def judge(traces: list[pathlib.Path], host_only: bool, each: pathlib.Path | None = None) -> int:
    bad, seen, names = [], collections.Counter(), set()
    with tempfile.TemporaryDirectory() as folder:
        # tshark takes its time to start
        merged = pathlib.Path(folder, "merged.pcapng")
        if traces:
            subprocess.run(["mergecap", "-a", "-I", "none", "-F", "pcapng", "-w", merged, *traces], check=True, capture_output=True)
        found = frames(merged, host_only) if traces else []
        seen["frames"] = len(found)
        bad += complaints(found, host_only)
        for frame in found:
            seen["TPDUs with an APDU"] += "APDU Tag" in frame
            names.update(re.findall(r"Interface name: (.*)", frame))
    if not seen["frames"]:
        bad.append("there is nothing to judge")
    if each:
        bad += [f"there is no conversation '{name}'" for name in sorted(expected(each) - names - SILENT)]
    counted = ", ".join(f"{number} {what}" for what, number in seen.items())
    print("\n".join(bad[:40]) or f"{len(traces)} traces, {len(names)} conversations: {counted}, nothing wrong")
    return 1 if bad else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host-only", action="store_true", help="what the module says may be nonsense")
    parser.add_argument("--run", action="store_true", help="a program that leaves traces, instead of traces")
    parser.add_argument("--each", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("what", nargs="+")
    arguments, more = parser.parse_known_args()
    if missing():
        return 0
    if not arguments.run:
        named = map(pathlib.Path, arguments.what)
        return judge([trace for path in named for trace in (sorted(path.glob("*.pcapng")) if path.is_dir() else [path])],
                     arguments.host_only, arguments.each)
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([*arguments.what, *more], env=dict(os.environ, CIHOST_TRACES=folder), capture_output=True, text=True)
        if done.returncode:
            print(done.stdout[-3000:], done.stderr[-3000:])
            return 1
        return judge(sorted(pathlib.Path(folder).glob("*.pcapng")), arguments.host_only, arguments.each)


if __name__ == "__main__":
    sys.exit(main())

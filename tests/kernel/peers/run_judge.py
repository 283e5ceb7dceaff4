#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Brings the peers and runs judge.py in the lab; 77 where they cannot be had."""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[1] / "demo")]
import packages
from compare import services_of


def main() -> int:
    build, lab = map(pathlib.Path, sys.argv[1:3])
    source = build / "lab-source.ts"
    try:
        environment = packages.environment(lab / "peers")
    except packages.Unavailable as problem:
        print(f"SKIPPED: {problem}")
        return 77
    tools = build / "tests/kernel"
    return subprocess.run([sys.executable, HERE.parent / "lab.py", "--clock", "instructions", "--memory", "4096", "--timeout", "600",
                           "python3", "-B", HERE / "judge.py",
                           "--bin", build / "bin", "--watch", tools / "output_watch", "--codec", tools / "pmt_codec.so",
                           "--source", source, "--services", json.dumps(services_of(build / "bin", source))],
                          env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tshark, which knows nothing of us, decodes a trace: no frame malformed, none unknown, nothing missing."""
import collections
import pathlib
import re
import shutil
import subprocess
import sys

# what a start-up, a few services and their withdrawal must show
EXPECTED = {"T_create_t_c": 1, "Open Session Request": 4, "Profile enquiry": 1, "Application info": 1, "CA info": 1,
            "CA PMT": 4, "Date-Time": 1}


def main() -> int:
    trace = pathlib.Path(sys.argv[1])
    if not shutil.which("tshark"):
        print("SKIPPED: tshark is not installed")
        return 0
    done = subprocess.run(["tshark", "-r", trace, "-V"], capture_output=True, text=True)
    if done.returncode:
        print(done.stderr)
        return 1
    frames = re.split(r"\n(?=Frame \d+: )", done.stdout)
    seen, bad = collections.Counter(), []
    for frame in frames:
        number = frame.split(":", 1)[0]
        if "DVB Common Interface" not in frame:
            bad.append(f"{number} is not DVB-CI")
        for line in frame.splitlines():
            if re.search(r"malformed|expert info \((warning|error)|unknown|not decoded|undecoded", line, re.IGNORECASE):
                bad.append(f"{number}: {line.strip()}")
        for text in EXPECTED:
            if text.lower() in frame.lower():
                seen[text] += 1
    bad += [f"only {seen[text]} frames with '{text}', at least {least} expected"
            for text, least in EXPECTED.items() if seen[text] < least]
    print("\n".join(bad[:40]) or f"{len(frames)} frames, all decoded: " + ", ".join(f"{n} {t}" for t, n in seen.items()))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

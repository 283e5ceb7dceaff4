#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tshark, which knows nothing of us, decodes a trace: no frame malformed, none unknown, nothing missing."""
import collections
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import tshark  # noqa: E402

# what a start-up, a few services and their withdrawal must show
EXPECTED = {"T_create_t_c": 1, "Open Session Request": 4, "Profile enquiry": 1, "Application info": 1, "CA info": 1,
            "CA PMT": 4, "Date-Time": 1}


def main() -> int:
    if tshark.missing():
        return 0
    frames = tshark.frames(pathlib.Path(sys.argv[1]))
    bad, seen = tshark.complaints(frames), collections.Counter()
    for frame in frames:
        for text in EXPECTED:
            if text.lower() in frame.lower():
                seen[text] += 1
    bad += [f"only {seen[text]} frames with '{text}', at least {least} expected"
            for text, least in EXPECTED.items() if seen[text] < least]
    print("\n".join(bad[:40]) or f"{len(frames)} frames, all decoded: " + ", ".join(f"{n} {t}" for t, n in seen.items()))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

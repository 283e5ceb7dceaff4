#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Control words have no type, no variable and no code path outside the simulator."""
import pathlib
import re
import sys

FORBIDDEN = re.compile(r"control_?words?|(?<![a-z])cws?(?![a-z])|dvbcsa|CA_SET_DESCR|CA_SET_PID|ca_descr(?!iptor)",
                       re.IGNORECASE)
# prose may say what we do not do
COMMENT = re.compile(r"^\s*//")


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    bad = []
    for top in ("src", "include"):
        for path in sorted((root / top).rglob("*.[ch]pp")):
            if (root / "src/sim") in path.parents:
                continue
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if FORBIDDEN.search(line) and not COMMENT.match(line):
                    bad.append(f"{path.relative_to(root)}:{number}: {line.strip()}")
    print("\n".join(bad) or "no control word outside the simulator")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Every source file carries the licence line of its room."""
import pathlib
import sys

LIBRARY = "SPDX-License-Identifier: LGPL-2.1-or-later"
PROGRAMS = "SPDX-License-Identifier: GPL-2.0-or-later"
PROGRAM_ROOMS = {"daemon", "cli", "sim"}
KERNEL_MODULE = ("tests", "kernel", "module")  # what the kernel loads
SUFFIXES = {".cpp", ".hpp", ".py", ".txt", ".cmake", ".sh", ".c", ".h"}


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    bad = []
    for top in ("src", "include", "tests"):
        for path in sorted((root / top).rglob("*")):
            if not path.is_file() or path.suffix not in SUFFIXES:
                continue
            relative = path.relative_to(root)
            program = relative.parts[1] in PROGRAM_ROOMS or relative.parts[:3] == KERNEL_MODULE
            # tests of the programs may be under either licence
            wanted = [PROGRAMS] if program else [LIBRARY]
            if program and relative.parts[0] == "tests" and relative.parts[:3] != KERNEL_MODULE:
                wanted.append(LIBRARY)
            if not any(line in path.read_text(errors="replace")[:400] for line in wanted):
                bad.append(f"{relative}: no '{wanted[0]}'")
    print("\n".join(bad) or "every file says its licence")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What systemd says of the unit file: that it is one, and how much an attacker who took the daemon over could do."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

# 10 is a service that may do anything. Devices, sockets and the host's files cost cihostd what is left.
MOST_EXPOSED = 1.6


def judge(*command) -> tuple[int, str]:
    done = subprocess.run(["systemd-analyze", *map(str, command)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def main() -> int:
    if not shutil.which("systemd-analyze"):
        print("SKIPPED: no systemd-analyze here")
        return 0
    text = pathlib.Path(sys.argv[1]).read_text()
    with tempfile.TemporaryDirectory() as folder:
        # it asks for the program to be there, and cihostd may not be installed yet
        unit = pathlib.Path(folder) / "cihostd.service"
        unit.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
        wrong, said = judge("verify", unit)
        print(said or "verify: nothing to complain about")
        exposed, table = judge("security", "--offline=true", f"--threshold={int(MOST_EXPOSED * 10)}", unit)
        print(table.strip().splitlines()[-1])
        # complaints do not always make it fail
        return 1 if wrong or "cihostd.service:" in said or exposed else 0


if __name__ == "__main__":
    sys.exit(main())

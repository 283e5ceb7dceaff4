#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""libdvbcsa is linked by the simulator and by nothing else (read with readelf)."""
import argparse
import subprocess
import sys


def links_dvbcsa(program: str) -> bool:
    dynamic = subprocess.run(["readelf", "-dW", program], check=True, capture_output=True, text=True)
    symbols = subprocess.run(["readelf", "-sW", program], check=True, capture_output=True, text=True)
    return "libdvbcsa" in dynamic.stdout or "dvbcsa_" in symbols.stdout


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--with", dest="with_", nargs="+", required=True)
    parser.add_argument("--without", nargs="+", required=True)
    arguments = parser.parse_args()
    bad = [f"{p} does not link libdvbcsa" for p in arguments.with_ if not links_dvbcsa(p)]
    bad += [f"{p} links libdvbcsa" for p in arguments.without if links_dvbcsa(p)]
    print("\n".join(bad) or "only the simulator links libdvbcsa")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hosts we are compared with, as Debian packs them: used where they are installed, else unpacked into a
folder of ours. Installing VDR would start it, on the user's own receiver.
"""
import os
import pathlib
import shutil
import subprocess

import hosts


class Unavailable(Exception):
    """A sentence."""


def environment(folder: pathlib.Path) -> dict[str, str]:
    """os.environ, with which every peer is found; brings what is missing."""
    root = folder / "root"
    with_root = dict(os.environ)
    with_root["PATH"] = f"{os.environ['PATH']}:/usr/sbin:{root}/usr/bin:{root}/usr/sbin"
    libraries = [root / "usr/lib/x86_64-linux-gnu", root / "lib/x86_64-linux-gnu", root / "usr/lib", root / "lib"]
    missing = [host for host in hosts.PEERS if not shutil.which(host.program, path=with_root["PATH"])]
    if missing:
        fetch(folder, root, [host.package for host in missing])
    if root.exists():
        with_root["LD_LIBRARY_PATH"] = ":".join(map(str, libraries))
    return with_root


def fetch(folder: pathlib.Path, root: pathlib.Path, wanted: list[str]) -> None:
    """Unpacks them, and what they need that is not installed."""
    # simulated: --print-uris leaves out what was downloaded before
    plan = subprocess.run(["apt-get", "install", "--simulate", "-qq", "--no-install-recommends", *wanted], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)
    needed = [line.split()[1] for line in plan.stdout.splitlines() if line.startswith("Inst ")]
    if plan.returncode or not needed:
        raise Unavailable(f"{', '.join(wanted)}: {last_line(plan.stderr) or 'not in the package archive'}")
    folder.mkdir(parents=True, exist_ok=True)
    got = subprocess.run(["apt-get", "download", "-qq", *needed], cwd=folder, capture_output=True, text=True)
    if got.returncode:
        raise Unavailable(f"{', '.join(wanted)} cannot be downloaded: {last_line(got.stderr)}")
    # whole or not at all: a program without its libraries would pass for an installed one
    partial = folder / "root.partial"
    shutil.rmtree(partial, ignore_errors=True)
    for package in folder.glob("*.deb"):
        if subprocess.run(["dpkg-deb", "-x", package, partial]).returncode:
            raise Unavailable(f"{package.name} cannot be unpacked")
        package.unlink()
    shutil.rmtree(root, ignore_errors=True)
    partial.rename(root)


def last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1] if lines else ""

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""clang-format and clang-tidy over the sources that differ from origin/main (or all: --all)."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys


def lines(*command: str) -> list[str]:
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.split()


def main() -> int:
    base = None if "--all" in sys.argv else (lines("git", "merge-base", "HEAD", "origin/main") or [None])[0]
    files = lines("git", "diff", "--name-only", "--diff-filter=d", base) if base else lines("git", "ls-files")
    files = [f for f in files if f.startswith(("src/", "include/", "tests/"))]
    sources = [f for f in files if f.endswith(".cpp") and "/fuzz/" not in f]
    formatted = [f for f in files if f.endswith((".cpp", ".hpp"))]
    failed = bool(formatted) and subprocess.run(
        ["clang-format", "--dry-run", "--Werror", *formatted]).returncode != 0

    def tidy(source: str) -> tuple[str, int, str]:
        done = subprocess.run(["clang-tidy", "-p", "build/dev", "--quiet", "--warnings-as-errors=*", source],
                              capture_output=True, text=True)
        return source, done.returncode, done.stdout

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (source, code, output) in enumerate(pool.map(tidy, sources), 1):
            print(f"[{number}/{len(sources)}] {source}", flush=True)
            if code:
                failed = True
                print(output)
    print("lint: " + ("findings above" if failed else f"{len(formatted)} files clean"))
    return 1 if failed else 0


if __name__ == "__main__":
    if not pathlib.Path("build/dev/compile_commands.json").exists():
        sys.exit("lint: build first: ./dev build")
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is installed is enough: tests/examples are built with find_package(cihost), far from the source tree, and run."""
import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile


def run(*command, status: int = 0) -> subprocess.CompletedProcess:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != status:
        sys.exit(f"{' '.join(map(str, command))} ended with exit code {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def expect(text: str, part: str) -> None:
    if part not in text:
        sys.exit(f"'{part}' is not in: {text}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("cmake", "compiler", "generator", "source", "build"):
        parser.add_argument("--" + name, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cihost-package-") as folder:
        work = pathlib.Path(folder)
        prefix, examples, build = work / "prefix", work / "examples", work / "build"
        run(options.cmake, "--install", options.build, "--prefix", prefix)
        shutil.copytree(pathlib.Path(options.source) / "tests/examples", examples)
        for file in prefix.rglob("*.cmake"):
            for foreign in (options.build, options.source):
                if foreign in file.read_text():
                    sys.exit(f"{file.relative_to(prefix)} speaks of {foreign}, which users do not have")
        run(options.cmake, "-S", examples, "-B", build, "-G", options.generator, f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={options.compiler}", "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Werror")
        run(options.cmake, "--build", build)
        # not a word of what it lacks, but of what it was asked
        expect(run(build / "record", status=2).stderr, "usage: record")
        expect(run(build / "record", "adapter0", work / "none.conf", "One", work / "one.ts", 1, status=1).stderr, "none.conf")
        expect(run(build / "why", work / "no.sock", 1, status=1).stderr, "Start cihostd")
    print("the examples are built with what is installed, and run")
    return 0


if __name__ == "__main__":
    sys.exit(main())

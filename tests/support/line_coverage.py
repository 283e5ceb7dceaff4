# SPDX-License-Identifier: LGPL-2.1-or-later
"""Line coverage from gcc's counters: a build folder in, covered and countable lines of files out."""
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

# by path below the root: number of each line that can be run, and how often it was
Counts = dict[str, dict[int, int]]


def forget(build: pathlib.Path) -> None:
    """What was run so far."""
    for counters in build.rglob("*.gcda"):
        counters.unlink()


def counts(build: pathlib.Path, root: pathlib.Path) -> Counts:
    """Of all that was built, run or not."""
    # a program that was ended hard may leave counters behind that gcov does not take: it says so, and goes on
    notes = sorted(str(p.resolve()) for folder in ("src", "tests") for p in (build / folder).rglob("*.gcno"))
    if not notes:
        sys.exit(f"nothing in {build} counts lines: configure it with --preset coverage")
    lines: Counts = collections.defaultdict(dict)
    with tempfile.TemporaryDirectory() as folder:
        for at in range(0, len(notes), 50):
            subprocess.run(["gcov", "--json-format", "--hash-filenames", *notes[at:at + 50]], cwd=folder, check=False,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for report in pathlib.Path(folder).glob("*.gcov.json.gz"):
            content = json.loads(gzip.decompress(report.read_bytes()))
            for file in content["files"]:
                path = (pathlib.Path(content["current_working_directory"]) / file["file"]).resolve()
                if not path.is_relative_to(root):
                    continue
                known = lines[str(path.relative_to(root))]
                for line in file["lines"]:
                    # a header is counted once, though many have it
                    known[line["line_number"]] = max(known.get(line["line_number"], 0), line["count"])
    return lines


def room_of(name: str) -> str | None:
    """Where a file of the library or the programs belongs: its public headers to the room of their subject."""
    parts = pathlib.PurePath(name).parts
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    if parts[:2] == ("include", "cihost"):
        return parts[2] if len(parts) > 3 else "base"
    return None


def by_room(lines: Counts) -> dict[str, tuple[int, int]]:
    """Lines covered, and lines that can be."""
    rooms: dict[str, tuple[int, int]] = {}
    for name, known in lines.items():
        if room := room_of(name):
            before = rooms.get(room, (0, 0))
            rooms[room] = (before[0] + sum(1 for count in known.values() if count), before[1] + len(known))
    return rooms


def percent(hit: int, lines: int) -> str:
    # never 100 where something is missing
    return f"{int(1000 * hit / lines) / 10:.1f} %" if lines else "-"

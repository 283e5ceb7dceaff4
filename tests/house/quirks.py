#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tests/QUIRKS.md has a row for every quirk and every defect, and names tests that exist."""
import pathlib
import re
import sys

QUIRKS = [str(n) for n in range(1, 69)]
DEFECTS = [f"D{n}" for n in range(1, 9)]


def test_names(root: pathlib.Path) -> set[str]:
    """Catch2 cases, Python test functions, conversations, personalities."""
    names = set()
    for path in (root / "tests").rglob("*.cpp"):
        text = path.read_text(errors="replace")
        for case in re.findall(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', text):
            names.add("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', case)).replace('\\"', '"'))
    for path in (root / "tests").rglob("*.py"):
        names.update(re.findall(r"^\s*def (test_\w+)\(", path.read_text(), re.MULTILINE))
    for path in (root / "tests").rglob("conversations/*.txt"):
        names.add(f"conversations/{path.name}")
    for path in root.glob("src/sim/**/personalities/*"):
        names.add(f"personalities/{path.name}")
    return names


def rows(text: str) -> list[list[str]]:
    table = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"D?\d+", cells[0]):
            table.append(cells)
    return table


def problems(text: str, names: set[str]) -> list[str]:
    bad = []
    table = rows(text)
    numbers = [row[0] for row in table]
    for number in QUIRKS + DEFECTS:
        if numbers.count(number) != 1:
            bad.append(f"{number}: {numbers.count(number)} rows instead of one")
    bad += [f"{number}: no such quirk" for number in numbers if number not in QUIRKS + DEFECTS]
    for number, *cells in table:
        if len(cells) != 2 or not all(cells):
            bad.append(f"{number}: not 'number | quirk | covered by'")
            continue
        tests = re.findall(r"`([^`]*)`", cells[1])
        if "open:" in cells[1]:
            bad.append(f"{number}: still open")
        elif not tests and not cells[1].startswith("not the host's:"):
            bad.append(f"{number}: neither a test nor \"not the host's: why\"")
        bad += [f"{number}: no test '{test}'" for test in tests if test not in names]
    return bad


def self_test(names: set[str]) -> list[str]:
    """The checks find what they are for."""
    some = sorted(names)[0]
    good = [f"| {number} | what | `{some}` |" for number in QUIRKS + DEFECTS]
    cases = {
        "": good,
        "5: 0 rows instead of one": good[:4] + good[5:],
        "5: 2 rows instead of one": good + [good[4]],
        "69: no such quirk": good + [f"| 69 | what | `{some}` |"],
        "1: no test 'no such'": ["| 1 | what | `no such` |"] + good[1:],
        "1: still open": ["| 1 | what | open: a test |"] + good[1:],
        "1: neither a test nor \"not the host's: why\"": ["| 1 | what | some day |"] + good[1:],
        "1: not 'number | quirk | covered by'": [f"| 1 | `{some}` |"] + good[1:],
    }
    bad = []
    for want, lines in cases.items():
        got = problems("\n".join(lines), names)
        if got != ([want] if want else []):
            bad.append(f"self-test: expected {[want]}, got {got}")
    return bad


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    names = test_names(root)
    bad = self_test(names) + problems((root / "tests" / "QUIRKS.md").read_text(), names)
    print("\n".join(bad) or "every quirk has its test or its reason")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

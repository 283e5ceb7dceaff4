#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The man pages have no fault of form, and name every command, option and key there is.

Commands and options are those that the built programs list with --help, keys those that cihostd lists
as allowed; these stand in the example configuration too, commented or not.
"""
import argparse
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

PAGES = ["cli/man/cihost.1", "daemon/man/cihostd.8", "daemon/man/cihostd.toml.5", "sim/man/cihost-sim.1"]
TABLE = re.compile(r"^(?:# )?(\[{1,2}[a-z_]+\]{1,2})$")
KEY = re.compile(r"^(?:# )?([a-z_]+) = .*$")


def plain(page: str) -> str:
    """Its words, without macros, escapes and quotes."""
    lines = []
    for line in page.splitlines():
        if line.startswith('.\\"'):
            continue
        words = line[1:].split() if line.startswith(".") else [line]
        # "Fl -json" is --json
        text = " ".join(words)
        text = re.sub(r"\bFl -", "--", text)
        lines.append(re.sub(r"\b(Ic|It|Op|Oo|Oc|Ar|Ns|Li|Nm|Pa|Xr|Qq|Ss|Sh)\b ?", "", text))
    return "\n".join(lines)


def example_keys(text: str):
    """(table, key), commented or not."""
    table = ""
    for line in text.splitlines():
        if match := TABLE.match(line):
            table = match[1]
        elif match := KEY.match(line):
            yield table, match[1]


def sections(page: str):
    """Name of each subsection, with its text."""
    parts = re.split(r"^\.S[sh] (.*)$", page, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2]))


def described(page: str):
    """(table, key) of cihostd.toml(5); further values of [cam] are apart."""
    for table, text in sections(page).items():
        if "[" in table:
            for items in re.findall(r"^\.It Ic (.*)$", text, re.M):
                for key in re.findall(r"[a-z_]+", items):
                    yield table, key


def allowed_keys(cihostd: str, table: str):
    """Those that the daemon itself lists when it meets one that there is not."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "c.toml"
        file.write_text(f"{table}\nno_such_key = 1\n")
        done = subprocess.run([cihostd, "--check", "--config", file], capture_output=True, text=True, timeout=60)
    listed = re.search(r"no_such_key is not a known key.*Allowed: (.*)$", done.stderr, re.M)
    return listed[1].split(", ") if listed else []


def key_findings(root: pathlib.Path, cihostd: str):
    said = set(described((root / "src/daemon/man/cihostd.toml.5").read_text()))
    example = set(example_keys((root / "src/daemon/cihostd.example.toml").read_text()))
    tables = allowed_keys(cihostd, "")
    if not tables:
        yield "cihostd --check does not list the keys that are allowed"
    known = set()
    for name in tables:
        table = f"[[{name}]]" if name in ("receiver", "assign") else f"[{name}]"
        keys = allowed_keys(cihostd, table)
        if not keys:
            yield f"cihostd --check does not list the keys of {table}"
        for key in keys:
            further = table == "[cam]" and ("Further values of [cam]", key) in said
            known.add(("Further values of [cam]" if further else table, key))
            if not further and (table, key) not in said:
                yield f"cihostd.toml(5) does not name '{key}' of {table}"
            if not further and (table, key) not in example:
                yield f"the example configuration does not name '{key}' of {table}"
    for table, key in sorted(said - known):
        yield f"cihostd.toml(5) names '{key}' of {table}, which cihostd does not know"
    for table, key in sorted(example - known):
        if ("Further values of [cam]", key) not in known:
            yield f"the example configuration names '{key}' of {table}, which cihostd does not know"


def help_of(program: str, *words: str) -> str:
    return subprocess.run([program, *words, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout


def commands_in(text: str):
    """Names under "Subcommands:"."""
    part = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.M)
    return re.findall(r"^  ([a-z][a-z-]*)", part[1], re.M) if part else []


def options_in(text: str):
    return set(re.findall(r"^  (?:-\w,)?(--[a-z-]+)", text, re.M))


def command_findings(program: str, page: str, deep: bool, words=()):
    name = " ".join([pathlib.Path(program).name, *words])
    text = help_of(program, *words)
    said = plain(page)
    for option in sorted(options_in(text)):
        if not re.search(rf"(?<![\w-]){option}(?![\w-])", said):
            yield f"the man page of {name} does not name {option}"
    if words and not re.search(rf"^.*\b{' '.join(words)}\b", said, re.M):
        yield f"the man page does not name '{name}'"
    if "Example" not in text and deep and words:
        yield f"'{name} --help' has no example"
    for command in commands_in(text):
        if deep:
            yield from command_findings(program, page, deep, (*words, command))
        elif command not in said:
            yield f"the man page of {name} does not name '{command}'"


def form_findings(root: pathlib.Path):
    if shutil.which("mandoc"):
        tool = ["mandoc", "-Tlint", "-Wwarning"]
    elif shutil.which("man") and shutil.which("groff"):
        tool = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"]
    else:
        print("SKIPPED: neither mandoc nor man is here to judge the form of the pages")
        return
    for page in PAGES:
        done = subprocess.run([*tool, root / "src" / page], capture_output=True, text=True, timeout=60)
        said = done.stdout + done.stderr if tool[0] == "mandoc" else done.stderr
        for line in said.splitlines():
            yield f"{page}: {line}"
        if done.returncode != 0 and not said:
            yield f"{page}: {tool[0]} ends with {done.returncode}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", type=pathlib.Path)
    parser.add_argument("--programs", type=pathlib.Path, help="folder of the built programs, without --form")
    parser.add_argument("--form", action="store_true", help="only what mandoc or man says")
    arguments = parser.parse_args()
    root = arguments.root
    bad = []
    if arguments.form:
        bad += form_findings(root)
    else:
        def program(name: str) -> str:
            return str(arguments.programs / name)

        bad += key_findings(root, program("cihostd"))
        for name, page, deep in (("cihost", "cli/man/cihost.1", True), ("cihostd", "daemon/man/cihostd.8", False),
                                 ("cihost-sim", "sim/man/cihost-sim.1", False)):
            bad += command_findings(program(name), (root / "src" / page).read_text(), deep)
    print("\n".join(bad) or "the man pages name all there is")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs a command in a virtual machine with a real kernel's DVB stack and the lab's adapters.

The guest sees this machine's file system (its own writes are forgotten), so whatever is built or
installed here runs there; what it writes to /lab stays in build/lab/out. Exit status: the command's;
77 when the machine cannot be had here, 124 on time-out, 125 when the kernel complained.
"""
import argparse
import fcntl
import os
import pathlib
import re
import shlex
import signal
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from vm import image, machine  # noqa: E402

# a report of the kernel, not the CA core's own message "BUG: read packet ended before…"
COMPLAINT = re.compile(r"cut here|^(\[[^]]*\] )?(BUG|Oops|KASAN|general protection fault)[: ]|Kernel panic|"
                       r"^(\[[^]]*\] )?INFO: task .* blocked", re.MULTILINE)


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./dev lab", description=__doc__.splitlines()[0],
                                     epilog="Without CMD: a shell in the machine.")
    parser.add_argument("--adapters", type=int, default=1, choices=range(1, 5), metavar="1..4")
    parser.add_argument("--slots", type=int, default=1, choices=range(3), metavar="0..2", help="CI slots of each adapter")
    parser.add_argument("--polled", action="store_true", help="no interrupts: the CA core polls")
    parser.add_argument("--descrambler", action="store_true", help="a further ca node without a CI slot")
    parser.add_argument("--no-module", action="store_true", help="leave cihost_lab.ko to the command ($CIHOST_LAB_MODULE)")
    parser.add_argument("--timeout", type=float, metavar="S", help="end the machine after S seconds (default 600; a shell: none)")
    parser.add_argument("--memory", type=int, default=1024, metavar="MB")
    parser.add_argument("--clock", choices=["host", "instructions"], default="host",
                        help="what the guest's time is: the host's (default), or 1 ns an instruction: then neither emulation nor"
                             " load on the host slows it down, two runs are alike, and what it reads from the host's disk for the"
                             " first time seems to take for ever")
    parser.add_argument("--kernel", metavar="VERSION", help="as in linux-headers-VERSION (default: linux-headers-amd64's)")
    parser.add_argument("--keep-dmesg", type=pathlib.Path, metavar="FILE", help="write the kernel's messages there")
    parser.add_argument("--timing", action="store_true", help="say on stderr what took how long")
    parser.add_argument("--prepare", action="store_true", help="build what is needed, start nothing")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parents[1] / "build" / "lab", help=argparse.SUPPRESS)
    parser.add_argument("--cwd", type=pathlib.Path, default=pathlib.Path.cwd(), help=argparse.SUPPRESS)
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="CMD…")
    return parser.parse_args(words)


def module_parameters(wanted: argparse.Namespace) -> str | None:
    if wanted.no_module:
        return None
    return (f"adapters={wanted.adapters} slots={wanted.slots} interrupts={int(not wanted.polled)}"
            f" descrambler={int(wanted.descrambler)}")


def script(wanted: argparse.Namespace, module: pathlib.Path) -> str:
    """What /bin/sh runs in the guest: the caller's environment, folder and words."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in os.environ.items()
             if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name)]
    lines.append(f"export CIHOST_LAB_MODULE={shlex.quote(str(module))} PATH=\"$PATH:/sbin:/usr/sbin:/run/lab\"")
    lines.append(f"cd {shlex.quote(str(wanted.cwd))} || exit 126")
    lines.append("exec " + (shlex.join(wanted.command) if wanted.command else '"${SHELL:-/bin/sh}"'))
    return "\n".join(lines) + "\n"


def one_at_a_time(folder: pathlib.Path):
    """Two emulated machines at once starve each other's timers."""
    folder.mkdir(parents=True, exist_ok=True)
    lock = open(folder / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("lab: waiting for another lab to end", file=sys.stderr)
        fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def judge(messages: str, status: int, keep: pathlib.Path | None) -> int:
    if keep:
        keep.write_text(messages)
    if not COMPLAINT.search(messages):
        return status
    print(f"lab: the kernel complained:\n{messages}", file=sys.stderr)
    return 125


def main() -> int:
    # SIGTERM too ends in finally: no machine stays behind
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    wanted = arguments(sys.argv[1:])
    if wanted.command[:1] == ["--"]:
        wanted.command = wanted.command[1:]
    interactive = not wanted.command and not wanted.prepare
    if interactive and not sys.stdin.isatty():
        print("lab: no command, and no terminal for a shell", file=sys.stderr)
        return 2
    lock = one_at_a_time(wanted.build)
    begin = time.monotonic()
    try:
        parts = image.prepare(wanted.build, HERE, wanted.kernel)
    except image.Unavailable as problem:
        print(f"SKIPPED: no kernel lab here: {problem}", flush=True)
        return 77
    except image.Broken as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    if wanted.prepare:
        print(f"lab: ready, kernel {parts.version}")
        return 0
    prepared = time.monotonic()
    run = machine.Machine(parts, wanted.build, memory=wanted.memory, clock=wanted.clock)
    timeout = wanted.timeout or (None if interactive else 600)
    try:
        outcome = run.run(script(wanted, parts.module), module_parameters(wanted), interactive, timeout)
    except machine.Failed as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return judge(run.messages(), 124 if problem.timed_out else 1, wanted.keep_dmesg)
    finally:
        run.end()
        lock.close()
    if wanted.timing:
        print(f"lab: {prepared - begin:.2f} s to look at the parts, {outcome.ready - prepared:.2f} s to the command,"
              f" {outcome.ended - outcome.ready:.2f} s for it, {time.monotonic() - outcome.ended:.2f} s to end",
              file=sys.stderr)
    return judge(run.messages(), outcome.status, wanted.keep_dmesg)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

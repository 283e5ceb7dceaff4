#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The examples of src/daemon/CONTROL.md, in their order, with the real daemon on a virtual receiver: requests are sent as
they are written, and what comes back has the shape that is written: the same members, of the same JSON types. An ellipsis
stands for anything. Every method has an example.
"""
import argparse
import json
import pathlib
import re
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "demo"), str(HERE.parent / "support")]

import picture
from control_client import ControlClient
from programs import DemoError, Program

PATIENCE = 60
OPEN = "…"
CONFIG = """\
[control]
socket = "control.sock"

[recording]
directory = "recordings"

[http]
listen = "off"

[channels]
file = "channels.conf"

[[receiver]]
name = "roof"
device = "virtual:nodes"
frequency = "474 MHz"
services = [103]
"""
CHANNELS = """\
[Das Erste HD]
	SERVICE_ID = 28106
	FREQUENCY = 514000000
	BANDWIDTH_HZ = 8000000
	DELIVERY_SYSTEM = DVBT2

"""
CAM = """\
# SPDX-License-Identifier: LGPL-2.1-or-later
description = "The CAM of the examples."
host_profile = ""

[module]
name = "Parental CAM"
manufacturer = 0xCAFE
code = 0x0017

[[page]]
name = "main"
title = "Parental control"
items = [{ text = "Card", opens = "card" }, { text = "Change the PIN", opens = "pin" }]

[[page]]
name = "card"
shape = "list"
title = "Card"
items = ["Number 0123 4567 8901"]

[[page]]
name = "pin"
shape = "enquiry"
title = "New PIN?"
opens = "main"
"""


def pattern(text: str):
    """JSON with ellipses as JSON: those outside of strings become a member, or an entry, called so."""
    out, inside, stack = [], False, []
    for at, char in enumerate(text):
        if char == '"' and text[at - 1] != "\\":
            inside = not inside
        if not inside and char in "[{":
            stack.append(char)
        if not inside and char in "]}":
            stack.pop()
        if char == OPEN and not inside:
            char = f'"{OPEN}":0' if stack[-1] == "{" else f'"{OPEN}"'
        out.append(char)
    return json.loads("".join(out))


def examples(text: str) -> list:
    """("→", request line, None) and ("←", None, pattern), in their order."""
    found = []
    for mark, line, more in re.findall(r"^    ([→←]) (.*)\n((?: {6,}\S.*\n)*)", text, re.MULTILINE):
        whole = line + "".join(part.strip() for part in more.splitlines())
        found.append((mark, whole, None) if mark == "→" else (mark, None, pattern(whole)))
    return found


def differs(wanted, got, where: str) -> str:
    """Empty: it has that shape."""
    if wanted == OPEN or (isinstance(wanted, str) and isinstance(got, str)):
        return ""
    if isinstance(wanted, dict) and isinstance(got, dict):
        if missing := [k for k in wanted if k != OPEN and k not in got]:
            return f"{where} has no {missing}"
        if OPEN not in wanted and (more := [k for k in got if k not in wanted]):
            return f"{where} has {more}, of which the example says nothing"
        return next(filter(None, (differs(v, got[k], f"{where}.{k}") for k, v in wanted.items() if k != OPEN)), "")
    if isinstance(wanted, list) and isinstance(got, list):
        # without hardware there are none
        if where.endswith("result.adapters") and not got:
            return ""
        for entry in wanted:
            if entry == OPEN:
                continue
            if not got:
                return f"{where} is empty"
            if all(reasons := [differs(entry, g, f"{where}[]") for g in got]):
                return reasons[0]
        return ""
    number = (int, float)
    if all(isinstance(v, number) and not isinstance(v, bool) for v in (wanted, got)) or type(wanted) is type(got):
        return ""
    return f"{where} is {json.dumps(got)[:80]}, not of the type of {json.dumps(wanted, ensure_ascii=False)[:80]}"


class Session:
    """`client` says what the examples say; `watcher` looks on."""

    def __init__(self, socket: pathlib.Path):
        self.client, self.watcher = ControlClient(socket), ControlClient(socket)
        # CA_PMTs of the configured service, once a reset that was asked for is done and over
        self.ca_pmts = 0

    def until(self, what: str, question) -> None:
        end = time.monotonic() + PATIENCE
        while not question():
            if time.monotonic() > end:
                raise DemoError(f"{what}: not within {PATIENCE} s")
            time.sleep(0.05)

    def receiver(self) -> dict:
        return self.watcher.call("status")["receivers"][0]

    def service(self) -> dict:
        """The configured one."""
        return next((s for s in self.receiver()["services"] if s["program_number"] == 103), {"state": "", "ca_pmts_sent": 0})

    def rested(self) -> bool:
        """The CAM is ready, and the configured service clear."""
        cams, service = self.receiver()["cams"], self.service()
        return bool(cams) and cams[0]["state"] == "ready" and service["state"] == "clear" and \
            service["ca_pmts_sent"] >= self.ca_pmts

    def menu(self) -> dict:
        return self.receiver()["cams"][0]["menu"] or {"id": 0, "answered": True}

    def prepare(self, request: dict) -> None:
        """What has to have happened before the request makes sense."""
        params = request.get("params", {})
        if request["method"] == "cam.menu.answer":
            self.until("the menu", lambda: self.menu()["id"] == params["id"])
        elif request["method"] == "cam.menu.close":
            self.until("a menu", lambda: not self.menu()["answered"])
        elif request["method"] == "record.stop":
            self.until("packets of the recording",
                       lambda: self.watcher.call("record.list")["recordings"][0]["packets"] > 0)
        else:
            self.until("the CAM ready and the service clear", self.rested)
        if request["method"] == "cam.reset":
            self.ca_pmts = self.service()["ca_pmts_sent"] + 1

    def check_answer(self, line: str, wanted: dict) -> str:
        return differs(wanted, self.client.answer_to(json.loads(line).get("id")), "the answer")

    def check_notification(self, wanted: dict) -> str:
        if wanted["method"] == "hello":
            return differs(wanted, self.client.hello, "hello")
        # something changes
        if wanted["method"] == "changed":
            self.watcher.call("cam.reset")
        end = time.monotonic() + PATIENCE
        why = "none came"
        while time.monotonic() < end:
            got = self.client.notification(PATIENCE)
            if got["method"] == wanted["method"] and not (why := differs(wanted, got, "the notification")):
                return ""
        return why


def methods_of(client: ControlClient) -> set:
    client.send('{"jsonrpc":"2.0","id":"?","method":"?"}')
    message = client.answer_to("?")["error"]["message"]
    return set(message.split("Methods: ")[1].split(", "))


def run(text: str, socket: pathlib.Path) -> list:
    faults = []
    session = Session(socket)
    request = None
    shown = set()
    for mark, line, wanted in examples(text):
        if mark == "→":
            request = line
            shown.add(json.loads(line)["method"])
            session.prepare(json.loads(line))
            session.client.send(line)
            continue
        if "method" in wanted:
            what, why = f"notification {wanted['method']}", session.check_notification(wanted)
        else:
            what, why = request, session.check_answer(request, wanted)
        print(f"{'FAIL' if why else 'ok  '} {what}{': ' + why if why else ''}", flush=True)
        if why:
            faults.append(what)
    known = methods_of(session.watcher)
    headings = set(re.findall(r"^### `([a-z._]+)`", text, re.MULTILINE))
    for name in sorted(known - (shown & headings)):
        print(f"FAIL {name}: CONTROL.md has no section with an example for it", flush=True)
        faults.append(name)
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    parser.add_argument("document", type=pathlib.Path)
    options = parser.parse_args()
    programs = []
    with tempfile.TemporaryDirectory(prefix="cihost-examples-") as folder:
        work = pathlib.Path(folder)
        picture.make_stream(work / "clear.ts")
        (work / "cihostd.toml").write_text(CONFIG)
        (work / "channels.conf").write_text(CHANNELS)
        (work / "examples.cam.toml").write_text(CAM)
        try:
            sim = Program("cihost-sim", [options.bin / "cihost-sim", "run", work / "clear.ts", "--dir", work / "nodes",
                                         "--boot-ms", 300, "--cam", work / "examples.cam.toml"], work / "sim.log")
            programs.append(sim)
            sim.wait_for("cihost-sim: ready", PATIENCE)
            daemon = Program("cihostd", [options.bin / "cihostd", "--config", work / "cihostd.toml"], work / "daemon.log")
            programs.append(daemon)
            daemon.wait_for("is open", PATIENCE)
            faults = run(options.document.read_text(), work / "control.sock")
        except (DemoError, OSError) as error:
            print(f"FAIL {error}")
            faults = [error]
        finally:
            for program in reversed(programs):
                program.stop()
                if sys.exc_info()[0] is not None:
                    print(program.log.read_text(errors="replace")[-3000:])
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The life of the real daemon on a virtual receiver: what it tells the service manager, its configuration read anew while
services run, who may use its socket, and how it takes leave of a CAM.
"""
import argparse
import grp
import json
import os
import pathlib
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "demo"), str(HERE.parent / "support")]

import picture
from control_client import ControlClient
from programs import DemoError, Program

PATIENCE = 60
STANDING, ADDED, RECORDED = 101, 103, 102
NOBODY = 65534


class Life:
    def __init__(self, bin_folder: pathlib.Path, work: pathlib.Path):
        self.bin, self.work = bin_folder, work
        self.events_file = work / "events.jsonl"
        self.config = work / "cihostd.toml"
        # what is not root can give the socket to its own group alone
        self.group = next(g for g in grp.getgrall()
                          if (g.gr_gid != 0 if os.geteuid() == 0 else g.gr_gid == os.getegid()))
        picture.make_stream(work / "clear.ts")
        self.other = socket.create_server(("127.0.0.1", 0))  # has the port that streams are to be on
        self.port = self.other.getsockname()[1]
        self.manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.manager.bind(str(work / "notify"))
        self.told = queue.SimpleQueue()
        threading.Thread(target=self.hear, daemon=True).start()
        self.sim = Program("cihost-sim", [bin_folder / "cihost-sim", "run", work / "clear.ts", "--dir", work / "nodes",
                                          "--boot-ms", 300, "--log", self.events_file], work / "sim.log")
        self.daemon = None

    def configure(self, services, log="", more="", control_socket="control.sock", receiver="roof") -> None:
        self.config.write_text(f"""\
[control]
socket = "{control_socket}"
group = "{self.group.gr_name}"

[log]
{log}

[recording]
directory = "recordings"

[http]
listen = "127.0.0.1:{self.port}"

[[receiver]]
name = "{receiver}"
device = "virtual:nodes"
frequency = "474 MHz"
services = {json.dumps(services)}
{more}
""")

    def start(self) -> str:
        self.sim.wait_for("cihost-sim: ready", PATIENCE)
        self.configure([STANDING])
        os.environ["NOTIFY_SOCKET"] = str(self.work / "notify")
        os.environ["WATCHDOG_USEC"] = "300000"
        self.daemon = Program("cihostd", [self.bin / "cihostd", "--config", self.config], self.work / "daemon.log")
        del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]
        self.until_told("READY=1")
        self.until_told("WATCHDOG=1")
        self.until_told("WATCHDOG=1")
        status = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        if "THP_enabled:\t1" in status:
            raise DemoError("the daemon takes huge pages: 2 MiB for each stack")
        self.client = ControlClient(self.work / "control.sock")
        self.until("the standing service clear", lambda: self.state(STANDING) == "clear")
        self.until_told("STATUS=receivers: 1, with a lock: 1; CAMs ready: 1; recordings: 0")
        return "the service manager is told that it is ready, how it fares, and that it lives"

    def hear(self) -> None:
        """As the service manager does: a daemon that finds no room for its message does not wait."""
        while True:
            self.told.put(self.manager.recv(4096).decode())

    def until(self, what: str, question) -> None:
        end = time.monotonic() + PATIENCE
        while not question():
            self.daemon.check()
            if time.monotonic() > end:
                raise DemoError(f"{what}: not within {PATIENCE} s")
            time.sleep(0.05)

    def until_told(self, text: str) -> str:
        """The next message of the daemon to the service manager that begins so."""
        end = time.monotonic() + PATIENCE
        try:
            while not (message := self.told.get(timeout=max(0, end - time.monotonic()))).startswith(text):
                pass
        except queue.Empty:
            raise DemoError(f"the service manager was not told {text}") from None
        return message

    def receivers(self) -> dict:
        return {r["name"]: r for r in self.client.call("status")["receivers"]}

    def state(self, number: int):
        for receiver in self.receivers().values():
            for service in receiver["services"]:
                if service["program_number"] == number and service["wanted"]:
                    return service["state"]
        return None

    def events(self, name: str) -> list:
        lines = self.events_file.read_text().splitlines(keepends=True)
        return [e for e in (json.loads(line) for line in lines if line.endswith("\n")) if e["event"] == name]

    def dropped(self) -> set:
        return {e["program"] for e in self.events("service_dropped")}

    def expect(self, answer: dict, member: str, *parts: str) -> None:
        for part in parts:
            if not any(part in entry for entry in answer[member]):
                raise DemoError(f"'{part}' is not in {member} of {json.dumps(answer)}")

    def reload(self) -> str:
        recording = self.client.call("record.start", service=RECORDED, file="a.ts")
        self.until("the recording", lambda: self.client.call("record.list")["recordings"][0]["packets"] > 500)
        self.configure([STANDING, ADDED], 'levels = { cam = "debug" }', """\
[[receiver]]
name = "attic"
device = "virtual:other"
frequency = "474 MHz"

[[assign]]
service = "News Five"
descramble = false
""")
        answer = self.client.call("reload")
        if not answer["reloaded"] or answer["problems"] or answer["restart"]:
            raise DemoError(f"reload answers {json.dumps(answer)}")
        self.expect(answer, "changed", "[log] levels", "[[assign]]", "the services of receiver 'roof'",
                    "receiver 'attic' comes")
        reloading = self.until_told("RELOADING=1")
        began = int(reloading.split("MONOTONIC_USEC=")[1])
        if not 0 <= time.monotonic_ns() / 1000 - began < PATIENCE * 1e6:
            raise DemoError(f"{reloading!r} is no time of the monotonic clock")
        self.until_told("READY=1")
        self.until("the added service clear", lambda: self.state(ADDED) == "clear")
        if self.client.call("log.levels")["levels"]["cam"] != "debug":
            raise DemoError("the new level of the log is not used")
        self.configure([ADDED])
        self.expect(self.client.call("reload"), "changed", "receiver 'attic' goes")
        self.until("the receiver gone", lambda: "attic" not in self.receivers())
        self.until("the service that left the file withdrawn", lambda: STANDING in self.dropped())
        done = self.client.call("record.stop", id=recording["id"])
        if done["scrambled_packets"] or done["continuity_errors"] or done["dropped_packets"]:
            raise DemoError(f"the recording suffered: {json.dumps(done)}")
        if (dropped := self.dropped()) - {RECORDED} != {STANDING}:
            raise DemoError(f"the CAM dropped {dropped}")
        return "services come and go by the file, receivers too; what stays is not disturbed"

    def broken(self) -> str:
        self.configure([ADDED], 'level = "loud"')
        answer = self.client.call("reload")
        if answer["reloaded"] or answer["changed"]:
            raise DemoError(f"a broken file is used: {json.dumps(answer)}")
        line = self.config.read_text().splitlines().index('level = "loud"') + 1
        self.expect(answer, "problems", f"cihostd.toml:{line}:9: log.level")
        self.daemon.process.send_signal(signal.SIGHUP)
        self.until("the log's word of it", lambda: self.daemon.log.read_text().count("nothing has changed.") == 2)
        self.configure([ADDED], control_socket="other.sock")
        self.expect(self.client.call("reload"), "restart", "[control] socket")
        if self.state(ADDED) != "clear":
            raise DemoError("a service that stays wanted is not clear")
        return "a broken file changes nothing, and says where it is broken"

    def busy_port(self) -> str:
        status = self.client.call("status")
        if status["http"] is not None or f"127.0.0.1:{self.port} cannot be listened on" not in status["http_problem"]:
            raise DemoError(f"a port that is in use is told as {status['http']}, {status['http_problem']!r}")
        self.configure([ADDED])
        self.expect(self.client.call("reload"), "failed", f"127.0.0.1:{self.port} cannot be listened on")
        self.other.close()
        self.client.call("reload")
        # at once, not when it would be tried again
        status = self.client.call("status")
        if status["http"] != f"127.0.0.1:{self.port}" or status["http_problem"]:
            raise DemoError(f"a port that is free again is told as {status['http']}, {status['http_problem']!r}")
        return "a port that is in use is told, and taken with a reload when it is free"

    def another_port(self) -> str:
        old = self.port
        self.other = socket.create_server(("127.0.0.1", 0))
        self.port = self.other.getsockname()[1]
        player = urllib.request.urlopen(f"http://127.0.0.1:{old}/stream/{ADDED}", timeout=PATIENCE)
        player.read(188)
        self.configure([ADDED])
        for _ in range(2):  # the second is no success either
            self.expect(self.client.call("reload"), "failed", f"127.0.0.1:{self.port} cannot be listened on",
                        f"Streams stay at http://127.0.0.1:{old}/")
        self.other.close()
        self.expect(self.client.call("reload"), "changed", "[http] listen")
        urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=PATIENCE).read()
        if len(player.read(188 * 1000)) != 188 * 1000:
            raise DemoError("the player at the old port has lost its stream")
        player.close()
        if (status := self.client.call("status"))["http"] != f"127.0.0.1:{self.port}":
            raise DemoError(f"the new port is told as {status['http']}, {status['http_problem']!r}")
        return "another port is taken with a reload, players at the old one go on, and one in use changes nothing"

    def another_name(self) -> str:
        recording = self.client.call("record.start", service=RECORDED, file="b.ts")
        self.until("the recording", lambda: self.client.call("record.list")["recordings"][-1]["packets"] > 0)
        self.configure([], receiver="cellar")
        self.client.call("reload")
        # it cannot be had before the other one has let go of it
        self.until("the new receiver", lambda: "cellar" in self.receivers())
        if "roof" not in self.receivers():
            raise DemoError("a receiver went although it records")
        self.client.call("record.stop", id=recording["id"])
        self.until("the old receiver gone", lambda: "roof" not in self.receivers())
        self.until("the new receiver at work", lambda: self.receivers()["cellar"]["state"] == "locked")
        self.configure([STANDING], receiver="cellar")
        self.client.call("reload")
        self.until("its service clear", lambda: self.state(STANDING) == "clear")
        return "a receiver that records goes when the recording has ended"

    def permissions(self) -> str:
        path = self.work / "control.sock"
        status = path.stat()
        if status.st_mode & 0o777 != 0o660 or status.st_gid != self.group.gr_gid:
            raise DemoError(f"the socket has mode {status.st_mode:o} and group {status.st_gid}")
        if os.geteuid() != 0:
            return "the socket belongs to its group (others are not tried: that takes root)"
        self.work.chmod(0o755)

        def status_as(groups: list) -> subprocess.CompletedProcess:
            return subprocess.run([self.bin / "cihost", "--socket", path, "status"], capture_output=True, text=True,
                                  user=NOBODY, group=NOBODY, extra_groups=groups)
        if (refused := status_as([])).returncode == 0 or f"group '{self.group.gr_name}'" not in refused.stderr:
            raise DemoError(f"one who is not in the group is told: {refused.stdout}{refused.stderr}")
        if (member := status_as([self.group.gr_gid])).returncode != 0:
            raise DemoError(f"a member of the group is refused: {member.stderr}")
        return "the socket is for its group; others are told which it is"

    def stop(self) -> str:
        before = len(self.events("service_dropped"))
        self.daemon.process.send_signal(signal.SIGTERM)
        self.until_told("STOPPING=1")
        if (code := self.daemon.process.wait(PATIENCE)) != 0:
            raise DemoError(f"cihostd ended with {code}")
        dropped = [e["program"] for e in self.events("service_dropped")[before:]]
        if STANDING not in dropped:
            raise DemoError(f"the CAM was not told that its service is not wanted any more: {dropped}")
        if self.events("connection")[-1]["state"] != "deleted":
            raise DemoError(f"the connection was not ended in order: {self.events('connection')[-1]}")
        if violations := self.events("violation"):
            raise DemoError(f"the module noted a violation by the host: {json.dumps(violations[0])}")
        return "services are withdrawn and the connection ended before it goes"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cihost-life-") as folder:
        life = Life(options.bin, pathlib.Path(folder))
        try:
            for step in (life.start, life.reload, life.broken, life.busy_port, life.another_port, life.another_name,
                         life.permissions, life.stop):
                print(f"ok   {step()}", flush=True)
        except (DemoError, OSError) as error:
            print(f"FAIL {error}", flush=True)
            if life.daemon:
                print(life.daemon.log.read_text(errors="replace")[-4000:])
            return 1
        finally:
            for program in (life.daemon, life.sim):
                if program:
                    program.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())

# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hosts that are compared, each as its documentation says, on adapter 0 of the lab.

A host gets one service of the multiplex (more where it can) and gives it out: as a file where it writes
files, by UDP on loopback where it only streams.
"""
import datetime
import json
import os
import pathlib
import shutil
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "guest"))
from dvb import SYS_DVBT, Frontend
from station import Control, DemoError, Program

PORT = 5001


class Service:
    def __init__(self, number: int, name: str, pmt_pid: int, pids: list[int], ca_system: int = 0x4AFE):
        self.number, self.name, self.pmt_pid, self.pids, self.ca_system = number, name, pmt_pid, pids, ca_system


def usage(pid: int) -> dict:
    """CPU in ms, resident and anonymous memory in KiB, context switches of a process with its threads."""
    cpu = 0.0
    switches = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        try:
            status = (task / "status").read_text()
            cpu += int((task / "schedstat").read_text().split()[0]) / 1e6  # to the nanosecond, not to the tick
        except OSError:  # a thread that ended just now
            continue
        switches += sum(int(line.split()[1]) for line in status.splitlines() if "ctxt_switches" in line)
    memory = {line.split(":")[0]: int(line.split()[1]) for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
              if line.startswith(("VmRSS", "RssAnon"))}
    return {"cpu_ms": cpu, "switches": switches, "resident_kib": memory["VmRSS"], "anonymous_kib": memory["RssAnon"],
            "t": time.monotonic()}


class Host:
    """One run of one program. `outputs` maps a service number to what output_watch is to look at."""

    name = ""
    #: Debian's package, or nothing for our own
    package = ""
    program = ""
    can_add = False

    def __init__(self, folder: pathlib.Path, frequency: int, services: list[Service], bin_folder: pathlib.Path):
        self.folder, self.frequency, self.services, self.bin = folder, frequency, services, bin_folder
        self.process: Program | None = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)

    def outputs(self) -> dict[int, list[str]]:
        return {s.number: ["file", str(self.folder / f"{s.number}.ts")] for s in self.services}

    def start(self) -> float:
        """When the process was started."""
        raise NotImplementedError

    def spawn(self, *command, **environment) -> float:
        began = time.monotonic()
        saved = dict(os.environ)
        os.environ.update(environment)
        try:
            self.process = Program(self.name, list(command), self.folder / f"{self.name}.log")
        finally:
            os.environ.clear()
            os.environ.update(saved)
        return began

    def usage(self) -> dict:
        return usage(self.process.process.pid)

    def left_out(self, service: Service) -> int:
        """Scrambled packets that it did not give out although the service had been clear before."""
        return 0

    def add(self, service: Service) -> None:
        raise NotImplementedError

    def remove(self, service: Service) -> None:
        raise NotImplementedError

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop(10)


class Dvblast(Host):
    name, package, program, can_add = "dvblast", "dvblast", "dvblast", True

    def outputs(self):
        return {s.number: ["udp", str(PORT + i)] for i, s in enumerate(self.services)}

    def configure(self, services: list[Service]) -> None:
        (self.folder / "dvblast.conf").write_text("".join(
            f"127.0.0.1:{PORT + self.services.index(s)}/udp\t1\t{s.number}\n" for s in services))

    def start(self):
        self.running = self.services[:1]
        self.configure(self.running)
        return self.spawn("dvblast", "-a", 0, "-5", "DVBT", "-f", self.frequency, "-b", 8, "-c", self.folder / "dvblast.conf")

    def add(self, service):
        self.running = self.running + [service]
        self.configure(self.running)
        self.process.process.send_signal(signal.SIGHUP)

    def remove(self, service):
        self.running = [s for s in self.running if s is not service]
        self.configure(self.running)
        self.process.process.send_signal(signal.SIGHUP)


#: pmt_codec.cpp, preloaded into the hosts that need it
CODEC = pathlib.Path("/nonexistent")


def repaired() -> dict[str, str]:
    return {"LD_PRELOAD": str(CODEC)}


class Gnutv(Host):
    name, package, program = "gnutv", "dvb-apps", "gnutv"

    def start(self):
        s = self.services[0]
        channels = self.folder / "channels.conf"
        channels.write_text(f"{s.name}:{self.frequency}:INVERSION_AUTO:BANDWIDTH_8_MHZ:FEC_AUTO:FEC_AUTO:QAM_AUTO:"
                            f"TRANSMISSION_MODE_AUTO:GUARD_INTERVAL_AUTO:HIERARCHY_NONE:{s.pids[0]}:{s.pids[1]}:{s.number}\n")
        return self.spawn("gnutv", "-adapter", 0, "-channels", channels, "-out", "file", self.folder / f"{s.number}.ts", s.name,
                          **repaired())


class Mumudvb(Host):
    name, package, program = "MuMuDVB", "mumudvb", "mumudvb"

    def outputs(self):
        return {self.services[0].number: ["udp", str(PORT)]}

    def start(self):
        pathlib.Path("/var/run/mumudvb").mkdir(parents=True, exist_ok=True)
        s = self.services[0]
        config = self.folder / "mumudvb.conf"
        config.write_text(f"""\
card=0
delivery_system=DVBT
freq={self.frequency // 1_000_000}
bandwidth=8MHz
autoconfiguration=none
cam_support=1
sap=0
unicast=0
multicast_ipv4=1
ip=127.0.0.1
port={PORT}
name={s.name}
service_id={s.number}
cam_pmt_pid={s.pmt_pid}
pids={' '.join(map(str, [s.pmt_pid, *s.pids]))}
""")
        return self.spawn("mumudvb", "-d", "-c", config, **repaired())


class Vdr(Host):
    name, package, program = "VDR", "vdr", "vdr"

    def outputs(self):
        return {s.number: ["file", str(self.folder / f"video/{s.number}/*.rec/00001.ts")] for s in self.services[:1]}

    def start(self):
        for part in ("config", "video", "lib", "cache", "resources", "plugins"):
            (self.folder / part).mkdir()
        self.config = self.folder / "config"
        (self.config / "channels.conf").write_text("".join(
            f"{s.name};cihost:{self.frequency // 1000}:B8C999D999G999I999M999S0T999Y999:T:27500:"
            f"{s.pids[0]}=2:{s.pids[1]}=@4:0:{s.ca_system:X}:{s.number}:0:1:0\n" for s in self.services))
        (self.config / "setup.conf").write_text("InitialChannel = \nUpdateChannels = 0\nEPGScanTimeout = 0\nVideoDirScan = 0\n"
                                                "MarginStart = 0\nMarginStop = 0\nEmergencyExit = 0\n")
        (self.config / "svdrphosts.conf").write_text("127.0.0.1\n")
        day = datetime.date.today().isoformat()
        s = self.services[0]
        (self.config / "timers.conf").write_text(f"1:1:{day}:0000:2359:50:99:{s.number}:\n")
        return self.spawn("vdr", "-c", self.config, "-v", self.folder / "video", "-L", self.folder / "plugins",
                          f"--cachedir={self.folder / 'cache'}", f"--resdir={self.folder / 'resources'}", "--no-kbd", "-p", 0,
                          "-u", "root", "-l", "3.7")


class Cihost(Host):
    name, program, can_add = "cihost", "", True
    #: further lines of the configuration
    extra = ""

    def configure(self) -> pathlib.Path:
        config = self.folder / "cihostd.toml"
        config.write_text(f"""\
[control]
socket = "control.sock"

[recording]
directory = {json.dumps(str(self.folder))}

{self.extra}
[[receiver]]
name = "lab"
device = "adapter0"
frequency = {self.frequency}
delivery = "DVB-T"
bandwidth = "8 MHz"
services = [{self.services[0].number}] # as the peers' configurations or command lines name it
""")
        return config

    def start(self):
        config = self.configure()
        began = self.spawn(self.bin / "cihostd", "--config", config)
        self.control = Control(self.folder / "control.sock", self.process)
        self.recordings = {}
        self.add(self.services[0])
        return began

    def add(self, service):
        answer = self.control.call("record.start", service=service.number, file=str(self.folder / f"{service.number}.ts"))
        self.recordings[service.number] = answer["id"]

    def left_out(self, service):
        services = self.control.call("status")["receivers"][0]["services"]
        return next(s["scrambled_after_clear"] for s in services if s["program_number"] == service.number)

    def remove(self, service):
        self.control.call("record.stop", id=self.recordings.pop(service.number))


class BareLoop(Host):
    """No host: the least work that the PIDs of one service can be. The frontend is tuned from here."""

    name = "bare loop"
    #: dvr_loop.cpp
    binary = pathlib.Path("/nonexistent")

    def start(self):
        s = self.services[0]
        self.frontend = Frontend()
        self.frontend.tune(SYS_DVBT, self.frequency)
        return self.spawn(self.binary, 0, self.folder / f"{s.number}.ts", 0, 1, s.pmt_pid, *s.pids)

    def stop(self):
        super().stop()
        self.frontend.close()


PEERS = [Dvblast, Gnutv, Mumudvb, Vdr]

# SPDX-License-Identifier: LGPL-2.1-or-later
"""One run of the virtual machine: QEMU's command line, the ports it talks through, its end."""
import ctypes
import dataclasses
import os
import pathlib
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import termios
import time
import tty

from . import cpio
from .image import Parts

BOOT_SECONDS = 120  # a loaded machine under emulation; three seconds are usual


class Failed(Exception):
    def __init__(self, why: str, timed_out: bool = False):
        super().__init__(why)
        self.timed_out = timed_out


@dataclasses.dataclass
class Outcome:
    status: int
    ready: float
    ended: float


def accelerator(clock: str) -> list[str]:
    """KVM only where the processor does it: a software KVM aborts or crawls, emulation is fast enough."""
    if clock == "instructions":
        # an instruction is 1 ns of the guest's time; where it would be idle, its clock jumps ahead
        return ["-accel", "tcg,thread=single", "-icount", "shift=0,sleep=off", "-cpu", "max", "-smp", "1"]
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    real = re.search(r"^flags\s*:.*\b(vmx|svm)\b", flags, re.MULTILINE)
    if real and not pathlib.Path("/sys/module/kvm_pvm").exists() and os.access("/dev/kvm", os.R_OK | os.W_OK):
        return ["-accel", "kvm", "-cpu", "host", "-smp", "2"]
    return ["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2"]


class Machine:
    def __init__(self, parts: Parts, build: pathlib.Path, memory: int, clock: str = "host"):
        self.parts = parts
        self.clock = clock
        self.memory = memory
        self.out = build / "out"
        self.out.mkdir(parents=True, exist_ok=True)
        (self.out / "dmesg").unlink(missing_ok=True)
        # short: a socket's path has 107 characters
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="cihost-lab-"))
        self.console = self.folder / "console"
        self.process: subprocess.Popen | None = None
        self.terminal: list | None = None
        self.listening: dict[str, socket.socket] = {}
        self.status: int | None = None
        self.ready = 0.0
        self.pending = b""

    def messages(self) -> str:
        """The kernel's messages; of a kernel that died, what its console got."""
        kept = self.out / "dmesg"
        return kept.read_text(errors="replace") if kept.exists() else self.console_text

    def initramfs(self, command: str, parameters: str | None, interactive: bool) -> pathlib.Path:
        """The cached archive and a second one behind it with what is of this run."""
        extra = cpio.Archive()
        extra.file("command", command.encode())
        if parameters is not None:
            extra.file("module-parameters", parameters.encode())
        if interactive:
            extra.file("interactive", b"")
        target = self.folder / "initramfs"
        shutil.copy(self.parts.initramfs, target)
        with open(target, "ab") as file:
            file.write(extra.finish())
        return target

    def words(self, initramfs: pathlib.Path, ports: list[str]) -> list[str]:
        # the guest's processor clock is the emulator's: no calibration, no mitigations for anybody
        kernel = ("console=ttyS0 quiet loglevel=3 panic=-1 oops=panic tsc=reliable no_timer_check "
                  "mitigations=off nokaslr rcupdate.rcu_expedited=1")
        words = ["qemu-system-x86_64", "-M", "q35,usb=off,sata=off,smbus=off,hpet=off,vmport=off", *accelerator(self.clock),
                 "-m", str(self.memory), "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
                 "-kernel", str(self.parts.kernel), "-initrd", str(initramfs), "-append", kernel,
                 "-serial", f"file:{self.console}",
                 "-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap",
                 "-device", "virtio-9p-pci,fsdev=host,mount_tag=host",
                 "-fsdev", f"local,id=lab,path={self.out},security_model=none,multidevs=remap",
                 "-device", "virtio-9p-pci,fsdev=lab,mount_tag=lab",
                 "-device", "virtio-serial-pci,max_ports=8"]
        for port in ports:
            words += ["-chardev", f"socket,id={port},path={self.folder}/{port}"]
            kind = "virtconsole" if port == "terminal" else "virtserialport"
            words += ["-device", f"{kind},chardev={port},name={port}"]
        return words

    def start(self, initramfs: pathlib.Path, ports: list[str]) -> dict[str, socket.socket]:
        for port in ports:
            self.listening[port] = socket.socket(socket.AF_UNIX)
            self.listening[port].bind(str(self.folder / port))
            self.listening[port].listen(1)
            self.listening[port].settimeout(10)
        # of a process group of its own: Ctrl-C reaches us, and we end the machine; it also dies with us
        self.process = subprocess.Popen(self.words(initramfs, ports), stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        start_new_session=True, preexec_fn=die_with_parent)
        connected = {}
        for port, listener in self.listening.items():
            try:
                connected[port] = listener.accept()[0]
            except TimeoutError:
                self.process.kill()
                raise Failed(f"qemu does not start: {self.process.communicate()[1].strip()}") from None
        return connected

    def run(self, command: str, parameters: str | None, interactive: bool, timeout: float | None) -> Outcome:
        ports = ["terminal", "control"] if interactive else ["stdout", "stderr", "control"]
        sockets = self.start(self.initramfs(command, parameters, interactive), ports)
        targets = {"stdout": 1, "stderr": 2, "terminal": 1}
        deadline = time.monotonic() + BOOT_SECONDS
        if interactive:
            self.terminal = termios.tcgetattr(0)
            tty.setraw(0)
        with selectors.DefaultSelector() as selector:
            for name, connection in sockets.items():
                selector.register(connection, selectors.EVENT_READ, name)
            if interactive:
                selector.register(sys.stdin.fileno(), selectors.EVENT_READ, "typed")
            while self.status is None:
                wait = None if deadline is None else deadline - time.monotonic()
                if wait is not None and wait <= 0:
                    raise Failed("the command did not end in time" if self.ready else "the machine does not boot", True)
                for key, _ in selector.select(wait):
                    if key.data == "typed":
                        sockets["terminal"].sendall(os.read(0, 4096))
                        continue
                    data = key.fileobj.recv(65536)
                    if not data:
                        raise Failed(f"the machine ended by itself\n{self.console_text[-4000:]}")
                    if key.data == "control":
                        started = bool(self.ready)
                        self.control(data)
                        if self.ready and not started:
                            deadline = None if timeout is None else self.ready + timeout
                    else:
                        write_all(targets[key.data], data)
            ended = time.monotonic()
            # the guest waits for its output to be taken before it says how the command ended
            for name, target in targets.items():
                if name in sockets:
                    drain(sockets[name], target)
        return Outcome(self.status, self.ready, ended)

    def control(self, data: bytes):
        *lines, self.pending = (self.pending + data).split(b"\n")
        for line in lines:
            word, _, rest = line.decode(errors="replace").partition(" ")
            if word == "ready":
                self.ready = time.monotonic()
            elif word == "exit":
                self.status = int(rest)
            elif word == "failed":
                raise Failed(rest)

    @property
    def console_text(self) -> str:
        return self.console.read_text(errors="replace") if self.console.exists() else self.last_console

    last_console = ""

    def end(self):
        if self.terminal:
            termios.tcsetattr(0, termios.TCSADRAIN, self.terminal)
        for listener in self.listening.values():
            listener.close()
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.last_console = self.console_text
        shutil.rmtree(self.folder, ignore_errors=True)


def die_with_parent():
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def write_all(descriptor: int, data: bytes):
    while data:
        data = data[os.write(descriptor, data):]


def drain(connection: socket.socket, descriptor: int):
    connection.setblocking(False)
    try:
        while data := connection.recv(65536):
            write_all(descriptor, data)
    except BlockingIOError:
        pass

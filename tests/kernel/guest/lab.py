# SPDX-License-Identifier: LGPL-2.1-or-later
"""The simulator's side in the guest: the module, and its nodes played by a test (lab_protocol.h)."""
import os
import select
import struct
import subprocess
import threading

from dvb import wait_until

(HOST_FRAGMENT, RESET, INTERFACE_RESET, BUFFER_SIZE, TS_ENABLE, SHUTDOWN, FRAGMENT_READ) = range(1, 8)
INSERT, EJECT, READY_LINE, MODULE_FRAGMENT, FREE, FAULTS = range(32, 38)
TUNE, SLEEP = 64, 65
SIGNAL, PACKETS = 96, 97
(FAULT_CIS, FAULT_NEVER_READY, FAULT_NEVER_FREE, FAULT_LINK_SIZE, FAULT_READ_ONCE, FAULT_WRITE_ONCE,
 FAULT_HANG) = (1 << bit for bit in range(7))
HEADER = struct.Struct("=HHI")


def loaded() -> bool:
    return os.path.exists("/sys/module/cihost_lab")


def unload():
    # the thread of a CA core may still be on its way out of a node that was closed
    if loaded() and not wait_until(lambda: subprocess.run(["rmmod", "cihost_lab"], capture_output=True).returncode == 0):
        raise RuntimeError("cihost_lab cannot be unloaded")


def load(**parameters: int):
    unload()
    words = [f"{name}={value}" for name, value in parameters.items()]
    subprocess.run(["insmod", os.environ["CIHOST_LAB_MODULE"], *words], check=True)


class LabNode:
    """Reads records on a thread of its own; what came stays in `records`."""

    def __init__(self, name: str):
        self.fd = os.open(f"/dev/cihost_lab_{name}", os.O_RDWR | os.O_NONBLOCK)
        self.records: list[tuple[int, bytes]] = []
        self.changed = threading.Condition()
        self.stop_read, self.stop_write = os.pipe()
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.fd < 0:
            return
        os.close(self.stop_write)
        self.thread.join()
        os.close(self.stop_read)
        os.close(self.fd)
        self.fd = -1

    def _run(self):
        while True:
            ready, _, _ = select.select([self.fd, self.stop_read], [], [])
            if self.stop_read in ready:
                return
            data = os.read(self.fd, 8192)
            kind, _, length = HEADER.unpack_from(data)
            assert length == len(data) - HEADER.size
            with self.changed:
                self.records.append((kind, data[HEADER.size:]))
                self.changed.notify_all()
            self.came(kind)

    def came(self, kind: int):
        pass

    def send(self, kind: int, payload: bytes = b""):
        os.write(self.fd, HEADER.pack(kind, 0, len(payload)) + payload)

    def all(self, kind: int) -> list[bytes]:
        with self.changed:
            return [payload for other, payload in self.records if other == kind]

    def wait(self, kind: int, count: int = 1, seconds: float = 20) -> list[bytes]:
        """The payloads of that kind, at least count of them."""
        def enough():
            return sum(other == kind for other, _ in self.records) >= count
        with self.changed:
            if not self.changed.wait_for(enough, seconds):
                raise AssertionError(f"{count} records {kind} did not come, but {self.records}")
        return self.all(kind)

    def kinds(self) -> list[int]:
        with self.changed:
            return [kind for kind, _ in self.records]

    def forget(self):
        with self.changed:
            self.records.clear()


class Cam(LabNode):
    """A module that starts by itself and takes every fragment; a test speaks for it."""

    def __init__(self, slot: int = 0, adapter: int = 0):
        self.starts = True
        self.frees = True
        super().__init__(f"cam{adapter}.{slot}")

    def came(self, kind: int):
        if kind == RESET and self.starts:
            self.send(READY_LINE, b"\1")
        elif kind == HOST_FRAGMENT and self.frees:
            self.send(FREE, b"\1")

    def insert(self, buffer_size: int = 256, manufacturer: int = 0x1234, card: int = 0x5678):
        self.send(INSERT, struct.pack("=HHHH32s32s", buffer_size, manufacturer, card, 0, b"cihost", b"lab CAM"))

    def eject(self):
        self.send(EJECT)

    def faults(self, faults: int):
        self.send(FAULTS, struct.pack("=I", faults))

    def say(self, fragment: bytes):
        """One fragment; waits for the last one to be fetched."""
        if not select.select([], [self.fd], [], 20)[1]:
            raise AssertionError("the host does not fetch the last fragment")
        self.send(MODULE_FRAGMENT, fragment)


class Air(LabNode):
    TUNING = struct.Struct("=10I8s")
    NAMES = ("delivery_system", "frequency", "symbol_rate", "bandwidth_hz", "modulation", "inner_fec", "stream_id",
             "voltage", "tone", "diseqc_length", "diseqc")

    def __init__(self, adapter: int = 0):
        super().__init__(f"ts{adapter}")

    def tuned(self, count: int = 1) -> dict:
        """The last of at least count requests."""
        return dict(zip(self.NAMES, self.TUNING.unpack(self.wait(TUNE, count)[-1])))

    def signal(self, locked: bool, strength_mdbm: int = -45000, cnr_mdb: int = 27500):
        self.send(SIGNAL, struct.pack("=IiiI", locked, strength_mdbm, cnr_mdb, 0))

    def packets(self, packets: bytes):
        self.send(PACKETS, packets)

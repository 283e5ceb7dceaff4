# SPDX-License-Identifier: LGPL-2.1-or-later
"""A receiver's side in the guest: frontend, demux, dvr and ca by raw ioctls (linux/dvb/*.h)."""
import array
import ctypes
import dataclasses
import errno
import fcntl
import os
import select
import struct
import time

SYS_DVBC_ANNEX_A, SYS_DVBT, SYS_DVBS, SYS_DVBS2, SYS_DVBT2 = 1, 3, 5, 6, 16
FE_HAS_LOCK = 0x10
(DTV_TUNE, DTV_CLEAR, DTV_FREQUENCY, DTV_MODULATION, DTV_BANDWIDTH_HZ, DTV_SYMBOL_RATE, DTV_INNER_FEC, DTV_VOLTAGE,
 DTV_TONE, DTV_DELIVERY_SYSTEM, DTV_STREAM_ID, DTV_ENUM_DELSYS) = 1, 2, 3, 4, 5, 8, 9, 10, 11, 17, 42, 44
DTV_STAT_SIGNAL_STRENGTH, DTV_STAT_CNR, DTV_STAT_ERROR_BLOCK_COUNT = 62, 63, 68
FE_SCALE_NOT_AVAILABLE, FE_SCALE_DECIBEL, FE_SCALE_COUNTER = 0, 1, 3
DMX_OUT_TAP, DMX_OUT_TS_TAP = 1, 2
DMX_PES_OTHER = 20
DMX_IMMEDIATE_START, DMX_CHECK_CRC = 4, 1
ALL_PIDS = 0x2000
CA_CI_LINK, CA_DESCR = 2, 8
PRESENT, READY = 1, 2


def _ioc(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("o") << 8 | number


def _io(number: int) -> int:
    return _ioc(0, number, 0)


def _iow(number: int, size: int) -> int:
    return _ioc(1, number, size)


def _ior(number: int, size: int) -> int:
    return _ioc(2, number, size)


def wait_until(condition, seconds: float = 20, every: float = 0.005) -> bool:
    """Generous: the time says when to give up on an emulated machine, it is no measurement."""
    end = time.monotonic() + seconds
    while True:
        result = condition()
        if result or time.monotonic() > end:
            return bool(result)
        time.sleep(every)


class Node:
    def __init__(self, path: str, flags: int = os.O_RDWR | os.O_NONBLOCK):
        self.fd = os.open(path, flags)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def readable(self, seconds: float = 20) -> bool:
        return bool(select.select([self.fd], [], [], seconds)[0])

    def read(self, size: int = 65536) -> bytes | None:
        """None: nothing is there."""
        try:
            return os.read(self.fd, size)
        except BlockingIOError:
            return None


class Frontend(Node):
    SET_PROPERTY, GET_PROPERTY = _iow(82, 16), _ior(83, 16)
    SEND_MASTER_CMD = _iow(63, 7)
    READ_STATUS = _ior(69, 4)
    PROPERTY = struct.Struct("=I12x56si")  # packed: command, value, result

    def __init__(self, adapter: int = 0):
        super().__init__(f"/dev/dvb/adapter{adapter}/frontend0")

    def _call(self, request: int, properties: list[tuple[int, bytes]]) -> list[bytes]:
        data = ctypes.create_string_buffer(b"".join(self.PROPERTY.pack(c, v, 0) for c, v in properties))
        fcntl.ioctl(self.fd, request, struct.pack("@IP", len(properties), ctypes.addressof(data)))
        return [self.PROPERTY.unpack_from(data.raw, i * self.PROPERTY.size)[1] for i in range(len(properties))]

    def set(self, *properties: tuple[int, int]):
        self._call(self.SET_PROPERTY, [(command, struct.pack("@I", value)) for command, value in properties])

    def tune(self, delivery_system: int, frequency: int, *more: tuple[int, int]):
        self.set((DTV_CLEAR, 0))
        self.set((DTV_DELIVERY_SYSTEM, delivery_system), (DTV_FREQUENCY, frequency), *more, (DTV_TUNE, 0))

    def statistic(self, command: int) -> tuple[int, int]:
        """FE_SCALE_* and the value."""
        value, = self._call(self.GET_PROPERTY, [(command, b"")])
        return struct.unpack_from("=Bq", value, 1) if value[0] else (FE_SCALE_NOT_AVAILABLE, 0)

    def delivery_systems(self) -> list[int]:
        value, = self._call(self.GET_PROPERTY, [(DTV_ENUM_DELSYS, b"")])
        return list(value[:struct.unpack_from("@I", value, 32)[0]])

    def status(self) -> int:
        buffer = array.array("I", [0])
        fcntl.ioctl(self.fd, self.READ_STATUS, buffer)
        return buffer[0]

    def locked(self) -> bool:
        return bool(self.status() & FE_HAS_LOCK)

    def diseqc(self, message: bytes):
        fcntl.ioctl(self.fd, self.SEND_MASTER_CMD, struct.pack("6sB", message, len(message)))


class Demux(Node):
    SET_FILTER, SET_PES_FILTER = _iow(43, 60), _iow(44, 20)

    def __init__(self, adapter: int = 0):
        super().__init__(f"/dev/dvb/adapter{adapter}/demux0")

    def pass_pid(self, pid: int, output: int = DMX_OUT_TS_TAP):
        fcntl.ioctl(self.fd, self.SET_PES_FILTER,
                    struct.pack("@HIIII", pid, 0, output, DMX_PES_OTHER, DMX_IMMEDIATE_START))

    def pass_sections(self, pid: int, table_id: int):
        fcntl.ioctl(self.fd, self.SET_FILTER, struct.pack("@H16s16s16sII", pid, bytes([table_id]), b"\xff", b"", 0,
                                                          DMX_IMMEDIATE_START | DMX_CHECK_CRC))


class Dvr(Node):
    def __init__(self, adapter: int = 0):
        super().__init__(f"/dev/dvb/adapter{adapter}/dvr0", os.O_RDONLY | os.O_NONBLOCK)


@dataclasses.dataclass
class Caps:
    slot_num: int
    slot_type: int
    descr_num: int
    descr_type: int


class Ca(Node):
    RESET, GET_CAP, GET_SLOT_INFO = _io(128), _ior(129, 16), _ior(130, 12)

    def __init__(self, adapter: int = 0, number: int = 0):
        super().__init__(f"/dev/dvb/adapter{adapter}/ca{number}")

    def reset(self):
        fcntl.ioctl(self.fd, self.RESET, 0)

    def caps(self) -> Caps:
        return Caps(*struct.unpack("@IIII", fcntl.ioctl(self.fd, self.GET_CAP, bytes(16))))

    def flags(self, slot: int = 0) -> int:
        _, kind, flags = struct.unpack("@iiI", fcntl.ioctl(self.fd, self.GET_SLOT_INFO, struct.pack("@iiI", slot, 0, 0)))
        assert kind == CA_CI_LINK
        return flags

    def wait_flags(self, flags: int, slot: int = 0, seconds: float = 20) -> bool:
        return wait_until(lambda: self.flags(slot) == flags, seconds)

    def send(self, tpdu: bytes, connection: int = 1, slot: int = 0) -> int:
        return os.write(self.fd, bytes([slot, connection]) + tpdu)

    def send_error(self, tpdu: bytes, connection: int = 1, slot: int = 0) -> str:
        """The name of the errno that write() gave, or "" without an error."""
        try:
            self.send(tpdu, connection, slot)
        except OSError as error:
            return errno.errorcode[error.errno]
        return ""

    def receive(self, seconds: float = 20) -> tuple[int, int, bytes] | None:
        """Slot, connection, TPDU; None when nothing comes."""
        if not self.readable(seconds):
            return None
        data = self.read(8192)
        return (data[0], data[1], data[2:]) if data else None

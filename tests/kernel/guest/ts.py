# SPDX-License-Identifier: LGPL-2.1-or-later
"""Transport packets and one section to tell them by."""


def packet(pid: int, counter: int, fill: int = 0) -> bytes:
    return bytes([0x47, pid >> 8, pid & 0xff, 0x10 | counter & 0xf]) + bytes([fill]) * 184


def crc32(data: bytes) -> int:
    crc = 0xffffffff
    for byte in data:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04c11db7 if crc & 0x80000000 else 0)) & 0xffffffff
    return crc


def pat(service: int, pmt_pid: int) -> bytes:
    body = bytes([0x00, 0xb0, 13, 0x00, 0x01, 0xc1, 0, 0, service >> 8, service & 0xff,
                  0xe0 | pmt_pid >> 8, pmt_pid & 0xff])
    return body + crc32(body).to_bytes(4, "big")


def section_packet(pid: int, counter: int, section: bytes) -> bytes:
    payload = b"\0" + section
    return bytes([0x47, 0x40 | pid >> 8, pid & 0xff, 0x10 | counter & 0xf]) + payload + b"\xff" * (184 - len(payload))


def pids(stream: bytes) -> list[int]:
    return [(stream[i + 1] & 0x1f) << 8 | stream[i + 2] for i in range(0, len(stream), 188)]

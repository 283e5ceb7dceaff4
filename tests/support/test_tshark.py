#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""tshark.py reports what a host says wrong, and nothing that is right or a module's: else its silence proves nothing."""
import pathlib
import struct
import sys
import tempfile
import unittest

import tshark

# the resources have to be known for their objects to be looked at
CONVERSATION = [
    ("host", "01 82 01 01"), ("module", "01 83 01 01 80 02 01 00"),
    ("module", "01 A0 07 01 91 04 00 03 00 41 80 02 01 00"), ("host", "01 A0 0A 01 92 07 00 00 03 00 41 00 01"),
    ("module", "01 A0 07 01 91 04 00 40 00 41 80 02 01 00"), ("host", "01 A0 0A 01 92 07 00 00 40 00 41 00 02"),
    ("module", "01 A0 07 01 91 04 00 24 00 41 80 02 01 00"), ("host", "01 A0 0A 01 92 07 00 00 24 00 41 00 03"),
]
GOOD = {
    "poll": "01 A0 01 01",
    "T_C_Error": "01 88 02 01 01",
    "open_session_response to a made-up resource": "01 A0 0A 01 92 07 F0 0A BC 00 41 00 00",
    "CA_PMT": "01 A0 20 01 90 02 00 01 9F 80 32 17 03 11 22 CB F0 07 01 09 04 0B 00 E5 00 02 E1 01 F0 00 04 E1 02 F0 00",
    "menu_answ": "01 A0 0A 01 90 02 00 02 9F 88 0B 01 01",
    "date_time": "01 A0 10 01 90 02 00 03 9F 84 41 07 EB D2 12 34 56 00 3C",
}
BROKEN = {
    "a TPDU that no host has": "01 77 01 01",
    "a length that promises more": "01 A0 7F 01",
    "an SPDU that is none": "01 A0 06 01 99 03 00 00 01",
    "another code than T_C_Error's": "01 88 02 01 55",
    "a session status that is none": "01 A0 0A 01 92 07 55 00 03 00 41 00 09",
    "an APDU that is none": "01 A0 09 01 90 02 00 01 9F 80 7F 00",
    "an APDU of another resource": "01 A0 09 01 90 02 00 01 9F 88 00 00",
    "an APDU that is the module's to say": "01 A0 09 01 90 02 00 01 9F 80 31 00",
    "list management that is none": "01 A0 12 01 90 02 00 01 9F 80 32 09 77 11 22 CB F0 00 02 E1 01",
    "a CA_PMT whose loop is too long": "01 A0 12 01 90 02 00 01 9F 80 32 09 03 11 22 CB F0 7F 01 09 04",
    "a menu_answ without a choice": "01 A0 09 01 90 02 00 02 9F 88 0B 00",
    "a date that is too short": "01 A0 0C 01 90 02 00 03 9F 84 41 03 EB D2 12",
}


def block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + length + body + length


def pcapng(frames: list[tuple[str, str]]) -> bytes:
    data = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    data += block(1, struct.pack("<HHIHH4sHH", 235, 0, 0, 2, 4, b"slot", 0, 0))
    for number, (who, text) in enumerate(frames):
        tpdu = bytes.fromhex(text)
        # pseudo header, and that of the link: connection, last fragment
        payload = bytes([0, 0xFE if who == "host" else 0xFF]) + struct.pack(">H", len(tpdu) + 1) + tpdu[:1] + b"\0" + tpdu[1:]
        data += block(6, struct.pack("<IIIII", 0, 0, number, len(payload), len(payload)) + payload)
    return data


class TsharkTest(unittest.TestCase):
    @staticmethod
    def complained_of(who: str) -> set[str]:
        """Which of the frames, by their descriptions, when they are said by that side."""
        said = GOOD | BROKEN
        with tempfile.TemporaryDirectory() as folder:
            trace = pathlib.Path(folder, "trace.pcapng")
            trace.write_bytes(pcapng([*CONVERSATION, *((who, frame) for frame in said.values())]))
            bad = tshark.complaints(tshark.frames(trace, host_only=True), host_only=True)
        numbers = {int(complaint.split("Frame ")[1].split(":")[0].split()[0]) for complaint in bad}
        return {what for number, what in enumerate(said, len(CONVERSATION) + 1) if number in numbers} | {
            f"frame {number}" for number in numbers if number <= len(CONVERSATION)}

    def test_what_is_malformed_and_nothing_else(self):
        self.assertEqual(self.complained_of("host"), set(BROKEN))

    def test_what_the_module_says_is_not_judged(self):
        self.assertEqual(self.complained_of("module"), set())

    def test_a_conversation_that_is_missing(self):
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder)
            (here / "talk.txt").touch()
            (here / "good.cam.toml").write_text('host_profile = ""')
            (here / "v-3.1.cam.toml").write_text('host_profile = "quick"')
            self.assertEqual(tshark.expected(here), {"talk", "good, profile default", "v-3.1, profile default",
                                                     "v-3.1, profile quick"})


if __name__ == "__main__":
    if not tshark.missing():
        unittest.main(argv=sys.argv[:1])

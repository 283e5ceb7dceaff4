# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the tests of slots share: a loaded module, a CAM in each slot that wants one, an open ca device."""
import unittest

import dvb
import lab

CREATE_T_C = bytes.fromhex("82 01 01")
C_T_C_REPLY = bytes.fromhex("83 01 01 80 02 01 00")


class SlotCase(unittest.TestCase):
    SLOTS = 1
    INTERRUPTS = 1

    def setUp(self):
        lab.load(slots=self.SLOTS, interrupts=self.INTERRUPTS)
        self.addCleanup(lab.unload)
        self.cams = [self.closing(lab.Cam(slot)) for slot in range(self.SLOTS)]
        self.cam = self.cams[0]

    def closing(self, node):
        self.addCleanup(node.close)
        return node

    def open_ca(self) -> dvb.Ca:
        return self.closing(dvb.Ca())

    def running(self, **module) -> dvb.Ca:
        """A CAM in slot 0, started."""
        self.cam.insert(**module)
        ca = self.open_ca()
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY), self.cam.records)
        self.cam.wait(lab.TS_ENABLE)  # the last record of a start; the test's thread may be behind
        return ca

    def fragments(self, count: int, cam: lab.Cam | None = None) -> list[bytes]:
        return (cam or self.cam).wait(lab.HOST_FRAGMENT, count)

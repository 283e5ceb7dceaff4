#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The module's parameters: polled slots, no slots, a descrambler; loading and unloading."""
import errno
import fcntl
import os
import subprocess
import unittest

import dvb
import lab
from slot_case import C_T_C_REPLY, CREATE_T_C, SlotCase


class PolledTest(SlotCase):
    SLOTS = 2
    INTERRUPTS = 0

    def test_a_conversation(self):
        ca = self.running()
        ca.send(CREATE_T_C)
        self.assertEqual(self.fragments(1), [b"\1\0" + CREATE_T_C])
        self.cam.say(b"\1\0" + C_T_C_REPLY)
        self.assertEqual(ca.receive(), (0, 1, C_T_C_REPLY))

    def test_ca_reset_wakes_the_scan_of_empty_slots(self):
        ca = self.open_ca()
        self.assertEqual(ca.flags(), 0)
        self.cam.insert()
        ca.reset()  # else up to five seconds
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
        self.cam.eject()
        self.assertTrue(ca.wait_flags(0))

    def test_a_swap_between_two_polls(self):
        ca = self.running()
        self.cam.eject()
        self.cam.insert(buffer_size=128)
        self.cam.wait(lab.BUFFER_SIZE, 2)
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
        self.assertEqual(self.cam.all(lab.BUFFER_SIZE)[-1], (128).to_bytes(2, "little"))


class LoadingTest(unittest.TestCase):
    def setUp(self):
        self.addCleanup(lab.unload)

    def nodes(self) -> set[str]:
        return {name for name in os.listdir("/dev") if name.startswith("cihost_lab_")}

    def test_again_and_again(self):
        for adapters, slots in ((1, 1), (4, 2), (2, 0), (1, 1), (1, 2)):
            lab.load(adapters=adapters, slots=slots)
            self.assertEqual(self.nodes(), {f"cihost_lab_ts{a}" for a in range(adapters)} |
                             {f"cihost_lab_cam{a}.{s}" for a in range(adapters) for s in range(slots)})
            for adapter in range(adapters):
                found = set(os.listdir(f"/dev/dvb/adapter{adapter}"))
                self.assertEqual(found, {"frontend0", "demux0", "dvr0"} | ({"ca0"} if slots else set()))
            lab.unload()
            self.assertEqual(self.nodes(), set())
            self.assertFalse(os.path.exists("/dev/dvb/adapter0"))

    def test_after_use(self):
        for _ in range(2):
            lab.load()
            with lab.Cam() as cam, lab.Air(), dvb.Frontend() as frontend:
                frontend.tune(dvb.SYS_DVBT, 474_000_000)
                cam.insert()
                with dvb.Ca() as ca:
                    self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
            lab.unload()

    def test_not_while_a_node_is_open(self):
        lab.load()
        for path in ("/dev/cihost_lab_ts0", "/dev/cihost_lab_cam0.0", "/dev/dvb/adapter0/ca0",
                     "/dev/dvb/adapter0/frontend0", "/dev/dvb/adapter0/demux0"):
            with dvb.Node(path):
                self.assertNotEqual(subprocess.run(["rmmod", "cihost_lab"], capture_output=True).returncode, 0, path)
                self.assertTrue(lab.loaded())

    def test_parameters_out_of_range(self):
        lab.unload()
        for parameter in ("adapters=0", "adapters=5", "slots=3", "slots=-1"):
            answer = subprocess.run(["insmod", os.environ["CIHOST_LAB_MODULE"], parameter], capture_output=True)
            self.assertNotEqual(answer.returncode, 0, parameter)
            self.assertFalse(lab.loaded())

    def test_a_ca_node_that_has_only_a_descrambler(self):
        lab.load(slots=1, descrambler=1)
        with dvb.Ca(number=0) as slots, dvb.Ca(number=1) as descrambler:
            self.assertEqual(slots.caps(), dvb.Caps(1, dvb.CA_CI_LINK, 0, 0))
            caps = descrambler.caps()
            self.assertEqual((caps.slot_num, caps.slot_type), (0, dvb.CA_DESCR))
            self.assertGreater(caps.descr_num, 0)
            with self.assertRaises(OSError) as caught:
                fcntl.ioctl(descrambler.fd, dvb.Ca.GET_SLOT_INFO, bytes(12))
            self.assertEqual(caught.exception.errno, errno.EINVAL)


if __name__ == "__main__":
    unittest.main(verbosity=2)

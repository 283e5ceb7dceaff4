#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What a slot does with a module that misbehaves at the connector. Two slots, so that one can be the judge."""
import unittest

import dvb
import lab
from slot_case import C_T_C_REPLY, CREATE_T_C, SlotCase


class FaultTest(SlotCase):
    SLOTS = 2
    INTERRUPTS = 1

    def test_two_slots(self):
        ca = self.open_ca()
        self.assertEqual(ca.caps().slot_num, 2)
        for slot, cam in enumerate(self.cams):
            cam.insert(buffer_size=64 + slot)
            self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY, slot))
            ca.send(CREATE_T_C, slot=slot)
            self.assertEqual(self.fragments(1, cam), [b"\1\0" + CREATE_T_C])
            cam.say(b"\1\0" + C_T_C_REPLY)
            self.assertEqual(ca.receive(), (slot, 1, C_T_C_REPLY))
            self.assertEqual(cam.all(lab.BUFFER_SIZE), [(64 + slot).to_bytes(2, "little")])
        self.cams[0].eject()
        self.assertTrue(ca.wait_flags(0, 0))
        self.assertEqual(ca.flags(1), dvb.PRESENT | dvb.READY)
        self.assertEqual(ca.send_error(CREATE_T_C, slot=2), "EINVAL")

    def test_garbage_in_attribute_memory(self):
        self.cam.faults(lab.FAULT_CIS)
        self.cam.insert()
        ca = self.open_ca()
        self.cam.wait(lab.RESET)
        # the kernel has looked and turned away: not present, though it is in the slot
        self.assertTrue(ca.wait_flags(0))
        self.assertEqual(self.cam.all(lab.INTERFACE_RESET), [])
        self.cam.faults(0)
        ca.reset()
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))

    def test_neither_ready_nor_free(self):
        """Both at once: each takes the kernel ten seconds."""
        never_ready, never_free = self.cams
        never_ready.faults(lab.FAULT_NEVER_READY)
        never_free.faults(lab.FAULT_NEVER_FREE)
        never_ready.insert()
        never_free.insert()
        ca = self.open_ca()
        never_ready.wait(lab.RESET)
        never_free.wait(lab.INTERFACE_RESET)
        for slot in (0, 1):
            self.assertEqual(ca.flags(slot), dvb.PRESENT)
        for slot in (0, 1):
            self.assertTrue(ca.wait_flags(0, slot, 40))
        self.assertEqual(never_ready.all(lab.INTERFACE_RESET), [])
        self.assertEqual(never_free.all(lab.BUFFER_SIZE), [])
        for cam in self.cams:
            cam.faults(0)
        ca.reset()
        for slot in (0, 1):
            self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY, slot))

    def test_the_line_that_was_held_back(self):
        self.cam.faults(lab.FAULT_NEVER_READY)
        self.cam.insert()
        ca = self.open_ca()
        self.cam.wait(lab.RESET)
        self.cam.faults(0)
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))

    def test_no_buffer_size_resets_for_ever(self):
        self.cam.faults(lab.FAULT_LINK_SIZE)
        self.cam.insert()
        ca = self.open_ca()
        self.cam.wait(lab.RESET, 3)
        self.assertEqual(self.cam.all(lab.BUFFER_SIZE), [])
        self.assertEqual(ca.flags(), dvb.PRESENT)
        self.cam.faults(0)
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))

    def test_read_error(self):
        ca = self.running()
        self.cam.faults(lab.FAULT_READ_ONCE)
        self.cam.say(b"\1\0" + C_T_C_REPLY)
        self.cam.wait(lab.FRAGMENT_READ)
        self.link_comes_back(ca)
        self.cam.say(b"\1\0later")
        self.assertEqual(ca.receive(), (0, 1, b"later"))

    def test_write_error(self):
        ca = self.running()
        self.cam.faults(lab.FAULT_WRITE_ONCE)
        self.assertEqual(ca.send_error(CREATE_T_C), "EIO")
        self.link_comes_back(ca)
        self.assertEqual(self.cam.all(lab.HOST_FRAGMENT), [])
        ca.send(CREATE_T_C)
        self.assertEqual(self.fragments(1), [b"\1\0" + CREATE_T_C])

    def link_comes_back(self, ca: dvb.Ca):
        """READY drops. With a data interrupt the core sleeps on (up to a minute): here what happens in the other
        slot wakes it."""
        self.assertTrue(ca.wait_flags(dvb.PRESENT))
        self.cam.wait(lab.BUFFER_SIZE, 1)
        self.cams[1].insert()
        self.cam.wait(lab.BUFFER_SIZE, 2)
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
        self.assertEqual(len(self.cam.all(lab.RESET)), 1)
        self.assertEqual(len(self.cam.all(lab.INTERFACE_RESET)), 1)

    def test_hang(self):
        ca = self.running()
        self.cams[1].insert()
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY, 1))
        self.cam.faults(lab.FAULT_HANG)
        self.assertEqual(ca.send_error(CREATE_T_C), "EIO")
        self.cam.send(lab.MODULE_FRAGMENT, b"\1\0" + C_T_C_REPLY)
        # it still looks fine, and the other slot is
        self.assertEqual(ca.flags(), dvb.PRESENT | dvb.READY)
        ca.send(CREATE_T_C, slot=1)
        self.fragments(1, self.cams[1])
        self.assertEqual(self.cam.all(lab.FRAGMENT_READ), [])
        self.cam.faults(0)
        self.assertEqual(ca.receive(), (0, 1, C_T_C_REPLY))
        ca.send(CREATE_T_C)
        self.assertEqual(self.fragments(1), [b"\1\0" + CREATE_T_C])


class PolledFaultTest(SlotCase):
    INTERRUPTS = 0

    def test_the_link_comes_back_by_itself(self):
        """Polled, the core looks every 100 ms and negotiates again without telling anybody."""
        ca = self.running()
        self.cam.faults(lab.FAULT_WRITE_ONCE)
        self.assertEqual(ca.send_error(CREATE_T_C), "EIO")
        self.cam.wait(lab.BUFFER_SIZE, 2)
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
        self.cam.faults(lab.FAULT_READ_ONCE)
        self.cam.say(b"\1\0" + C_T_C_REPLY)
        self.cam.wait(lab.BUFFER_SIZE, 3)
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
        self.assertEqual(len(self.cam.all(lab.RESET)), 1)
        self.cam.say(b"\1\0later")
        self.assertEqual(ca.receive(), (0, 1, b"later"))


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""One CI slot with interrupts: start-up, link layer, removal."""
import errno
import os
import select
import subprocess
import sys
import unittest

import dvb
import lab
from slot_case import C_T_C_REPLY, CREATE_T_C, SlotCase

START = [lab.RESET, lab.INTERFACE_RESET, lab.BUFFER_SIZE, lab.TS_ENABLE]


class SlotTest(SlotCase):
    def test_capabilities(self):
        self.assertEqual(self.open_ca().caps(), dvb.Caps(1, dvb.CA_CI_LINK, 0, 0))

    def test_an_empty_slot(self):
        ca = self.open_ca()
        self.assertEqual(ca.flags(), 0)
        self.assertEqual(ca.send_error(CREATE_T_C), "EINVAL")

    def test_start(self):
        self.running()
        self.assertEqual(self.cam.kinds(), START)
        self.assertEqual(self.cam.all(lab.BUFFER_SIZE), [(256).to_bytes(2, "little")])
        self.assertEqual(self.cam.all(lab.TS_ENABLE), [b"\1"])

    def test_the_kernel_reads_the_cis(self):
        debug = "/sys/module/dvb_core/parameters/cam_debug"
        with open(debug, "w") as file:
            file.write("1")
        try:
            with open("/dev/kmsg", "rb", buffering=0) as messages:
                os.set_blocking(messages.fileno(), False)
                os.lseek(messages.fileno(), 0, os.SEEK_END)
                self.running(manufacturer=0xcafe, card=0xbabe)
                text = ""
                while True:
                    try:
                        text += os.read(messages.fileno(), 8192).decode()
                    except BlockingIOError:
                        break
                    except BrokenPipeError:  # older messages were overwritten
                        continue
        finally:
            with open(debug, "w") as file:
                file.write("0")
        self.assertIn("MANID:cafe DEVID:babe CONFIGBASE:0xffe CONFIGOPTION:0xf", text)
        self.assertIn("CAM supports DA IRQ", text)

    def test_ready_comes_with_the_line(self):
        self.cam.starts = False
        self.cam.insert()
        ca = self.open_ca()
        self.cam.wait(lab.RESET)
        self.assertTrue(ca.wait_flags(dvb.PRESENT))
        self.assertEqual(self.cam.all(lab.INTERFACE_RESET), [])
        self.cam.send(lab.READY_LINE, b"\1")
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))

    def test_ready_of_the_time_before_a_reset_is_not_ready_now(self):
        """A process that is slow answers the first reset when the second is already there."""
        self.cam.close()
        node = os.open("/dev/cihost_lab_cam0.0", os.O_RDWR | os.O_NONBLOCK)
        self.addCleanup(os.close, node)
        os.write(node, lab.HEADER.pack(lab.INSERT, 0, 72) + bytes.fromhex("0001") + bytes(70))
        ca = self.open_ca()
        self.assertTrue(ca.wait_flags(dvb.PRESENT))
        # RESET of the insertion is there, unread
        self.assertTrue(select.select([node], [], [], 20)[0])
        os.write(node, lab.HEADER.pack(lab.READY_LINE, 0, 1) + b"\1")
        os.write(node, lab.HEADER.pack(lab.MODULE_FRAGMENT, 0, 3) + b"\1\0x")
        self.assertFalse(ca.wait_flags(dvb.PRESENT | dvb.READY, seconds=0.5))
        self.assertEqual(lab.HEADER.unpack_from(os.read(node, 100))[0], lab.RESET)
        os.write(node, lab.HEADER.pack(lab.READY_LINE, 0, 1) + b"\1")
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
        self.assertIsNone(ca.read())

    def test_ca_reset_starts_anew(self):
        ca = self.running()
        self.cam.forget()
        ca.reset()
        self.cam.wait(lab.TS_ENABLE, 2)
        self.assertEqual(self.cam.kinds(), [lab.TS_ENABLE, lab.SHUTDOWN] + START)
        self.assertEqual(self.cam.all(lab.TS_ENABLE), [b"\0", b"\1"])
        self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))

    def test_a_tpdu_each_way(self):
        ca = self.running()
        self.assertEqual(ca.send(CREATE_T_C), len(CREATE_T_C) + 2)
        self.assertEqual(self.fragments(1), [b"\1\0" + CREATE_T_C])
        self.cam.say(b"\1\0" + C_T_C_REPLY)
        self.assertEqual(ca.receive(), (0, 1, C_T_C_REPLY))
        self.cam.wait(lab.FRAGMENT_READ)

    def test_a_long_tpdu_in_fragments(self):
        for offered, chosen in ((16, 16), (256, 256), (4096, 512)):
            with self.subTest(offered=offered):
                self.cam.insert(buffer_size=offered)
                with dvb.Ca() as ca:
                    self.cam.wait(lab.TS_ENABLE)
                    self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
                    self.assertEqual(self.cam.all(lab.BUFFER_SIZE)[-1], chosen.to_bytes(2, "little"))
                    tpdu = bytes(i * 7 & 0xff for i in range(1200))
                    ca.send(tpdu)
                    count = -(-len(tpdu) // (chosen - 2))
                    fragments = self.fragments(count)
                    self.assertEqual([f[:2] for f in fragments], [b"\1\x80"] * (count - 1) + [b"\1\0"])
                    self.assertEqual({len(f) for f in fragments[:-1]}, {chosen})
                    self.assertEqual(b"".join(f[2:] for f in fragments), tpdu)
                self.cam.eject()
                self.cam.forget()

    def test_fragments_of_two_connections_interleaved(self):
        ca = self.running()
        for fragment in (b"\1\x80AB", b"\2\x80ab", b"\1\x80CD", b"\2\0c", b"\1\0E"):
            self.cam.say(fragment)
        self.assertEqual({ca.receive(), ca.receive()}, {(0, 1, b"ABCDE"), (0, 2, b"abc")})

    def test_one_fragment_at_a_time(self):
        ca = self.running()
        ca.close()  # nobody fetches
        self.cam.send(lab.MODULE_FRAGMENT, b"\1\0first")
        with self.assertRaises(BlockingIOError):
            self.cam.send(lab.MODULE_FRAGMENT, b"\1\0second")
        again = self.open_ca()
        self.cam.wait(lab.FRAGMENT_READ)
        self.cam.say(b"\1\0second")
        self.assertEqual(again.receive(), (0, 1, b"first"))
        self.assertEqual(again.receive(), (0, 1, b"second"))

    def test_a_fragment_that_is_too_long_renews_the_link(self):
        ca = self.running(buffer_size=32)
        self.cam.say(b"\1\0" + bytes(40))
        self.assertTrue(dvb.wait_until(lambda: ca.flags() == dvb.PRESENT))
        # the core sleeps on with a dead link: nothing but a reset wakes it
        ca.reset()
        self.cam.wait(lab.BUFFER_SIZE, 2)

    def test_the_module_takes_one_fragment_until_it_is_free(self):
        ca = self.running()
        self.cam.frees = False
        ca.send(CREATE_T_C)
        self.fragments(1)
        self.assertEqual(ca.send_error(CREATE_T_C), "EIO")
        self.cam.send(lab.FREE, b"\1")
        ca.send(b"again")
        self.assertEqual(self.fragments(2), [b"\1\0" + CREATE_T_C, b"\1\0again"])

    def test_pulled_out_and_put_in(self):
        ca = self.running()
        for _ in range(3):
            self.cam.eject()
            self.assertTrue(ca.wait_flags(0))
            self.assertEqual(ca.send_error(CREATE_T_C), "EINVAL")
            self.cam.insert()
            self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))

    def test_nothing_is_taken_from_a_module_that_is_out(self):
        with self.assertRaises(OSError) as caught:
            self.cam.send(lab.MODULE_FRAGMENT, b"\1\0" + C_T_C_REPLY)
        self.assertEqual(caught.exception.errno, errno.EIO)

    def test_the_module_goes_with_its_process(self):
        self.cam.close()
        ca = self.open_ca()
        program = "import lab, time; cam = lab.Cam(); cam.insert(); time.sleep(600)"
        with subprocess.Popen([sys.executable, "-c", program], cwd=os.path.dirname(os.path.abspath(__file__))) as process:
            try:
                self.assertTrue(ca.wait_flags(dvb.PRESENT | dvb.READY))
            finally:
                process.kill()
        self.assertTrue(ca.wait_flags(0))


if __name__ == "__main__":
    unittest.main(verbosity=2)

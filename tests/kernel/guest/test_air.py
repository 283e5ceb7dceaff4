#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Frontend, demux and dvr: the kernel's DVB core with the lab's air before it."""
import errno
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import dvb
import lab
import ts
from lab import SLEEP


class AirTest(unittest.TestCase):
    def setUp(self):
        lab.load(slots=0, adapters=2)
        self.air = lab.Air()
        self.addCleanup(lab.unload)
        self.addCleanup(self.air.close)

    def lock(self, frontend: dvb.Frontend):
        frontend.tune(dvb.SYS_DVBT, 474_000_000, (dvb.DTV_BANDWIDTH_HZ, 8_000_000))
        self.air.tuned()
        self.air.signal(True)
        self.assertTrue(dvb.wait_until(frontend.locked))

    def test_delivery_systems(self):
        with dvb.Frontend() as frontend:
            self.assertEqual(frontend.delivery_systems(), [dvb.SYS_DVBT, dvb.SYS_DVBT2, dvb.SYS_DVBC_ANNEX_A,
                                                           dvb.SYS_DVBS, dvb.SYS_DVBS2])

    def test_terrestrial_tuning_is_reported(self):
        with dvb.Frontend() as frontend:
            frontend.tune(dvb.SYS_DVBT2, 522_000_000, (dvb.DTV_BANDWIDTH_HZ, 7_000_000), (dvb.DTV_STREAM_ID, 3))
            tuning = self.air.tuned()
        self.assertEqual((tuning["delivery_system"], tuning["frequency"], tuning["bandwidth_hz"], tuning["stream_id"]),
                         (dvb.SYS_DVBT2, 522_000_000, 7_000_000, 3))

    def test_satellite_tuning_is_reported(self):
        with dvb.Frontend() as frontend:
            frontend.set((dvb.DTV_CLEAR, 0))
            frontend.set((dvb.DTV_VOLTAGE, 1), (dvb.DTV_TONE, 0))
            frontend.diseqc(bytes.fromhex("e0 10 38 f3"))
            frontend.set((dvb.DTV_DELIVERY_SYSTEM, dvb.SYS_DVBS2), (dvb.DTV_FREQUENCY, 1_236_000),
                         (dvb.DTV_SYMBOL_RATE, 27_500_000), (dvb.DTV_TUNE, 0))
            tuning = self.air.tuned()
        self.assertEqual((tuning["delivery_system"], tuning["frequency"], tuning["symbol_rate"]),
                         (dvb.SYS_DVBS2, 1_236_000, 27_500_000))
        self.assertEqual((tuning["voltage"], tuning["tone"]), (1, 0))
        self.assertEqual(tuning["diseqc"][:tuning["diseqc_length"]], bytes.fromhex("e0 10 38 f3"))

    def test_locks_when_the_air_says_so(self):
        with dvb.Frontend() as frontend:
            frontend.tune(dvb.SYS_DVBT, 474_000_000)
            self.air.tuned()
            self.assertFalse(frontend.locked())
            self.air.signal(False, strength_mdbm=-91000)
            self.assertFalse(frontend.locked())
            self.air.signal(True, -45250, 27500)
            self.assertTrue(dvb.wait_until(frontend.locked))
            self.air.signal(False)
            self.assertTrue(dvb.wait_until(lambda: not frontend.locked()))

    def test_a_new_tuning_has_no_lock_yet(self):
        with dvb.Frontend() as frontend:
            self.lock(frontend)
            frontend.tune(dvb.SYS_DVBC_ANNEX_A, 330_000_000, (dvb.DTV_SYMBOL_RATE, 6_900_000))
            self.assertEqual(self.air.tuned(2)["frequency"], 330_000_000)
            self.assertFalse(frontend.locked())

    def test_statistics_in_decibel(self):
        with dvb.Frontend() as frontend:
            frontend.tune(dvb.SYS_DVBT, 474_000_000)
            self.air.tuned()
            self.air.signal(True, -45250, 27500)
            self.assertTrue(dvb.wait_until(frontend.locked))
            self.assertEqual(frontend.statistic(dvb.DTV_STAT_SIGNAL_STRENGTH), (dvb.FE_SCALE_DECIBEL, -45250))
            self.assertEqual(frontend.statistic(dvb.DTV_STAT_CNR), (dvb.FE_SCALE_DECIBEL, 27500))
            self.assertEqual(frontend.statistic(dvb.DTV_STAT_ERROR_BLOCK_COUNT), (dvb.FE_SCALE_COUNTER, 0))

    def test_closing_is_reported_and_takes_the_lock(self):
        with dvb.Frontend() as frontend:
            self.lock(frontend)
        self.air.wait(SLEEP)

    def test_the_signal_goes_with_its_process(self):
        with dvb.Frontend() as frontend, dvb.Frontend(1) as second:
            self.lock(frontend)
            with lab.Air(1) as other:
                second.tune(dvb.SYS_DVBT, 482_000_000)
                other.tuned()
                other.signal(True)
                self.assertTrue(dvb.wait_until(second.locked))
            self.assertTrue(dvb.wait_until(lambda: not second.locked()))
            self.assertTrue(frontend.locked())
            with lab.Air(1) as newcomer:  # is told what is tuned
                self.assertEqual(newcomer.tuned()["frequency"], 482_000_000)

    def test_the_node_has_one_opener(self):
        with self.assertRaises(OSError) as caught:
            os.open("/dev/cihost_lab_ts0", os.O_RDWR)
        self.assertEqual(caught.exception.errno, errno.EBUSY)

    def test_malformed_records_are_refused(self):
        for record in (b"\1", lab.HEADER.pack(lab.SIGNAL, 0, 3) + bytes(3), lab.HEADER.pack(lab.SIGNAL, 0, 16),
                       lab.HEADER.pack(lab.PACKETS, 0, 187) + bytes(187), lab.HEADER.pack(9999, 0, 0)):
            with self.assertRaises(OSError) as caught:
                os.write(self.air.fd, record)
            self.assertEqual(caught.exception.errno, errno.EINVAL, record)

    def test_dvr_passes_the_chosen_pids(self):
        with dvb.Frontend() as frontend, dvb.Demux() as video, dvb.Demux() as audio, dvb.Dvr() as dvr:
            self.lock(frontend)
            video.pass_pid(0x100)
            audio.pass_pid(0x101)
            sent = [ts.packet(pid, i, fill) for i in range(8) for fill, pid in enumerate((0x100, 0x101, 0x102))]
            self.air.packets(b"".join(sent))
            wanted = b"".join(p for p in sent if ts.pids(p) != [0x102])
            got = b""
            while len(got) < len(wanted) and dvr.readable():
                got += dvr.read()
            self.assertEqual(got, wanted)

    def test_dvr_passes_the_whole_stream(self):
        with dvb.Frontend() as frontend, dvb.Demux() as demux, dvb.Dvr() as dvr:
            self.lock(frontend)
            demux.pass_pid(dvb.ALL_PIDS)
            sent = b"".join(ts.packet(0x20 + i % 50, i // 50, i & 0xff) for i in range(340))
            self.air.packets(sent)
            got = b""
            while len(got) < len(sent) and dvr.readable():
                got += dvr.read()
            self.assertEqual(got, sent)

    def test_nothing_passes_without_a_lock(self):
        with dvb.Frontend() as frontend, dvb.Demux() as demux, dvb.Dvr() as dvr:
            frontend.tune(dvb.SYS_DVBT, 474_000_000)
            self.air.tuned()
            demux.pass_pid(0x100)
            self.air.packets(ts.packet(0x100, 0, 1))
            self.air.signal(True)
            self.assertTrue(dvb.wait_until(frontend.locked))
            self.air.packets(ts.packet(0x100, 1, 2))
            self.assertTrue(dvr.readable())
            self.assertEqual(dvr.read(), ts.packet(0x100, 1, 2))

    def test_sections(self):
        pat = ts.pat(0x1001, 0x100)
        broken = pat[:-1] + bytes([pat[-1] ^ 1])
        with dvb.Frontend() as frontend, dvb.Demux() as demux:
            self.lock(frontend)
            demux.pass_sections(0, 0)
            self.air.packets(ts.section_packet(0, 0, broken) + ts.section_packet(0, 1, pat))
            self.assertTrue(demux.readable())
            self.assertEqual(demux.read(), pat)

    @unittest.skipUnless(shutil.which("dvbv5-zap"), "no dvbv5-zap (package dvb-tools)")
    def test_dvbv5_zap_records(self):
        with tempfile.TemporaryDirectory() as folder:
            channels, output = pathlib.Path(folder, "channels"), pathlib.Path(folder, "out.ts")
            channels.write_text("[ONE]\n SERVICE_ID = 1\n VIDEO_PID = 256\n AUDIO_PID = 257\n FREQUENCY = 474000000\n"
                                " BANDWIDTH_HZ = 8000000\n DELIVERY_SYSTEM = DVBT\n")
            with subprocess.Popen(["dvbv5-zap", "-c", channels, "-t", "30", "-o", output, "-r", "ONE"],
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as zap:
                try:
                    self.assertEqual(self.air.tuned()["frequency"], 474_000_000)
                    self.air.signal(True)
                    sent = 0

                    def recorded():
                        nonlocal sent
                        self.air.packets(ts.packet(256, sent, 1) + ts.packet(300, sent, 3) + ts.packet(257, sent, 2))
                        sent += 1
                        return output.exists() and output.stat().st_size >= 188 * 20
                    done = dvb.wait_until(recorded, every=0.02)
                finally:
                    zap.terminate()
                    text = zap.communicate()[0]
            self.assertTrue(done, text)
            data = output.read_bytes()
            self.assertEqual(set(ts.pids(data[:len(data) // 188 * 188])), {256, 257}, text)


if __name__ == "__main__":
    unittest.main(verbosity=2)

#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the caller of lab.py sees: status, output, files; a kernel that dies, a command that does not end."""
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

LAB = pathlib.Path(__file__).resolve().parent / "lab.py"


def start(*words: str, cwd: str | None = None) -> subprocess.Popen:
    return subprocess.Popen([sys.executable, LAB, *words], cwd=cwd, text=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


class LabTest(unittest.TestCase):
    def test_a_command(self):
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "input").write_text("from the host\n")
            script = ("cat input; echo changed >input; cat input; pwd; echo 'a  b' \"$0\" >&2; nproc >&2;"
                      " cat /sys/module/cihost_lab/parameters/slots; sleep 600 & exit 42")
            process = start("--slots", "2", "sh", "-c", script, "it's $HOME", cwd=folder)
            out, err = process.communicate()
            self.assertEqual(process.returncode, 42, err)
            self.assertEqual(out, f"from the host\nchanged\n{folder}\n2\n")
            self.assertEqual(err, "a  b it's $HOME\n2\n")
            self.assertEqual(pathlib.Path(folder, "input").read_text(), "from the host\n")

    def test_output_comes_live_and_an_interrupt_ends_the_machine(self):
        with start("--no-module", "sh", "-c", "echo here; exec sleep 600") as process:
            self.assertEqual(process.stdout.readline(), "here\n")
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(), 130)

    def test_a_command_that_does_not_end(self):
        process = start("--no-module", "--timeout", "1", "sleep", "600")
        _, err = process.communicate()
        self.assertEqual(process.returncode, 124)
        self.assertIn("did not end in time", err)

    def test_a_kernel_that_dies(self):
        process = start("sh", "-c", "echo c >/proc/sysrq-trigger")
        _, err = process.communicate()
        self.assertEqual(process.returncode, 125)
        self.assertIn("sysrq triggered crash", err)


if __name__ == "__main__":
    ready = subprocess.run([sys.executable, LAB, "--prepare"], text=True, capture_output=True)
    if ready.returncode:
        print(ready.stdout + ready.stderr)
        sys.exit(ready.returncode)
    unittest.main(verbosity=2)

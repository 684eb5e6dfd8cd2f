"""Commands of several processes: what they have together.

usage: test_trees.py ENDS

SPDX-License-Identifier: BSD-3-Clause
"""
import contextlib
import json
import os
import shutil
import sys
import unittest

from command import InFolder, environment, zmalloc

ENDS = os.path.abspath(sys.argv.pop(1))
MIB = 1 << 20

# Six workers of 20 MiB each, all at once; the parent may start them from a thread, which ends.
POOL = """
import os, sys, threading, time
def work():
    block = bytearray(20 << 20)
    block[::4096] = bytes(len(block[::4096]))
    time.sleep(0.8)
    os._exit(0)
def start():
    for i in range(6):
        if os.fork() == 0:
            work()
if sys.argv[1] == "thread":
    keep = threading.Thread(target=lambda: (start(), time.sleep(1)))
    keep.start()
else:
    start()
for i in range(6):
    os.wait()
"""


class Trees(InFolder):
    def setUp(self):
        super().setUp()
        with open(self.path("pool.py"), "w") as file:
            file.write(POOL)

    def pool(self, how="plain"):
        return sys.executable, "-S", self.path("pool.py"), how

    def sample(self, *command):
        result = zmalloc("compare", "-n", "1", "-b", "libc", "--no-control", f"--json={self.path('out')}", "--", *command)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return [r for r in map(json.loads, self.read("out").splitlines()) if r["record"] == "sample"][-1], result.stdout

    def check_pool(self, sample):
        self.assertEqual((sample["processes"], sample["tree_processes"]), (7, 7))
        self.assertGreater(sample["tree_pss_bytes"], 120 * MIB)
        self.assertLess(sample["tree_pss_bytes"], 240 * MIB)
        self.assertGreater(sample["tree_used_bytes"], 120 * MIB)
        self.assertLess(sample["vmhwm_bytes"], 60 * MIB)

    def test_memory_of_all(self):
        sample, text = self.sample(*self.pool())
        self.check_pool(sample)
        self.assertRegex(text, r"peak memory")
        self.assertNotIn("peak RSS", text)
        row = next(line for line in text.splitlines() if line.startswith("libc"))
        self.assertAlmostEqual(float(row.split()[-1]), sample["tree_pss_bytes"] / MIB, delta=1)
        self.assertIn("peak memory, peak live: of 7 processes together, memory as the sum of PSS", text)
        again = zmalloc("report", self.path("out")).stdout
        self.assertIn("of 7 processes together", again)

    def test_children_of_another_thread(self):
        self.check_pool(self.sample(*self.pool("thread"))[0])

    def test_one_process_has_its_peak(self):
        sample, text = self.sample("/bin/sh", "-c", ":")
        self.assertNotIn("tree_pss_bytes", sample)
        self.assertIn("memory: its largest process", text)
        self.assertIn("peak RSS", text)

    def test_run(self):
        result = zmalloc("run", "-b", "libc", "--stats", "--", *self.pool(), env=environment())
        rows = result.stderr.splitlines()
        self.assertEqual(len(rows), 1 + 7 + 1 + 1, result.stderr)
        self.assertEqual(sum(" python" in row and "exit 0" in row or "reported" in row for row in rows), 7)
        self.assertRegex(rows[-2], r"all  7 processes +1[234]\d\.\d MiB ")
        self.assertRegex(rows[-1], r"^most at once: 7 processes; memory of 7 1[2-9]\d\.\d MiB \(sum of PSS\)")

    def test_many_processes(self):
        result = zmalloc("run", "-b", "libc", "--stats", "--", "/bin/sh", "-c",
                         "for i in 1 2 3 4 5; do for j in 1 2 3 4 5 6 7 8 9; do (exit 0); done; done; exit 0")
        lines = result.stderr.splitlines()
        self.assertIn("46 processes", lines[41])
        self.assertTrue(lines[41].endswith("6 with lower peaks are not shown"), lines[41])

    def test_daemon_is_seen_and_stopped(self):
        daemon = shutil.copy(ENDS, self.path("daemon"))
        sample, _ = self.sample("/bin/sh", "-c", f"{daemon} 0 0 daemon 20480 60000 raw; sleep 0.3; exit 0")
        self.assertGreater(sample["allocs"], 20480)
        for pid in filter(str.isdigit, os.listdir("/proc")):
            with contextlib.suppress(OSError): # ended meanwhile, or the kernel's own
                self.assertNotEqual(os.readlink(f"/proc/{pid}/exe"), daemon)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Real programs under the preload library, switched from outside while they work.

usage: test_programs.py ZMALLOC LIBRARY BACKENDS FOREIGN   (BACKENDS: by commas; FOREIGN: foreign.c, built)
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ZMALLOC, LIBRARY, BACKENDS, FOREIGN = sys.argv[1:]
BACKENDS = BACKENDS.split(",")

WORK = """
import hashlib, json, sys, threading
def work(n, out):
    kept = {}
    for i in range(int(sys.argv[1])):
        kept[i % 3000] = [str(i * n)] * (i % 50)
        if i % 1000 == 0:
            json.loads(json.dumps([kept[k] for k in sorted(kept)][:50]))
    out[n] = hashlib.sha256(repr(sorted(kept.items())).encode()).hexdigest()
out = {}
threads = [threading.Thread(target=work, args=(n, out)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print([out[n] for n in range(4)])
"""


def has_no_memory(pid):
    """It has ended, or is about to."""
    try:
        with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
            return maps.read() == ""
    except OSError:
        return True


class Programs(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def environment(self, **more):
        return os.environ | {"LD_PRELOAD": LIBRARY, "ZMALLOC_SWITCH": "on", "PYTHONMALLOC": "malloc",
                             "ZMALLOC_STATS": os.path.join(self.directory, "report")} | more

    def switch_while(self, goes_on, pid):
        """Returns how often it was switched."""
        count = 0
        while goes_on() and subprocess.run([ZMALLOC, "switch", str(pid)], capture_output=True, check=False).returncode:
            time.sleep(0.01) # it has not begun yet
        while goes_on():
            done = subprocess.run([ZMALLOC, "switch", str(pid), BACKENDS[count % len(BACKENDS)]],
                                  capture_output=True, text=True, check=False)
            if done.returncode and has_no_memory(pid):
                break # an exit lets go of the memory first
            self.assertEqual(done.returncode, 0, done.stderr)
            count += 1
        return count

    def reports(self):
        with open(os.path.join(self.directory, "report"), encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def test_python(self):
        for turns in 60000, 240000, 960000: # on a busy machine a program may end before it was switched often
            command = [sys.executable, "-c", WORK, str(turns)]
            plain = subprocess.run(command, capture_output=True, text=True, check=True).stdout
            with subprocess.Popen(command, env=self.environment(), stdout=subprocess.PIPE, text=True) as program:
                count = self.switch_while(lambda program=program: program.poll() is None, program.pid)
                self.assertEqual((program.stdout.read(), program.wait(20)), (plain, 0))
            if count > len(BACKENDS):
                break
        self.assertGreater(count, len(BACKENDS))
        report, = [r for r in self.reports() if r["pid"] == program.pid]
        self.assertGreater(report["allocs"], 200000)
        self.assertLess(report["used_bytes"], report["peak_bytes"] + 1)

    @unittest.skipUnless(shutil.which("redis-server") and shutil.which("redis-benchmark"), "no redis-server")
    def test_redis(self):
        socket = os.path.join(self.directory, "socket")
        with subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--dir",
                               self.directory], env=self.environment(), stdout=subprocess.DEVNULL) as server:
            self.addCleanup(server.kill)
            until = time.monotonic() + 20
            while not os.path.exists(socket) and time.monotonic() < until:
                time.sleep(0.02)
            with subprocess.Popen(["redis-benchmark", "-s", socket, "-q", "-n", "40000", "-r", "10000", "-t",
                                   "set,get,lpush,hset,zadd"], stdout=subprocess.PIPE, text=True) as load:
                count = self.switch_while(lambda: load.poll() is None, server.pid)
                self.assertEqual(load.returncode, 0)
                self.assertEqual(load.stdout.read().count("requests per second"), 5)
            subprocess.run(["redis-cli", "-s", socket, "shutdown", "nosave"], check=True, stdout=subprocess.DEVNULL)
            self.assertEqual(server.wait(20), 0)
        self.assertGreater(count, len(BACKENDS))

    def test_blocks_of_libcs_own(self):
        for backend in BACKENDS:
            done = subprocess.run([FOREIGN], capture_output=True, text=True, check=False, timeout=60,
                                  env=self.environment(ZMALLOC_SWITCH="", ZMALLOC_FOREIGN="libc",
                                                       ZMALLOC_BACKEND=backend))
            self.assertEqual((done.stdout, done.returncode), ("done\n", 0), (backend, done.stderr))
        for report in self.reports():
            self.assertEqual(report["allocs"] - report["frees"] < 20, True, report)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

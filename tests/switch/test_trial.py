#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""zmalloc trial and zmalloc switch --purge, on a program that never ends by itself.

usage: test_trial.py ZMALLOC LIBRARY
"""
import json
import os
import re
import signal
import subprocess
import sys
import time
import unittest

ZMALLOC, LIBRARY = sys.argv[1:]

# First 100,000 blocks of 1,000 bytes, freed at the first line of input; then it allocates on and on.
PROGRAM = """
import sys, threading
held = [bytes(1000) for _ in range(100000)]
print("ready", flush=True)
def free():
    sys.stdin.readline()
    held.clear()
    print("freed", flush=True)
threading.Thread(target=free, daemon=True).start()
while True:
    kept = [bytes(200) for _ in range(1000)]
"""


def rss(pid):
    """In KiB."""
    with open(f"/proc/{pid}/status", encoding="utf-8") as status:
        return int(re.search(r"VmRSS:\s+(\d+) kB", status.read())[1])


class Trial(unittest.TestCase):
    def setUp(self):
        environment = os.environ | {"LD_PRELOAD": LIBRARY, "ZMALLOC_SWITCH": "libc,mimalloc", "ZMALLOC_BACKEND": "libc",
                                    "PYTHONMALLOC": "malloc"}
        self.program = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.end)
        self.assertEqual(self.program.stdout.readline(), "ready\n")

    def end(self):
        self.program.kill()
        self.program.communicate()

    def zmalloc(self, *arguments):
        return subprocess.run([ZMALLOC, *arguments], capture_output=True, text=True, check=False, timeout=60)

    def trial(self, *arguments, status=0):
        done = self.zmalloc("trial", str(self.program.pid), *arguments)
        self.assertEqual(done.returncode, status, done.stderr + done.stdout)
        return done

    def runs(self):
        return self.zmalloc("switch", str(self.program.pid)).stdout.split(";")[0]

    def test_goes_back(self):
        told = json.loads(self.trial("--for", "0.4", "--rounds", "2", "--metric", "cpu", "--json").stdout)
        self.assertEqual([(t["backend"], t["round"]) for t in told["turns"]],
                         [("libc", 1), ("mimalloc", 1), ("mimalloc", 2), ("libc", 2)])
        for turn in told["turns"]:
            self.assertIsNone(turn["problem"])
            self.assertGreater(turn["allocs"], 0)
            self.assertGreater(turn["used_bytes"], 100000 * 1000)
            self.assertGreater(turn["rss_bytes"], 100000 * 1000)
            self.assertAlmostEqual(turn["metric"], turn["cpu_s"] / turn["allocs"], places=12)
        self.assertEqual((told["before"], told["now"], self.runs()), ("libc", "libc", "libc"))
        table = self.trial("--for", "0.2").stdout.splitlines()
        self.assertRegex(table[0], r"^backend +RSS +used +CPU +allocs/s +CPU/alloc +RSS's ratio$")
        self.assertEqual([line.split()[0] for line in table[1:3]], ["libc", "mimalloc"])
        self.assertEqual(table[-1], "The process runs with libc again.")

    def test_stays_with_the_best(self):
        number = '[ "$ZMALLOC_TRIAL_BACKEND" = mimalloc ] && echo 1 || echo 2'
        told = self.trial("--for", "0.1", "--metric", number, "--stay", "--rounds", "3").stdout
        self.assertIn("Best in the command's number: mimalloc, 0.50 times libc's, and better in each of 3 rounds.", told)
        self.assertEqual(self.runs(), "mimalloc")
        told = self.trial("--for", "0.1", "--metric", number, "--stay", "--most", "-b", "mimalloc,libc").stdout
        self.assertIn("Best in the command's number: libc, 2.00 times mimalloc's, in one round", told)
        self.assertEqual(self.runs(), "libc")
        # What is not better in every round does not replace what ran.
        count = os.path.join(os.environ.get("TMPDIR", "/tmp"), f"zmalloc-trial-{self.program.pid}")
        self.addCleanup(lambda: os.path.exists(count) and os.remove(count))
        uneven = f'echo >>{count}; set 5 1 7 6 5 1; shift $(($(wc -l <{count}) - 1)); echo $1'
        told = self.trial("--for", "0.1", "--metric", uneven, "--stay", "--rounds", "3").stdout
        self.assertIn("None beat libc in the command's number in every round.", told)
        self.assertEqual(self.runs(), "libc")
        told = self.trial("--for", "0.1", "--metric", "echo 0", "--stay").stdout
        self.assertIn("None beat libc", told)
        # Nor does what nothing can be compared with.
        fails = '[ "$ZMALLOC_TRIAL_BACKEND" = mimalloc ] && echo 1'
        told = self.trial("--for", "0.1", "--metric", fails, "--stay", status=1).stdout
        self.assertIn("The process runs with libc again.", told)
        self.assertEqual(self.runs(), "libc")

    def test_what_does_not_count(self):
        told = self.trial("--for", "0.1", "--metric", "exit 3", status=1).stdout
        self.assertIn("Does not count: libc in round 1: the command failed, status 3.", told)
        self.assertIn("No turn counts.", told)
        told = self.trial("--for", "0.1", "--metric", "echo 7; echo none", status=1).stdout
        self.assertIn("the last line that the command printed is no number", told)
        by = f"'{ZMALLOC}' switch $ZMALLOC_TRIAL_PID libc >&2; echo 1"
        told = self.trial("--for", "0.1", "--metric", by, status=1).stdout
        self.assertIn("Does not count: mimalloc in round 1: somebody else switched the process.", told)

    def test_wrong_usage(self):
        self.assertIn("can't be switched to 'none', but to: libc, mimalloc",
                      self.trial("-b", "libc,none", status=125).stderr)
        self.assertIn("'libc' is there twice", self.trial("-b", "libc,libc", status=2).stderr)
        self.assertIn("two backends at least", self.trial("-b", "libc", status=2).stderr)
        self.assertIn("--settle must be less than --for", self.trial("--settle", "3", "--for", "3", status=2).stderr)
        self.assertIn("--most is for the numbers of a command", self.trial("--most", status=2).stderr)
        done = self.zmalloc("trial", str(os.getpid()))
        self.assertEqual(done.returncode, 125, done.stderr)
        done = self.zmalloc("switch", "--purge", str(self.program.pid))
        self.assertEqual((done.returncode, "--purge needs a backend" in done.stderr), (2, True))

    def test_interrupted(self):
        command = [ZMALLOC, "trial", str(self.program.pid), "-b", "mimalloc,libc", "--for", "30"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as trial:
            until = time.monotonic() + 20
            while self.runs() != "mimalloc" and time.monotonic() < until:
                time.sleep(0.05)
            trial.send_signal(signal.SIGINT)
            told = trial.communicate(timeout=20)[0]
        self.assertEqual(trial.returncode, 128 + signal.SIGINT)
        self.assertIn("Does not count: mimalloc in round 1: interrupted.", told)
        self.assertEqual(self.runs(), "libc")

    def test_executed_another(self):
        """What the process becomes is not written to, nor said to run with anything."""
        program = "import os, sys; sys.stdin.readline(); os.execve('/bin/sleep', ['sleep', '100'], {})"
        environment = os.environ | {"LD_PRELOAD": LIBRARY, "ZMALLOC_SWITCH": "on", "ZMALLOC_BACKEND": "libc"}
        with subprocess.Popen([sys.executable, "-c", program], env=environment, stdin=subprocess.PIPE) as other:
            self.addCleanup(other.wait)
            self.addCleanup(other.kill)
            until = time.monotonic() + 20
            while self.zmalloc("switch", str(other.pid)).returncode and time.monotonic() < until:
                time.sleep(0.05)
            done = self.zmalloc("trial", str(other.pid), "-b", "jemalloc,mimalloc", "--stay")
            self.assertEqual((done.returncode, "it must be in -b" in done.stderr), (2, True))
            done = self.zmalloc("trial", str(other.pid), "-b", "libc,mimalloc", "--for", "0.1")
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertIn("Does not count: mimalloc in round 1: the process allocated nothing in it.", done.stdout)
            metric = f"echo >/proc/{other.pid}/fd/0; while grep -q python /proc/{other.pid}/cmdline; do :; done; echo 1"
            done = self.zmalloc("trial", str(other.pid), "--for", "0.1", "--metric", metric)
            other.kill()
        self.assertEqual(done.returncode, 125, done.stdout + done.stderr)
        self.assertIn("it has no account", done.stderr)
        self.assertNotIn("The process runs", done.stdout)

    def test_ended(self):
        with subprocess.Popen([ZMALLOC, "trial", str(self.program.pid), "--for", "30"], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as trial:
            time.sleep(0.2)
            self.end()
            told = trial.communicate(timeout=60)
        self.assertEqual(trial.returncode, 125, told)
        self.assertIn("there is no such process", told[1])
        self.assertNotIn("The process runs", told[0])

    def test_purge(self):
        self.assertEqual(self.zmalloc("switch", str(self.program.pid), "mimalloc").returncode, 0)
        self.program.stdin.write("\n")
        self.program.stdin.flush()
        self.assertEqual(self.program.stdout.readline(), "freed\n")
        self.assertEqual(self.zmalloc("switch", "--purge", str(self.program.pid), "mimalloc").stdout,
                         "mimalloc -> mimalloc\n")
        until = time.monotonic() + 20
        while rss(self.program.pid) > 60000 and time.monotonic() < until:
            time.sleep(0.05)
        self.assertLess(rss(self.program.pid), 60000)


LATE = """
import ctypes, sys
held = [bytes(1000) for _ in range(100000)]
find = ctypes.CDLL(None).dlvsym # the preload library's names are for those that were linked against them
find.restype, find.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p]
switch = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_char_p)(find(None, b"zmalloc_switch_backend", b"ZMALLOC_0"))
print(switch(b"mimalloc"), flush=True)
held.clear()
print("freed", flush=True)
while True:
    kept = [bytes(200) for _ in range(1000)]
"""


class Late(unittest.TestCase):
    def test_purge(self):
        """Also of jemalloc, where it is the first and goes on counting for itself."""
        environment = os.environ | {"LD_PRELOAD": LIBRARY, "ZMALLOC_BACKEND": "jemalloc", "PYTHONMALLOC": "malloc",
                                    "MALLOC_CONF": "dirty_decay_ms:-1,muzzy_decay_ms:-1"}
        program = subprocess.Popen([sys.executable, "-c", LATE], env=environment, stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.communicate)
        self.addCleanup(program.kill) # comes first
        self.assertEqual((program.stdout.readline(), program.stdout.readline()), ("0\n", "freed\n"))
        self.assertGreater(rss(program.pid), 100000)
        done = subprocess.run([ZMALLOC, "switch", "--purge", str(program.pid), "mimalloc"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.stdout, "mimalloc -> mimalloc\n", done.stderr)
        until = time.monotonic() + 20
        while rss(program.pid) > 80000 and time.monotonic() < until:
            time.sleep(0.05)
        self.assertLess(rss(program.pid), 80000)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

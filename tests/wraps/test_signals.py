#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A signal that guard's pages have not raised does what it would without guard.

usage: test_signals.py SIGNALS BACKEND
"""
import os
import resource
import signal
import subprocess
import sys
import unittest

SIGNALS, BACKEND = sys.argv[1:]

NUMBERS = {"segv": signal.SIGSEGV, "bus": signal.SIGBUS}
WAYS = "kill", "raise", "queue", "thread", "timer", "outside"
ACTIONS = "default", "ignore", "plain", "info", "once", "masks", "late"


def start(wrap, *words):
    return subprocess.Popen(
        [SIGNALS, *words], text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={"ZMALLOC_BACKEND": BACKEND} | ({"ZMALLOC_WRAP": wrap} if wrap else {}),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)))


def run(wrap, number, way, action, *more):
    """Status, output and what was said."""
    process = start(wrap, number, way, action, *more)
    before = ""
    while way == "outside":
        line = process.stdout.readline()
        before += line
        if line == "ready\n":
            os.kill(process.pid, NUMBERS[number])
            try:
                process.stdin.write("\n")
                process.stdin.flush()
            except BrokenPipeError:
                pass
        elif not line:
            break
    out, err = process.communicate(timeout=60)
    return process.returncode, before + out, err


class Signals(unittest.TestCase):
    def test_as_without_guard(self):
        for number in NUMBERS:
            for way in WAYS:
                for action in ACTIONS:
                    with self.subTest(f"{number} {way} {action}"):
                        bare = run("", number, way, action)
                        self.assertEqual(run("guard", number, way, action), bare)
                        self.assertEqual(bare[2], "")
                        if action == "default":
                            self.assertEqual((bare[0], "calls" in bare[1]), (-NUMBERS[number], False))
                        elif action == "once":
                            self.assertEqual((bare[0], bare[1].count("calls 1 ")), (-NUMBERS[number], 1))
                        elif action != "ignore":
                            self.assertEqual(bare[0], 0)
                            self.assertIn("calls 2 ", bare[1])

    def test_interrupted_calls(self):
        for action, said in ("plain", "interrupted"), ("restart", "a byte"):
            for wrap in "", "guard":
                status, out, err = run(wrap, "segv", "reading", action)
                self.assertEqual((status, err), (0, ""))
                self.assertEqual(out.count(f"read: {said}\n"), 2, out)

    def test_misuse_afterwards(self):
        """Signals that were survived leave guard in its place."""
        for action, end in ("ignore", -signal.SIGSEGV), ("info", 4):
            status, _, err = run("guard", "segv", "kill", action, "misuse")
            self.assertEqual(status, end)
            self.assertTrue(err.startswith("zmalloc guard: "), err)
            self.assertIn("after free at 0x", err)
            self.assertEqual(err.count("zmalloc guard"), 1, err)

    def test_small_alternate_stack(self):
        status, _, err = run("guard", "segv", "not", "default", "alternate")
        self.assertEqual(status, -signal.SIGSEGV)
        self.assertIn("after free at 0x", err)
        self.assertIn("\n  found by thread ", err)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

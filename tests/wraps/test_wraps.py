#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""fault, count and slow under a program of ours, and what ZMALLOC_WRAP refuses.

usage: test_wraps.py DEMAND BACKEND BACKENDS   (BACKENDS: all that are built, by commas)
"""
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import unittest

DEMAND, BACKEND, BACKENDS = sys.argv[1:]


ENVIRONMENT = {name: os.environ[name] for name in ("ASAN_OPTIONS", "TSAN_OPTIONS") if name in os.environ}


def run(wrap, *words, directory=None):
    environment = ENVIRONMENT | {"ZMALLOC_BACKEND": BACKEND, "ZMALLOC_WRAP": wrap}
    if "guard" in wrap and "ASAN_OPTIONS" in environment:
        environment["ASAN_OPTIONS"] += ":detect_leaks=0"  # that would look into the guard pages
    done = subprocess.run([DEMAND, *words], text=True, capture_output=True, timeout=60, check=False, cwd=directory,
                          env=environment)
    done.stderr = re.sub(r"==\d+==WARNING: \w+Sanitizer failed to allocate.*\n", "", done.stderr)
    return done


class Wraps(unittest.TestCase):
    def failures(self, wrap, count=2000, size=100):
        """The numbers of the allocations that failed."""
        done = run(wrap, "fail", str(count), str(size))
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return [int(n) for n in done.stdout.split()]

    # ---- fault ----

    def test_nth(self):
        for n in 1, 7, 2000:
            self.assertEqual(self.failures(f"fault:nth={n}"), [n])
        self.assertEqual(self.failures("fault:nth=2001"), [])

    def test_probability(self):
        first = self.failures("fault:p=0.1:seed=1")
        self.assertTrue(130 < len(first) < 280, len(first))  # 200 give or take 6 sigma
        self.assertEqual(first, self.failures("fault:p=0.1:seed=1"))
        self.assertEqual(first, self.failures("fault:seed=1:p=.1"))
        self.assertNotEqual(first, self.failures("fault:p=0.1:seed=2"))
        self.assertEqual(len(self.failures("fault:p=1")), 2000)

    def test_both(self):
        self.assertEqual(set(self.failures("fault:p=0.1:nth=5")),
                         set(self.failures("fault:p=0.1")) | {5})

    def test_budget(self):
        """All are kept: so it is the last that fail, and the budget is used."""
        failed = self.failures("fault:budget=100K")
        self.assertEqual(failed, list(range(failed[0], 2001)))
        self.assertTrue(102400 // 200 < failed[0] <= 102400 // 100 + 1, failed[0])
        self.assertEqual(self.failures("fault:budget=1M"), [])

    # ---- count ----

    def test_count(self):
        with tempfile.TemporaryDirectory() as directory:
            done = run("count:to=report-%p", "shape", directory=directory)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            name, = os.listdir(directory)
            with open(os.path.join(directory, name), encoding="ascii") as file:
                text = file.read()
        self.assertEqual(text.count("\n"), 1)
        report = json.loads(text)
        self.assertEqual(name, f"report-{report['pid']}")
        # As in demand.c: four threads, each a thousand times.
        self.assertEqual([report[k] for k in ("alloc", "zeroed", "aligned", "resize", "free",
                                              "sized_free", "failed")],
                         [8001, 4000, 4000, 4000, 12000, 4000, 1])
        sizes = {s["up_to"]: (s["blocks"], s["asked_bytes"]) for s in report["sizes"]}
        self.assertEqual(sizes, {0: (4000, 0), 16: (4000, 64000), 20: (4000, 68000),
                                 112: (4000, 400000), 1024: (4000, 4096000)})
        for size in report["sizes"]:
            self.assertGreaterEqual(size["usable_bytes"], size["asked_bytes"])

    def test_count_says_it_on_stderr(self):
        self.assertEqual(json.loads(run("count", "shape").stderr)["failed"], 1)

    def test_count_that_cannot_be_written(self):
        done = run("count:to=/nonexistent/report", "shape")
        first, rest = done.stderr.split("\n", 1)
        self.assertEqual(first, "zmalloc: ZMALLOC_WRAP=count:to=: can't write /nonexistent/report: "
                                "No such file or directory; the figures follow")
        self.assertEqual(json.loads(rest)["failed"], 1)

    # ---- slow ----

    def test_slow(self):
        """Processor time, of pairs of a malloc and a free.

        Each run measures at its start how fast the processor is, and may be wrong where that changes: so the
        median of some runs, and once more if they were disturbed together.
        """
        def ns(wrap):
            return statistics.median(float(run(wrap, "time", "20000").stdout) for _ in range(5))
        for wrap, extra in ("slow:ns=500", 1000), ("slow:alloc=2000", 2000), ("slow:free=3000", 3000):
            more = []
            while not more or (len(more) < 4 and not 0.7 * extra < more[-1] < 2 * extra):
                more.append(ns(wrap) - ns("slow:ns=0"))
            self.assertTrue(0.7 * extra < more[-1] < 2 * extra, (wrap, more))

    # ---- composed ----

    def test_composition(self):
        done = run("count,fault:nth=3,slow:loops=1,guard", "fail", "10", "100")
        self.assertEqual((done.returncode, done.stdout), (0, "3\n"))
        report = json.loads(done.stderr)
        self.assertEqual((report["alloc"], report["failed"]), (10, 1))
        done = run("fault:nth=3,count", "fail", "10", "100")  # count is behind: it sees no failure
        report = json.loads(done.stderr)
        self.assertEqual((report["alloc"], report["failed"]), (9, 0))

    def test_backend_keeps_its_name(self):
        self.assertEqual(run("slow:ns=0,guard", "name").stdout, f"{BACKEND} slow:ns=0,guard\n")
        self.assertEqual(run("", "name").stdout, f"{BACKEND} \n")

    # ---- refused ----

    def test_refused(self):
        for wrap, why in (
                ("nosuch", "no wrap 'nosuch'; there are: guard, fault, count, slow"),
                ("guard,", "no wrap ''; there are: guard, fault, count, slow"),
                (" guard", "no wrap ' guard'; there are: guard, fault, count, slow"),
                ("guard,count,guard", "guard is there twice"),
                ("guard:page=1",
                 "guard has no option 'page'; it has: quarantine, blocks, frames"),
                ("guard:frames=17", "guard: frames is 16 at most"),
                ("guard:quarantine=1T",
                 "guard: quarantine is a number of bytes, with K, M or G, not '1T'"),
                ("fault", "fault needs nth=N, p=P or budget=BYTES"),
                ("fault:nth", "fault: nth needs a value"),
                ("fault:nth=-1", "fault: nth is a whole number, not '-1'"),
                ("fault:nth=99999999999999999999",
                 "fault: nth is a whole number, not '99999999999999999999'"),
                ("fault:p=1.5", "fault: p is a number from 0 to 1, not '1.5'"),
                ("slow:ns=5:loops=1",
                 "slow takes ns=, alloc= and free= (nanoseconds), or loops=, not both"),
                ("count:to=/" + "x" * 4090, "count: the file name is too long"),
                ("x" * 5000, "it is too long")):
            done = run(wrap, "name")
            self.assertEqual(done.returncode, -signal.SIGABRT)
            said = f"zmalloc: ZMALLOC_WRAP={wrap}: {why}\n"
            if len(said) < 1000:
                self.assertEqual(done.stderr, said)
            else:
                self.assertTrue(done.stderr.startswith("zmalloc: ZMALLOC_WRAP="))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

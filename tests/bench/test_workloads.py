"""Every workload does what its description says, under one backend, through each way to call it.

usage: test_workloads.py BACKEND

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import sys
import tempfile
import unittest

from workload import BY_CHANCE, KNOWN, THREADS, oracle, workload

BACKEND = sys.argv.pop()
PRELOAD = os.environ["PRELOAD"]
SANITIZED = os.environ["SANITIZE"] != "none"  # the floor's blocks overlap: threads race on purpose


class Workloads(unittest.TestCase):
    def as_described(self, name, told):
        _, cross, median, largest = KNOWN[name]
        for key, (low, high) in {"cross_share": cross, "size_p50": median,
                                 "size_max": largest}.items():
            self.assertGreaterEqual(told[key], low, key)
            self.assertLessEqual(told[key], high, key)
        self.assertLessEqual(told["size_p50"], told["size_p90"])
        self.assertLessEqual(told["size_p90"], told["size_p99"])
        self.assertLessEqual(told["size_p99"], told["size_max"])
        self.assertEqual(told["allocations"], told["frees"])
        self.assertEqual(told["operations"], told["allocations"] + told["frees"])
        self.assertEqual((told["verified"], told["broken"], told["read"]),
                         (True, 0, told["written"]))
        self.assertGreater(told["seconds"], 0)

    def run_one(self, name, *args):
        told = oracle(self, "library", name, *KNOWN[name][0], *args, ZMALLOC_BACKEND=BACKEND)
        self.as_described(name, told)
        self.assertEqual((told["api"], told["backend"]), ("library", BACKEND))
        return told

    def test_library(self):
        for name in KNOWN:
            with self.subTest(workload=name):
                told = self.run_one(name)
                if name not in BY_CHANCE and not SANITIZED:
                    floor = oracle(self, "none", name, *KNOWN[name][0])
                    for key in "operations", "written", "cross_frees", "size_p99", "threads":
                        self.assertEqual(told[key], floor[key], key)

    @unittest.skipIf(SANITIZED, "slow there")
    def test_sized(self):
        for name in KNOWN:
            with self.subTest(workload=name):
                self.assertEqual(self.run_one(name, "sized=1")["parameters"]["sized"], 1)

    def test_account(self):
        """What the allocator counted covers what the workload says it did."""
        with tempfile.TemporaryDirectory() as folder:
            told = oracle(self, "library", "larson", *KNOWN["larson"][0], ZMALLOC_BACKEND=BACKEND,
                          ZMALLOC_STATS=os.path.join(folder, "a-%p"))
            self.check_account(folder, told, 0)

    def check_account(self, folder, told, more):
        (name,) = os.listdir(folder)
        with open(os.path.join(folder, name), encoding="ascii") as file:
            account = json.loads(file.read())
        self.assertEqual(f"a-{account['pid']}", name)
        self.assertEqual(account["backend"], BACKEND)
        self.assertTrue(account["version"])
        self.assertGreaterEqual(account["allocs"], told["allocations"])
        self.assertLessEqual(account["allocs"], told["allocations"] + more)
        self.assertGreater(account["peak_bytes"], 0)
        self.assertGreater(account["vmhwm_bytes"], account["peak_bytes"])

    def test_latency(self):
        """1 call in 1,024; the work is no other for it."""
        told = oracle(self, "library", "larson", THREADS, "slots=50", "operations=40000",
                      ZMALLOC_BACKEND=BACKEND)
        expected = told["operations"] / 1024
        self.assertLess(abs(told["latency_samples"] - expected), 0.15 * expected)
        quantiles = [told[f"latency_{q}_ns"] for q in ("p50", "p99", "p999", "max")]
        self.assertEqual(quantiles, sorted(quantiles))
        self.assertGreater(quantiles[-1], 0)
        self.assertLess(quantiles[0], 100000)
        self.assertGreater(told["clock_ns"], 0)

    def test_memory_over_time(self):
        told = self.run_one("aging")
        moments = told["memory"]
        self.assertEqual(len(moments), 2 * 6 + 2)
        for height, rest in zip(moments[1:-1:2], moments[2:-1:2]):
            self.assertGreater(height["live_bytes"], 3 << 20)
            self.assertLess(rest["live_bytes"], height["live_bytes"] / 4)
            self.assertGreater(height["rss_bytes"], height["live_bytes"] / 2)
        self.assertEqual(moments[-1]["live_bytes"], 0)

    @unittest.skipUnless(PRELOAD, "no preload library in this build")
    def test_preload(self):
        for name in KNOWN:
            for sized in "sized=0", "sized=1":
                with self.subTest(workload=name, sized=sized):
                    with tempfile.TemporaryDirectory() as folder:
                        told = oracle(self, "preload", name, *KNOWN[name][0], sized,
                                      LD_PRELOAD=PRELOAD, ZMALLOC_BACKEND=BACKEND,
                                      ZMALLOC_STATS=os.path.join(folder, "a-%p"))
                        self.as_described(name, told)
                        if name == "larson":
                            self.check_account(folder, told, 200)

    def test_one_thread(self):
        """One alone has no other whose blocks to free."""
        for name in "larson", "alloc-test", "bench-lifo", "inverse-square":
            args = [*KNOWN[name][0], "threads=1"] + (["handovers=0"] if name == "larson" else [])
            told = oracle(self, "library", name, *args, ZMALLOC_BACKEND=BACKEND)
            self.assertEqual((told["cross_frees"], told["threads"]), (0, 1), name)

    def test_text(self):
        result = workload("library", "thread-churn", THREADS, "all=40", ZMALLOC_BACKEND=BACKEND)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn(f"allocator     {BACKEND} through library", result.stdout)
        self.assertIn("0 broken", result.stdout)
        self.assertRegex(result.stdout, r"latency +median \d+ ns, p99 \d+ ns")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""The report at exit has the heaps by name, as many as there is room for.

usage: test_report.py LEFT PRELOAD-LIBRARY BACKENDS

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

LEFT, PRELOAD, BACKENDS = sys.argv[1:]


class Report(unittest.TestCase):
    def run_it(self, count, backend):
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "stats")
            done = subprocess.run([LEFT, str(count)], text=True, capture_output=True, timeout=60, check=True, env={
                **os.environ, "LD_PRELOAD": PRELOAD, "ZMALLOC_BACKEND": backend, "ZMALLOC_STATS": path})
            with open(path, encoding="utf-8") as file:
                (report,) = map(json.loads, file)
        return list(map(json.loads, done.stdout.splitlines())), report

    def test_heaps_by_name(self):
        for backend in BACKENDS.split(","):
            with self.subTest(backend=backend):
                told, report = self.run_it(5, backend)
                heaps = {heap["name"]: heap for heap in report["heaps"]}
                self.assertEqual(list(heaps), [f"heap_{i}" for i in range(5)])
                self.assertEqual([heap["parent"] for heap in report["heaps"]], [0, 1, 0, 3, 0])
                self.assertEqual({heap["backend"] for heap in report["heaps"]}, {backend})
                for own in told:
                    seen = heaps[own["name"]]
                    self.assertEqual({key: seen[key] for key in own}, own)
                self.assertEqual(heaps["heap_0"]["allocs"], 3) # its own two, and its child's
                self.assertEqual((heaps["heap_0"]["frees"], heaps["heap_0"]["refused"]), (1, 0))
                self.assertGreaterEqual(heaps["heap_0"]["peak_bytes"], heaps["heap_0"]["used_bytes"])
                self.assertNotIn("heaps_left_out", report)

    def test_more_than_there_is_room_for(self):
        _, report = self.run_it(1000, BACKENDS.split(",", maxsplit=1)[0])
        self.assertGreater(len(report["heaps"]), 50)
        self.assertEqual(len(report["heaps"]) + report["heaps_left_out"], 1000)
        self.assertGreater(report["used_bytes"], 1000000)

    def test_none(self):
        _, report = self.run_it(0, BACKENDS.split(",", maxsplit=1)[0])
        self.assertNotIn("heaps", report)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

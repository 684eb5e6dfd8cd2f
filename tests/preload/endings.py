# SPDX-License-Identifier: BSD-3-Clause
"""Running endings.c under the preload library, for test_endings.py and test_reports.py."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

LIBRARY, BACKEND, ENDINGS = sys.argv[1:]
STATUS = 7  # as in endings.h
FIGURES = ("used_bytes", "peak_bytes", "peak_slack_bytes", "allocated_bytes", "freed_bytes", "allocs",
           "frees", "inherited_used_bytes", "inherited_allocated_bytes", "inherited_freed_bytes",
           "inherited_allocs", "inherited_frees", "rss_bytes", "vmhwm_bytes")
needs_root = unittest.skipUnless(os.geteuid() == 0, "only root can")


class Case(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name

    def path(self, *names):
        return os.path.join(self.directory, *names)

    def environment(self, stats, **more):
        return {"LD_PRELOAD": LIBRARY, "ZMALLOC_BACKEND": BACKEND, "ZMALLOC_STATS": stats,
                "PATH": os.environ["PATH"], **more}

    def end(self, *words, stats, status=STATUS, more=None, **how):
        """Runs an ending; returns its stderr."""
        how = {"stderr": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": self.directory} | how
        done = subprocess.run([ENDINGS, *words], env=self.environment(stats, **(more or {})),
                              text=True, stdin=subprocess.DEVNULL, timeout=30, check=False, **how)
        self.assertEqual((done.returncode, done.stdout or ""), (status, ""), done.stderr)
        return done.stderr

    def parse(self, text, count=1):
        reports = [json.loads(line) for line in text.splitlines()]
        self.assertEqual(len(reports), count, text)
        self.assertTrue(text.endswith("}\n"), text)
        for report in reports:
            for figure in FIGURES:
                self.assertIsInstance(report[figure], int, figure)
            self.assertLessEqual(report["used_bytes"], report["peak_bytes"])
            self.assertGreater(report["rss_bytes"], 0)
        return reports

    def read(self, name="stats", count=1):
        with open(self.path(name), encoding="ascii") as file:
            return self.parse(file.read(), count)

    def assert_told(self, said, name, why):
        """One line says why, the figures follow."""
        first, rest = said.split("\n", 1)
        self.assertEqual(first, f"zmalloc: ZMALLOC_STATS: can't write {name}: {why}; the figures follow")
        self.parse(rest)

    def everywhere(self, word, *, count=1):
        """The ending with the report in a file, on stderr, and on stderr for want of a file."""
        self.assertEqual(self.end(word, stats=self.path("stats")), "")
        self.read(count=count)
        self.parse(self.end(word, stats="stderr"), count)
        nowhere = self.path("nowhere", "stats")
        said = self.end(word, stats=nowhere)
        if count == 1:
            self.assert_told(said, nowhere, "No such file or directory")

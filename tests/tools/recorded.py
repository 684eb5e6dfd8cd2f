"""Samples that were made up, so that what is to be said of them is known.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import random
import tempfile

from command import TestCase, environment, zmalloc

MIB = 1 << 20


def run_record(run="a", **changes):
    """As zmalloc compare writes it; `changes` go into the record, those of "host" into its host."""
    host = {"name": "box", "system": "Linux 6.1", "cpu": "Some CPU", "cores": 2, "ram_bytes": 8 << 30,
            "page_bytes": 4096, "thp": "madvise", "governor": None, "load": 0.1, **changes.pop("host", {})}
    return {"format": 2, "record": "run", "run": run, "tool": "compare", "time": 1, "seed": 1, "host": host,
            "library": "0.1.0", "library_fnv1a": "00", "backends": {"libc": "2.36", "jemalloc": "5.3.0"},
            "tunables": {}, "counters": "yes", **changes}


def sample(row, block, wall, rss=100 * MIB, run="a", **changes):
    control = row.endswith(" again")
    backend = row.split()[0]
    return {"format": 2, "record": "sample", "run": run, "workload": "job", "row": row, "backend": backend,
            "settings": [], "control": control, "version": {"libc": "2.36", "jemalloc": "5.3.0"}.get(backend),
            "block": block, "seed": 1, "time": 1, "exit": 0, "ok": True, "wall_s": wall, "user_s": wall, "sys_s": 0,
            "minflt": 1, "majflt": 0, "vmhwm_bytes": rss, "peak_live_bytes": rss // 2, "allocs": 1000,
            "allocated_bytes": rss, "processes": 1, "context_switches": 0, **changes}


def comparison(run="a", blocks=8, libc=1.0, jemalloc=1.0, wobble=0.001, seed=1, header=None, **changes):
    """A run of two backends and the control, each wobbling by a share."""
    draw = random.Random(seed)
    lines = [header or run_record(run)]
    for block in range(1, blocks + 1):
        for row, wall in ("libc", libc), ("jemalloc", jemalloc), ("libc again", libc):
            lines.append(sample(row, block, wall * (1 + wobble * draw.uniform(-1, 1)), run=run, **changes))
    return lines


class Recorded(TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = folder.name

    def written(self, name, lines):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))
        return path

    def report(self, *files, options=(), status=0):
        paths = [self.written(f"file{i}", lines) for i, lines in enumerate(files)]
        result = zmalloc("report", *options, *paths, env=environment(TMPDIR=self.directory))
        self.assertEqual(result.returncode, status, result.stderr)
        return result.stdout

"""What the tests of real clusters share: the cells, and daemons that end with the test.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ZMALLOC = Path(os.environ["ZMALLOC"])
CELLS = ["-w", "simple:operations=500,larson:operations=100000:slots=100:threads=2", "-n", "2", "-b", "libc",
         "--drain=0"]


def need(*programs):
    """Ends the test as skipped where something that it is about can't be had."""
    places = os.environ["PATH"] + ":/usr/sbin:/sbin"
    missing = [name for name in programs if not shutil.which(name, path=places)]
    if os.geteuid() != 0:
        missing.append("root")
    if missing:
        print("skipped: no", ", no ".join(missing))
        sys.exit(77)


class Machines(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="zmalloc-machines.")
        self.addCleanup(directory.cleanup)
        self.folder = Path(directory.name)
        self.folder.chmod(0o755)
        foreign = ("ZMALLOC", "MALLOC_", "LD_", "SLURM", "SBATCH", "PARALLEL")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(foreign)}
        self.env["PATH"] = f"{ZMALLOC.parent}:{os.environ['PATH']}:/usr/sbin:/sbin"

    def run_in(self, *command, status=0, **changes):
        result = subprocess.run(command, cwd=self.folder, env={**self.env, **changes}, text=True, timeout=60,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                check=False)
        self.assertEqual(result.returncode, status, f"{command}\n{result.stdout}{self.logs()}")
        return result.stdout

    def logs(self):
        return "".join(f"\n---- {path.name}\n{path.read_text(errors='replace')[-3000:]}"
                       for path in sorted([*self.folder.glob("*.log"), *self.folder.glob("cells/*.txt")]))

    def start(self, name, *command):
        """A daemon in the foreground."""
        with open(self.folder / f"{name}.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(command, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=log,
                                       stderr=log)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        return process

    def wait_until(self, what, holds, seconds=40):
        until = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), until, f"{what}{self.logs()}")
            time.sleep(0.05)

    def script(self, how):
        with open(self.folder / "cells.sh", "w", encoding="utf-8") as script:
            script.write(self.run_in(ZMALLOC, "bench", *CELLS, how))

    def cell(self, number):
        return self.folder / f"cells/{number}.jsonl"

    def samples(self, number):
        """Those of a cell; all of one run, for nothing is appended."""
        records = [json.loads(line) for line in self.cell(number).read_text().splitlines()]
        samples = [record for record in records if record["record"] == "sample"]
        self.assertEqual(len(samples), 2 * 3)
        self.assertEqual(len({sample["run"] for sample in samples}), 1)
        self.assertTrue(all(sample["ok"] for sample in samples))
        return samples

    def check_report(self, output):
        self.assertIn("All cells are there", output, self.logs())
        self.assertEqual([{s["workload"] for s in self.samples(n)} for n in (1, 2)],
                         [{name} for name in CELLS[1].split(",")])
        self.assertIn("==== all together", (self.folder / "cells/report.txt").read_text())
        self.assertTrue((self.folder / "cells/report.html").exists())

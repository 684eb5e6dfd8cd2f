"""zmalloc bench over many machines: one cell a file, and the scripts that spread them.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import shutil
import signal
import subprocess
import time
import unittest

from command import ZMALLOC, InFolder, environment, zmalloc

CELLS = ["-w", "simple:operations=500,larson:operations=2000:slots=100:threads=2", "-n", "2", "-b", "libc",
         "--drain=0"]
LONG = ["-w", "simple:operations=2000000000", "-n", "1", "-b", "libc", "--cell=1"]
runs = unittest.skipIf(os.environ["SANITIZE"] != "none", "not under a sanitizer")
PARALLEL = shutil.which("parallel")

# Runs each task as a node would, one after the other; that of $BROKEN ends at once.
SBATCH = """#!/bin/sh
echo "$@" >>submitted
for n in $(echo "${1#--array=}" | tr , ' '); do
    [ "$n" = "${BROKEN:-}" ] || SLURM_ARRAY_TASK_ID=$n sh "$2" >cells/$n.txt 2>&1
done
"""


class Many(InFolder):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("bin"))
        path = os.pathsep.join([self.path("bin"), os.path.dirname(ZMALLOC), os.environ["PATH"]])
        self.env = environment(PATH=path)

    def exists(self, name):
        return os.path.exists(self.path(name))

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(self.path(name), 0o755)

    def script(self, *how):
        result = zmalloc("bench", *CELLS, *how)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.write("cells.sh", result.stdout)

    def run_script(self, status=0, **changes):
        result = subprocess.run(["sh", "cells.sh"], cwd=self.folder, env={**self.env, **changes}, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def samples(self, name):
        return [r for r in map(json.loads, self.read(name).splitlines()) if r["record"] == "sample"]

    def check_report(self):
        text = self.read("cells/report.txt")
        self.assertIn("==== all together", text)
        self.assertIn("\nwall time less the floor", text)
        self.assertTrue(self.exists("cells/report.html"))

    @runs
    def test_a_cell_is_a_new_file(self):
        """Run again, it has the samples of the second run alone."""
        for _ in range(2):
            result = zmalloc("bench", *CELLS, "--cell=1", f"--json={self.path('cell')}")
            self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len({s["run"] for s in self.samples("cell")}), 1)
        self.assertEqual(len(self.samples("cell")), 2 * 3)
        self.assertFalse(self.exists("cell.part"))

    @runs
    def test_a_cell_that_is_stopped_leaves_no_file(self):
        process = subprocess.Popen([ZMALLOC, "bench", *LONG, f"--json={self.path('cell')}"], env=self.env, text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        until = time.monotonic() + 30
        while not self.exists("cell.part") and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        self.assertIn("cell.part' has what was measured", err)
        self.assertFalse(self.exists("cell"))

    @runs
    def test_slurm(self):
        self.script("--slurm")
        self.write("bin/sbatch", SBATCH)
        self.run_script(BROKEN="2")
        self.assertTrue(self.exists("cells/1.jsonl") and not self.exists("cells/2.jsonl"))
        before = self.read("cells/1.jsonl")
        self.run_script()
        self.assertEqual(self.read("submitted"), "--array=1,2 cells.sh\n--array=2 cells.sh\n")
        self.assertEqual(self.read("cells/1.jsonl"), before)
        result = self.run_script()
        self.assertIn("All cells are there", result.stdout)
        self.check_report()
        self.assertRegex(self.read("cells.sh"), r"(?m)^#SBATCH --time=\d+$")
        self.assertEqual(self.read("cells.sh").count("--drain=0"), 1)

    @runs
    @unittest.skipIf(not PARALLEL, "no GNU parallel")
    def test_parallel(self):
        """The list has this machine, whose results stay where they are."""
        self.script("--parallel", "hosts")
        self.write("hosts", "1/:\n")
        broken = os.pathsep.join(os.environ["PATH"].split(os.pathsep))
        if shutil.which("zmalloc", path=broken) is None:
            self.assertIn("Cell 1 is missing", self.run_script(1, PATH=broken).stderr)
        self.run_script()
        before = self.read("cells/1.jsonl")
        os.remove(self.path("cells/2.jsonl"))
        self.run_script()
        self.assertEqual(self.read("cells/1.jsonl"), before)
        self.assertEqual({s["workload"] for n in (1, 2) for s in self.samples(f"cells/{n}.jsonl")},
                         set(CELLS[1].split(",")))
        self.check_report()

    def test_usage(self):
        for args, word in [(["--slurm", "--parallel=x"], "either --slurm or --parallel"),
                           (["--slurm", "--json=x"], "chooses files itself"),
                           (["--parallel=x", "--cell=1", "--json=x"], "chooses cells itself"),
                           (["--parallel=x", "-w", "it's"], "it's"),
                           (["--slurm", "-w", "bogus"], "there are: cfrac-like")]:
            with self.subTest(args=args):
                self.assertIn(word, self.refused(2, "bench", *args))


if __name__ == "__main__":
    unittest.main()

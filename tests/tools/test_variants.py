"""zmalloc compare --variants and --tune, with real backends and their real settings.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from command import TestCase, environment, zmalloc

BACKENDS = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
SHELL = shutil.which("sh")
# Reports its time and memory itself: no other process on the machine can change that.
JOB = ("echo '{\"vmhwm_bytes\": 2000000, \"wall_s\": '${JOB_S:-1}'}' > $ZMALLOC_RESULT; "
       "exit ${JOB_EXIT:-0}")


class Variants(TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = directory.name
        self.env = environment(TMPDIR=self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def file(self, text):
        with open(self.path("variants"), "w") as file:
            file.write(text)
        return "--variants=" + self.path("variants")

    def compare(self, *options, job=JOB):
        result = zmalloc("compare", f"--json={self.path('out')}", *options, "--", SHELL, "-c", job,
                         env=self.env)
        with open(self.path("out")) as file:
            self.samples = [r for r in map(json.loads, file) if r["record"] == "sample"]
        return result

    def test_settings_reach_the_program(self):
        result = self.compare("-n", "1", self.file("""
            # comment
            libc: libc
            two words:  libc JOB_S=3 \tOTHER=a=b # more
            """), job="[ ${OTHER-none} = none ] || [ $OTHER,$JOB_S = a=b,3 ] || exit 9; " + JOB)
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = {s["row"]: (s["settings"], s["control"], s["wall_s"]) for s in self.samples}
        self.assertEqual(rows, {"libc": ([], False, 1), "libc again": ([], True, 1),
                                "two words": (["JOB_S=3", "OTHER=a=b"], False, 3)})
        self.assertRegex(result.stdout, r"(?m)^two words +3\.000 +3\.00x ")

    def test_control_repeats_the_baselines_settings(self):
        self.compare("-n", "1", self.file("base: libc JOB_S=2\nother: libc JOB_S=4\n"))
        self.assertEqual([s["settings"] for s in self.samples if s["control"]], [["JOB_S=2"]])
        self.assertEqual({s["row"] for s in self.samples}, {"base", "other", "base again"})

    @unittest.skipIf("jemalloc" not in BACKENDS, "no jemalloc")
    def test_allocators_take_their_settings(self):
        """abort_conf makes jemalloc refuse what it doesn't know."""
        self.compare("-n", "1", self.file("good: jemalloc MALLOC_CONF=abort_conf:true,narenas:1\n"
                                          "bad: jemalloc MALLOC_CONF=abort_conf:true,nonsense:1\n"))
        self.assertEqual({s["row"]: s["ok"] for s in self.samples},
                         {"good": True, "good again": True, "bad": False})

    def test_builtin(self):
        result = self.compare("-n", "1", "--variants")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual({s["backend"] for s in self.samples}, set(BACKENDS))
        self.assertGreater(len(self.samples), len(BACKENDS) + 3)
        self.assertTrue(all(s["ok"] for s in self.samples))
        self.assertIn("\nPareto front", result.stdout)
        self.assertIn("so far no other row was better in one and no worse in the other, which may be noise", result.stdout)
        self.assertNotIn("it can be told", result.stdout)
        for line in result.stdout.splitlines():
            self.assertTrue(len(line) <= 100 or line.startswith(("workload: ", "    LD_PRELOAD=")), line)

    def test_backends_choose(self):
        self.compare("-n", "1", "-b", "libc", "--variants")
        self.assertEqual({s["backend"] for s in self.samples}, {"libc"})

    def test_tuning_leaves_the_beaten_early(self):
        result = self.compare("--tune", "-n", "9", self.file(
            "libc: libc\nfast: libc JOB_S=0.5\nslower: libc JOB_S=0.7\nslow: libc JOB_S=2\n"
            "hardly: libc JOB_S=0.53\nfailing: libc JOB_EXIT=1\n"))
        runs = {}
        for s in self.samples:
            runs[s["row"]] = runs.get(s["row"], 0) + 1
        self.assertEqual(runs, {"libc": 9, "libc again": 9, "fast": 9, "slower": 3, "slow": 3,
                                "hardly": 6, "failing": 3})
        self.assertEqual(result.returncode, 1)
        front = result.stdout[result.stdout.index("Pareto front"):]
        self.assertRegex(front, r"(?m)^  fast +wall 500\.0 ms \(0\.50x\)")
        self.assertIn("JOB_S=0.5\n", front)
        self.assertIn("of no other row it can be told that it is better in one and no worse in the other", front)
        self.assertNotIn("slow", front)

    def test_lines_can_be_copied(self):
        result = self.compare("-n", "1", self.file("a: libc JOB_S=0.25\n"))
        line = re.search(r"(?m)^    (LD_PRELOAD=.*)$", result.stdout)[1]
        run = subprocess.run([SHELL, "-c", f"{line} ZMALLOC_STATS=stderr {SHELL} -c 'echo $JOB_S'"],
                             env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(run.stdout, "0.25\n")
        self.assertIn('"backend":"libc"', run.stderr)

    def test_bad_files(self):
        for text, number, word in [
            ("libc libc\n", 1, "not LABEL: BACKEND"),
            ("libc: libc\nx: bogus\n", 2, "doesn't have"),
            ("x:\n", 1, "not LABEL"),
            ("x: libc FOO\n", 1, "not NAME=VALUE"),
            ("x: libc 1A=2\n", 1, "not NAME=VALUE"),
            ("x: libc\n\nx: libc A=1\n", 3, "there twice"),
            ("1234567890123456789012345: libc\n", 1, "1 to 24"),
            ("".join(f"x{i}: libc\n" for i in range(70)), 64, "too many rows"),
            ("x: libc " + " ".join(f"A{i}=1" for i in range(16)) + "\n", 1, "too many settings"),
        ]:
            with self.subTest(text=text):
                line = self.refused(2, "compare", self.file(text), "true")
                self.assertIn(f"variants:{number}: ", line)
                self.assertIn(word, line)
        self.assertIn("no variant", self.refused(2, "compare", self.file("# none\n"), "true"))
        self.assertIn("/nonexistent", self.refused(125, "compare", "--variants=/nonexistent", "true"))


if __name__ == "__main__":
    unittest.main()

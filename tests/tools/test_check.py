"""zmalloc check on real programs: exit statuses, and what CI services read.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import pathlib
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

from command import ZMALLOC, InFolder, environment, zmalloc

CI = pathlib.Path(os.environ["ZM_SOURCE"]) / "examples/ci"

SHELL = shutil.which("sh")
# Asks for so many small blocks, and tells how long it took and what was resident itself: no other process on the
# machine can change that.
JOB = ("i=0; while [ $i -lt ${JOB_BLOCKS:-200} ]; do i=$((i+1)); eval x$i=$i; done; "
       "echo '{\"wall_s\": '${JOB_S:-1}', \"vmhwm_bytes\": '${JOB_RSS:-9000000}'}' > $ZMALLOC_RESULT; exit ${JOB_EXIT:-0}")


def load():
    """Of each CPU."""
    return os.getloadavg()[0] / os.sysconf("SC_NPROCESSORS_ONLN")


class Check(InFolder):
    def check(self, *options, status=0, job=JOB, **variables):
        env = environment(TMPDIR=self.folder, **variables)
        result = zmalloc("check", "-n", "8", *options, "--", SHELL, "-c", job, env=env)
        self.assertIn(result.returncode, status if isinstance(status, tuple) else (status,),
                      result.stdout + result.stderr)
        self.assertEqual([n for n in os.listdir(self.folder) if n.startswith("zmalloc-")], [])
        return result.stdout

    def record(self, *options, **variables):
        text = self.check("-b", "libc", f"--json={self.path('base')}", *options, **variables)
        self.assertEqual(text, "recorded 8 runs\n")
        return f"--baseline={self.path('base')}"

    def test_unchanged(self):
        text = self.check(self.record(), "--fail-if=allocs > +1 %", "--fail-if=peak_rss > +5 %")
        self.assertRegex(text, r"(?m)^libc +allocs > \+1 % .* \+0 exactly +pass$")
        self.assertEqual(text.count("  pass\n"), 2)
        self.assertTrue(text.endswith("\nNo regression.\n"), text)

    def test_more_allocations(self):
        """By exactly so many."""
        text = self.check(self.record(), status=1, JOB_BLOCKS="300")
        self.assertRegex(text, r"(?m)^libc +allocs > \+1 % .* \+\d\d+ exactly +regression$")
        self.assertIn("Regression: allocs > +1 % under libc", text)

    def test_instructions_that_a_simulator_counts(self):
        """Three runs that are the same are a number; fewer may be so by chance."""
        job = "echo '{\"instructions\": '${JOB_INSTRUCTIONS:-1000}'}' > $ZMALLOC_RESULT"
        rule = "--fail-if=instructions > +1 %"
        base = f"--baseline={self.path('base')}"
        self.check("-b", "libc", f"--json={self.path('base')}", job=job)
        self.assertRegex(self.check(base, "-n", "3", rule, job=job), r"\+0 exactly +pass")
        self.assertRegex(self.check(base, rule, job=job, status=1, JOB_INSTRUCTIONS="1011"),
                         r"\+11 exactly +regression")
        self.assertIn("undecided: so few runs may be alike by chance",
                      self.check(base, "-n", "3", rule, job=job, status=3, JOB_INSTRUCTIONS="1011"))
        self.assertIn("too few runs", self.check(base, "-n", "2", rule, job=job, status=3))

    def test_more_memory(self):
        base = self.record()
        self.assertIn("Regression: peak_rss > +5 % under libc.", self.check(base, status=1, JOB_RSS="10000000"))
        self.assertIn("No regression.", self.check(base, "--fail-if=peak_rss > +30 %", JOB_RSS="10000000"))
        self.check(base, "--fail-if=ops_per_s < -5 %", status=3)

    def test_more_time(self):
        """If the machine is busy, now or then, nobody knows why. It may become so while the test runs."""
        base = self.record()
        before = load()
        text = self.check(base, "--fail-if=wall > +10 %", status=(1, 3), JOB_S="1.2")
        if "busy with other things" in text:
            self.assertIn("Undecided", text)
            self.assertGreater(max(before, load()), 1)
        else:
            self.assertIn("Regression: wall > +10 % under libc.", text)
            self.assertLess(min(before, load()), 2)
        lines = [json.loads(line) for line in self.read("base").splitlines()]
        lines[0]["host"]["load"] = 99
        with open(self.path("base"), "w", encoding="ascii") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))
        text = self.check(base, "--fail-if=wall > +10 %", status=3, JOB_S="1.2")
        self.assertIn("the machine was busy with other things then", text)

    def test_undecided(self):
        """A regression is told before what is undecided."""
        base = self.record()
        text = self.check(base, "--fail-if=instructions > +1 %", "--fail-if=allocs > +0 %", "-n", "7",
                          "--fail-if=peak_rss > +10 %", status=3)
        self.assertRegex(text, "peak_rss > .* undecided: there are too few runs")
        self.assertRegex(text, "Undecided: .*peak_rss > \\+10 % under libc")
        self.check(base, "--fail-if=peak_rss > +10 %", "--fail-if=allocs > +1 %", "-n", "7", status=1, JOB_BLOCKS="300")

    def test_other_machine(self):
        base = self.record()
        lines = [json.loads(line) for line in self.read("base").splitlines()]
        lines[0]["host"]["cpu"] = "Another CPU"
        with open(self.path("base"), "w", encoding="ascii") as file:
            file.write("".join(json.dumps(line) + "\n" for line in lines))
        text = self.check(base, status=3)
        self.assertRegex(text, r"allocs .* pass\n")
        self.assertIn("wall > +10 %", text)
        self.assertIn("undecided: the baseline is of another machine", text)
        self.assertIn("since then: CPU Another CPU -> ", text)

    def test_limits_need_no_baseline(self):
        self.check("-b", "libc", "--fail-if=peak_live > 64 MiB", "--fail-if=allocs > 1M")
        self.check("-b", "libc", "-n", "12", "--fail-if=allocs > 10", status=1)

    def test_what_was_fails(self):
        """That is no regression of what is."""
        text = self.check("-b", "libc", "-n", "2", "--before=false", "--fail-if=allocs > +1 %", status=3)
        self.assertIn("not known of the baseline", text)

    def test_before_is_another_command(self):
        script = self.path("before.sh")
        for seconds, status in ("1", 0), ("0.8", 1):
            with open(script, "w", encoding="ascii") as file:
                file.write(JOB.replace("${JOB_S:-1}", seconds))
            text = self.check("-b", "libc", f"--before={SHELL} {script}", "--fail-if=wall > +10 %", status=status)
            self.assertIn(f"baseline: {SHELL} {script}", text)

    def test_failing_command(self):
        base = self.record()
        text = self.check(base, status=1, JOB_EXIT="4")
        self.assertRegex(text, r"Regression: \d+ runs? failed: exit status 4\.")
        self.check("-b", "libc", f"--json={self.path('other')}", status=1, JOB_EXIT="4")

    def test_exports(self):
        base = self.record()
        formats = {"junit": "j.xml", "markdown": "m.md", "github-action-benchmark": "g.json", "bencher": "b.json"}
        self.check(base, *[f"--export={name}:{self.path(file)}" for name, file in formats.items()], status=1,
                   JOB_BLOCKS="300", GITHUB_STEP_SUMMARY=self.path("summary"))
        suite = xml.etree.ElementTree.fromstring(self.read("j.xml"))[0]
        self.assertEqual((suite.get("tests"), suite.get("errors")), ("5", "0"))
        cases = {case.get("name"): [child.tag for child in case] for case in suite}
        self.assertEqual(cases["libc: allocs > +1 %"], ["failure"])
        self.assertEqual(cases["libc: peak_rss > +5 %"], [])
        self.assertIn(SHELL, suite[0].get("classname"))
        self.assertRegex(self.read("m.md"), r"(?m)^\| libc \| allocs \\> \+1 % \|.*\| regression \|$")
        self.assertEqual(self.read("summary"), self.read("m.md"))
        for line in self.read("m.md").splitlines():
            self.assertIn(line.replace("\\|", "").count("|"), (0, 2, 3, 7), line)
        points = {point["name"]: point for point in json.loads(self.read("g.json"))}
        self.assertGreater(points["allocs, libc"]["value"], 300)
        self.assertEqual((points["wall, libc"]["value"], points["wall, libc"]["unit"]), (1, "s"))
        (name, measures), = json.loads(self.read("b.json")).items()
        self.assertTrue(name.endswith("(libc)"))
        self.assertEqual(measures["wall"], {"value": 1, "lower_value": 1, "upper_value": 1})

    def test_summary_grows(self):
        base = self.record()
        for _ in range(2):
            self.check(base, "--fail-if=allocs > +1 %", GITHUB_STEP_SUMMARY=self.path("summary"))
        self.assertEqual(self.read("summary").count("### zmalloc check"), 2)

    def test_the_last_circumstances_count(self):
        base = self.record()
        self.record(JOB_RSS="20000000", MALLOC_ARENA_MAX="1")
        self.assertRegex(self.check(base, "--fail-if=peak_rss > +10 %", JOB_RSS="20000000", MALLOC_ARENA_MAX="1"),
                         "peak_rss .* pass")

    def ci(self, *args, **variables):
        """Runs examples/ci/check.sh on two builds of a program: scripts that take 1 s, and what JOB_NEW says."""
        for name, seconds in ("old", "1"), ("new program", variables.pop("takes", "1")):
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write(f"#!{SHELL}\n[ \"$1\" = \"it's\" ] || exit 9\n" + JOB.replace("${JOB_S:-1}", seconds))
            os.chmod(self.path(name), 0o755)
        variables = {"RUNS": "8", **variables}
        env = environment(TMPDIR=self.folder, RULES="wall > +10 %\nallocs > +0 %\n",
                          PATH=os.pathsep.join([os.path.dirname(ZMALLOC), os.environ["PATH"]]), **variables)
        return subprocess.run([SHELL, str(CI / "check.sh"), "./old", "./new program", "it's"], cwd=self.folder, env=env,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)

    def test_script_for_ci(self):
        result = self.ci()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("No regression.", result.stdout)
        self.assertRegex(result.stdout, r"allocs > \+0 % .* \+0 exactly +pass")
        result = self.ci(takes="1.3")
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        self.assertIn('failures="1"', self.read("zmalloc.xml"))
        result = self.ci(RUNS="5")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("check.sh: undecided", result.stderr)

    def test_pipelines(self):
        """They can be read, and end in the script."""
        try:
            import yaml
        except ImportError:
            self.skipTest("no yaml")
        def load(name):
            return yaml.safe_load((CI / name).read_text(encoding="utf-8"))
        steps = load("github-actions.yml")["jobs"]["check"]["steps"]
        scripts = [step["run"] for step in steps if "run" in step]
        scripts += load("gitlab-ci.yml")["memory"]["before_script"] + load("gitlab-ci.yml")["memory"]["script"]
        self.assertEqual(sum("scripts/check.sh" in script for script in scripts), 2)
        for script in scripts:
            self.assertEqual(subprocess.run([SHELL, "-n", "-c", script], check=False).returncode, 0, script)

    def test_lines_of_the_readme(self):
        """The two with a baseline, on a program of that name."""
        with open(self.path("job"), "w", encoding="ascii") as file:
            file.write(f"#!{SHELL}\n{JOB}")
        os.chmod(self.path("job"), 0o755)
        env = environment(TMPDIR=self.folder, PATH=os.pathsep.join([os.path.dirname(ZMALLOC), os.environ["PATH"]]))
        lines = [line for line in (CI / "README.md").read_text(encoding="utf-8").splitlines()
                 if line.startswith("zmalloc check")]
        self.assertEqual(len(lines), 2)
        for line in lines:
            result = subprocess.run(line, shell=True, cwd=self.folder, env=env, text=True, stdout=subprocess.PIPE,
                                    stderr=subprocess.PIPE, timeout=120, check=False)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("No regression.", result.stdout)

    def test_wrong_usage(self):
        base = self.record()
        for args, status, word in [
            (["true"], 2, "nothing to check"),
            ([base], 2, "no command given"),
            ([base, "--before=true", "true"], 2, "either --baseline or --before"),
            (["--fail-if=wall > +1 %", "true"], 2, "a change needs a --baseline"),
            (["--fail-if=bogus", "true"], 2, "can't read the rule 'bogus'"),
            ([base, "true"], 2, "has no runs of: true"),
            ([base, "--export=pdf:x", "true"], 2, "FORMAT being one of junit markdown"),
            ([base, "--export=junit", "true"], 2, "FORMAT:FILE"),
            (["--baseline=/nonexistent", "true"], 125, "/nonexistent"),
            ([base, "-b", "bogus", "true"], 127, "bogus"),
            (["-b", "libc", "--before=no-such-zm", "true"], 127, "no-such-zm"),
            (["-b", "libc", "--before=true | x", "true"], 2, "for | &"),
        ]:
            with self.subTest(args=args):
                self.assertIn(word, self.refused(status, "check", *args))

    def test_unwritable_export(self):
        self.check(self.record(), "--export=junit:/nonexistent/x", status=125)


if __name__ == "__main__":
    unittest.main()

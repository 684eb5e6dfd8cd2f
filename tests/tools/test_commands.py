"""zmalloc compare: commands against commands, parameters, other days; and what is exported.

SPDX-License-Identifier: BSD-3-Clause
"""
import csv
import json
import os
import shutil
import unittest

from command import InFolder, environment, zmalloc

SHELL = shutil.which("sh")
# Reports its time itself: no other process on the machine can change that.
JOB = "echo '{{\"wall_s\": {}, \"vmhwm_bytes\": 9000000}}' > $ZMALLOC_RESULT; x={}; exit 0"


class Commands(InFolder):
    def script(self, name, seconds):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(f"#!{SHELL}\n" + JOB.format(seconds, 1))
        os.chmod(self.path(name), 0o755)
        return self.path(name)

    def compare(self, *args, status=0, runs="8", json_file="out", **variables):
        result = zmalloc("compare", "-n", runs, "-b", "libc", f"--json={self.path(json_file)}", *args,
                         env=environment(TMPDIR=self.folder, **variables))
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout

    def samples(self):
        return [r for r in map(json.loads, self.read("out").splitlines()) if r["record"] == "sample"]

    def test_commands_against_each_other(self):
        old, new = self.script("server-old", 2), self.script("server-new", 1)
        text = self.compare("-c", old, "-c", f"{new} 'an argument'")
        self.assertIn("server-new takes 50 % less time than server-old; no difference in memory.", text)
        self.assertIn(f"  server-new: {new} 'an argument'\n", text)
        rows = {s["row"]: s for s in self.samples()}
        self.assertEqual(set(rows), {"server-old", "server-new", "server-old again"})
        self.assertEqual(rows["server-old again"]["command"], old)
        self.assertEqual({s["workload"] for s in rows.values()}, {f"{old} | {new} 'an argument'"})
        again = zmalloc("report", self.path("out")).stdout
        self.assertIn("server-new takes 50 % less time than server-old", again)
        self.assertIn(f"  server-new: {new} 'an argument'\n", again)

    def test_each_under_each_backend(self):
        names = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]][:2]
        self.compare("-b", ",".join(names), "-c", self.script("a", 1), "-c", self.script("b", 2), runs="1")
        self.assertEqual({s["row"] for s in self.samples() if not s["control"]},
                         {f"{command} {name}" for command in "ab" for name in names})

    def test_labels_that_are_alike(self):
        self.compare("-c", f"{SHELL} {self.script('a', 1)}", "-c", f"{SHELL} {self.script('b', 3)}", runs="1")
        self.assertEqual({s["row"]: s["wall_s"] for s in self.samples()}, {"1 sh": 1, "1 sh again": 1, "2 sh": 3})
        self.script("a-program-of-a-very-long-name", 5)
        self.compare("-c", self.path("a-program-of-a-very-long-name"), "-c", self.path("a"), runs="1", json_file="c")
        self.assertIn('"row":"a-program-of-a-very-long"', self.read("c"))

    def test_baseline(self):
        text = self.compare("-c", self.script("a", 1), "-c", self.script("b", 2), "--baseline=b")
        self.assertIn("a takes 50 % less time than b", text)
        self.assertIn("a takes 50 % less time than b", zmalloc("report", self.path("out")).stdout)

    def test_parameters(self):
        self.compare("-P", "s=1,2", "-P", "x=a,b", "--", SHELL, "-c", JOB.format("{s}", "{x}"), runs="1")
        rows = {s["row"]: (s["wall_s"], s["command"][-11:-9]) for s in self.samples() if not s["control"]}
        self.assertEqual({row: wall for row, (wall, _) in rows.items()},
                         {"s=1 x=a": 1, "s=1 x=b": 1, "s=2 x=a": 2, "s=2 x=b": 2})
        self.assertTrue(all(f"x={row[-1]}; exit" in s["command"] for s in self.samples() if not s["control"]
                            for row in [s["row"]]))

    def test_parameters_of_one_command(self):
        """The other one has no place for them, and braces of its own stay."""
        self.compare("-c", f"{SHELL} -c 'sleep {{t}}; exit 0'", "-c", f"{SHELL} -c 'x={{}}; exit 0'", "-P", "t=0,0.01",
                     runs="1")
        self.assertEqual({s["command"] for s in self.samples()},
                         {f"{SHELL} -c 'sleep 0; exit 0'", f"{SHELL} -c 'sleep 0.01; exit 0'",
                          f"{SHELL} -c 'x={{}}; exit 0'"})

    def test_input(self):
        with open(self.path("text"), "w", encoding="ascii") as file:
            file.write("7\n")
        self.compare(f"--input={self.path('text')}", "--", SHELL, "-c", "read x; " + JOB.format("'$x'", 1), runs="2")
        self.assertEqual({s["wall_s"] for s in self.samples()}, {7})

    def test_prepare(self):
        """Before each run, the first one too, outside of the backend and not counted."""
        text = f"[ -z \"$LD_PRELOAD\" ] && [ ! -e {self.path('made')} ] && echo 1 >> {self.path('made')}"
        self.compare(f"--prepare={text}", "--", SHELL, "-c", f"rm {self.path('made')}; exit 0", runs="3")
        self.assertEqual({s["processes"] for s in self.samples()}, {2}) # the shell and rm
        result = zmalloc("compare", "-b", "libc", "-n", "1", "--prepare=echo why >&2; exit 3", "true")
        self.assertEqual((result.returncode, result.stdout), (125, ""))
        self.assertIn("why\n", result.stderr)
        self.assertIn("--prepare failed: echo why >&2; exit 3", result.stderr)

    def test_against_another_day(self):
        job = self.script("job", 2)
        self.compare(job, json_file="before", MALLOC_ARENA_MAX="1")
        self.script("job", 1)
        text = self.compare(f"--against={self.path('before')}", job)
        self.assertIn("before and now differ: MALLOC_ARENA_MAX 1 -> nothing\n", text)
        self.assertRegex(text.split("before and now")[1], r"(?m)^libc +2\.000 +1\.000 +-50 ")

    def test_exports(self):
        text = self.compare("-c", self.script("a", 1), "-c", f"'{self.script('b|c', 2)}'", f"--export=csv:{self.path('e.csv')}",
                            f"--export=json:{self.path('e.json')}", f"--export=markdown:{self.path('e.md')}")
        rows = [r for r in csv.DictReader(self.read("e.csv").splitlines()) if r["figure"] == "wall_s"]
        self.assertEqual([(r["row"], r["runs"], float(r["median"]), r["difference"]) for r in rows],
                         [("a", "8", 1, "none"), ("b|c", "8", 2, "more"), ("a again", "8", 1, "none")])
        self.assertEqual({float(rows[1][key]) for key in ("ratio", "low", "high")}, {2})
        first, second, control = json.loads(self.read("e.json"))
        self.assertEqual((first["baseline"], second["baseline"], control["control"]), (True, False, True))
        self.assertEqual(second["figures"]["wall_s"]["difference"], "more")
        self.assertEqual(second["command"], f"'{self.path('b|c')}'")
        self.assertIn("| b\\|c | 2.0 s | 2.0x |", self.read("e.md"))
        self.assertIn("b|c takes 2.0 times the time of a", text)
        exported = json.loads(zmalloc("report", "--export=json:-", self.path("out")).stdout)
        for row in exported:
            self.assertIn("cores", row.pop("machine"))
        self.assertEqual(exported, [{k: v for k, v in row.items() if k != "machine"} for row in
                                    (first, second, control)])

    def test_wrong_usage(self):
        for args, status, word in [
            (["-c", "true", "false"], 2, "either -c or a command, not 'false' too"),
            (["-c", "true | x"], 2, "for | &"),
            (["-c", "no-such-zm"], 127, "no-such-zm"),
            (["-P", "x", "true"], 2, "NAME=VALUE[,VALUE...], not 'x'"),
            (["-P", "x=1"], 2, "-P needs a command"),
            (["-P", "x=1", "true"], 2, "no command has a place for '{x}'"),
            (["-P", "x=" + ",".join(map(str, range(99))), "true", "{x}"], 2, "more than 63 rows"),
            (["--baseline=x", "true"], 2, "no row is called 'x'"),
            (["--input=/nonexistent", "true"], 125, "/nonexistent"),
            (["--against=/nonexistent", "true"], 125, "/nonexistent"),
            (["--export=pdf:x", "true"], 2, "one of markdown csv json"),
            (["-c", "true", "--server=sleep {port}"], 2, "either -c and -P, or --server"),
            (["--input=/dev/null", "--server=sleep {port}", "--load=true {port}"], 2, "--input"),
        ]:
            with self.subTest(args=args):
                self.assertIn(word, self.refused(status, "compare", "-b", "libc", *args))
        self.compare("true", status=1, runs="1")
        self.assertIn("has no runs of: false",
                      self.refused(2, "compare", f"--against={self.path('out')}", "-b", "libc", "false"))


if __name__ == "__main__":
    unittest.main()

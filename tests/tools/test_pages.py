"""zmalloc report, on what the real zmalloc compare has recorded.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import re
import shutil
import tempfile
import unittest

from command import TestCase, environment, zmalloc
from markup import Page

SHELL = shutil.which("sh")
# Reports its own time, which no other process on the machine can change.
SLOWER = """s=3; [ $ZMALLOC_BACKEND != libc ] || s=1; sleep 0.03
echo '{"operations": 1000, "latency_p50_ns": 20, "latency_p99_ns": 90, "latency_p999_ns": 400,
 "latency_max_ns": 70000, "wall_s": '$s'}' > $ZMALLOC_RESULT; exit 0"""
NASTY = "</h3><script>alert(1)</script> `touch here` 'q' \"d\" $(x) \\ end"


class Report(TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.directory.cleanup)
        names = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
        cls.other = next((b for b in names if b != "libc"), None)
        cls.rows = ["libc"] + ([cls.other] if cls.other else [])
        cls.env = environment(TMPDIR=cls.directory.name)
        for job in SLOWER, "sleep 0.03; exit 0":
            result = zmalloc("compare", "-n", "8", "-b", ",".join(cls.rows),
                             f"--json={cls.path('runs')}", "--", SHELL, "-c", job, NASTY, env=cls.env)
            assert result.returncode == 0, result.stderr

    @classmethod
    def path(cls, name):
        return os.path.join(cls.directory.name, name)

    def lines(self):
        with open(self.path("runs")) as file:
            return file.read().splitlines()

    def written(self, name, lines):
        with open(self.path(name), "w") as file:
            file.write("".join(line + "\n" for line in lines))
        return self.path(name)

    def page(self, *files, status=0):
        result = zmalloc("report", "-o", self.path("page.html"), *files, env=self.env)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        with open(self.path("page.html")) as file:
            page = Page(file.read())
        return page, result.stderr

    def sections(self, page):
        return page.all("section", **{"class": "workload"})

    def check_tables(self, page, sections):
        """Each section has what was measured of every row, and again in full."""
        self.assertEqual(len(self.sections(page)), sections)
        self.assertEqual(len(page.all("table", **{"class": "forest"})), sections)
        self.assertEqual(len(page.all("table", **{"class": "full"})), sections)
        for row in self.rows:
            self.assertIn(row, page.text)

    def on_other_machine(self):
        records = [json.loads(line) for line in self.lines()]
        for record in records:
            record["run"] = record["run"][::-1]
            if record["record"] == "run":
                record["host"]["name"] = "elsewhere"
        return [json.dumps(record) for record in records]

    def test_data(self):
        """What the charts are drawn from is what was recorded."""
        page, complaint = self.page(self.path("runs"))
        self.assertEqual(complaint, "")
        data = json.loads(page.scripts[0])
        samples = [s for s in map(json.loads, self.lines()) if s["record"] == "sample" and s["ok"]]
        for chart in (data[key] for key in data if key.startswith("w")):
            for row in chart["rows"]:
                walls = sorted(time for time in row["runs"] if time is not None)
                of_row = [sorted(s["wall_s"] for s in samples if s["row"] == row["label"] and s["workload"] == w)
                          for w in {s["workload"] for s in samples}]
                self.assertTrue(any(len(walls) == len(of) and all(abs(a - b) < 1e-3 * b for a, b in zip(walls, of))
                                    for of in of_row), row)
                if not row.get("control"):
                    self.assertGreater(max(row["rss"]["kib"]), 100)
        self.assertIn("Latency of sampled operations", page.text)
        self.assertEqual(len(page.all("figure", **{"data-chart": "latency"})), 1)

    def test_tables_and_environment(self):
        page, _ = self.page(self.path("runs"))
        self.assertIn(os.uname().nodename, page.text)
        self.assertIn(os.uname().release, page.text)
        self.assertIn("</h3><script>alert(1)</script>", page.text)
        self.check_tables(page, 2)
        if self.other:
            self.assertRegex(page.text, rf"{self.other} takes 3.0 times the time of libc")

    def test_machines_are_kept_apart(self):
        other = self.written("other", self.on_other_machine())
        page, _ = self.page(self.path("runs"), other)
        self.assertEqual(len(page.all("section", **{"class": "machine"})), 2)
        self.assertEqual(len(self.sections(page)), 4)
        self.assertIn("elsewhere, ", page.text)

    def test_runs_of_a_machine_are_joined(self):
        again = [line.replace(json.loads(line)["run"], json.loads(line)["run"][::-1])
                 for line in self.lines()]
        page, _ = self.page(self.path("runs"), self.written("again", again))
        self.assertEqual(page.text.count("16 blocks"), 2)

    def test_text(self):
        result = zmalloc("report", self.path("runs"))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(result.stdout, r"(?m)^==== .* cores$")
        self.assertEqual(len(re.findall(r"(?m)^libc again +[\d.]+", result.stdout)), 3 + 2)

    def test_damaged_lines(self):
        lines = self.lines()
        lines[3] = lines[3][:50]
        lines[5] = "[]"
        lines.append('{"format":99,"record":"sample"}')
        lines.append('{"format":2,"record":"surprise"}')
        lines.append('{"format":2,"record":"sample","run":"x","workload":"w","ok":true}')
        page, complaint = self.page(self.written("bad", lines), status=1)
        for number, word in ((4, "not a whole JSON object"), (6, "not a whole JSON object"),
                             (len(lines) - 2, "format 99 is unknown"), (len(lines) - 1, "unknown kind"),
                             (len(lines), "without workload")):
            self.assertRegex(complaint, rf"(?m)^zmalloc report: .*/bad:{number}: .*{word}.*left out$")
        self.assertIn("5 damaged or unknown lines", page.text)
        self.check_tables(page, 2)

    def test_many_damaged_lines(self):
        _, complaint = self.page(self.written("bad", ["nonsense"] * 9 + self.lines()), status=1)
        self.assertEqual(complaint.count("left out"), 6)
        self.assertIn("4 more lines left out", complaint)

    def test_first_format(self):
        old = []
        for line in self.lines():
            record = json.loads(line)
            if record["record"] == "sample" and not record["control"]:
                for key in "record", "run", "row", "settings", "control":
                    del record[key]
                old.append(json.dumps({**record, "format": 1}))
        page, complaint = self.page(self.written("old", old))
        self.assertEqual(complaint, "")
        self.assertIn("unknown machine", page.text)
        self.assertEqual(len(self.sections(page)), 2)

    def test_nothing_to_report(self):
        self.assertIn("no run in", self.refused(125, "report", self.written("empty", [])))
        self.assertIn("/nonexistent", self.refused(125, "report", "/nonexistent/x"))
        self.assertIn("/nonexistent", self.refused(125, "report", "-o", "/nonexistent/x",
                                                   self.path("runs")))
        self.assertIn("no file", self.refused(2, "report"))
        self.assertIn("can't read", self.refused(125, "report", self.directory.name))


if __name__ == "__main__":
    unittest.main()

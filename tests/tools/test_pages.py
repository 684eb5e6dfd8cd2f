"""zmalloc report, on what the real zmalloc compare has recorded.

SPDX-License-Identifier: BSD-3-Clause
"""
import html.parser
import json
import os
import re
import shutil
import tempfile
import unittest

from command import TestCase, environment, zmalloc

GNUPLOT = shutil.which("gnuplot")
SHELL = shutil.which("sh")
# Reports its own time, which no other process on the machine can change.
SLOWER = """s=3; [ $ZMALLOC_BACKEND != libc ] || s=1; sleep 0.03
echo '{"operations": 1000, "latency_p50_ns": 20, "latency_p99_ns": 90, "latency_p999_ns": 400,
 "latency_max_ns": 70000, "wall_s": '$s'}' > $ZMALLOC_RESULT; exit 0"""
NASTY = "</h3><script>alert(1)</script> `touch here` 'q' \"d\" $(x) \\ end"


class Page(html.parser.HTMLParser):
    """Elements, text, and all that a browser would fetch."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.links, self.text = [], [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("src", "href", "xlink:href", "action", "data")]
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open and self.open[-1] == tag:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, (tag, self.getpos())

    def handle_data(self, data):
        self.text += data


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

    def page(self, *files, status=0, env=None):
        result = zmalloc("report", "-o", self.path("page.html"), *files, env=env or self.env)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        with open(self.path("page.html")) as file:
            page = Page(file.read())
        self.assertEqual(page.open, [])
        self.assertNotIn("script", page.tags)
        self.assertTrue(all(link.startswith(("#", "data:,")) for link in page.links), page.links)
        return page, result.stderr

    def check_tables(self, page, sections):
        """Each section has some, none wider than paper: a backend, and four figures with changes."""
        self.assertEqual(page.tags.count("section"), sections)
        widths = [0]
        parts = [0]
        for tag in page.tags:
            parts[-1] += tag == "table"
            widths[-1] += tag == "th" # of rows, too
            if tag == "section":
                parts.append(0)
            elif tag == "thead":
                widths.append(0)
            elif tag == "tbody":
                self.assertLessEqual(widths.pop(), 9)
        self.assertTrue(all(parts[1:]), page.tags)

    def on_other_machine(self):
        records = [json.loads(line) for line in self.lines()]
        for record in records:
            record["run"] = record["run"][::-1]
            if record["record"] == "run":
                record["host"]["name"] = "elsewhere"
        return [json.dumps(record) for record in records]

    @unittest.skipIf(not GNUPLOT, "no gnuplot")
    def test_figures(self):
        page, complaint = self.page(self.path("runs"))
        self.assertEqual(complaint, "")
        # Latencies of one workload; intervals and memory over time of both; with a second backend
        # also the Pareto fronts, and both workloads in one.
        self.assertEqual(page.tags.count("svg"), 8 if self.other else 5)
        self.assertIn("Latency of sampled operations", page.text)
        self.assertNotIn("no figures", page.text)
        self.assertEqual([n for n in os.listdir(self.directory.name) if n.startswith("zmalloc-")], [])

    def test_tables_and_environment(self):
        page, _ = self.page(self.path("runs"))
        self.assertIn(os.uname().nodename, page.text)
        self.assertIn(os.uname().release, page.text)
        self.assertIn("</h3><script>alert(1)</script>", page.text)
        self.assertEqual(page.tags.count("section"), 2)
        self.check_tables(page, 2)
        for row in self.rows:
            self.assertIn(row, page.text)
        if self.other:
            self.assertRegex(page.text, rf"{self.other} takes 3.0 times the time of libc")

    def test_without_gnuplot(self):
        env = environment(PATH="/nonexistent", TMPDIR=self.directory.name)
        page, complaint = self.page(self.path("runs"), env=env)
        self.assertIn("note: the page has no figures: gnuplot is not installed", complaint)
        self.assertIn("gnuplot is not installed", page.text)
        self.check_tables(page, 2)
        self.assertNotIn("svg", page.tags)

    def test_gnuplot_that_fails(self):
        os.makedirs(self.path("bin"), exist_ok=True)
        with open(self.path("bin/gnuplot"), "w") as file:
            file.write("#!/bin/sh\nexit 3\n")
        os.chmod(self.path("bin/gnuplot"), 0o755)
        page, complaint = self.page(self.path("runs"), env=environment(PATH=self.path("bin"),
                                                                       TMPDIR=self.directory.name))
        self.assertIn("gnuplot failed", complaint)
        self.check_tables(page, 2)

    def test_machines_are_kept_apart(self):
        other = self.written("other", self.on_other_machine())
        page, _ = self.page(self.path("runs"), other)
        self.assertEqual(page.tags.count("h2"), 2)
        self.assertEqual(page.tags.count("section"), 4)
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
        self.assertEqual(complaint.replace("zmalloc report: note: the page has no figures: "
                                           "gnuplot is not installed\n", ""), "")
        self.assertIn("unknown machine", page.text)
        self.assertEqual(page.tags.count("section"), 2)

    def test_nothing_to_report(self):
        self.assertIn("no run in", self.refused(125, "report", self.written("empty", [])))
        self.assertIn("/nonexistent", self.refused(125, "report", "/nonexistent/x"))
        self.assertIn("/nonexistent", self.refused(125, "report", "-o", "/nonexistent/x",
                                                   self.path("runs")))
        self.assertIn("no file", self.refused(2, "report"))
        self.assertIn("can't read", self.refused(125, "report", self.directory.name))


if __name__ == "__main__":
    unittest.main()

"""zmalloc report on samples that were made up, so that what is to be said of them is known.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import random
import re
import unittest

from command import zmalloc
from recorded import MIB, Recorded, comparison, run_record, sample

class Pooling(Recorded):
    """What was measured in other circumstances makes a table of its own."""

    def test_equal_runs_are_taken_together(self):
        text = self.report(comparison("a"), comparison("b"))
        self.assertIn("medians of 16 blocks", text)
        self.assertNotIn("before and now", text)

    def kept_apart(self, before, after, *words):
        text = self.report(before, after)
        self.assertNotIn("16 blocks", text)
        self.assertEqual(text.count("medians of 8 blocks"), 2)
        for word in words:
            self.assertIn(word, text)
        return text

    def test_versions(self):
        header = run_record("b", library="0.2.0", library_fnv1a="01",
                            backends={"libc": "2.36", "jemalloc": "5.3.1"})
        text = self.kept_apart(
            comparison("a"), comparison("b", jemalloc=0.8, header=header, seed=2),
            "before and now differ: zmalloc 0.1.0 -> 0.2.0, preload library 00 -> 01, jemalloc 5.3.0 -> 5.3.1\n",
            "a change is told if it is larger than that of libc, which is the same in both")
        table = text.split("before and now")[1]
        self.assertRegex(table, r"(?m)^jemalloc +1\.000 +800\.\d +-20|^jemalloc +1\.000 +0\.800 +-20")
        self.assertRegex(table, r"(?m)^libc .* = ")

    def test_hosts_and_settings(self):
        for changes, word in (({"host": {"system": "Linux 6.2"}}, "kernel Linux 6.1 -> Linux 6.2"),
                              ({"host": {"thp": "always"}}, "huge pages madvise -> always"),
                              ({"tunables": {"MALLOC_CONF": "narenas:1"}}, "MALLOC_CONF nothing -> narenas:1")):
            with self.subTest(word=word):
                self.kept_apart(comparison("a"), comparison("b", header=run_record("b", **changes)), word)

    def test_settings_of_rows(self):
        def tuned(lines):
            return [{**line, "settings": ["A=1"]} if line.get("row") == "jemalloc" else line for line in lines]
        self.kept_apart(comparison("a"), tuned(comparison("b")), "jemalloc nothing -> A=1")

    def test_a_busier_day_is_no_change(self):
        """libc itself took a tenth more; so what jemalloc took more is the machine's."""
        header = run_record("b", library="0.2.0")
        text = self.kept_apart(comparison("a"), comparison("b", libc=1.1, jemalloc=1.1, header=header))
        table = text.split("before and now")[1]
        self.assertRegex(table, r"(?m)^libc .* \+9\.\d\.\.\+10")
        self.assertRegex(table, r"(?m)^jemalloc .* = \+9\.\d\.\.\+10")

    def test_machines(self):
        text = self.report(comparison("a"), comparison("b", header=run_record("b", host={"name": "other"})))
        self.assertEqual(len(re.findall("(?m)^==== .* cores$", text)), 2)

    def test_a_copy_counts_once(self):
        self.assertIn("medians of 8 blocks", self.report(comparison("a"), comparison("a")))

    def test_first_format_has_no_runs(self):
        """Two files are two runs; of two versions each has its row."""
        def old(version):
            return [{"format": 1, "workload": "job", "backend": row, "version": version, "block": block, "seed": 1,
                     "ok": True, "wall_s": 1, "vmhwm_bytes": MIB} for block in range(1, 9) for row in ("libc", "x")]
        self.assertIn("medians of 16 blocks", self.report(old("1"), old("1")))
        text = self.report(old("1"), old("2"))
        self.assertEqual(text.count("medians of 8 blocks"), 2)
        self.assertIn("libc 1 -> 2", text)
        self.assertRegex(self.report(old("1") + old("2")), r"(?m)^x 2 +1\.000")

    def test_page(self):
        page = os.path.join(self.directory, "page.html")
        self.report(comparison("a"), comparison("b", header=run_record("b", library="0.2.0")), options=("-o", page))
        with open(page, encoding="utf-8") as file:
            text = file.read()
        self.assertEqual(text.count("<section class=workload "), 2)
        self.assertIn("In other circumstances than the section before: zmalloc 0.1.0 -&gt; 0.2.0", text)


class Floor(Recorded):
    def lines(self, floors=None, libc=1.0, wobble=0.001):
        lines = comparison(libc=libc, jemalloc=0.5, wobble=wobble)
        for block in range(1, 9):
            wall = floors(block) if floors else 0.25
            lines.append({**sample("no allocator", block, wall), "backend": "none", "version": "-"})
        return lines

    def test_report_has_it(self):
        self.assertIn("floor: 250.0 ms without an allocator, from 250.0 to 250.0 ms in 8 blocks", self.report(self.lines()))

    def test_it_is_none_of_the_rows(self):
        self.assertNotIn("no allocator ", self.report(self.lines()))


class Together(Recorded):
    """The tables that zmalloc bench ends with, of cells from anywhere."""

    def cell(self, workload, run, host=None, drains=8):
        lines = comparison(run, header=run_record(run, **({"host": host} if host else {})))
        for block in range(1, 9):
            lines.append({**sample("no allocator", block, 0.25, run=run), "backend": "none", "version": "-"})
        for block in range(9, 9 + drains):
            drained = sample("jemalloc", block, None, run=run, vmhwm_bytes=None, user_s=None, sys_s=None,
                             drained_1s_bytes=5 * MIB + block)
            libc = {**drained, "backend": "libc", "version": "2.36", "drained_1s_bytes": 10 * MIB}
            lines += [drained, {**libc, "row": "libc"}, {**libc, "row": "libc again", "control": True}]
        return [{**line, "workload": workload} if line["record"] == "sample" else line for line in lines]

    def test_cells_of_one_machine(self):
        text = self.report(self.cell("larson", "a"), self.cell("simple", "b"))
        together = text.split("==== all together\n")[1]
        for title in "wall time ", "wall time less the floor", "peak RSS", "RSS after the drain":
            self.assertIn(title, together)
        self.assertRegex(together, r"(?m)^larson +1\.0 s +1\.00x~ +1\.00x$")
        self.assertRegex(together, r"(?m)^simple +(749|750)\.\d ms +1\.00x~")
        self.assertRegex(together, r"(?m)^simple +10\.0 MiB +0\.50x  ")
        self.assertRegex(text, r"(?m)^jemalloc .* 5\.0+ +-50$")
        self.assertNotIn("other machines", text)
        self.assertEqual(len(re.findall(r"(?m)^geometric mean +\d\.\d\dx", together)), 2) # time, memory
        self.assertRegex(" ".join(together.split()), r"No difference in time from libc can be told.*\.$")

    def slowed(self, workload, run, factor):
        return [{**line, "wall_s": line["wall_s"] * factor}
                if line.get("row") == "jemalloc" and line.get("wall_s") else line
                for line in self.cell(workload, run)]

    def test_the_mean_in_words(self):
        text = self.report(self.slowed("larson", "a", 0.9), self.slowed("simple", "b", 0.9),
                           self.slowed("large", "c", 0.2))
        words = " ".join(text.split("spread: highest by lowest")[1].split())
        self.assertRegex(words, r"^jemalloc is fastest: 45 % less time than libc\. Geometric mean of 3 workloads, "
                         r"95 % interval 4\d(\.\d)? to 4\d(\.\d)? %; less in each of them\. "
                         r"Most of that is large: without it 10(\.\d)? % less time ")

    def test_it_fits_on_a_terminal(self):
        """Of many backends the tables are several, each with the baseline, and none of them is left out."""
        names = ["libc", "jemalloc", "tcmalloc", "tcmalloc_minimal", "mimalloc", "mimalloc2"]
        cells = []
        for run, workload in ("a", "producer-consumer:sized=1 quick"), ("b", "larson"):
            cell = [run_record(run)]
            for block in range(1, 9):
                cell += [{**sample(n, block, 1 + i / 10, run=run, version="1"), "workload": workload}
                         for i, n in enumerate([*names, "libc again"])]
            cells.append(cell)
        together = self.together(*cells)
        self.assertLessEqual(max(map(len, together.splitlines())), 80)
        heads = re.findall(r"(?m)^wall time  .*", together)
        self.assertEqual([head.split()[2] for head in heads], ["libc"] * len(heads))
        self.assertEqual([name for head in heads for name in head.split()[3:-1]], sorted(names[1:]))
        self.assertEqual(len(re.findall(r"(?m)^larson +1\.0 s ", together)), len(heads))
        self.assertNotIn("floor", together) # it was not measured

    def test_one_workload_needs_none(self):
        self.assertNotIn("all together", self.report(self.cell("larson", "a")))

    def test_a_drain_of_few_blocks_tells_nothing(self):
        text = self.report(self.cell("larson", "a", drains=2), self.cell("simple", "b", drains=2))
        self.assertRegex(text, r"(?m)^simple +10\.0 MiB +0\.50x~ ")
        self.assertRegex(text, r"(?m)^jemalloc .* 5\.0+ +-50 \?$")

    def together(self, *cells):
        return self.report(*cells).split("==== all together\n")[1]

    def test_a_mean_over_equal_machines(self):
        """Where each cell was measured on one machine, they are one matrix; and it is said."""
        text = self.together(self.cell("larson", "a"), self.cell("simple", "b", {"name": "two"}))
        self.assertIn("Each workload was measured on one machine; means are over all", text)
        self.assertEqual(len(re.findall(r"(?m)^geometric mean +\d", text)), 2)

    def test_a_mean_for_each_machine(self):
        """What two machines measured is no matrix, and their ratios are not mixed: here half and double."""
        slow = [{**line, "wall_s": 2 * line["wall_s"]} if line.get("row") == "jemalloc" and line.get("wall_s") else line
                for workload in ("larson", "simple") for line in self.cell(workload, "b" + workload, {"name": "two"})]
        text = self.together(self.slowed("larson", "a", 0.5), self.slowed("simple", "c", 0.5), slow)
        self.assertNotIn("Each workload was measured on one machine", text)
        self.assertRegex(text, r"(?m)^geometric mean @box +0\.50x ")
        self.assertRegex(text, r"(?m)^geometric mean @two +2\.00x ")
        words = " ".join(text.split())
        self.assertIn("box: jemalloc is fastest: 50 % less time than libc. Geometric mean of 2 workloads", words)
        self.assertIn("two: Nothing can be told to be faster than libc", words)

    def test_a_mean_says_how_many_count(self):
        few = [line for line in self.cell("simple", "b") if line["record"] != "sample" or line["block"] < 5]
        self.assertRegex(self.together(self.cell("larson", "a"), self.cell("calloc", "c"), few),
                         r"(?m)^geometric mean of 2 +1\.00x~")

    def test_cells_of_three_machines(self):
        text = self.report(self.cell("larson", "a"), self.cell("larson", "b", {"name": "two"}),
                           self.cell("simple", "c", {"name": "three", "cpu": "Other CPU", "cores": 4}))
        together = text.split("==== all together\n")[1]
        for name in "larson @box", "larson @two", "simple @three":
            self.assertRegex(together, rf"(?m)^{name} +1\.0 s")
        self.assertIn("against box, Some CPU, 2 cores the other machines differ by:", together)
        self.assertIn("three, Other CPU, 4 cores: CPU Some CPU -> Other CPU, cores 2 -> 4\n", together)
        self.assertIn("two, Some CPU, 2 cores: nothing else that is known", together)

    def test_other_rows_have_other_tables(self):
        alone = [line for line in self.cell("simple", "b") if line.get("row") != "jemalloc"]
        self.assertNotIn("all together", self.report(self.cell("larson", "a"), alone))

    def test_standard_input(self):
        lines = "".join(json.dumps(line) + "\n" for line in comparison())
        result = zmalloc("report", "-", input=lines)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout, self.report(comparison()))


class Sentences(Recorded):
    def test_what_is_read_is_kept(self):
        path = self.written("runs", comparison())
        for option in ["-o", path], [f"--export=csv:{path}"]:
            result = zmalloc("report", path, *option)
            self.assertEqual(result.returncode, 2)
            self.assertIn("would be written over", result.stderr)
        with open(path, encoding="ascii") as file:
            self.assertEqual(len(file.readlines()), 25)

    def test_an_export_has_stdout_for_itself(self):
        path = self.written("runs", comparison())
        result = zmalloc("report", path, "--export=json:-")
        self.assertEqual({row["row"] for row in json.loads(result.stdout)}, {"libc", "jemalloc", "libc again"})
        self.assertIn("jemalloc", result.stderr)

    def test_a_question_mark_is_explained(self):
        self.assertIn("?: fewer than 8 blocks, so no interval is known", self.report(comparison(blocks=2)))

    def failing(self, *rows):
        return [{**line, "ok": False, "reason": "exit status 1", "exit": 1} if line.get("row") in rows else line
                for line in comparison(jemalloc=0.5)]

    def test_a_small_difference_is_not_none(self):
        lines = comparison(wobble=0)
        lines = [{**line, "wall_s": 1.0004} if line.get("row") == "jemalloc" else line for line in lines]
        self.assertIn("jemalloc takes less than 0.1 % more time", self.report(lines).replace("\n", " "))

    def test_more_cpu_time_is_not_hidden_by_less_wall_time(self):
        lines = [{**line, "user_s": 1.3} if line.get("row") == "jemalloc" else line
                 for line in comparison(jemalloc=0.8)]
        text = self.report(lines).replace("\n", " ")
        self.assertRegex(text, r"jemalloc takes [\d. to]+ % less time than libc \(but [\d. to]+ % more CPU time\)")

    def test_the_baseline_is_the_one_of_the_run(self):
        lines = [line for line in comparison(jemalloc=0.5, header=run_record(baseline="jemalloc"))
                 if line.get("row") != "libc again"]
        self.assertRegex(self.report(lines).replace("\n", " "), "libc takes .* than jemalloc")

    def test_a_row_that_failed_is_named(self):
        text = self.report(self.failing("jemalloc"))
        self.assertIn("jemalloc failed in 8 of 8 runs.", text.replace("\n", " "))

    def test_a_baseline_that_failed_is_not_for_want_of_blocks(self):
        text = self.report(self.failing("libc", "libc again")).replace("\n", " ")
        self.assertIn("libc failed in 8 of 8 runs, so nothing can be compared with it.", text)
        self.assertNotIn("Too few blocks", text)

    def test_all_failed(self):
        lines = [{**line, "ok": False, "reason": "exit status 3"} if line["record"] == "sample" else line
                 for line in comparison()]
        text = self.report(lines)
        self.assertIn("No run counts, so nothing can be told.", text)
        self.assertNotIn("medians of 0", text)
        self.assertNotIn("+-", text)

    def test_interval_is_not_symmetric(self):
        draw = random.Random(5)
        lines = [run_record()]
        for block in range(1, 11):
            factor = draw.choice([1.1, 1.3, 1.5, 1.9])
            lines += [sample("libc", block, 1), sample("jemalloc", block, factor)]
        text = self.report(lines)
        self.assertRegex(text, r"(?m)^jemalloc +\d\.\d+ +\+[\d.]+\.\.\+\d+ ")
        self.assertRegex(text, r"jemalloc takes [\d.]+ to \d+ % more time than libc")

    def test_huge_numbers(self):
        lines = [{**line, "operations": 1e300} if line["record"] == "sample" else line for line in comparison()]
        text = self.report(lines)
        self.assertIn("1e+288 1.00x", text)
        self.assertLessEqual(max(map(len, text.splitlines())), 100)


class OwnAllocators(Recorded):
    """What a comparison can't see."""

    def said_of(self, **changes):
        lines = [{**line, **changes} if line["record"] == "sample" else line for line in comparison()]
        return " ".join(self.report(lines).split())

    def test_known_by_name(self):
        self.assertIn("Careful: Python serves small objects from pools of its own", self.said_of(own_allocator="python"))
        self.assertIn("--pymalloc=off", self.said_of(own_allocator="python"))
        self.assertIn("a heap that V8 maps itself", self.said_of(own_allocator="node"))
        self.assertNotIn("Careful", self.said_of(own_allocator="one that comes later"))

    def test_off_in_one_row(self):
        lines = [{**line, "own_allocator": "python"} if line.get("row", "").startswith("libc") else line
                 for line in comparison()]
        self.assertNotIn("Careful", self.report(lines))

    def test_told_by_number(self):
        """Resident beyond all that was ever allocated, under the best of them."""
        text = self.said_of(vmhwm_bytes=100 * MIB, allocated_bytes=30 * MIB)
        self.assertIn("Careful: 70.0 MiB of the 100.0 MiB at peak were never allocated under any backend", text)
        self.assertNotIn("Careful", self.said_of(vmhwm_bytes=100 * MIB, allocated_bytes=51 * MIB))
        self.assertNotIn("Careful", self.said_of(vmhwm_bytes=20 * MIB, allocated_bytes=MIB))


if __name__ == "__main__":
    unittest.main()

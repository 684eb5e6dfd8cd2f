"""The page of zmalloc report on samples that were made up: its markup, its data, and in Chromium how it looks.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import random
import unittest

import browser
from markup import Page
from recorded import MIB, Recorded, comparison, run_record, sample

NASTY = "</script><img src=x onerror=alert(1)>&\"'"
LATENCIES = {"operations": 1000, "latency_p50_ns": 0, "latency_p99_ns": 90, "latency_p999_ns": 400,
             "latency_max_ns": 70000, "clock_ns": 20}
WIDTHS = 320, 400, 800, 1400

# What a reader would trip over, found in the page itself.
FAULTS = r"""(LEAST => {
  const faults = [], wide = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > wide)
    faults.push(`the page is ${document.documentElement.scrollWidth} wide`);
  const scrolls = e => e.closest('.scroll, nav ul');
  for (const e of document.querySelectorAll('main *')) {
    const box = e.getBoundingClientRect(), style = getComputedStyle(e), what = () => `${e.tagName}.${e.getAttribute('class')} ${e.textContent.slice(0, 40)}`;
    if (!box.width || !box.height || e.closest('.hidden') || e.tagName === 'title') continue;
    if (box.right > wide + 1 && !scrolls(e)) faults.push(`beyond the edge: ${what()}`);
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!own) continue;
    const svg = e.ownerSVGElement, scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
    if (parseFloat(style.fontSize) * scale < LEAST) faults.push(`text of ${style.fontSize}: ${what()}`);
    if (svg) {
      const edge = svg.getBoundingClientRect();
      if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1)
        faults.push(`out of its chart: ${what()}`);
    } else if (!scrolls(e) && style.display !== 'inline' && e.scrollWidth > e.clientWidth + 1) {
      faults.push(`out of its box: ${what()}`);
    }
  }
  /* Numbers must not run into their marks. */
  for (const cell of document.querySelectorAll('td.strip')) {
    const n = cell.querySelector('.n')?.getBoundingClientRect(), mark = cell.querySelector('.ci')?.getBoundingClientRect();
    if (n?.width && mark?.width && n.bottom > mark.top + 1 && mark.bottom > n.top + 1 && n.right > mark.left + 1 && mark.right > n.left + 1)
      faults.push(`under its mark: ${cell.textContent}`);
  }
  return [...new Set(faults)].slice(0, 10);
})"""
SCREEN_PX, PAPER_PX = 11, 9.3 # 7 pt


def timeline(peak):
    return {"s": [0.01 * i for i in range(100)], "bytes": [peak * min(i, 60) // 60 for i in range(100)]}


def bench(workloads=("larson quick", "rptest quick", "aging quick"), blocks=9, run="a", **host):
    """Five allocators on several workloads; the last one of them carries the mean."""
    draw = random.Random(7)
    backends = "libc", "jemalloc", "tcmalloc", "tcmalloc_minimal", "mimalloc"
    lines = [run_record(run, tool="bench", host=host)]
    for w, workload in enumerate(workloads):
        for block in range(1, blocks + 1):
            for r, row in enumerate((*backends, "libc again")):
                factor = 1 if row.startswith("libc") else (0.9 + 0.01 * r) if w + 1 < len(workloads) else 0.1
                wall = 0.3 * factor * (1 + 0.02 * draw.uniform(-1, 1))
                lines.append(sample(row, block, wall, rss=int(50 * MIB * (1 + r % 5 / 5)), run=run, workload=workload,
                                    **LATENCIES))
                lines[-1]["rss"] = timeline(50 * MIB)
    return lines


def variants(count=16):
    """More rows than charts have room for; some left early, one failed, and all have settings."""
    draw = random.Random(8)
    lines = [run_record("v")]
    for block in range(1, 10):
        for r in range(count):
            row, backend = ("libc", "libc") if r == 0 else (f"{('libc', 'jemalloc', 'mimalloc')[r % 3]} variant {r}",
                                                            ("libc", "jemalloc", "mimalloc")[r % 3])
            if block > 3 and r % 4 == 3:
                continue
            one = sample(row, block, 1 + 0.02 * r + 0.01 * draw.random(), rss=(100 + r) * MIB, run="v")
            one.update(backend=backend, settings=[f"MALLOC_CONF=narenas:{r} x"] if r else [], rss=timeline(100 * MIB))
            if r == 5:
                one.update(ok=False, exit=139, wall_s=None, reason="killed by signal 11 " + NASTY)
            lines.append(one)
    return lines


def hostile():
    lines = comparison(jemalloc=0.8, workload=NASTY, backend=NASTY)
    for line in lines[1:]:
        line["row"] = line["row"].replace("jemalloc", NASTY[:23])
    return [{**line, "tunables": {"X" + NASTY: NASTY}} if line["record"] == "run" else line for line in lines]


class PageTest(Recorded):
    def page(self, *files):
        path = os.path.join(self.directory, "page.html")
        self.report(*files, options=("-o", path))
        with open(path, encoding="utf-8") as file:
            self.raw = file.read()
        return Page(self.raw)


class Markup(PageTest):
    def check(self, page):
        """What holds of any page. Returns its data."""
        for tag, attributes in page.elements:
            for name in "src", "href", "action", "data", "srcset", "poster":
                if name in attributes:
                    self.assertRegex(attributes[name], r"^(#|data:,)")
            self.assertFalse([name for name in attributes if name.startswith("on")], (tag, attributes))
        self.assertNotRegex(self.raw.replace("http://www.w3.org/2000/svg", ""), r"https?://|@import|url\(")
        ids = [a["id"] for _, a in page.elements if "id" in a]
        self.assertEqual(len(ids), len(set(ids)))
        for link in page.all("a"):
            self.assertIn(link["href"][1:], ids)
        for head in page.all("th"):
            self.assertIn(head.get("scope"), ("col", "row"))
        self.assertEqual(len(page.all("table")), len(page.all("caption")))
        self.assertEqual(len(page.all("h1")), 1)
        self.assertEqual(len(page.scripts), 2)
        self.assertNotIn("<", page.scripts[0])
        data = json.loads(page.scripts[0])
        for figure in page.all("figure"):
            self.assertIn(figure["data-of"], data)
        return data

    def test_bench(self):
        page = self.page(bench())
        data = self.check(page)
        self.assertEqual(sorted(data), ["m1", "w1", "w2", "w3"])
        self.assertEqual([row["label"] for row in data["m1"]["rows"]][0], "libc")
        self.assertEqual(len(data["w1"]["rows"][0]["runs"]), 9)
        self.assertLessEqual(len(data["w1"]["rows"][0]["rss"]["s"]), 50)
        self.assertEqual(max(data["w1"]["rows"][0]["rss"]["kib"]), 50 << 10)
        self.assertEqual(data["w1"]["rows"][0]["latency"][0], {"ns": 20, "under": True})
        self.assertRegex(page.text, r"are fastest: 5\d\xa0% less time than libc|is fastest: 5\d\xa0% less time than libc")
        self.assertIn("Geometric mean of 3 workloads, 95\xa0% interval ", page.text)
        self.assertRegex(page.text, r"Most of that is (aging|rptest|larson): without it ")
        self.assertRegex(page.text, r"zmalloc run -b \w+ -- PROGRAM")
        self.assertEqual(len(page.all("section", **{"class": "workload"})), 3)

    def test_variants(self):
        page = self.page(variants())
        self.check(page)
        self.assertIn("MALLOC_CONF='narenas:4 x' zmalloc run -b jemalloc -- job", page.text)
        self.assertIn("failed 9 of 9: killed by signal 11 " + NASTY, page.text)
        self.assertIn("fewer than 8 blocks", page.text)

    def test_one_block(self):
        page = self.page(comparison(blocks=1, jemalloc=0.5))
        self.check(page)
        self.assertIn("Too few blocks to tell which is fastest", page.text)
        self.assertNotIn("To use it", page.text)
        self.assertIn("1 block", page.text)

    def test_nothing_but_failures(self):
        lines = [{**line, "ok": False, "wall_s": None, "exit": 1, "reason": "exit status 1"}
                 if line["record"] == "sample" else line for line in comparison()]
        page = self.page(lines)
        self.check(page)
        self.assertIn("Nothing can be compared with libc: ", page.text)
        self.assertIn("failed 8 of 8: exit status 1", page.text)

    def test_a_baseline_that_failed(self):
        lines = [{**line, "ok": False, "wall_s": None, "exit": 1, "reason": "exit status 1"}
                 if line.get("row") == "libc" else line for line in bench()]
        page = self.page(lines)
        self.check(page)
        self.assertIn("Nothing can be compared with libc: ", page.text)
        self.assertIn("27 runs failed, and are in no figure", page.text)

    def test_nothing_but_the_baseline(self):
        page = self.page([line for line in comparison() if line.get("row") != "jemalloc"])
        self.check(page)
        self.assertIn("libc alone: there is nothing to compare it with", page.text)

    def test_hostile_names(self):
        page = self.page(hostile())
        data = self.check(page)
        self.assertEqual(page.all("img"), [])
        self.assertIn(NASTY, page.text)
        self.assertIn(NASTY[:23], [row["label"] for row in data["w1"]["rows"]])

    def test_machines(self):
        page = self.page(bench(), bench(run="b", name="two"), bench(run="c", name="three", cores=64))
        self.check(page)
        for machine in "box, Some CPU, 2 cores", "two, Some CPU, 2 cores", "three, Some CPU, 64 cores":
            self.assertIn(machine, page.text)
        self.assertRegex(page.text, r"\w+ comes first on all 3 machines: 5\d(\.\d)?\xa0% less time")
        self.assertEqual(len(page.all("section", **{"class": "machine"})), 3)

    def test_the_other_rows_of_a_machine(self):
        """A workload that lacks a row, and one that was measured twice in other circumstances."""
        alone = [line for line in bench(("larson",), run="b") if line.get("row") != "mimalloc"]
        page = self.page(bench(("rptest", "aging")), alone,
                         [{**line, "library": "0.2.0"} if line["record"] == "run" else line
                          for line in bench(("larson",), run="c")])
        self.check(page)
        self.assertIn("In other circumstances than the section before", page.text)


@unittest.skipIf(not browser.CHROMIUM, "no Chromium")
@unittest.skipIf(os.environ.get("SANITIZE", "none") != "none", "the page is the same in every build")
class Looks(PageTest):
    @classmethod
    def setUpClass(cls):
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def check(self, **how):
        self.browser.open(os.path.join(self.directory, "page.html"), **how)
        self.check_faults(PAPER_PX if how.get("media") else SCREEN_PX, how)
        self.assertEqual(self.browser.complaints(), [], how)

    def check_faults(self, least, how=None):
        self.assertEqual(self.browser.run(f"{FAULTS}({least})"), [], how)

    def all_ways(self, widths=WIDTHS):
        for width in widths:
            self.check(width=width, dark=width in (400, 1400))
            self.check(width=width, scripts=False, dark=width in (320, 800))

    def test_bench(self):
        self.page(bench())
        self.all_ways()
        self.assertEqual(self.browser.run("document.querySelectorAll('svg').length"), 0)
        self.check(width=1000)
        self.assertEqual(self.browser.run("document.querySelectorAll('svg').length"), 1 + 3 * 4)
        # The switch is the style's alone.
        shown = "[...document.querySelectorAll('.pane')].filter(p => p.offsetHeight).map(p => p.className).join()"
        self.assertEqual(self.browser.run(shown), "pane wall")
        self.browser.run("document.querySelector('[value=mem]').click()")
        self.assertEqual(self.browser.run(shown), "pane mem")
        self.browser.run("document.querySelector('.use button').click()")
        self.assertEqual(self.browser.run("new Promise(done => setTimeout(() => "
                                          "done(document.querySelector('.use button').textContent), 300))"), "Copied")

    def test_many_rows_and_hostile_names(self):
        for lines in variants(), hostile():
            self.page(lines)
            self.all_ways((320, 1400))

    def test_machines(self):
        self.page(bench(), bench(run="b", name="two"))
        self.all_ways((320, 800))

    def test_paper(self):
        self.page(bench())
        self.check(width=690, media="print", scripts=False)
        self.check(width=690)
        self.browser.call("Emulation.setEmulatedMedia", media="print", features=[])
        self.browser.run("dispatchEvent(new Event('beforeprint'))")
        self.check_faults(PAPER_PX)
        self.assertEqual(self.browser.run("document.querySelectorAll('details:not([open])').length"), 0)
        self.assertEqual(self.browser.complaints(), [])


if __name__ == "__main__":
    unittest.main()

"""zmalloc bench on real allocators: few and small cells, whole.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import re
import resource
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
import unittest

from command import ZMALLOC, TestCase, environment, zmalloc

WORKLOADS = ["cfrac-like", "larson", "mstress", "rptest", "alloc-test", "producer-consumer",
             "bench-lifo", "bench-cross", "cache-scratch", "cache-thrash", "simple",
             "inverse-square", "large", "thread-churn", "realloc-grow", "calloc", "aging"]
SMALL = "larson:operations=2000:slots=100:threads=2,simple:operations=500"
# The floor's blocks overlap, so its threads race; and address sanitizers know no limit of addresses.
runs = unittest.skipIf(os.environ["SANITIZE"] != "none", "not under a sanitizer")
HAS_PRELOAD = os.environ.get("PRELOAD") == "1"


def backends():
    return [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]


class Matrix(TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = os.path.join(folder.name, "runs.jsonl")

    def bench(self, *args, status=0, drain=0, **more):
        result = zmalloc("bench", *args, f"--drain={drain}", f"--json={self.file}", **more)
        self.assertEqual(result.returncode, status, result.stderr)
        with open(self.file, encoding="ascii") as file:
            records = [json.loads(line) for line in file]
        return result, [r for r in records if r["record"] == "sample"]

    def check(self, samples, blocks, api="library", sized=0):
        """Whole blocks of every backend, a control, and the floor; each with its oracle."""
        by_cell = {}
        for sample in samples:
            self.assertTrue(sample["ok"], sample.get("reason"))
            by_cell.setdefault(sample["workload"], []).append(sample)
        for workload, some in by_cell.items():
            rows = [s["row"] for s in some if s["backend"] != "none"]
            self.assertEqual(sorted(rows), sorted([*backends(), "libc again"] * blocks), workload)
            self.assertEqual([s["block"] for s in some if s["backend"] == "none"], list(range(1, blocks + 1)))
            self.assertEqual(len({s["result"]["written"] for s in some}), 1)
            for sample in some:
                told = sample["result"]
                floor = sample["backend"] == "none"
                self.assertEqual(told["api"], "none" if floor else api)
                self.assertEqual(told["verified"], None if floor else True)
                self.assertEqual(told["parameters"]["sized"], sized)
                self.assertEqual(sample["operations"], told["operations"])
                self.assertGreaterEqual(sample["allocs"], told["allocations"])
                if api == "library" and not floor:
                    self.assertEqual(told["backend"], sample["backend"])
        return by_cell

    @runs
    def test_library(self):
        result, samples = self.bench("-w", SMALL, "-n", "2", "--seed=7")
        cells = self.check(samples, 2)
        self.assertEqual(list(cells), SMALL.split(","))
        for title in "wall time ", "wall time less the floor", "peak RSS", "floor: ":
            self.assertIn(title, result.stdout)
        self.assertIn("seed 7", result.stdout)
        walls = [statistics.median(s["wall_s"] for s in samples if s["workload"] == SMALL.split(",")[0]
                                   and s["row"] == name) for name in backends()]
        spread = re.search(r"(?m)^larson.* ([\d.]+)x$", result.stdout.split("\nwall time  ")[1])
        expected = max(walls) / min(walls)
        self.assertAlmostEqual(float(spread.group(1)), expected, delta=0.01 * expected + 0.06)
        self.assertLessEqual(max(map(len, result.stdout.splitlines())), 100 + 20)
        orders = {c: [s["row"] for s in some if s["backend"] != "none"] for c, some in cells.items()}
        self.assertEqual(len({tuple(o) for o in orders.values()}), 1)  # one seed, one order

    @runs
    def test_report(self):
        """The recorded file is reported as any comparison; the floor is no contender."""
        self.bench("-w", "simple:operations=500", "-n", "2", "-b", "libc")
        result = zmalloc("report", self.file)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("workload: simple:operations=500", result.stdout)
        self.assertIn("libc again", result.stdout)
        self.assertNotIn("no allocator", result.stdout)

    @unittest.skipUnless(HAS_PRELOAD, "no preload library in this build")
    def test_preload(self):
        _, samples = self.bench("-w", SMALL, "-n", "1", "--api=preload")
        cells = self.check(samples, 1, api="preload")
        self.assertEqual(list(cells), [name + " preload" for name in SMALL.split(",")])

    @runs
    def test_sized(self):
        _, samples = self.bench("-w", "simple:operations=500", "-n", "1", "--sized")
        self.assertEqual(list(self.check(samples, 1, sized=1)), ["simple:operations=500:sized=1"])

    @runs
    def test_quick_stops_by_itself(self):
        result, samples = self.bench("--quick", "-w", "simple:operations=500", "-b", "libc")
        self.assertEqual(sum(s["row"] == "libc" for s in samples), 8)
        self.assertEqual({s["workload"] for s in samples}, {"simple:operations=500 quick"})
        self.assertNotIn("stopped", result.stderr)

    @runs
    def test_with(self):
        _, samples = self.bench("-w", "simple:operations=500", "-n", "2", "-b", "libc",
                                "--with=libc,slow:loops=100000")
        self.assertTrue(all(s["ok"] for s in samples))
        walls = {row: min(s["wall_s"] for s in samples if s["row"] == row)
                 for row in ("libc", "libc,slow:loops=100000")}
        self.assertGreater(walls["libc,slow:loops=100000"], 2 * walls["libc"])

    @runs
    def test_drain(self):
        """Blocks more, for memory alone, with intervals; what libc mapped is gone when it is freed."""
        cell = "large:operations=40:slots=10:zero=1:max=8388608"
        some = backends()[:2]
        result, samples = self.bench("-w", f"{cell},simple:operations=500", "-n", "8", "-b", ",".join(some), drain=0.2)
        drained = [s for s in samples if s["block"] > 8 and s["backend"] != "none"]
        self.assertEqual({s["block"] for s in drained}, set(range(9, 17)))
        self.assertEqual(sorted(s["row"] for s in drained), sorted([*some, "libc again"] * 16))
        for sample in drained:
            self.assertTrue(sample["ok"], sample.get("reason"))
            self.assertIsNone(sample["wall_s"])
            self.assertGreater(sample["drained_100ms_bytes"], 1 << 19)
            self.assertNotIn("drained_1s_bytes", sample)
        libc = [s for s in drained if s["row"] == "libc" and s["workload"] == cell]
        self.assertLess(libc[0]["drained_100ms_bytes"], 16 << 20)
        self.assertFalse(any("drained_100ms_bytes" in s for s in samples if s["block"] <= 8))
        self.assertIn("medians of 8 blocks", result.stdout)
        # Of libc against itself no difference is told.
        again = re.search(r"drained 0\.1s\n.*%(?:\n.*)*?\nlibc again .*", result.stdout).group()
        self.assertRegex(again.splitlines()[-1], r"(= [-+\d.]+|0\.0)$")
        self.assertIn("RSS after the drain", result.stdout)
        self.assertIn("medians of 8 blocks", zmalloc("report", self.file).stdout)

    @runs
    def test_drains_idle_side_by_side(self):
        """16 that idle for a second each take two seconds together."""
        began = time.monotonic()
        _, samples = self.bench("-w", "simple:operations=500", "-b", "libc", "-n", "8", drain=1)
        took = time.monotonic() - began
        drained = [s for s in samples if s.get("drained_1s_bytes")]
        self.assertEqual([s["block"] for s in drained], sorted(list(range(9, 17)) * 2))
        self.assertLess(took, 12)

    @runs
    def test_time(self):
        result, samples = self.bench("-w", "simple:operations=500", "-b", "libc", "-t", "0.5")
        self.assertGreaterEqual(sum(s["row"] == "libc" for s in samples), 1)
        self.assertIn("medians of", result.stdout)

    def test_cells(self):
        lines = zmalloc("bench", "--list-cells").stdout.splitlines()
        numbers, names = zip(*[line.split("\t") for line in lines])
        self.assertEqual(list(numbers), [str(i + 1) for i in range(len(lines))])
        self.assertEqual([n for n in names if ":" not in n], WORKLOADS)
        self.assertIn("thread-churn:all=50000", names)
        sized = zmalloc("bench", "--list-cells", "--sized").stdout.splitlines()
        self.assertTrue(all(line.endswith(":sized=1") for line in sized))
        self.assertEqual(len(sized), len(set(line.split("\t")[1] for line in sized)))

    @runs
    def test_one_cell(self):
        result, samples = self.bench("-w", SMALL, "-n", "1", "--cell=2")
        self.assertEqual(list(self.check(samples, 1)), [SMALL.split(",")[1]])
        self.assertNotIn("wall time less the floor", result.stdout)

    def test_list(self):
        text = zmalloc("bench", "--list").stdout
        for name in WORKLOADS:
            self.assertRegex(text, rf"(?m)^{name} ")
        self.assertIn("    slots ", text)

    @runs
    def test_failed_cell_keeps_the_others(self):
        """30 blocks of 256 MiB do not go into 4 GiB of addresses; the other cell does."""
        cells = "large:operations=60:slots=30:min=268435456:max=268435456:zero=0,simple:operations=500"
        limit = 4 << 30
        result, samples = self.bench(
            "-w", cells, "-n", "1", "-b", "libc", status=1,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
        good = {s["workload"] for s in samples if s["ok"] and s["backend"] == "libc"}
        bad = {s["workload"] for s in samples if not s["ok"]}
        self.assertEqual(([*bad], [*good]), tuple([c] for c in cells.split(",")))
        self.assertIn("no memory for a block of 268435456 bytes", result.stderr)
        self.assertIn("failed", result.stdout)

    @runs
    def test_timeout(self):
        result, samples = self.bench("-w", "large:operations=100000:zero=0", "-n", "1", "-b", "libc",
                                     "--timeout=0.05", status=1)
        self.assertTrue(any(not s["ok"] and "timeout" in s["reason"] for s in samples))

    @runs
    def test_interrupted(self):
        """What was measured is reported; and the driver itself is small."""
        process = subprocess.Popen([ZMALLOC, "bench", "-w", SMALL, "-n", "1000", f"--json={self.file}"],
                                   env=environment(), text=True, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            time.sleep(0.1)
            if os.path.exists(self.file):
                with open(self.file, encoding="ascii") as file:
                    if sum('"block":3' in line for line in file) > len(backends()) + 1:
                        break
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            peak = re.search(r"VmHWM:\s+(\d+) kB", file.read())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("stopped; what was measured is reported", err)
        self.assertLess(int(peak.group(1)), 50 * 1024)
        self.assertIn("stopped before the end", out)
        self.assertIn("wall time less the floor", out)

    @runs
    def test_interrupted_in_the_first_run(self):
        """Then there is nothing to report, and nothing else is said."""
        process = subprocess.Popen([ZMALLOC, "bench", "-w", "simple:operations=2000000000", "-n", "1"],
                                   env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.kill)
        time.sleep(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual((process.returncode, out), (130, ""))
        self.assertIn("stopped before any run had ended", err)
        self.assertNotIn("what was measured", err)

    def test_refused(self):
        for args, status, word in [
            (["-w", "bogus"], 2, "there are: cfrac-like"),
            (["-w", "larson:bogus=1"], 2, "it has: threads"),
            (["-w", "larson:threads=0"], 2, "1 to 1024, not '0'"),
            (["-w", "larson:threads"], 2, "PARAMETER=VALUE"),
            (["-w", "large:min=2:max=1"], 2, "min is above max"),
            (["-w", "larson,"], 2, "no workload's name"),
            (["-w", "larson,larson"], 2, "twice"),
            (["-w", "larson:--json=x"], 2, "no workload's name"),
            (["-w", "--check"], 2, "no workload's name"),
            (["-b", "bogus"], 127, "bogus"),
            (["--with=bogus"], 127, "bogus"),
            (["--with=lib:/no/such.so"], 127, "/no/such.so"),
            (["-b", "libc", "--with=libc"], 2, "'libc' is there twice"),
            (["--api=bogus"], 2, "library or preload"),
            (["-n", "0"], 2, "blocks"),
            (["-t", "0"], 2, "time"),
            (["--drain=-1"], 2, "0 to 60 seconds, not '-1'"),
            (["--drain=x"], 2, "not 'x'"),
            (["--cell=0"], 2, "cell"),
            (["--cell=999"], 2, "there is no cell 999"),
            (["--cell=1"], 2, "--json"),
            (["-w", SMALL, "-n", "1", "--json=/nowhere/x"], 125, "/nowhere/x"),
            (["bogus"], 2, "'bogus'"),
            (["larson"], 2, "unknown benchmark 'larson'; workloads are named with -w"),
        ]:
            with self.subTest(args=args):
                self.assertIn(word, self.refused(status, "bench", *args))

    def test_not_installed(self):
        with tempfile.TemporaryDirectory() as folder:
            alone = shutil.copy(ZMALLOC, folder)
            env = environment(LD_LIBRARY_PATH=os.path.join(os.path.dirname(ZMALLOC), ".."))
            result = subprocess.run([alone, "bench"], env=env, text=True, check=False,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual((result.returncode, result.stdout), (125, ""))
        self.assertIn("workload-none", result.stderr)


if __name__ == "__main__":
    unittest.main()

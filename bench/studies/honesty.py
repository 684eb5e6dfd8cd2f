#!/usr/bin/env python3
"""Whether zmalloc compare can be believed, tried on cases with known answers.

usage: bench/studies/honesty.py [--zmalloc FILE] [--backend NAME] [--time S] [--runs N] [--loops N] aa|gate|slowed

  aa       compares a backend with itself, 100 times: how often is there "no difference"?
  gate     lets zmalloc check compare the program with itself, 100 times, side by side and with a baseline: how
           often is that a regression, with limits of +0 %?
  slowed   compares it with itself made slower by 5 % (ZMALLOC_WRAP=slow), 10 times: is the difference
           found, with the right sign, and does the interval hold the truth? A third row with ten times
           as many loops shows what the truth is, because the cost of a loop depends on what else the
           machine does.

The program is python3, which takes and frees a buffer after every few microseconds of work. It is slowed down
by about 100 ns a call, which is more than a processor can hide by doing two things at once.

SPDX-License-Identifier: BSD-3-Clause
"""

import argparse
import json
import math
import pathlib
import re
import shlex
import statistics
import subprocess
import sys
import tempfile

PERCENT = 5
FACTOR = 10 # how many times as many loops the third row has
PROGRAM = "for _ in range({}):\n    bytearray(1000)\n    sum(range(400))"
TURNS = {"aa": 5000, "gate": 500, "slowed": 20000}
STATUSES = {0: "pass", 1: "REGRESSION", 3: "undecided"}


class Comparison:
    def __init__(self, args, folder):
        self.args = args
        self.folder = pathlib.Path(folder)
        self.command = ["python3", "-I", "-S", "-c", PROGRAM.format(TURNS[args.what])]

    def run(self, rows, *options):
        """Compares rows {name: settings} with the first of them. Returns for each what the table says of its wall
        time, (no difference?, low end, high end of the change in percent) or None if that is a factor, with the
        median of its paired ratios; and then the number of blocks."""
        variants, samples = self.folder / "variants", self.folder / "samples"
        variants.write_text("".join(f"{name}: {self.args.backend} {rows[name]}\n" for name in rows))
        samples.unlink(missing_ok=True)
        result = subprocess.run([self.args.zmalloc, "compare", "-b", self.args.backend, f"--variants={variants}",
                                 f"--json={samples}", *options, "--", *self.command], check=False, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if result.returncode:
            sys.exit(f"honesty.py: zmalloc compare failed:\n{result.stderr}")
        walls = {}
        for line in map(json.loads, samples.read_text().splitlines()):
            if line["record"] == "sample" and not line["control"]:
                walls.setdefault(line["block"], {})[line["row"]] = line["wall_s"]
        first, *others = rows
        whole = [block for block in walls.values() if len(block) == len(rows)]
        said = {}
        for name in others:
            found = re.search(rf"(?m)^{name} +[\d.]+ +(= )?([+-]?[\d.]+?)(?:\.\.([+-]?[\d.]+))? ", result.stdout)
            said[name] = ((bool(found[1]), float(found[2]), float(found[3] or found[2])) if found else None,
                          statistics.median(block[name] / block[first] for block in whole))
        return said, len(whole)


def told(said, name, blocks):
    """What is said of the row: (no difference?, low end, high end). Too few blocks have none."""
    if not said[name][0]:
        sys.exit(f"honesty.py: {blocks} blocks are too few: more --time")
    return said[name][0]


def same(comparison, runs, time):
    none = 0
    for i in range(1, runs + 1):
        said, blocks = comparison.run({"plain": "", "again": "ONCE_MORE=1"}, f"--time={time}")
        equal, low, high = told(said, "again", blocks)
        none += equal
        print(f"{i:3}  {'no difference' if equal else 'DIFFERENT':13}  {low:+5.1f} to {high:+.1f} %  {blocks} blocks",
              flush=True)
    print(f"no difference: {none} of {runs}")
    return none >= math.floor(0.95 * runs)


def gate(comparison, runs):
    """Each rule at its sharpest, so that a false alarm is as likely as can be."""
    rules = [f"--fail-if={figure} > +0 %" for figure in ("allocs", "allocated", "peak_live", "peak_rss", "wall", "cpu")]
    base = comparison.folder / "base.jsonl"
    words = [comparison.args.zmalloc, "check", "-b", comparison.args.backend]
    alarms = {}
    subprocess.run([*words, f"--json={base}", "--", *comparison.command], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    ways = {"side by side": ["--before", shlex.join(comparison.command)], "with a baseline": [f"--baseline={base}"]}
    for i in range(1, runs + 1):
        told = []
        for way, options in ways.items():
            result = subprocess.run([*words, *options, *rules, "--", *comparison.command], check=False, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            if result.returncode not in STATUSES:
                sys.exit(f"honesty.py: zmalloc check failed:\n{result.stderr}")
            alarms[way] = alarms.get(way, 0) + (result.returncode == 1)
            told.append(f"{way} {STATUSES[result.returncode]}")
            if result.returncode == 1:
                told.append(result.stdout.strip().splitlines()[-1])
        print(f"{i:3}  {', '.join(told)}", flush=True)
    print(", ".join(f"{way}: {count} of {runs} are false alarms" for way, count in alarms.items()))
    return alarms["side by side"] <= math.ceil(runs / 100)


def slow(loops):
    return f"ZMALLOC_WRAP=slow:loops={loops}"


def calibrate(comparison):
    loops = 2000
    for _ in range(2): # the second time is nearly right already
        said, _ = comparison.run({"plain": slow(0), "other": slow(loops)}, "--blocks=12")
        loops = round(loops * PERCENT * FACTOR / 100 / (said["other"][1] - 1))
    return round(loops / FACTOR)


def slowed(comparison, runs, time, loops):
    print(f"{loops} loops a call")
    found = held = 0
    for i in range(1, runs + 1):
        said, blocks = comparison.run({"plain": slow(0), "other": slow(loops), "tenfold": slow(loops * FACTOR)},
                                      f"--time={time}")
        equal, low, high = told(said, "other", blocks)
        truth = (said["tenfold"][1] - 1) * 100 / FACTOR
        right = not equal and low > 0
        inside = low <= truth <= high
        found, held = found + right, held + inside
        print(f"{i:3}  {'found' if right else 'NOT FOUND':9}  {low:+5.1f} to {high:+.1f} %  "
              f"{'holds' if inside else 'MISSES'} {truth:.1f}  {blocks} blocks", flush=True)
    print(f"found: {found} of {runs}; the interval held the answer in {held}")
    return found == runs and held >= math.floor(0.8 * runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     usage=argparse.SUPPRESS)
    here = pathlib.Path(__file__).resolve().parents[2]
    parser.add_argument("--zmalloc", default=here / "build/tools/zmalloc")
    parser.add_argument("--backend", default="jemalloc")
    parser.add_argument("--time", type=float)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--loops", type=int)
    parser.add_argument("what", choices=["aa", "gate", "slowed"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(args, folder)
        if args.what == "aa":
            good = same(comparison, args.runs or 100, args.time or 5)
        elif args.what == "gate":
            good = gate(comparison, args.runs or 100)
        else:
            good = slowed(comparison, args.runs or 10, args.time or 120, args.loops or calibrate(comparison))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

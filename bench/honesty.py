#!/usr/bin/env python3
"""Whether zmalloc compare can be believed, tried on cases with known answers.

usage: bench/honesty.py [--zmalloc FILE] [--backend NAME] [--time S] [--runs N] aa|slowed

  aa       compares a backend with itself, 100 times: how often is there "no difference"?
  slowed   compares it with itself made slower by 5 % (ZMALLOC_WRAP=slow), 10 times: is it found,
           with the right sign, and does the interval hold what it really is? That is measured
           apart, with forty times as many loops: long enough to be told well, and no less linear.

The program: python3 that takes and frees a buffer after every few microseconds of work. It is slowed by some
100 ns a call: more than a processor can hide by doing two things at once.

SPDX-License-Identifier: BSD-3-Clause
"""

import argparse
import json
import math
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

PERCENT = 5
FACTOR = 40 # of what is sought, in the measurement apart
PROGRAM = "for _ in range(20000):\n    bytearray(1000)\n    sum(range(400))"


class Comparison:
    """One backend in two rows, "plain" and "other"."""

    def __init__(self, args, folder):
        self.args = args
        self.folder = pathlib.Path(folder)
        self.command = ["python3", "-I", "-S", "-c", PROGRAM]

    def run(self, plain, other, *options):
        """What is said of the other's wall time: no difference?, change and half interval in percent
        (None: it is told as a factor); the median of the paired ratios; and how many there are."""
        variants, samples = self.folder / "variants", self.folder / "samples"
        variants.write_text(f"plain: {self.args.backend} {plain}\nother: {self.args.backend} {other}\n")
        samples.unlink(missing_ok=True)
        result = subprocess.run([self.args.zmalloc, "compare", "-b", self.args.backend, f"--variants={variants}",
                                 f"--json={samples}", *options, "--", *self.command], check=False, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if result.returncode:
            sys.exit(f"honesty.py: zmalloc compare failed:\n{result.stderr}")
        told = re.search(r"(?m)^other +[\d.]+ +(= )?([+-][\d.]+) \+-([\d.]+)", result.stdout)
        walls = {}
        for line in map(json.loads, samples.read_text().splitlines()):
            if line["record"] == "sample" and not line["control"]:
                walls.setdefault(line["block"], {})[line["row"]] = line["wall_s"]
        ratios = [pair["other"] / pair["plain"] for pair in walls.values() if len(pair) == 2]
        said = (bool(told[1]), float(told[2]), float(told[3])) if told else None
        return said, statistics.median(ratios), len(ratios)


def same(comparison, runs, time):
    none = 0
    for i in range(1, runs + 1):
        (equal, change, half), _, blocks = comparison.run("", "ONCE_MORE=1", f"--time={time}")
        none += equal
        print(f"{i:3}  {'no difference' if equal else 'DIFFERENT':13}  {change:+5.1f} +-{half:.1f} %  {blocks} blocks",
              flush=True)
    print(f"no difference: {none} of {runs}")
    return none >= math.floor(0.95 * runs)


def slow(loops):
    return f"ZMALLOC_WRAP=slow:loops={loops}"


def slowed(comparison, runs, time):
    def apart(loops):
        """Percent that so many loops add, from the measurement apart."""
        return (comparison.run(slow(0), slow(loops), "--blocks=20")[1] - 1) * 100

    loops = 10000
    for _ in range(2): # the second time it is nearly what is sought
        added = apart(loops)
        loops = round(loops * PERCENT * FACTOR / added)
    added = apart(loops) / FACTOR
    loops = round(loops / FACTOR)
    print(f"{loops} loops a call are {added:.2f} %")
    found = held = 0
    for i in range(1, runs + 1):
        (equal, change, half), _, blocks = comparison.run(slow(0), slow(loops), f"--time={time}")
        right = not equal and change > 0
        inside = abs(change - added) <= half
        found, held = found + right, held + inside
        print(f"{i:3}  {'found' if right else 'NOT FOUND':9}  {change:+5.1f} +-{half:.1f} %  "
              f"{'holds' if inside else 'MISSES'} {added:.2f}  {blocks} blocks", flush=True)
    print(f"found: {found} of {runs}; the interval held the answer in {held}")
    return found == runs and held >= math.floor(0.8 * runs)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     usage=argparse.SUPPRESS)
    here = pathlib.Path(__file__).resolve().parent.parent
    parser.add_argument("--zmalloc", default=here / "build/tools/zmalloc")
    parser.add_argument("--backend", default="jemalloc")
    parser.add_argument("--time", type=float)
    parser.add_argument("--runs", type=int)
    parser.add_argument("what", choices=["aa", "slowed"])
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        comparison = Comparison(args, folder)
        if args.what == "aa":
            good = same(comparison, args.runs or 100, args.time or 5)
        else:
            good = slowed(comparison, args.runs or 10, args.time or 30)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()

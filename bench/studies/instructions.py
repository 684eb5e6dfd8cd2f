#!/usr/bin/env python3
"""Counts the instructions of one operation, for every way to call every allocator.

usage: bench/studies/instructions.py [--json FILE] [--all] [--switched NAME] OVERHEAD-EXECUTABLE...

The figures are exact and repeat; those of the measuring loop are left out. "last" is malloc and
free of the same block: the hot path. --all: also blocks in a window of 4,096 and other operations,
where the allocator's slower paths are part of the mean. --switched: b begins with the allocator
NAME, and is switched to its own.

SPDX-License-Identifier: BSD-3-Clause
"""

import argparse
import json
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import callgrind  # pylint: disable=wrong-import-position

COUNT = 5000
HOT = ["last"]
ALL = ["last", "malloc", "calloc", "realloc", "aligned", "sized"]
HARNESS = ("loop_", "zm_counted")
COLUMNS = {"direct": "a", "static": "a2", "plain": "a plain", "chosen": "b", "fixed": "c",
           "one-atomic": "d", "padded-slots": "e"}


def measure(executable, operations, switched=None):
    """{(operation, bytes): {variant: instructions}}, the mean of an operation."""
    out, calls = callgrind.counts(
        [executable, f"--count={COUNT}", "--operations=" + ",".join(operations), "--seed=1",
         *([f"--switched={switched}"] if switched else [])], "zm_counted")
    lines = [line.split("\t") for line in out.splitlines()]
    if len(lines) != len(calls):
        raise callgrind.Failed(f"{executable}: {len(lines)} loops run, {len(calls)} counted")
    rows = {}
    for (operation, size, variant), own in zip(lines, calls):
        spent = sum(n for name, n in own.items() if not name.startswith(HARNESS))
        rows.setdefault((operation, size), {})[variant] = spent / COUNT
    return rows


def main():
    parser = argparse.ArgumentParser(description="count instructions per operation (callgrind)")
    parser.add_argument("--json", metavar="FILE", help="append the figures to FILE")
    parser.add_argument("--all", action="store_true", help="all operations, not the hot path alone")
    parser.add_argument("--switched", metavar="NAME", help="let b begin with NAME and be switched")
    parser.add_argument("executables", nargs="+", metavar="OVERHEAD-EXECUTABLE")
    options = parser.parse_args()
    if not shutil.which("valgrind"):
        parser.exit(1, "instructions: valgrind is not installed\n")

    print("instructions per operation: a the allocator called directly, a2 the same linked into the"
          "\nprogram, b zmalloc with the backend chosen at run time, c fixed at build time, d and e"
          "\nmodels of Redis 7's and 8's layers; in parentheses the difference to a\n")
    head = [name for variant, name in COLUMNS.items() if variant != "plain"]
    print(f"{'backend':18}{'operation':11}{'bytes':>6}" + "".join(f"{c:>15}" for c in head))
    for executable in options.executables:
        backend = pathlib.Path(executable).name.removeprefix("overhead-")
        try:
            rows = measure(executable, ALL if options.all else HOT, options.switched)
        except callgrind.Failed as error:
            parser.exit(1, f"instructions: {error}\n")
        for (operation, size), figures in rows.items():
            direct = figures["direct"]
            cells = [f"{direct:.1f}"] + [
                f"{figures[variant]:.1f} ({figures[variant] - direct:+.1f})"
                for variant in COLUMNS if variant not in ("direct", "plain")]
            print(f"{backend:18}{operation:11}{size:>6}" + "".join(f"{c:>15}" for c in cells),
                  flush=True)
            if options.json:
                with open(options.json, "a", encoding="utf-8") as file:
                    json.dump({"format": 1, "kind": "instructions", "backend": backend,
                               "operation": operation, "bytes": size,
                               "instructions": {v: round(n, 2) for v, n in figures.items()
                                                if v != "no-op"}}, file)
                    file.write("\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""What ZMALLOC_SWITCH costs: time of a malloc and free in a process that was switched, over one that can't be.

usage: bench/studies/switched.py [--pairs N] [--from NAME] EXECUTABLE...

EXECUTABLE is build/bench/overhead/overhead-BACKEND. Processes that begin with NAME (libc) and are switched to BACKEND
take turns with processes that have it from the start and no ZMALLOC_SWITCH; a ratio is of two neighbours, each
time over that of the allocator called directly in the same process.

SPDX-License-Identifier: BSD-3-Clause
"""
import argparse
import json
import statistics
import subprocess
import sys

SIZES = ("16", "16-128", "16-1024", "100-8000")


def times(executable, seed, options):
    """Of zmalloc over those of the allocator itself, by size."""
    try:
        out = subprocess.run([executable, "-o", "malloc", "-s", ",".join(SIZES), "--json=-", "-p", "1",
                              f"--seed={seed}", *options], check=True, capture_output=True, text=True).stdout
    except OSError as error:
        sys.exit(f"switched: {executable}: {error.strerror}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"switched: {executable}: {error.stderr.strip() or error}")
    rows = [json.loads(line) for line in out.splitlines()]
    return {row["bytes"]: row["ratio"] for row in rows if row["variant"] == "chosen"}, rows[0]["backend"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--from", dest="begin", default="libc")
    parser.add_argument("executables", nargs="+", metavar="EXECUTABLE")
    args = parser.parse_args()
    if args.pairs < 1:
        parser.error("--pairs must be 1 at least")
    print(f"{'':26}" + "".join(f"{size:>22}" for size in SIZES))
    for executable in args.executables:
        ratios = {size: [] for size in SIZES}
        for pair in range(args.pairs):
            ways = {way: times(executable, pair, [f"--switched={args.begin}"] if way else [])
                    for way in ((True, False) if pair % 2 else (False, True))}
            for size in SIZES:
                ratios[size].append(ways[True][0][size] / ways[False][0][size])
        backend = ways[True][1]
        print(f"{backend:26}" + "".join(
            f"{statistics.median(r):8.2f} ({min(r):.2f}-{max(r):.2f})" for r in ratios.values()), flush=True)


if __name__ == "__main__":
    main()

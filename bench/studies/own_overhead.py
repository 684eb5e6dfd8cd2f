#!/usr/bin/env python3
"""Counts the instructions of one malloc and free, as a figure for zmalloc check.

usage: zmalloc check --before='bench/studies/own_overhead.py direct EXECUTABLE' \\
           --fail-if='instructions > +13 %' -- bench/studies/own_overhead.py chosen EXECUTABLE

EXECUTABLE is build/bench/overhead/overhead-BACKEND; "direct" and "chosen" are two of its ways to call
the allocator, as instructions.py has them. So the library is compared with the allocator itself, both as this
machine and this compiler have them, and nothing recorded elsewhere has to fit. The figure goes to
the file that ZMALLOC_RESULT names: the sum over the block sizes.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import sys

import instructions


def main():
    variant, executable = sys.argv[1:]
    # What is counted has neither the preload library nor its settings.
    result = os.environ["ZMALLOC_RESULT"]
    for name in [n for n in os.environ if n == "LD_PRELOAD" or n.startswith("ZMALLOC_")]:
        del os.environ[name]
    rows = instructions.measure(executable, instructions.HOT)
    with open(result, "w", encoding="ascii") as file:
        json.dump({"instructions": round(sum(figures[variant] for figures in rows.values()))}, file)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs a program over and over; it must end with 0 each time.

usage: torture.py [--times N] [--seconds N] [--preload LIBRARY] [NAME=VALUE...] PROGRAM [ARGS...]

An argument "a|b" is a and b in turn: every combination is run N times. N is multiplied by the factor
of ZMALLOC_TORTURE ("10x"), unless the program takes it itself: in an argument, %scale is the factor,
and %run the number of the run.
"""
import argparse
import collections
import itertools
import os
import resource
import signal
import subprocess
import sys
import tempfile

SHOWN = 3
ENOUGH = 5  # failures; a fault that hangs would take for ever


def scale():
    text = os.environ.get("ZMALLOC_TORTURE", "1x")
    factor = text.removesuffix("x")
    if not factor.isdigit() or int(factor) == 0:
        sys.exit(f"ZMALLOC_TORTURE: not like 10x: {text}")
    return int(factor)


def what_happened(status):
    if status == 0:
        return "" # nothing
    if status in (-signal.SIGALRM, 124) or status is None:
        return "hung"
    if status < 0:
        return f"died of {signal.Signals(-status).name}"
    return f"ended with {status}"


def run_once(command, seconds, environment):
    """What happened, and what it wrote. No process is left: a child that hangs outlives its parent."""
    with tempfile.TemporaryFile() as output, \
            subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                             stderr=output, start_new_session=True) as process:
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        output.seek(0)
        return what_happened(status), output.read().decode(errors="replace")


def parse():
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=100)
    parser.add_argument("--preload")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    options.environment = dict(os.environ, MALLOC_PERTURB_="0")
    if options.preload:
        options.environment["LD_PRELOAD"] = options.preload
    while "=" in options.command[0]:
        name, value = options.command.pop(0).split("=", 1)
        options.environment[name] = value
    return options


def main():
    options = parse()
    factor = scale()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before its time"))
    bad = collections.Counter()
    runs = 0
    ways = list(itertools.product(*(argument.split("|") for argument in options.command)))
    times = options.times * (1 if any("%scale" in a for a in options.command) else factor)
    for number, way in itertools.product(range(times), ways):
        command = [a.replace("%run", str(number)).replace("%scale", str(factor)) for a in way]
        happened, text = run_once(command, options.seconds * factor, options.environment)
        runs += 1
        if happened:
            bad[happened] += 1
            if sum(bad.values()) <= SHOWN:
                print(f"{happened}: {' '.join(command[1:])}", text.strip(), sep="\n", flush=True)
        elif text:
            print(text.strip(), flush=True)
        if sum(bad.values()) >= ENOUGH:
            break
    print(f"{runs} runs", *(f"{count} {happened}" for happened, count in bad.items()), sep=", ")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

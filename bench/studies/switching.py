#!/usr/bin/env python3
"""redis-server under load, switched from one allocator to the next: throughput and memory as a picture.

usage: bench/studies/switching.py [--for S] [--backends LIST] [-o FILE.svg] ZMALLOC PRELOAD-LIBRARY

Needs redis-server, redis-cli and redis-benchmark. The load overwrites 200,000 random keys with values of 300 bytes,
so that every block is replaced within a turn; in its middle the other allocators give back what they have free.

SPDX-License-Identifier: BSD-3-Clause
"""
import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

WIDTH, LEFT, RIGHT = 860, 70, 20
PANELS = (("thousand commands a second", 40, 150), ("resident memory, MiB", 230, 150)) # heading, top, height
COLOURS = {"jemalloc": "#4269d0", "mimalloc": "#3ca951", "tcmalloc": "#ff725c", "libc": "#9c6b4e",
           "tcmalloc_minimal": "#a463f2", "mimalloc2": "#6cc5b0"}
STEP_S = 0.25


def measure(args):
    """A list of (seconds, commands a second, MiB) and one of (seconds, backend)."""
    with tempfile.TemporaryDirectory() as directory:
        socket = os.path.join(directory, "socket")
        environment = os.environ | {"LD_PRELOAD": args.library, "ZMALLOC_SWITCH": "on",
                                    "ZMALLOC_BACKEND": args.backends[0]}
        server = subprocess.Popen(["redis-server", "--port", "0", "--unixsocket", socket, "--save", "",
                                   "--dir", directory], env=environment, stdout=subprocess.DEVNULL)
        try:
            while not os.path.exists(socket):
                if server.poll() is not None:
                    sys.exit("switching: redis-server did not start")
                time.sleep(0.05)
            load = subprocess.Popen(["redis-benchmark", "-s", socket, "-n", "2000000000", "-r", "200000", "-P", "8",
                                     "-d", "300", "-t", "set"], stdout=subprocess.DEVNULL)
            try:
                return watch(args, socket, server.pid)
            finally:
                load.kill()
                load.wait()
        finally:
            server.kill()
            server.wait()


def ask(socket):
    info = subprocess.run(["redis-cli", "-s", socket, "info", "stats"], capture_output=True, text=True, check=True)
    return int(re.search(r"total_commands_processed:(\d+)", info.stdout)[1])


def switch(args, pid, *what):
    subprocess.run([args.zmalloc, "switch", *what[:-1], str(pid), what[-1]], check=True, stdout=subprocess.DEVNULL)


def watch(args, socket, pid):
    time.sleep(args.turn) # to be full
    samples, turns = [], []
    began, before, at = time.monotonic(), ask(socket), time.monotonic()
    for backend in args.backends:
        turns.append((time.monotonic() - began, backend))
        switch(args, pid, backend)
        until, purged = time.monotonic() + args.turn, False
        while time.monotonic() < until:
            time.sleep(STEP_S)
            if not purged and time.monotonic() > until - args.turn / 2:
                switch(args, pid, "--purge", backend)
                purged = True
            commands, now = ask(socket), time.monotonic()
            with open(f"/proc/{pid}/status", encoding="utf-8") as status:
                rss = int(re.search(r"VmRSS:\s+(\d+)", status.read())[1]) / 1024
            samples.append((now - began, (commands - before) / (now - at) / 1000, rss))
            before, at = commands, now
    return samples, turns


def draw(samples, turns, end):
    def x(seconds):
        return LEFT + seconds / end * (WIDTH - LEFT - RIGHT)

    parts = []
    for which, (heading, top, height) in enumerate(PANELS):
        most = max(s[1 + which] for s in samples) * 1.1
        for (since, backend), until in zip(turns, [t for t, _ in turns[1:]] + [end]):
            colour = COLOURS.get(backend, "#888888")
            parts.append(f'<rect x="{x(since):.1f}" y="{top}" width="{x(until) - x(since):.1f}" height="{height}" '
                         f'fill="{colour}" opacity="0.15"/>')
            if which == 0:
                parts.append(f'<text x="{(x(since) + x(until)) / 2:.1f}" y="{top - 8}" text-anchor="middle" '
                             f'fill="{colour}" font-weight="bold">{backend}</text>')
        for tick in range(3):
            value = most / 1.1 * tick / 2
            y = top + height * (1 - value / most)
            parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:.0f}</text>'
                         f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#888" stroke-width="0.4"/>')
        points = " ".join(f"{x(s[0]):.1f},{top + height * (1 - s[1 + which] / most):.1f}" for s in samples)
        parts.append(f'<polyline points="{points}" fill="none" stroke="#333" stroke-width="1.5"/>'
                     f'<text x="{LEFT}" y="{top + height + 16}">{heading}</text>')
    parts.append(f'<text x="{WIDTH - RIGHT}" y="{PANELS[-1][1] + PANELS[-1][2] + 16}" text-anchor="end">'
                 f'{end:.0f} seconds</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 410" font-family="sans-serif" '
            'font-size="12" fill="#333"><rect width="100%" height="100%" fill="#fff"/>' + "".join(parts) + "</svg>\n")


def main():
    parser = argparse.ArgumentParser(description="redis-server under load, switched: a picture")
    parser.add_argument("--for", dest="turn", type=float, default=10, metavar="S", help="a turn; the default is 10")
    parser.add_argument("--backends", default="jemalloc,mimalloc,tcmalloc,jemalloc", metavar="LIST")
    parser.add_argument("-o", "--output", default="switching.svg", metavar="FILE")
    parser.add_argument("zmalloc")
    parser.add_argument("library")
    args = parser.parse_args()
    args.library, args.backends = os.path.abspath(args.library), args.backends.split(",")
    samples, turns = measure(args)
    ends = [t for t, _ in turns[1:]] + [samples[-1][0]]
    for (since, backend), until in zip(turns, ends):
        half = [s for s in samples if (since + until) / 2 + 1 <= s[0] <= until]
        print(f"{backend:18} {statistics.median(s[1] for s in half):7.1f} k commands/s "
              f"{statistics.median(s[2] for s in half):7.1f} MiB, in the second half of its turn")
    with open(args.output, "w", encoding="utf-8") as file:
        file.write(draw(samples, turns, samples[-1][0]))


if __name__ == "__main__":
    main()

"""Instructions a request, and the server's own benchmark.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import re
import statistics
import subprocess
import time

from servers.client import Client, server
from servers.making import output, run

TESTS = {"SET": ["-t", "set", "-d", "100"], "GET": ["-t", "get"], "HSET": ["-t", "hset"], "ZADD": ["-t", "zadd"],
         "LPUSH": ["-t", "lpush"]}


def answers(path):
    try:
        return Client(path)("ping") == "PONG"
    except OSError:
        return False


def number_of(found):
    return int(found.group(1).replace(",", ""))


def count(args, name, words):
    """Instructions of a server from its start to its end, under callgrind, without those of its cron: they are a
    matter of the time that this takes."""
    directory = args.work / "callgrind"
    directory.mkdir(exist_ok=True)
    path, log = directory / "socket", directory / "log"
    path.unlink(missing_ok=True)
    process = subprocess.Popen(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out", f"--log-file={log}", "-q",
         args.work / name / "src" / args.server, "--port", "0", "--unixsocket", path, "--save", "", "--hz", "1",
         "--dir", directory],
        env={**os.environ, "ZMALLOC_BACKEND": "jemalloc"}, stdout=subprocess.DEVNULL)
    while not answers(path):
        time.sleep(0.2)
    if words:
        run(args.work / "stock/src" / args.server.replace("server", "benchmark"), "-s", path, "-r", 100000, "-P", 16,
            "-c", 1, *words, stdout=subprocess.DEVNULL)
    Client(path)("shutdown", "nosave")
    process.wait(300)
    text = output("callgrind_annotate", "--inclusive=yes", "--threshold=99.99", directory / "out")
    cron = re.search(r"^ *([\d,]+) .*:serverCron", text, re.M)
    return number_of(re.search(r"^ *([\d,]+) .*PROGRAM TOTALS", text, re.M)) - (number_of(cron) if cron else 0)


LUA = "local t={} for i=1,100 do t[i]='x'..i..ARGV[1] end return #t"


def instructions(args):
    """A request's: what those after the first cost."""
    tests = {**TESTS, "EVAL": ["eval", LUA, "0", "__rand_int__"]}
    for test in args.rest or list(tests):
        each = {}
        for name in "stock", "ours":
            few, many = (200, 1200) if test == "EVAL" else (2000, 22000)
            first, both = (count(args, name, ["-n", n, *tests[test]]) for n in (few, many))
            each[name] = (both - first) / (many - few)
        print(f"{test:6} stock {each['stock']:9.0f}  ours {each['ours']:9.0f}  {each['ours'] / each['stock']:.3f}", flush=True)


def bench(args):
    """The server's own benchmark, stock and ours in turn, five times each."""
    for test in args.rest or list(TESTS):
        rates = {"stock": [], "ours": []}
        with server(args, "stock", "jemalloc") as stock, server(args, "ours", "jemalloc") as ours:
            for _ in range(6):
                for name, client in ("stock", stock), ("ours", ours):
                    text = output(args.work / "stock/src" / args.server.replace("server", "benchmark"), "-s", client.path,
                                  "-n", 100000, "-r", 100000, "-P", 16, "-c", 20, "--csv", *TESTS[test])
                    rates[name].append(float(re.findall(r'","([0-9.]+)"', text)[0]))
        stock, ours = (statistics.median(rates[name][1:]) for name in ("stock", "ours"))
        print(f"{test:6} stock {stock:9.0f}  ours {ours:9.0f} requests a second  {ours / stock:.3f}", flush=True)

"""The figures that people look at, defragmentation, and what small things take.

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import statistics
import sys
import time
from pathlib import Path

from servers.client import server
from servers.making import sides

FIELDS = ["used_memory", "used_memory_rss", "allocator_allocated", "allocator_active", "allocator_resident",
          "allocator_frag_ratio", "allocator_muzzy"]
MOVERS = ["jemalloc", "mimalloc"] # allocators that can tell how full a block's surroundings are


def show(args):
    """Prints them, and fails if one of them can't be right."""
    wrong = []
    for name, backend in sides(args, args.rest):
        with server(args, name, backend) as client:
            client("debug", "populate", 200000, "key", 200)
            for start in range(0, 200000, 1000):
                client("del", *(f"key:{i}" for i in range(start, start + 1000) if i % 10))
            time.sleep(0.5)
            info = client.info()
            print(f"\n{name}, {info['mem_allocator']}")
            for field in FIELDS:
                print(f"  {field:24} {info.get(field, '-'):>12}")
            answers = {word: client("memory", *word.split()) for word in ("usage key:0", "stats", "doctor", "purge", "malloc-stats")}
            print("  MEMORY USAGE           ", answers["usage key:0"])
            print("  MEMORY STATS           ", len(answers["stats"]) // 2, "figures")
            print("  MEMORY DOCTOR          ", str(answers["doctor"]).splitlines()[0][:70])
            print("  MEMORY PURGE           ", answers["purge"])
            print("  MEMORY MALLOC-STATS    ", len(str(answers["malloc-stats"]).splitlines()), "lines")
            print("  EVAL                   ", client("eval", "local t={} for i=1,100 do t[i]=tostring(i) end return #t", 0))
            found = wrong_figures(info, answers)
            found += [f"{field} of INFO is {value}" for field, value in client.info("everything").items() if "nan" in value.lower()]
        with server(args, name, backend) as client: # another, whose heap nobody has used
            found += defragment(client, any(mover in backend for mover in MOVERS), name == "ours")
            found += [f"{field} of INFO is {value}, defragmented" for field, value in client.info().items() if "nan" in value.lower()]
        print("  wrong                  ", "; ".join(found) or "nothing", flush=True)
        wrong += found
    if wrong:
        sys.exit(1)


def leaves(value):
    return [leaf for one in value for leaf in leaves(one)] if isinstance(value, list) else [value]


def wrong_figures(info, answers):
    """What can't be right, in words: unknown where everything is known, empty, no number, or out of order."""
    found = [f"{field} is {info.get(field)}" for field in FIELDS[:5] if int(info.get(field, 0)) <= 0]
    if not found and not int(info[FIELDS[2]]) <= int(info[FIELDS[3]]) <= int(info[FIELDS[4]]):
        found.append("not allocated <= active <= resident")
    for what, answer in answers.items():
        if answer in (None, "", []) or isinstance(answer, RuntimeError):
            found.append(f"MEMORY {what}: {answer}")
    if any(leaf is None or "nan" in re.findall(r"[a-z]+", str(leaf).lower()) for leaf in leaves([answers["stats"], answers["malloc-stats"]])):
        found.append("NaN, or nothing, in MEMORY STATS or MALLOC-STATS")
    if len(str(answers["malloc-stats"]).splitlines()) < 5:
        found.append("MEMORY MALLOC-STATS says next to nothing")
    return found


def resting(client, start):
    """Seconds from `start` until it has moved something and rests at five looks in a row; a minute at most."""
    looks, rests = 0, start
    while looks < 5 and time.monotonic() < start + 60:
        time.sleep(0.2)
        at_rest = not int(client.info()["active_defrag_running"]) and int(client.info("stats")["active_defrag_hits"])
        looks = looks + 1 if at_rest else 0
        rests = time.monotonic() if looks <= 1 else rests
    return rests - start


def defragment(client, can, to_rest):
    """300,000 strings, four of five deleted, and what comes of it; returns what is wrong with that. RSS is that of
    after a purge, before and after: what has come free is given back in the allocator's own time."""
    client.many([("config", "set", *pair) for pair in (
        ("active-defrag-ignore-bytes", "1mb"), ("active-defrag-threshold-lower", "5"),
        ("active-defrag-cycle-min", "65"), ("active-defrag-cycle-max", "75"), ("hz", "100"))])
    client("debug", "populate", 300000, "key", 150)
    for start in range(0, 300000, 1000):
        client("del", *(f"key:{i}" for i in range(start, start + 1000) if i % 5))
    rss_before = taken(client)[1]
    time.sleep(1) # its figures are those of its last cron
    before, start = client.info(), time.monotonic()
    answer = client("config", "set", "activedefrag", "yes")
    if isinstance(answer, RuntimeError):
        print(f"  activedefrag            refused: {str(answer)[:60]}...")
        return ["refused, though it can"] if can else []
    took = resting(client, start)
    after, hits = client.info(), client.info("stats")
    client("config", "set", "activedefrag", "no")
    print(f"  activedefrag            frag ratio {before['allocator_frag_ratio']} -> {after['allocator_frag_ratio']}, "
          f"RSS {rss_before} -> {taken(client)[1]}, {hits['active_defrag_hits']} moved, {took:.1f} s")
    if not can:
        return ["not refused, though it can't"]
    return ["ended above 1.3"] if to_rest and float(after["allocator_frag_ratio"]) >= 1.3 else []


def populate(client, kind):
    commands = {"strings": lambda i: ("set", f"key:{i}", f"value:{i}"), "hash fields": lambda i: ("hset", f"h:{i % 100}", f"f:{i}", f"value:{i}"),
                "set members": lambda i: ("sadd", f"s:{i % 100}", f"member:{i}"), "zset members": lambda i: ("zadd", f"z:{i % 100}", i, f"member:{i}")}
    for start in range(0, 100000, 1000):
        client.many([commands[kind](i) for i in range(start, start + 1000)])


def taken(client):
    """Used memory, and RSS as the system has it now: the server's own figure is that of its last cron. Of the RSS
    also what is anonymous: the rest are pages of the program's file, which the system maps in blocks of its own.
    After a purge: what is free and still dirty depends on how many seconds ago it was freed."""
    client("memory", "purge")
    status = Path(f"/proc/{client.info('server')['process_id']}/status").read_text()
    rss = [int(re.search(rf"^{name}:\s*(\d+)", status, re.M).group(1)) * 1024 for name in ("VmRSS", "RssAnon")]
    return int(client.info()["used_memory"]), *rss


def grown(client, kind):
    """What 100,000 take of each."""
    time.sleep(0.5)
    empty = taken(client)
    populate(client, kind)
    time.sleep(0.5)
    return [full - before for full, before in zip(taken(client), empty)]


def memory(args):
    """Medians of five servers of each side, in turn."""
    which = sides(args, args.rest)
    for kind in ["strings", "hash fields", "set members", "zset members"]:
        found = {side: [] for side in which}
        for _ in range(5):
            for side in which:
                with server(args, *side) as client:
                    found[side].append(grown(client, kind))
        stock = [statistics.median(column) for column in zip(*found[which[0]])]
        for side in which:
            values = [statistics.median(column) for column in zip(*found[side])]
            print(f"{kind:13} {side[0]:6} {side[1]:17}", *(
                f"{name} {value:>10.0f} {value / of:.3f}"
                for name, value, of in zip(("used", " RSS", " anonymous"), values, stock)), flush=True)

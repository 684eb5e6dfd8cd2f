"""The figures that people look at, defragmentation, and what small things take.

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import statistics
import time
from pathlib import Path

from servers.client import server
from servers.making import sides

FIELDS = ["used_memory", "used_memory_rss", "allocator_allocated", "allocator_active", "allocator_resident",
          "allocator_frag_ratio", "allocator_muzzy"]


def show(args):
    for name, backend in sides(args, args.rest):
        with server(args, name, backend) as client:
            client("debug", "populate", 200000, "key", 200)
            for start in range(0, 200000, 1000):
                client("del", *(f"key:{i}" for i in range(start, start + 1000) if i % 20))
            time.sleep(0.5)
            info = client.info()
            print(f"\n{name}, {info['mem_allocator']}")
            for field in FIELDS:
                print(f"  {field:24} {info.get(field, '-'):>12}")
            print("  MEMORY USAGE           ", client("memory", "usage", "key:0"))
            print("  MEMORY STATS           ", len(client("memory", "stats")) // 2, "figures")
            print("  MEMORY DOCTOR          ", client("memory", "doctor").splitlines()[0][:70])
            print("  MEMORY PURGE           ", client("memory", "purge"))
            print("  MEMORY MALLOC-STATS    ", len(client("memory", "malloc-stats").splitlines()), "lines")
            print("  EVAL                   ", client("eval", "local t={} for i=1,100 do t[i]=tostring(i) end return #t", 0))
            defragment(client)
            nan = [field for field, value in client.info().items() if "nan" in value]
            print("  NaN in INFO            ", ", ".join(nan) or "none")


def resting(client, start):
    """Seconds from `start` until it has moved something and rests at five looks in a row; a minute at most."""
    looks, rests = 0, start
    while looks < 5 and time.monotonic() < start + 60:
        time.sleep(0.2)
        at_rest = not int(client.info()["active_defrag_running"]) and int(client.info("stats")["active_defrag_hits"])
        looks = looks + 1 if at_rest else 0
        rests = time.monotonic() if looks <= 1 else rests
    return rests - start


def defragment(client):
    """300,000 strings, four of five deleted, and what comes of it."""
    client("flushall")
    client.many([("config", "set", *pair) for pair in (
        ("active-defrag-ignore-bytes", "1mb"), ("active-defrag-threshold-lower", "5"),
        ("active-defrag-cycle-min", "65"), ("active-defrag-cycle-max", "75"), ("hz", "100"))])
    client("debug", "populate", 300000, "key", 150)
    for start in range(0, 300000, 1000):
        client("del", *(f"key:{i}" for i in range(start, start + 1000) if i % 5))
    client("memory", "purge")
    time.sleep(1)
    before, start = client.info(), time.monotonic()
    answer = client("config", "set", "activedefrag", "yes")
    if isinstance(answer, RuntimeError):
        print(f"  activedefrag            refused: {str(answer)[:60]}...")
        return
    took = resting(client, start)
    after, hits = client.info(), client.info("stats")
    print(f"  activedefrag            frag ratio {before['allocator_frag_ratio']} -> {after['allocator_frag_ratio']}, "
          f"RSS {before['used_memory_rss']} -> {after['used_memory_rss']}, {hits['active_defrag_hits']} moved, "
          f"{took:.1f} s")


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

"""Redis and Valkey on zmalloc: what examples/redis/redis.py and examples/valkey/valkey.py have in common.

An unpacked source tree is copied twice, "stock" and "ours". In ours the allocation layer gives way to our headers
and a glue of a few lines; both are built, and can be shown, tested and measured beside one another.

SPDX-License-Identifier: BSD-3-Clause
"""
import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent
UNITS = ["unit/type/string", "unit/type/incr", "unit/type/list", "unit/type/list-2", "unit/type/list-3",
         "unit/type/set", "unit/type/zset", "unit/type/hash", "unit/type/stream", "unit/type/stream-cgroups",
         "unit/other", "unit/info", "unit/introspection", "unit/introspection-2", "unit/maxmemory",
         "unit/memefficiency", "unit/lazyfree", "unit/scripting", "unit/functions", "unit/moduleapi/defrag",
         "unit/moduleapi/datatype", "integration/rdb", "integration/aof", "integration/replication",
         "integration/corrupt-dump"]
TESTS = {"SET": ["-t", "set", "-d", "100"], "GET": ["-t", "get"], "HSET": ["-t", "hset"], "ZADD": ["-t", "zadd"],
         "LPUSH": ["-t", "lpush"]}
MAKEFILE = """ifeq ($(MALLOC),zmalloc)
\tFINAL_CFLAGS+= -DUSE_JEMALLOC $(ZMALLOC_CFLAGS)
\tFINAL_LIBS+= $(ZMALLOC_LIBS)
endif

"""


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, **more)


def output(*command, **more):
    return run(*command, text=True, stdout=subprocess.PIPE, **more).stdout


def version_of(source, kinds):
    """(kind, number) of an unpacked tree, as its version.h has it; 0xffffff is one between releases."""
    text = (source / "src/version.h").read_text()
    for kind in kinds:
        found = re.search(rf"^#define {kind}_VERSION_NUM (0x[0-9a-f]+)", text, re.M | re.I)
        if found:
            return kind, int(found.group(1), 16)
    sys.exit(f"{source}: no version of {' or '.join(kinds)} in src/version.h")


# ---- making ----

def copy(source, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    return target


def edit(path, old, new):
    text, count = re.subn(old, lambda _: new, path.read_text(), flags=re.M)
    if count != 1:
        sys.exit(f"{path}: {count} places in which {old!r} would be replaced, not 1")
    path.write_text(text)


def put_glue(tree, glue):
    """`glue`: the text of each file in src/. Beside it the server's refusal to defragment, which it decides when it
    is compiled, is decided when it runs: two lines more."""
    for name, text in glue.items():
        (tree / "src" / name).write_text(text)
    edit(tree / "src/Makefile", r"^(?=ifeq \(\$\(MALLOC\),tcmalloc\)$)", MAKEFILE)
    edit(tree / "src/config.c", r"^#ifndef HAVE_DEFRAG\n    if \(val\) \{", "#if 1\n    if (val && !zmalloc_can_defrag()) {")
    print(f"glue: {sum(text.count(chr(10)) for text in glue.values()) + 2} lines")


def build(args, glue):
    copy(args.source, args.work / "stock")
    run("make", "-C", args.work / "stock", f"-j{args.jobs}", "MALLOC=jemalloc")
    build_ours(args, glue)


def build_ours(args, glue):
    """With the static library of a build of zmalloc, as its own words say how to link it."""
    stage = args.work / "zmalloc"
    shutil.rmtree(stage, ignore_errors=True)
    run("meson", "install", "-C", args.build, "--no-rebuild", "--quiet", "--destdir", stage)
    [pc] = stage.rglob("zmalloc.pc")
    env = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(stage)}
    cflags = output("pkg-config", "--cflags", "zmalloc", env=env).strip()
    libs = output("pkg-config", "--libs", "--static", "zmalloc", env=env).split()
    libs = " ".join(str(pc.parent.parent / "libzmalloc.a") if word == "-lzmalloc" else word for word in libs)
    ours = copy(args.source, args.work / "ours")
    put_glue(ours, glue)
    run("make", "-C", ours, f"-j{args.jobs}", "MALLOC=zmalloc", f"ZMALLOC_CFLAGS={cflags}", f"ZMALLOC_LIBS={libs}")


def backends(work):
    [pc] = (work / "zmalloc").rglob("zmalloc.pc")
    return re.search(r"^backends=(.*)$", pc.read_text(), re.M).group(1).split()


def sides(args, wanted):
    return [("stock", "jemalloc"), *(("ours", backend) for backend in wanted or backends(args.work))]


# ---- a server ----

class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def __call__(self, *words):
        return self.many([words])[0]

    def many(self, commands):
        """All at once."""
        for words in commands:
            words = [str(word).encode() for word in words]
            self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return [self.reply() for _ in commands]

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            return RuntimeError(rest)
        if kind == b"$":
            return None if rest == "-1" else self.file.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def info(self, section="memory"):
        return dict(line.split(":", 1) for line in self("info", section).splitlines() if ":" in line)


@contextmanager
def server(args, name, backend):
    directory = args.work / f"run-{name}-{backend}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    path = directory / "socket"
    process = subprocess.Popen(
        [args.work / name / "src" / args.server, "--port", "0", "--unixsocket", path, "--dir", directory, "--save", "",
         "--logfile", directory / "log", "--enable-debug-command", "yes"],
        env={**os.environ, "ZMALLOC_BACKEND": backend}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if process.poll() is not None:
                sys.exit(f"{name} under {backend} ended: see {directory}/log")
            try:
                client = Client(path)
                break
            except OSError:
                time.sleep(0.05)
        client.path = path
        yield client
    finally:
        process.terminate()
        process.wait(60)


# ---- show: the figures that people look at ----

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


def defragment(client):
    """Until it rests: the smallest ratio of five looks in a row."""
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
    time.sleep(1)
    while int(client.info()["active_defrag_running"]) and time.monotonic() < start + 60:
        time.sleep(0.2)
    took = time.monotonic() - start
    time.sleep(0.3)
    after, hits = client.info(), client.info("stats")
    print(f"  activedefrag            frag ratio {before['allocator_frag_ratio']} -> {after['allocator_frag_ratio']}, "
          f"RSS {before['used_memory_rss']} -> {after['used_memory_rss']}, {hits['active_defrag_hits']} moved, "
          f"{took:.1f} s")


# ---- memory: what small things take ----

def populate(client, kind):
    commands = {"strings": lambda i: ("set", f"key:{i}", f"value:{i}"), "hash fields": lambda i: ("hset", f"h:{i % 100}", f"f:{i}", f"value:{i}"),
                "set members": lambda i: ("sadd", f"s:{i % 100}", f"member:{i}"), "zset members": lambda i: ("zadd", f"z:{i % 100}", i, f"member:{i}")}
    for start in range(0, 100000, 1000):
        client.many([commands[kind](i) for i in range(start, start + 1000)])


def memory(args):
    kinds = ["strings", "hash fields", "set members", "zset members"]
    stock = {}
    for name, backend in sides(args, args.rest):
        for kind in kinds:
            with server(args, name, backend) as client:
                empty = client.info()
                populate(client, kind)
                time.sleep(0.3)
                full = client.info()
                got = [int(full[f]) - int(empty[f]) for f in ("used_memory", "used_memory_rss")]
            stock.setdefault(kind, got)
            ratios = [value / of for value, of in zip(got, stock[kind])]
            print(f"{name:6} {backend:17} {kind:13} used {got[0]:>10} {ratios[0]:.3f}  RSS {got[1]:>10} {ratios[1]:.3f}", flush=True)


# ---- the server's own tests ----

def suite(args):
    wanted = [word for word in args.rest if "/" not in word]
    for unit in [word for word in args.rest if "/" in word] or UNITS:
        for name, backend in sides(args, wanted):
            runner = "runtest-moduleapi" if "moduleapi" in unit else "runtest"
            result = subprocess.run(
                [f"./{runner}", "--single", unit, "--clients", "1", "--dump-logs"], cwd=args.work / name,
                env={**os.environ, "ZMALLOC_BACKEND": backend}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, errors="replace", check=False)
            text = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout)
            failed = sorted(set(re.findall(r"^\[(?:err|exception)\]: (.*)", text, re.M)))
            row = {"side": name, "backend": backend, "unit": unit, "passed": len(re.findall(r"^\[ok\]", text, re.M)),
                   "failed": failed, "status": result.returncode}
            if not row["passed"] and not failed:
                failed = row["failed"] = [f"nothing was tested, status {result.returncode}: {text.strip()[-300:]}"]
            with (args.work / "suite.jsonl").open("a") as file:
                file.write(json.dumps(row) + "\n")
            print(f"{unit:26} {name:5} {backend:17} {row['passed']:5} passed, {len(failed)} failed", *failed, sep="\n    " if failed else "", flush=True)


# ---- instructions ----

def count(args, name, words):
    """Instructions of a server from its start to its end, under callgrind."""
    directory = args.work / "callgrind"
    directory.mkdir(exist_ok=True)
    path, log = directory / "socket", directory / "log"
    path.unlink(missing_ok=True)
    process = subprocess.Popen(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={directory}/out", f"--log-file={log}", "-q",
         args.work / name / "src" / args.server, "--port", "0", "--unixsocket", path, "--save", "", "--hz", "1",
         "--dir", directory],
        env={**os.environ, "ZMALLOC_BACKEND": "jemalloc"}, stdout=subprocess.DEVNULL)
    while not path.exists():
        time.sleep(0.2)
    if words:
        run(args.work / "stock/src" / args.server.replace("server", "benchmark"), "-s", path, "-r", 100000, "-P", 16,
            "-c", 5, *words, stdout=subprocess.DEVNULL)
    Client(path)("shutdown", "nosave")
    process.wait(300)
    return int(re.search(r"^(?:summary|totals): (\d+)", (directory / "out").read_text(), re.M).group(1))


LUA = "local t={} for i=1,100 do t[i]='x'..i..ARGV[1] end return #t"


def instructions(args):
    """A request's: what a second 10,000 of them cost."""
    tests = {**TESTS, "EVAL": ["eval", LUA, "0", "__rand_int__"]}
    for test in args.rest or list(tests):
        each = {}
        for name in "stock", "ours":
            few, many = (count(args, name, ["-n", n, *tests[test]]) for n in (2000, 12000))
            each[name] = (many - few) / 10000
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


COMMANDS = {"show": show, "memory": memory, "suite": suite, "bench": bench, "instructions": instructions}


def main(usage, kinds, glue_of, fetch=None):
    parser = argparse.ArgumentParser(usage=usage)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--build", type=Path, default=TREE / "build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("command", choices=["build", "ours", *COMMANDS])
    parser.add_argument("rest", nargs="*")
    args = parser.parse_args()
    args.work = args.work.resolve()
    args.work.mkdir(parents=True, exist_ok=True)
    if args.command in ("build", "ours") and not args.source:
        if not fetch:
            sys.exit("--source names an unpacked source tree")
        args.source = fetch(args.work)
    kind, number = version_of(args.source or args.work / "ours", kinds)
    args.server = f"{kind.lower()}-server"
    if args.command in ("build", "ours"):
        glue = glue_of(args.source, kind, number)
        (build if args.command == "build" else build_ours)(args, glue)
    else:
        COMMANDS[args.command](args)

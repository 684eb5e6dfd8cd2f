#!/usr/bin/env python3
"""Redis 7.0.15 on zmalloc: gets its sources, replaces its zmalloc.c and zmalloc.h, builds, runs.

usage: redis.py [--work DIRECTORY] [--build DIRECTORY] COMMAND

  build [NAME]     stock: Redis on its own layer and its own jemalloc; ours: on zmalloc
  show [BACKEND...]
                   INFO memory, purge, doctor, background thread and defragmentation, per backend
  suite [UNIT...]  Redis's own tests: stock, then under every backend
  bench [ROUNDS [TEST...]]
                   redis-benchmark, stock and ours (jemalloc) in turn; TEST: SET, GET, ...
  summary          what the suites have given so far

`--build` is a build of zmalloc (default: build/ of this tree). `--work` keeps everything that is made
(default: build-redis/). Sources come from the distribution's source package; no Redis code is in here.

SPDX-License-Identifier: BSD-3-Clause
"""
import argparse
import hashlib
import json
import os
import random
import re
import shutil
import socket
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent.parent
VERSION = "7.0.15"
ARCHIVE = f"redis_{VERSION}.orig.tar.gz"
SHA256 = "4b1dc4ee6d622a09fff9c6777191209750fb5e5a725ef78ea012d6eef4c22982"
UNITS = ["unit/memefficiency", "unit/maxmemory", "unit/type/string", "unit/type/incr", "unit/type/list",
         "unit/type/list-2", "unit/type/list-3", "unit/type/set", "unit/type/zset", "unit/type/hash",
         "unit/type/stream", "unit/type/stream-cgroups", "unit/other", "unit/introspection",
         "unit/introspection-2", "integration/rdb", "integration/aof"]
MAKEFILE = """
ifeq ($(MALLOC),zmalloc)
\tFINAL_CFLAGS+= -DUSE_JEMALLOC $(ZMALLOC_CFLAGS)
\tFINAL_LIBS+= $(ZMALLOC_LIBS)
endif
"""


def run(*command, **more):
    return subprocess.run([str(word) for word in command], check=True, **more)


def output(*command, **more):
    return run(*command, text=True, stdout=subprocess.PIPE, **more).stdout


# ---- sources ----

def get_source(work):
    """The upstream archive that the distribution's source package has, by apt with directories of its own:
    it needs no root and changes nothing. No signature is asked for; the hash decides."""
    archive = work / ARCHIVE
    if not archive.exists():
        apt = work / "apt"
        for part in "lists/partial", "cache/archives/partial":
            (apt / part).mkdir(parents=True, exist_ok=True)
        release = dict(re.findall(r'^(\w+)="?([^"\n]*)', Path("/etc/os-release").read_text(), re.M))
        uris = output("apt-get", "--print-uris", "update", stderr=subprocess.DEVNULL)
        suites = re.findall(rf"^'(.*)/dists/({release['VERSION_CODENAME']}[^/]*)/InRelease'", uris, re.M)
        (apt / "sources.list").write_text("".join(f"deb-src [trusted=yes] {uri} {suite} main\n"
                                                  for uri, suite in suites))
        options = {"Dir::Etc::sourcelist": apt / "sources.list", "Dir::Etc::sourceparts": "/dev/null",
                   "Dir::State::lists": apt / "lists", "Dir::Cache": apt / "cache",
                   "APT::Sandbox::User": output("id", "-un").strip()}
        private = ["apt-get", "-qq", *(f"-o{key}={value}" for key, value in options.items())]
        subprocess.run([*private, "update"], check=False) # one archive of several may fail
        run(*private, "source", "--download-only", "--tar-only", "redis", cwd=work)
        if not archive.exists():
            sys.exit(f"redis.py: the distribution's redis is not {VERSION}; put {ARCHIVE} into {work}")
    found = hashlib.sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        sys.exit(f"redis.py: {archive} has sha256 {found}, not {SHA256}")
    return archive


def unpack(work, name):
    target = work / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    run("tar", "-xf", get_source(work), "-C", target, "--strip-components=1")
    return target


def build_stock(work):
    stock = unpack(work, "stock")
    run("make", "-C", stock, f"-j{os.cpu_count()}", "MALLOC=jemalloc")


def build_ours(work, zmalloc):
    # The library as it is installed, and its own words on how to link it.
    stage = work / "zmalloc"
    shutil.rmtree(stage, ignore_errors=True)
    run("meson", "install", "-C", zmalloc, "--no-rebuild", "--quiet", "--destdir", stage)
    [pc] = stage.rglob("zmalloc.pc")
    env = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(stage)}
    cflags = output("pkg-config", "--cflags", "zmalloc", env=env).strip()
    libs = output("pkg-config", "--libs", "--static", "zmalloc", env=env).split()
    # The static library: jemalloc's own functions can be reached in it, unless they are private.
    archive = pc.parent.parent / "libzmalloc.a"
    if not re.search(r" T je_mallctl$", output("nm", "-g", archive), re.M):
        sys.exit("redis.py: this libzmalloc.a hides jemalloc's names; configure zmalloc with -Dprivate_names=disabled")
    libs = " ".join(str(archive) if word == "-lzmalloc" else word for word in libs)

    ours = unpack(work, "ours")
    for name in "zmalloc.c", "zmalloc.h":
        shutil.copy(HERE / name, ours / "src" / name)
    makefile = ours / "src/Makefile"
    text, count = re.subn(r"(?=^ifeq \(\$\(MALLOC\),tcmalloc\)$)", MAKEFILE.lstrip() + "\n", makefile.read_text(),
                          flags=re.M)
    assert count == 1
    makefile.write_text(text)
    run("make", "-C", ours, f"-j{os.cpu_count()}", "MALLOC=zmalloc", f"ZMALLOC_CFLAGS={cflags}", f"ZMALLOC_LIBS={libs}")


def backends(work):
    """As the installed library says."""
    [pc] = (work / "zmalloc").rglob("zmalloc.pc")
    return re.search(r"^backends=(.*)$", pc.read_text(), re.M).group(1).split()


# ---- a server ----

class Client:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(str(path))
        self.file = self.socket.makefile("rb")

    def __call__(self, *words):
        words = [str(word).encode() for word in words]
        self.socket.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
        return self.reply()

    def reply(self):
        line = self.file.readline()
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"-":
            raise RuntimeError(rest)
        if kind == b"$":
            return None if rest == "-1" else self.file.read(int(rest) + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return [self.reply() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest

    def leave_one_in(self, n, keys):
        """Deletes the other keys of DEBUG POPULATE."""
        for start in range(0, keys, 1000):
            self("del", *(f"key:{i}" for i in range(start, start + 1000) if i % n))

    def info(self, section="memory"):
        return dict(line.split(":", 1) for line in self("info", section).splitlines() if ":" in line)


@contextmanager
def server(work, name, backend, *options):
    directory = work / f"run-{name}-{backend}"
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    path = directory / "socket"
    process = subprocess.Popen(
        [work / name / "src/redis-server", "--port", "0", "--unixsocket", path, "--dir", directory, "--save", "",
         "--logfile", directory / "log", "--enable-debug-command", "yes", *options],
        env={**os.environ, "ZMALLOC_BACKEND": backend}, stdout=subprocess.DEVNULL)
    try:
        for _ in range(600):
            if process.poll() is not None:
                sys.exit(f"redis.py: {name} under {backend} ended: see {directory}/log")
            try:
                client = Client(path)
                break
            except OSError:
                time.sleep(0.05)
        client.path = path
        yield client
        process.terminate()
        process.wait(60)
    finally:
        process.kill()


# ---- show ----

FIELDS = ["used_memory", "used_memory_peak", "used_memory_rss", "mem_fragmentation_ratio",
          "allocator_allocated", "allocator_active", "allocator_resident", "allocator_frag_ratio"]


def show(work, wanted):
    for name, backend in [("stock", "jemalloc"), *(("ours", backend) for backend in wanted)]:
        with server(work, name, backend) as redis:
            redis("debug", "populate", 200000, "key", 200)
            redis.leave_one_in(20, 200000)
            before = redis.info()
            redis("memory", "purge")
            time.sleep(0.5) # the server samples these figures ten times a second
            after = redis.info()
            redis("config", "set", "jemalloc-bg-thread", "yes")
            doctor = redis("memory", "doctor")
            stats = redis("memory", "malloc-stats")
            print(f"\n{name}, {after['mem_allocator']:37} {'purged':>12}")
            for field in FIELDS:
                print(f"  {field:26} {before[field]:>12} {after[field]:>12}")
            print(f"  MEMORY DOCTOR: {doctor.splitlines()[0][:80]}")
            print(f"  MEMORY MALLOC-STATS: {len(stats.splitlines())} lines")
            defragment(redis)


def defragment(redis):
    redis("flushall")
    redis("config", "set", "active-defrag-ignore-bytes", "1mb", "active-defrag-threshold-lower", "5",
          "active-defrag-cycle-min", "65", "active-defrag-cycle-max", "75", "hz", "100")
    redis("debug", "populate", 300000, "key", 150)
    redis.leave_one_in(5, 300000)
    redis("memory", "purge")
    time.sleep(1)
    before = redis.info()
    redis("config", "set", "activedefrag", "yes")
    time.sleep(1)
    for _ in range(120):
        if int(redis.info()["active_defrag_running"]) == 0:
            break
        time.sleep(0.5)
    after, hits = redis.info(), redis.info("stats")
    print(f"  defragmentation: allocator_frag_ratio {before['allocator_frag_ratio']} -> "
          f"{after['allocator_frag_ratio']}, RSS {before['used_memory_rss']} -> {after['used_memory_rss']}, "
          f"{hits['active_defrag_hits']} moved")


# ---- Redis's own tests ----

def suite(work, units):
    results = work / "suite.jsonl"
    for unit in units:
        for name, backend in [("stock", "jemalloc"), *(("ours", backend) for backend in backends(work))]:
            start = time.monotonic()
            result = subprocess.run(
                ["./runtest", "--single", unit, "--clients", "1", "--dump-logs", "--timeout", "3600"], cwd=work / name,
                env={**os.environ, "ZMALLOC_BACKEND": backend}, text=True, check=False, stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            text = re.sub(r"\x1b\[[0-9;]*m", "", result.stdout)
            line = {"redis": name, "backend": backend, "unit": unit, "passed": len(re.findall(r"^\[ok\]:", text, re.M)),
                    "failed": sorted(set(re.findall(r"^\[(?:err|exception)\]: (.*?)$", text, re.M))),
                    "complete": "All tests passed without errors" in text, "seconds": round(time.monotonic() - start)}
            if not line["complete"]:
                (work / f"suite-{name}-{backend}-{unit.replace('/', '-')}.log").write_text(text)
            with results.open("a") as file:
                file.write(json.dumps(line) + "\n")
            print(json.dumps(line), flush=True)
    summary(results)


def summary(results):
    """The last run of each unit."""
    last = {}
    for line in map(json.loads, results.read_text().splitlines()):
        last.setdefault((line["redis"], line["backend"]), {})[line["unit"]] = line
    for (name, backend), units in last.items():
        print(f"{name:6} {backend:18} {sum(u['passed'] for u in units.values()):5} passed, "
              f"{sum(len(u['failed']) for u in units.values()):3} failed, {len(units)} units, "
              f"{sum(u['complete'] for u in units.values())} whole")


# ---- redis-benchmark ----

TESTS = {"SET": ["-t", "set", "-d", "100"], "GET": ["-t", "get", "-d", "100"], "INCR": ["-t", "incr"],
         "LPUSH": ["-t", "lpush", "-d", "100"], "LPOP": ["-t", "lpop"], "SADD": ["-t", "sadd"],
         "HSET": ["-t", "hset", "-d", "100"], "ZADD": ["-t", "zadd"],
         "MSET": ["-t", "mset", "-d", "100"], "XADD": ["xadd", "stream", "*", "field", "value"]}
REQUESTS = 100000
PAIRS = 3


def measure(work, redis, arguments):
    """(requests a second, CPU microseconds a request) of the server."""
    def cpu():
        info = redis.info("cpu")
        return float(info["used_cpu_user"]) + float(info["used_cpu_sys"])
    before = cpu()
    text = output(work / "stock/src/redis-benchmark", "-s", redis.path, "-n", REQUESTS, "-r", 100000, "-P", 16, "-c", 20,
                  "--csv", *arguments)
    used = cpu() - before
    return float(re.findall(r'","([0-9.]+)"', text)[0]), used / REQUESTS * 1e6


def interval(ratios):
    """Geometric mean, and a 95 % interval of it by the bootstrap."""
    draw = random.Random(1)
    means = sorted(statistics.geometric_mean(draw.choices(ratios, k=len(ratios))) for _ in range(4000))
    return statistics.geometric_mean(ratios), means[100], means[-101]


def bench(work, rounds, names):
    """Servers are started anew in each round: where its memory happens to lie stays with a process, so a round,
    not a run, is what the intervals count as one."""
    every = {name: ([], []) for name in [*names, "all"]}
    for number in range(1, rounds + 1):
        print(f"round {number} of {rounds}", file=sys.stderr)
        whole = ([], [])
        with server(work, "stock", "jemalloc") as stock, server(work, "ours", "jemalloc") as ours:
            for name in names:
                ratios = ([], [])
                for redis in stock, ours: # uncounted
                    redis("flushall")
                    measure(work, redis, TESTS[name])
                for _ in range(PAIRS):
                    got = {}
                    for which in random.sample([0, 1], 2):
                        got[which] = measure(work, (stock, ours)[which], TESTS[name])
                    for i in 0, 1:
                        ratios[i].append(got[1][i] / got[0][i])
                for i in 0, 1:
                    every[name][i].append(statistics.geometric_mean(ratios[i]))
                    whole[i].extend(ratios[i])
        for i in 0, 1:
            every["all"][i].append(statistics.geometric_mean(whole[i]))
    print(f"ours / stock, {rounds} rounds of {PAIRS} pairs\n{'':8} {'requests a second':^22} {'CPU a request':^22}")
    for name, both in every.items():
        print(f"{name:8} " + " ".join("{:8.3f} ({:.3f}-{:.3f})".format(*interval(r)) for r in both), flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n", 1)[1].rsplit("\n\nSPDX", 1)[0].removeprefix("usage: "))
    parser.add_argument("--work", type=Path, default=TREE / "build-redis")
    parser.add_argument("--build", type=Path, default=TREE / "build")
    parser.add_argument("command", choices=["build", "show", "suite", "summary", "bench"])
    parser.add_argument("rest", nargs="*")
    args = parser.parse_args()
    work = args.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    if args.command == "build":
        for name in args.rest or ["stock", "ours"]:
            build_stock(work) if name == "stock" else build_ours(work, args.build)
    elif args.command == "show":
        show(work, args.rest or backends(work))
    elif args.command == "suite":
        suite(work, args.rest or UNITS)
    elif args.command == "summary":
        summary(work / "suite.jsonl")
    else:
        bench(work, int(args.rest[0]) if args.rest else 10, args.rest[1:] or list(TESTS))


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Runs glibc's own tests of malloc bare, and under the preload library with each backend.

usage: tests/glibc/glibc.py BUILD [TEST...]

Gets the source package of the libc that is installed here from the distribution, compiles what it
can of malloc/tst-*.c with the parts of support/ that they use, and prints what differs from glibc's
malloc as a table for docs/trials.md. Exit status 1 if a difference has no reason in reasons.py, or
a reason no difference. Everything stays in BUILD/glibc-tests, what the tests wrote too.
"""
import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "subprojects"))

import fetch  # noqa: E402
from reasons import ELSEWHERE, REASONS  # noqa: E402

BACKENDS = ["libc", "jemalloc", "tcmalloc", "tcmalloc_minimal", "mimalloc"]
SECONDS = 60
# Where glibc was built and installed, which these tests do not look at.
PATHS = ["BINDIR", "COMPLOCALEDIR", "INSTDIR", "LIBDIR", "OBJDIR", "OBJDIR_ELF_LDSO", "ROOTSBINDIR",
         "SBINDIR", "SLIBDIR", "SRCDIR"]
FLAGS = ["-w", "-O2", "-D_GNU_SOURCE", "-DTEST_NO_MALLOPT", "-DTIMEOUTFACTOR=2", "-fno-builtin",
         "-include", "limits.h", *(f'-D{name}_PATH="/nowhere"' for name in PATHS)]
DEBUG = "libc_malloc_debug.so.0"
# As in malloc/Makefile.
ENVIRONMENTS = {
    "tst-malloc-check": {"MALLOC_CHECK_": "3", "LD_PRELOAD": DEBUG},
    "tst-malloc-usable": {"MALLOC_CHECK_": "3", "LD_PRELOAD": DEBUG},
    "tst-malloc-usable-tunables": {"GLIBC_TUNABLES": "glibc.malloc.check=3", "LD_PRELOAD": DEBUG},
    "tst-compathooks-on": {"LD_PRELOAD": DEBUG},
    "tst-mxfast": {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"},
}
OBJECTS = {"tst-interpose-nothread": "tst-interpose-aux-nothread.c",
           "tst-interpose-thread": "tst-interpose-aux-thread.c"}
# Headers that glibc has elsewhere than where its tests include them from.
HEADERS = ["include/libc-diag.h", "include/array_length.h", "include/libc-pointer-arith.h",
           "sysdeps/generic/malloc-size.h", "sysdeps/generic/malloc-alignment.h"]


# ---- sources ----

def installed_version():
    return subprocess.run(["dpkg-query", "-W", "-f", "${source:Version}", "libc6"],
                          capture_output=True, text=True, check=True).stdout


def get_sources(place):
    """The unpacked source; without the distribution's patches, which leave these tests alone."""
    found = list(place.glob("glibc-*/"))
    if found:
        return found[0]
    scratch = place / "apt"
    scratch.mkdir(parents=True)
    fetch.apt_setup(scratch)
    package = f"glibc={installed_version()}"
    done = fetch.apt(scratch, "source", "--download-only", "--tar-only", package, cwd=scratch)
    archives = list(scratch.glob("glibc_*.orig.tar.*"))
    if done.returncode or not archives:
        sys.exit(f"{package} can't be had: {done.stderr.strip()}")
    with tarfile.open(archives[0]) as tar:
        tar.extractall(place, filter="data")
    shutil.rmtree(scratch)
    return next(place.glob("glibc-*/"))


# ---- compiling ----

def compile_all(jobs, log):
    """Runs (name, command) at once; returns the names that compiled. What was wrong goes to the log."""
    def compile_one(job):
        done = subprocess.run(job[1], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            log.write(f"{job[0]}:\n{done.stderr}\n")
        return done.returncode == 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [name for (name, _), well in zip(jobs, pool.map(compile_one, jobs)) if well]


def make_include(place, source):
    """A directory of what the tests include: all of glibc's would hide the system's headers."""
    include = place / "include"
    shutil.rmtree(include, ignore_errors=True)
    include.mkdir()
    for name in "support", "malloc", "test-skeleton.c", *HEADERS:
        (include / pathlib.Path(name).name).symlink_to((source / name).resolve())
    (include / "libc-symbols.h").touch()
    (include / "shlib-compat.h").symlink_to(HERE / "shlib-compat.h")
    return ["-I", include, "-I", include / "malloc", "-I", include / "support"]


def make_support(place, source, includes, log):
    """What does not compile outside of glibc is nothing that these tests need, or they won't link."""
    objects = place / "support"
    objects.mkdir(exist_ok=True)
    jobs = [(objects / f"{file.stem}.o", ["cc", *FLAGS, *includes, "-c", file, "-o", objects / f"{file.stem}.o"])
            for file in sorted((source / "support").glob("*.c"))
            if not file.stem.startswith("tst-") and "-container" not in file.stem]
    archive = place / "libsupport.a"
    subprocess.run(["ar", "rcs", archive, *compile_all(jobs, log)], check=True)
    return archive


def make_tests(place, source, log):
    """(name to program, names of what does not compile)"""
    includes = make_include(place, source)
    support = make_support(place, source, includes, log)
    programs = place / "programs"
    programs.mkdir(exist_ok=True)
    names = [file.stem for file in sorted((source / "malloc").glob("tst-*.c"))
             if file.stem not in ELSEWHERE]
    jobs = []
    for name in names:
        files = [source / "malloc" / f"{name}.c"]
        if name in OBJECTS:
            files.append(source / "malloc" / OBJECTS[name])
        jobs.append((name, ["cc", *FLAGS, *includes, *files, "-o", programs / name, support, "-lpthread"]))
    made = compile_all(jobs, log)
    return {name: programs / name for name in made}, [name for name in names if name not in made]


# ---- running ----

def told(status):
    if status is None:
        return "hung"
    if status == 0:
        return "ok"
    if status == 77:
        return "unsupported"
    return signal.Signals(-status).name if status < 0 else f"exit {status}"


def run(program, backend, library, output):
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", **ENVIRONMENTS.get(program.name, {})}
    if backend:
        preload = [str(library), environment.get("LD_PRELOAD")]
        environment |= {"LD_PRELOAD": ":".join(filter(None, preload)), "ZMALLOC_BACKEND": backend}
    with open(output / f"{program.name}.{backend or 'bare'}", "w", encoding="utf-8") as log, \
            subprocess.Popen([program], env=environment, cwd=output, stdin=subprocess.DEVNULL,
                             stdout=log, stderr=log, start_new_session=True) as process:
        try:
            status = process.wait(SECONDS)
        except subprocess.TimeoutExpired:
            status = None
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return told(status)


# ---- telling ----

def row(cells):
    print("|", " | ".join(cells), "|", flush=True)


def main():
    build, *wanted = sys.argv[1:]
    place = pathlib.Path(build).resolve() / "glibc-tests"
    place.mkdir(exist_ok=True)
    library = place.parent / "api/preload/libzmalloc-preload.so"
    output = place / "output"
    output.mkdir(exist_ok=True)
    source = get_sources(place)
    with open(output / "compiling", "w", encoding="utf-8") as log:
        programs, strangers = make_tests(place, source, log)
    for name in wanted:
        if name not in programs:
            sys.exit(f"no such test: {name}")
    print(f"{source.name}: {len(programs)} tests; not compiled: {', '.join(strangers) or 'none'}\n")
    row(["test", "bare", *BACKENDS, "why"])
    row(["---"] * (len(BACKENDS) + 3))
    same, wrong = 0, []
    for name in wanted or programs:
        results = [run(programs[name], backend, library, output) for backend in [None, *BACKENDS]]
        differs = any(result != results[0] for result in results)
        if differs != (name in REASONS):
            wrong.append(name)
        if not differs:
            same += 1
        else:
            row([name, *results, REASONS.get(name, "?")])
    print(f"\n{same} the same as without the library")
    for name in wrong:
        print(f"{name}: {'no reason for what differs' if name not in REASONS else 'nothing differs any more'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

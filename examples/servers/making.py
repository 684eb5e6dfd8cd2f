"""Stock and ours, from an unpacked source tree.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import re
import shutil
import subprocess
import sys

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


def copy(source, target):
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns(".git"))
    return target


def edit(path, old, new):
    text, count = re.subn(old, lambda _: new, path.read_text(), flags=re.M)
    if count != 1:
        sys.exit(f"{path}: {count} places in which {old!r} would be replaced, not 1")
    path.write_text(text)


def jemalloc_conf(source):
    """The options that a server gives its own jemalloc: ours gets the same."""
    found = re.search(r"je_malloc_conf *=\s*(\"[^\"]*\");", (source / "src/zmalloc.c").read_text())
    return f"ZMALLOC_JEMALLOC_CONF({found.group(1)})\n" if found else ""


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
    archive = pc.parent.parent / "libzmalloc.a"
    if not archive.exists():
        sys.exit(f"{args.build} has no static library: meson configure {args.build} -Ddefault_library=both")
    env = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(stage)}
    cflags = output("pkg-config", "--cflags", "zmalloc", env=env).strip()
    libs = output("pkg-config", "--libs", "--static", "zmalloc", env=env).split()
    libs = " ".join(str(archive) if word == "-lzmalloc" else word for word in libs)
    ours = copy(args.source, args.work / "ours")
    put_glue(ours, glue)
    run("make", "-C", ours, f"-j{args.jobs}", "MALLOC=zmalloc", f"ZMALLOC_CFLAGS={cflags}", f"ZMALLOC_LIBS={libs}")


def backends(work):
    [pc] = (work / "zmalloc").rglob("zmalloc.pc")
    return re.search(r"^backends=(.*)$", pc.read_text(), re.M).group(1).split()


def sides(args, wanted):
    return [("stock", "jemalloc"), *(("ours", backend) for backend in wanted or backends(args.work))]

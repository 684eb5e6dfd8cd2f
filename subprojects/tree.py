#!/usr/bin/env python3
"""Makes a subproject of a source tree that the user has, for -Dallocator_trees.

usage: subprojects/tree.py ALLOCATOR@NAME=TREE

Prints the subproject's name: a directory in trees/subprojects/ with a symbolic link to each file of TREE,
and to those of the port over them. So what is compiled is the tree as it is at that moment, and
nothing is written to it. Files that came or went since are found when the build is configured anew.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent

# By allocator, the port, and a file without which a tree is none of it.
KNOWN = {"jemalloc": ("jemalloc", "include/jemalloc/jemalloc_protos.h.in"),
         "tcmalloc": ("gperftools", "src/tcmalloc.cc"),
         "tcmalloc_minimal": ("gperftools", "src/tcmalloc.cc"),
         "mimalloc": ("mimalloc", "include/mimalloc.h")}


def of_git(tree):
    """What git knows or would add: not what a build in the tree has made."""
    try:
        result = subprocess.run(["git", "-C", tree, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    except FileNotFoundError:
        return None
    if result.returncode != 0 or not result.stdout:
        return None
    return [name for name in os.fsdecode(result.stdout).split("\0") if (tree / name).is_file()]


def is_made(path):
    """Whether jemalloc's or gperftools' configure makes the file: the port makes its own."""
    return path.with_name(path.name + ".in").exists() or re.fullmatch(
        r"p(rivate|ublic)_(un)?namespace(_jet)?\.(gen\.)?h|jemalloc(_rename|_mangle|_mangle_jet|_protos|_protos_jet)?\.h",
        path.name)


def of_directory(tree):
    found = []
    for place, directories, names in os.walk(tree):
        directories[:] = [name for name in directories if not name.startswith(".")]
        found += [str((pathlib.Path(place) / name).relative_to(tree)) for name in names
                  if not is_made(pathlib.Path(place) / name)]
    return found


def link(directory, wanted):
    """Makes the directory have these links and nothing else; those that are right are not touched."""
    for place, directories, names in os.walk(directory, topdown=False):
        for name in names:
            path = pathlib.Path(place) / name
            if path.relative_to(directory) not in wanted:
                path.unlink()
        for name in directories:
            path = pathlib.Path(place) / name
            if not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()
    for relative, target in wanted.items():
        path = directory / relative
        if path.is_symlink() and os.readlink(path) == str(target):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(target)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    name, _, tree = sys.argv[1].partition("=")
    tree = pathlib.Path(tree)
    allocator = name.partition("@")[0]
    if not re.fullmatch(r"[a-z_]+@[A-Za-z0-9_.-]+", name) or allocator not in KNOWN:
        sys.exit(f"{name!r} is not ALLOCATOR@NAME, of letters, digits, '_', '.' and '-'")
    port, mark = KNOWN[allocator]
    if not tree.is_absolute():
        sys.exit(f"{tree} is not an absolute path")
    if not (tree / mark).is_file():
        sys.exit(f"{tree} is no source tree of {port}: there is no {mark}")
    files = of_git(tree)
    wanted = {pathlib.Path(file): tree / file for file in (of_directory(tree) if files is None else files)
              if not file.startswith(".")}
    ours = HERE / "packagefiles" / port
    wanted.update({path.relative_to(ours): path for path in ours.rglob("*") if path.is_file()})
    directory = HERE / "trees/subprojects" / f"tree-{name.replace('@', '-')}"
    link(directory, wanted)
    print(directory.name)


if __name__ == "__main__":
    main()

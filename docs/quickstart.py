#!/usr/bin/env python3
"""Runs the commands of quickstart.md as a new user would, and puts what they print into the page.

usage: docs/quickstart.py [--keep DIRECTORY] [--built]

A clone of this checkout and a folder with the page's program stand side by side in a new directory,
which --keep names and leaves there. The sources of the allocators are those of the checkout's
subprojects/packagecache, if it has them. Nothing is compiled by way of a compiler cache. With --built
there is no clone: this checkout stands there, as it has been built.

SPDX-License-Identifier: BSD-3-Clause
"""
import argparse
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent
PAGE = CHECKOUT / "docs/quickstart.md"
BLOCK = re.compile(r"(?ms)^```console\n(.*?)^```\n")
PROGRESS = re.compile(r"\[\d+/\d+\] ")
# From variables of the machine that would decide what is measured.
LEFT_OUT = ("ZMALLOC", "MALLOC_", "MIMALLOC_", "TCMALLOC_", "LD_PRELOAD", "GITHUB_")
TIMES = re.compile(r"(?m)^This run took .*\n(?:.+\n)*\n")


def prepare(directory, built):
    cache = CHECKOUT / "subprojects/packagecache"
    if built:
        (directory / "zmalloc").symlink_to(CHECKOUT)
    else:
        subprocess.run(["git", "clone", "-q", CHECKOUT, directory / "zmalloc"], check=True)
        if cache.is_dir():
            shutil.copytree(cache, directory / "zmalloc/subprojects/packagecache")
    (directory / "mine").mkdir()
    program = re.search(r"(?ms)^```c\n(.*?)^```\n", PAGE.read_text(encoding="utf-8")).group(1)
    (directory / "mine/words.c").write_text(program, encoding="utf-8")


class Shell:
    """One shell for all commands, so that what they set stays."""

    def __init__(self, directory):
        env = {k: v for k, v in os.environ.items() if not k.startswith(LEFT_OUT)}
        self.process = subprocess.Popen(["bash", "--norc"], cwd=directory / "mine", text=True,
                                        env={**env, "CCACHE_DISABLE": "1", "LC_ALL": "C.UTF-8"},
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, command):
        """What it prints, with the end of what it prints of its progress."""
        self.process.stdin.write(f"( exit ${{last:-0}} )\n{command}\nlast=$?\necho \"@ $last\"\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if re.fullmatch(r"@ \d+\n", line):
                return lines
            lines.append(line)
        sys.exit(f"the shell has ended with: {command}")


def shown(lines):
    """Without the steps of the build, and what a terminal would overwrite."""
    kept = [line for line in lines
            if not PROGRESS.match(line) and not re.match(r"block \d+( of \d+)? ", line)
            and not line.startswith(("ninja: ", "INFO: ", "jemalloc| ", "gperftools| ", "mimalloc| "))]
    return "".join(line.rstrip() + "\n" for line in kept)


def load():
    return os.getloadavg()[0]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--keep", type=pathlib.Path, metavar="DIRECTORY")
    parser.add_argument("--built", action="store_true")
    options = parser.parse_args()
    keep = options.keep
    directory = keep or pathlib.Path(tempfile.mkdtemp(prefix="zmalloc-quickstart."))
    directory.mkdir(exist_ok=True)
    prepare(directory, options.built)
    shell = Shell(directory)
    before, began = load(), time.monotonic()

    def run_block(match):
        text = ""
        for command in re.findall(r"(?m)^\$ (.*)$", match.group(1)):
            print(f"$ {command}", file=sys.stderr)
            text += f"$ {command}\n" + shown(shell.run(command))
        return f"```console\n{text}```\n"

    page = BLOCK.sub(run_block, TIMES.sub("", PAGE.read_text(encoding="utf-8")))
    seconds = time.monotonic() - began
    took = (f"This run took {seconds // 60:.0f} min {seconds % 60:.0f} s in all, {os.cpu_count()} cores with a load of "
            f"{before:.1f} before it, on {time.strftime('%Y-%m-%d')};\n"
            + ("the library was built already.\n" if options.built else
               "the allocators' sources were there, and the packages that `./dev` installs.\n"))
    page = page.replace("\n## Which allocator", "\n" + took + "\n## Which allocator", 1)
    PAGE.write_text(page, encoding="utf-8")
    if not keep:
        shutil.rmtree(directory)


if __name__ == "__main__":
    main()

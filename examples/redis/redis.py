#!/usr/bin/env python3
"""Redis 7.0 to 8 on zmalloc, beside stock: an unpacked source tree, our headers, and a few lines between them.

usage: redis.py [--source TREE] --work DIRECTORY [--build DIRECTORY] COMMAND

  build            stock and ours, from the source tree (without --source Redis 7.0.15, from the distribution's
                   source package); --build is a build of zmalloc
  ours             ours alone
  show [BACKEND...]
                   INFO memory, MEMORY STATS, USAGE, DOCTOR, PURGE, MALLOC-STATS, defragmentation
  memory [BACKEND...]
                   used memory and RSS of 100,000 small strings, hash fields, set and zset members
  suite [BACKEND...] [UNIT...]
                   Redis's own tests
  tested           the table of what suite has found so far
  bench [TEST...]  Redis's own benchmark, stock and ours in turn
  instructions [TEST...]
                   instructions a request, stock and ours (needs valgrind)

SPDX-License-Identifier: BSD-3-Clause
"""
import hashlib
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from servers.command import main # pylint: disable=wrong-import-position
from servers.making import jemalloc_conf, output, run # pylint: disable=wrong-import-position

VERSION = "7.0.15"
ARCHIVE = f"redis_{VERSION}.orig.tar.gz"
SHA256 = "4b1dc4ee6d622a09fff9c6777191209750fb5e5a725ef78ea012d6eef4c22982"
FIRST_OF_8_4, FIRST_OF_7_4 = 0x00080400, 0x00070400


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


def fetch(work):
    """What is used without --source: the tree that the distribution has."""
    tree = work / "source"
    if not tree.exists():
        tree.mkdir(parents=True)
        run("tar", "-xf", get_source(work), "-C", tree, "--strip-components=1")
    return tree


def glue_of(source, _kind, number):
    """Between releases the tree's own header tells what its version.h doesn't."""
    header = (source / "src/zmalloc.h").read_text()
    if number >= 0x00ff0000:
        number = FIRST_OF_8_4 if "old_usable" in header else FIRST_OF_7_4 if "by_arena" in header else 0x00070200
    text = "#include <zmalloc/redis.h>\n"
    if number >= FIRST_OF_7_4:
        text = f"#define ZMALLOC_REDIS_VERSION 0x{number:08x}\n#include <zmalloc/redis8.h>\n"
    return {"zmalloc.h": text, "zmalloc.c": '#include "zmalloc.h"\n' + jemalloc_conf(source)}


if __name__ == "__main__":
    main(re.search(r"usage: (.*?)\n\nSPDX", __doc__, re.S).group(1), ["REDIS"], glue_of, fetch)

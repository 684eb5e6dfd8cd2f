#!/usr/bin/env python3
"""Valkey 7.2 to 9 on zmalloc, beside stock: an unpacked source tree, our headers, and a few lines between them.

usage: valkey.py [--source TREE] --work DIRECTORY [--build DIRECTORY] COMMAND

  build            stock and ours, from the source tree; --build is a build of zmalloc
  ours             ours alone
  show [BACKEND...]
                   INFO memory, MEMORY STATS, USAGE, DOCTOR, PURGE, MALLOC-STATS, defragmentation
  memory [BACKEND...]
                   used memory and RSS of 100,000 small strings, hash fields, set and zset members
  suite [BACKEND...] [UNIT...]
                   Valkey's own tests
  tested           the table of what suite has found so far
  bench [TEST...]  Valkey's own benchmark, stock and ours in turn
  instructions [TEST...]
                   instructions a request, stock and ours (needs valgrind)

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from servers.command import main # pylint: disable=wrong-import-position
from servers.making import jemalloc_conf # pylint: disable=wrong-import-position

# A fork that has renamed everything is one all the same.
KINDS = ["VALKEY", "KV"]
FIRST_OF_8_1, FIRST_OF_8_0 = 0x00080100, 0x00080000


def glue_of(source, kind, number):
    """Between releases the tree's own header tells what its version.h doesn't."""
    header = (source / "src/zmalloc.h").read_text()
    if number >= 0x00ff0000:
        number = FIRST_OF_8_1 if "size_hint" in header else FIRST_OF_8_0
    text = "#include <zmalloc/redis.h>\n"
    if number >= FIRST_OF_8_0:
        text = f"#define ZMALLOC_VALKEY_VERSION 0x{number:08x}\n#include <zmalloc/valkey.h>\n"
    glue = {"zmalloc.h": text, "zmalloc.c": '#include "zmalloc.h"\n' + jemalloc_conf(source)}
    if f"#define zmalloc {kind.lower()}_malloc" in header:
        glue["zmalloc.c"] += f"ZMALLOC_LINK_NAMES({kind.lower()}_)\n"
    for name in "allocator_defrag.h", "allocator_defrag.c":
        if (source / "src" / name).exists():
            glue[name] = '#include "zmalloc.h"\n'
    return glue


if __name__ == "__main__":
    main(re.search(r"usage: (.*?)\n\nSPDX", __doc__, re.S).group(1), KINDS, glue_of)

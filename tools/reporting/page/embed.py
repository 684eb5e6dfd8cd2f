"""Makes a C source of files: each an array of bytes that ends with a 0.

usage: embed.py OUTPUT FILE...

SPDX-License-Identifier: BSD-3-Clause
"""
import pathlib
import sys

output, *names = sys.argv[1:]
with open(output, "w", encoding="ascii") as out:
    out.write("/* Made by embed.py. */\n#include \"tools/reporting/page/files.h\"\n")
    for name in names:
        path = pathlib.Path(name)
        numbers = ",".join(str(byte) for byte in path.read_bytes() + b"\0")
        out.write(f"const unsigned char zm_page_{path.name.replace('.', '_')}[] = {{{numbers}}};\n")

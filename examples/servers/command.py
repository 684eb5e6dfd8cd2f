"""The command line that both scripts have.

SPDX-License-Identifier: BSD-3-Clause
"""
import argparse
import os
import sys
from pathlib import Path

from servers.figures import memory, show
from servers.making import build, build_ours, version_of
from servers.speed import bench, instructions
from servers.suite import suite, tested

TREE = Path(__file__).resolve().parent.parent.parent

COMMANDS = {"show": show, "memory": memory, "suite": suite, "tested": tested, "bench": bench, "instructions": instructions}


def main(usage, kinds, glue_of, fetch=None):
    parser = argparse.ArgumentParser(usage=usage)
    parser.add_argument("--source", type=Path)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--build", type=Path, default=TREE / "build")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--no-latency", action="store_true", help="suite: without tests of latency, on a busy machine")
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

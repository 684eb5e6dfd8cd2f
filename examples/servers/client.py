"""A server of one side under a backend, and a client of it.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager


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

"""Runs the zmalloc command that is under test.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import subprocess
import tempfile
import unittest
from collections import namedtuple

ZMALLOC = os.environ["ZMALLOC"]

Option = namedtuple("Option", "letter name value optional help more")
Subcommand = namedtuple("Subcommand", "summary synopses options exits environment examples")


def environment(**changes):
    """What the user has set must not decide a test; a change to None removes a variable."""
    env = {k: v for k, v in os.environ.items()
           if not k.startswith(("ZMALLOC", "MALLOC_")) and k not in ("LD_PRELOAD", "NO_COLOR")}
    for key, value in changes.items():
        if value is None:
            env.pop(key, None)
        else:
            env[key] = value
    return env


def zmalloc(*args, env=None, **more):
    return subprocess.run([ZMALLOC, *args], env=env or environment(), text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def described():
    """What 'zmalloc --describe' tells, by the names of subcommands; that of zmalloc itself is ""."""
    subcommands = {}
    for line in zmalloc("--describe").stdout.splitlines():
        kind, *fields = line.split("\t")
        if kind == "subcommand":
            last = subcommands[fields[0]] = Subcommand(fields[1], [], [], [], [], [])
        elif kind == "synopsis":
            last.synopses.append(fields[0])
        elif kind == "option":
            last.options.append(Option(*fields))
        else:
            {"exit": last.exits, "environment": last.environment, "example": last.examples}[kind].append(fields)
    return subcommands


class TestCase(unittest.TestCase):
    def refused(self, status, *args, env=None):
        """One line on stderr, nothing on stdout; returns the line."""
        result = zmalloc(*args, env=env)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(result.stderr.count("\n"), 1, result.stderr)
        self.assertTrue(result.stderr.startswith("zmalloc"), result.stderr)
        return result.stderr


class InFolder(TestCase):
    """With a folder of its own, and files in it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def read(self, name):
        with open(self.path(name), encoding="utf-8", newline="") as file:
            return file.read()

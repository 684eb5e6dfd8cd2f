"""The options of every subcommand, wherever they are shown: parsing, help, manual page, completion.

SPDX-License-Identifier: BSD-3-Clause
"""
import fcntl
import functools
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import tempfile
import termios
import unittest
from pathlib import Path

from command import ZMALLOC, TestCase, described, environment, zmalloc

SOURCE = Path(os.environ["ZM_SOURCE"])
SUBCOMMANDS = described()


def value_for(option):
    """A good one: 1 is for most."""
    good = {"backends": "libc", "backend": "libc", "with": "libc", "api": "library", "memory": "all",
            "pymalloc": "both", "sort": "used", "fail-if": "wall > +1 %", "parameter": "x=1", "input": "/dev/null",
            "export": "junit:x" if "junit" in option.help else "csv:x"}
    return good.get(option.name, "1")


@functools.lru_cache(maxsize=None)
def help_of(*words):
    return zmalloc(*words, "--help").stdout


@functools.lru_cache(maxsize=None)
def offered(*words):
    """The words that are offered for the last one."""
    lines = [line.split("\t") for line in zmalloc("--complete", *words).stdout.splitlines()]
    return [line[1] for line in lines if line[0] == "word"]


class Everywhere(TestCase):
    """None can be missing in one place."""

    def every(self, check):
        for name, subcommand in SUBCOMMANDS.items():
            for option in subcommand.options:
                with self.subTest(subcommand=name, option=option.name):
                    check(name.split(), option)

    def test_there_are_some(self):
        self.assertLessEqual({"", "info", "run", "compare", "report", "bench", "bench overhead", "help"},
                             set(SUBCOMMANDS))
        self.assertLessEqual({"tune", "variants"}, {o.name for o in SUBCOMMANDS["compare"].options})

    def test_parsing(self):
        def check(words, option):
            given = [f"--{option.name}={value_for(option)}" if option.value else f"--{option.name}"]
            if option.letter:
                given.append("-" + option.letter + (value_for(option) if option.value else ""))
            result = zmalloc(*words, *given, "--help")
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn("Usage: zmalloc", result.stdout)
            if not option.value:
                self.assertIn("takes no value", self.refused(2, *words, f"--{option.name}=x"))
            elif not option.optional:
                self.assertIn("needs a value", self.refused(2, *words, f"--{option.name}"))
        self.every(check)

    def test_no_other_parser(self):
        """So that what the table has is all that is accepted."""
        for path in (SOURCE / "tools").glob("**/*.c"):
            if path.name != "parse.c":
                self.assertNotRegex(path.read_text(), r"getopt(_long)? *\(", path.name)

    def test_help(self):
        def check(words, option):
            letter = f"-{option.letter}, " if option.letter else "    "
            value = "" if not option.value else f"[={option.value}]" if option.optional else f"={option.value}"
            text = help_of(*words)
            self.assertRegex(text, rf"(?m)^  {letter}--{option.name}{re.escape(value)}(  |$)")
            self.assertIn(re.sub(r"\s+", " ", option.help), re.sub(r"\s+", " ", text))
        self.every(check)

    def test_manual(self):
        pages = {}
        with tempfile.NamedTemporaryFile("w", suffix=".description") as description:
            description.write(zmalloc("--describe").stdout)
            description.flush()
            for page in (SOURCE / "docs/man").glob("*.1.scd"):
                pages[page.name.split(".")[0]] = subprocess.run(
                    [sys.executable, SOURCE / "docs/man/fill_in.py", description.name, page], text=True, check=True,
                    stdout=subprocess.PIPE).stdout
        def check(words, option):
            page = pages["-".join(["zmalloc", *[w for w in words[:1] if w != "help"]])]
            self.assertNotRegex(page, r"(?m)^@")
            self.assertRegex(page, rf"(?m)^(\*-{option.letter or '-'}\*, )?\*--{option.name}[*=]")
            if words == ["bench", "overhead"]:
                self.assertIn(f"*--{option.name}", page[page.index("# OVERHEAD"):])
            if words and words[0] != "help":
                self.assertIn(f"zmalloc-{words[0]}*(1)", pages["zmalloc"])
        self.every(check)
        self.assertIn("zmalloc help", pages["zmalloc"])

    def test_completion(self):
        def check(words, option):
            wanted = {"--" + option.name} if not option.value or option.optional else set()
            wanted |= {f"--{option.name}="} if option.value else set()
            self.assertLessEqual(wanted, set(offered(*words, "--")))
        self.every(check)
        for name in SUBCOMMANDS:
            if name:
                *above, word = name.split()
                self.assertIn(word, offered(*above, ""))
                self.assertIn(word, offered("help", *above, ""))


class ValuesOffered(TestCase):
    # What is offered for no option, since anything goes: amounts, names of the user's own, a pattern.
    FREE = {"S", "N", "SECONDS", "COUNT", "PORT", "REGEX", "NAME=LIST"}

    def test_every_option(self):
        """What a value may be is offered, wherever it is not an amount or the user's own."""
        for name, subcommand in SUBCOMMANDS.items():
            for option in subcommand.options:
                if not option.value:
                    continue
                with self.subTest(subcommand=name, option=option.name):
                    lines = zmalloc("--complete", *name.split(), f"--{option.name}=").stdout.splitlines()
                    self.assertEqual(bool(lines), option.value not in self.FREE, option.value)
                    if option.letter:
                        apart = zmalloc("--complete", *name.split(), f"-{option.letter}", "").stdout.splitlines()
                        self.assertEqual([line.split("\t")[1].removeprefix(f"--{option.name}=") for line in lines],
                                         [line.split("\t")[1] for line in apart])

    def test_what_help_names(self):
        """The words that --help lists for a value are those that are offered."""
        for words, option, wanted in [
            (["compare"], "export", ["markdown:", "csv:", "json:"]),
            (["check"], "export", ["junit:", "markdown:", "github-action-benchmark:", "bencher:"]),
            (["compare"], "pymalloc", ["off", "both"]),
            (["bench"], "api", ["library", "preload"]),
            (["top"], "sort", ["used", "peak", "rss", "allocs", "pid"]),
        ]:
            self.assertEqual(offered(*words, f"--{option}="), [f"--{option}={word}" for word in wanted])
            text = next(o.help for o in SUBCOMMANDS[" ".join(words)].options if o.name == option)
            for word in wanted:
                self.assertIn(word.rstrip(":"), text, option)

    def test_a_format_and_its_file(self):
        self.assertEqual(zmalloc("--complete", "compare", "--export=csv:").stdout, "files\t--export=csv:\n")
        self.assertEqual(zmalloc("--complete", "check", "--export", "junit:x").stdout, "files\tjunit:\n")

    def test_processes(self):
        self.assertIn(f"--pid={os.getpid()}", offered("info", "--pid="))


class Help(TestCase):
    def test_width(self):
        for name in SUBCOMMANDS:
            for columns, most in (None, 80), ("60", 60), ("7", 40), ("5000", 100), ("x", 80):
                text = zmalloc(*name.split(), "--help", env=environment(COLUMNS=columns)).stdout
                # What is to be copied is not wrapped, but is never wider than usual.
                widths = [len(line) for line in text.splitlines() if not line.startswith("  zmalloc ")]
                self.assertLessEqual(max(widths), most, (name, columns))
                self.assertLessEqual(max(map(len, text.splitlines())), max(most, 80), name)

    def test_width_of_a_terminal(self):
        try:
            controller, terminal = pty.openpty()
        except OSError as error:  # a chroot without /dev/pts
            self.skipTest(str(error))
        self.addCleanup(os.close, controller)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 50, 0, 0))
        subprocess.run([ZMALLOC, "info", "--help"], env=environment(COLUMNS=None, PAGER=""), stdin=terminal, stdout=terminal,
                       check=True)
        os.close(terminal)
        text = os.read(controller, 65536).decode()
        self.assertLessEqual(max(len(line) for line in text.splitlines() if not line.startswith("  zmalloc ")), 50)

    def test_help_subcommand(self):
        for name in SUBCOMMANDS:
            result = zmalloc("help", *name.split())
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertEqual(result.stdout, help_of(*name.split()))
        self.assertIn("'run'", self.refused(2, "help", "rnu"))
        self.assertIn("'x'", self.refused(2, "help", "run", "x"))
        self.assertIn("'x'", self.refused(2, "help", "bench", "overhead", "x"))

    def test_examples(self):
        """Each subcommand has two to six, and their options are good."""
        with tempfile.TemporaryDirectory() as nothing:
            for name, subcommand in SUBCOMMANDS.items():
                self.assertIn(len(subcommand.examples), range(2, 7), name)
                for example, _ in subcommand.examples:
                    program, *words = shlex.split(example)
                    self.assertEqual((program, words[:len(name.split())]), ("zmalloc", name.split()))
                    with self.subTest(example=example):
                        self.check_example(words, nothing)

    def check_example(self, words, nothing):
        """Stops each behind its options: with no program to run, or with help."""
        if words[0] in ("run", "compare", "check"):
            result = zmalloc(*words, env=environment(PATH=nothing, ZMALLOC_PRELOAD="/nonexistent"), cwd=nothing)
            self.assertEqual(result.returncode, 127, result.stderr)
            self.assertRegex(result.stderr, "not found|unknown backend|sqlite3")
        else:
            result = zmalloc(*words, *[w for w in ["--help"] if words[0] != "help"], cwd=nothing)
            if "unknown backend" not in result.stderr:  # one that this build leaves out
                self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(os.listdir(nothing), [])


class Paging(TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def shown(self, *args, **variables):
        """What comes to a terminal, with the status."""
        try:
            controller, terminal = pty.openpty()
        except OSError as error:  # a chroot without /dev/pts
            self.skipTest(str(error))
        env = environment(**{"PAGER": None, "LESS": None, "COLUMNS": "80", **variables})
        with subprocess.Popen([ZMALLOC, *args], env=env, stdin=terminal, stdout=terminal, stderr=terminal) as process:
            os.close(terminal)
            text = b""
            try:
                while part := os.read(controller, 65536):
                    text += part
            except OSError: # the other end is closed
                pass
            os.close(controller)
        return text.decode().replace("\r\n", "\n"), process.returncode

    def test_on_a_terminal(self):
        """By what the user has chosen, ours before everybody's, and all of the text."""
        whole = "".join(f"page: {line}\n" for line in help_of("info").splitlines())
        for args in ["info", "--help"], ["help", "info"], ["info", "-h"]:
            self.assertEqual(self.shown(*args, PAGER="sed 's/^/page: /'"), (whole, 0), args)
        self.assertEqual(self.shown("help", "info", ZMALLOC_PAGER="sed 's/^/page: /'", PAGER="false"), (whole, 0))
        self.assertEqual(self.shown("--no-pager", "help", "info", PAGER="sed 's/^/page: /'"), (help_of("info"), 0))
        self.assertEqual(self.shown("--no-pager", "info", "--help", PAGER="false"), (help_of("info"), 0))
        for nothing in {"PAGER": ""}, {"PAGER": "cat"}, {"ZMALLOC_PAGER": "", "PAGER": "false"}:
            self.assertEqual(self.shown("help", "info", **nothing), (help_of("info"), 0), nothing)

    def test_only_there(self):
        result = zmalloc("help", "info", env=environment(PAGER="sed 's/^/page: /'"))
        self.assertEqual((result.returncode, result.stdout), (0, help_of("info")))

    def test_less_is_the_usual_one(self):
        """With what git gives it, unless the user has chosen."""
        less = self.folder / "less"
        less.write_text("#!/bin/sh\necho \"LESS=$LESS\"\ncat >/dev/null\n")
        less.chmod(0o755)
        path = f"{self.folder}:{os.environ['PATH']}"
        self.assertEqual(self.shown("--help", PATH=path), ("LESS=FRX\n", 0))
        self.assertEqual(self.shown("--help", PATH=path, LESS="S"), ("LESS=S\n", 0))
        self.assertEqual(self.shown("--help", PATH="/nonexistent"), (help_of(), 0))

    def test_a_pager_that_is_not_there(self):
        text, status = self.shown("help", "info", PAGER="no-such-pager")
        self.assertIn("zmalloc: the pager is not there: ZMALLOC_PAGER, PAGER\n", text)
        self.assertTrue(text.endswith(help_of("info")))
        self.assertEqual(status, 0)

    def test_a_reader_who_leaves_early(self):
        text, status = self.shown("help", "compare", PAGER="head -n 1")
        self.assertEqual((text, status), (help_of("compare").splitlines()[0] + "\n", 0))

    def test_options_before_the_subcommand(self):
        self.assertEqual(zmalloc("--no-pager", "info").stdout, zmalloc("info").stdout)
        self.assertIn("compare", offered("--no-pager", "com"))
        self.assertIn("--backends=", offered("--no-pager", "compare", "--b"))
        self.assertIn("'info'", self.refused(2, "--no-pager", "inof"))


class Mistyped(TestCase):
    def test_suggestions(self):
        for args, meant in [
            (["compar"], "compare"),
            (["rnu"], "run"),
            (["--versoin"], "--version"),
            (["bench", "overhed"], "overhead"),
            (["compare", "--bakends=libc"], "--backends"),
            (["compare", "--jsno", "x"], "--json"),
            (["run", "--backends=libc", "true"], "--backend"),
            (["info", "--capabilites"], "--capabilities"),
            (["bench", "overhead", "--operation-s"], "--operations"),
        ]:
            with self.subTest(args=args):
                line = self.refused(2, *args)
                self.assertIn("unknown", line)
                self.assertIn(f"(did you mean '{meant}'?); try 'zmalloc", line)

    def test_nothing_is_near(self):
        for args in ["bogus"], ["x"], ["--bogus"], ["compare", "--x"], ["compare", "--" + "y" * 5000], ["run", "--"]:
            self.assertNotIn("did you mean", self.refused(2, *args))

    def test_beginning_of_several(self):
        self.assertIn("'--ti' may be '--time' or '--timeout'", self.refused(2, "compare", "--ti"))
        self.assertEqual(zmalloc("compare", "--timeo=1", "--help").returncode, 0)

    def test_a_subcommand_that_comes_late(self):
        self.assertIn("before all options", self.refused(2, "bench", "-q", "overhead"))


class Values(TestCase):
    def test_wraps_are_those_of_the_library(self):
        line = self.refused(2, "run", "--wrap=nosuch", "true")
        known = re.search(r"there are: ([a-z, ]+)", line).group(1).split(", ")
        self.assertEqual(offered("run", "--wrap="), ["--wrap=" + name for name in known])

    def test_what_follows_is_not_ours(self):
        for words, number in [(["run", "make"], 2), (["run", "-b", "libc", "--", "--stats"], 5),
                              (["compare", "-n", "3", "make", "--b"], 4), (["run", "--stats", "make", ""], 3)]:
            self.assertEqual(zmalloc("--complete", *words).stdout, f"command\t{number}\n")

    def test_nothing_to_offer(self):
        for words in [], ["nosuch", ""], ["info", "--json="], ["compare", "--seed="], ["compare", "--nosuch="], \
                ["help", "nosuch", ""], ["compare", "-x1"], ["help", "run", ""]:
            result = zmalloc("--complete", *words)
            self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""), words)


if __name__ == "__main__":
    unittest.main()

"""The command line: help, information, and everything that is refused before a program runs.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import re
import subprocess
import tempfile
import unittest

from command import ZMALLOC, TestCase, environment, zmalloc


# Others come and go with what sources can be had.
EVERY_BUILD = ["libc", "jemalloc", "tcmalloc", "tcmalloc_minimal", "mimalloc"]


class Usage(TestCase):
    def test_help(self):
        for args in ["--help"], ["info", "--help"], ["run", "--help"], ["compare", "-h"], \
                ["bench", "--help"], ["bench", "overhead", "-h"]:
            result = zmalloc(*args)
            self.assertEqual((result.returncode, result.stderr), (0, ""), args)
            self.assertTrue(result.stdout.startswith("Usage: zmalloc"))
            self.assertLessEqual(max(map(len, result.stdout.splitlines())), 80)

    def test_version(self):
        self.assertRegex(zmalloc("--version").stdout, r"^zmalloc \d+\.\d+\.\d+\n$")

    def test_wrong_usage(self):
        for args, word in [
            ([], "no subcommand"),
            (["--bogus"], "'--bogus'"),
            (["bogus"], "'bogus'"),
            (["info", "more"], "'more'"),
            (["info", "--json=x"], "'--json=x'"),
            (["info", "--pid=1"], "--memory"),
            (["info", "--memory", "--pid=-1"], "'-1'"),
            (["info", "--memory", "--pid=0"], "'0'"),
            (["info", "--memory", "--pid=1x"], "'1x'"),
            (["info", "--memory", "--pid=4294967297"], "'4294967297'"),
            (["info", "--memory=some"], "'some'"),
            (["info", "--capabilities", "--json"], "no other option"),
            (["info", "--memory", "--capabilities"], "no other option"),
            (["run"], "no command"),
            (["run", "-x", "true"], "'-x'"),
            (["run", "-b"], "needs a value"),
            (["run", "--wrap=guard,nosuch", "true"], "'nosuch'"),
            (["run", "--wrap=fault:p=2", "true"], "from 0 to 1, not '2'"),
            (["report", "-x", "f"], "'-x'"),
            (["compare", "--bogus"], "'--bogus'"),
            (["compare", "-n", "0"], "'0'"),
            (["compare", "-n", "3x"], "'3x'"),
            (["compare", "--time=0"], "'0'"),
            (["compare", "-t", "1h"], "'1h'"),
            (["compare", "--tune=3"], "takes no value"),
            (["compare", "--seed=-1"], "'-1'"),
            (["compare", "--timeout=0"], "'0'"),
            (["compare", "--timeout=nan"], "'nan'"),
            (["compare", "-b", "libc,"], "empty name"),
            (["compare", "-b", "libc,libc"], "twice"),
            (["bench", "bogus"], "'bogus'"),
            (["bench", "overhead", "--bogus"], "'--bogus'"),
            (["bench", "overhead", "--seed"], "needs a value"),
            (["bench", "overhead", "more"], "'more'"),
        ]:
            with self.subTest(args=args):
                line = self.refused(2, *args)
                self.assertIn(word, line)
                self.assertIn("--help", line)

    def test_unknown_backend(self):
        names = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
        for line in [
            self.refused(127, "run", "-b", "bogus", "true"),
            self.refused(127, "compare", "-b", "libc,bogus", "true"),
            self.refused(127, "run", "true", env=environment(ZMALLOC_BACKEND="bogus")),
        ]:
            self.assertIn("'bogus'", line)
            for name in names:
                self.assertIn(name, line)

    def test_command_that_cannot_run(self):
        with tempfile.TemporaryDirectory() as directory:
            plain = os.path.join(directory, "plain")
            with open(plain, "w") as file:
                file.write("no program\n")
            for subcommand in "run", "compare":
                self.refused(127, subcommand, "--", "no-such-command-zm")
                self.refused(127, subcommand, "--", os.path.join(directory, "missing"))
                self.refused(127, subcommand, "--", "")
                self.refused(126, subcommand, "--", plain)
                self.refused(126, subcommand, "--", directory)

    def test_default_job_needs_a_program(self):
        with tempfile.TemporaryDirectory() as directory:
            line = self.refused(127, "compare", env=environment(PATH=directory))
            self.assertIn("sqlite3", line)
            self.assertIn("python3", line)

    def test_missing_preload_library(self):
        for subcommand in "run", "compare":
            env = environment(ZMALLOC_PRELOAD="/nonexistent/library.so")
            self.assertIn("/nonexistent/library.so", self.refused(125, subcommand, "true", env=env))

    def test_preload_library_that_ld_preload_cannot_name(self):
        with tempfile.TemporaryDirectory(prefix="with space") as directory:
            library = os.path.join(directory, "library.so")
            open(library, "w").close()
            self.assertIn("space", self.refused(125, "run", "true",
                                                env=environment(ZMALLOC_PRELOAD=library)))


class Info(TestCase):
    def test_text(self):
        text = zmalloc("info").stdout
        self.assertRegex(text, r"(?m)^backend +version +default +capabilities$")
        self.assertRegex(text, r"(?m)^libc +\S+")
        self.assertRegex(text, r"(?m)^RAM +[\d.]+ [KMGT]iB$")

    def test_json(self):
        info = json.loads(zmalloc("info", "--json").stdout)
        self.assertEqual("zmalloc " + info["version"] + "\n", zmalloc("--version").stdout)
        self.assertEqual(sum(b["default"] for b in info["backends"]), 1)
        self.assertTrue(all(b["version"] for b in info["backends"]))
        self.assertEqual(info["host"]["page_bytes"], os.sysconf("SC_PAGESIZE"))
        self.assertEqual(info["host"]["cores"], os.sysconf("SC_NPROCESSORS_ONLN"))
        self.assertGreater(info["host"]["ram_bytes"], 1 << 20)

    @staticmethod
    def said(text):
        """{backend: {"can": [...], "tells": [...]}} of the tables."""
        said = {}
        for line in text.splitlines():
            word, *cells = [cell.strip() for cell in line.strip("|").split("|")]
            if word in ("can", "tells"):
                kind, names = word, cells
                for name in names:
                    said.setdefault(name, {})[kind] = []
            elif cells and word != "---":
                for name, cell in zip(names, cells):
                    if cell == "yes":
                        said[name][kind].append(word)
        return said

    def test_capabilities(self):
        """The tables say what the JSON says; docs/backends.md is what this prints, of the releases that it
        names."""
        backends = json.loads(zmalloc("info", "--json").stdout)["backends"]
        text = zmalloc("info", "--capabilities").stdout
        said = self.said(text)
        for backend in backends:
            self.assertEqual(said[backend["name"]]["can"], backend["capabilities"])
            self.assertEqual(said[backend["name"]]["tells"], backend["figures"])
            self.assertIn("used", backend["figures"])
        names = [backend["name"] for backend in backends]
        if os.environ["SANITIZE"] != "none" or names[0] != "libc" or not set(EVERY_BUILD) <= set(names):
            self.skipTest("not a build with every backend")
        with open(os.environ["BACKENDS_MD"]) as file:
            page = file.read()
        documented = re.search(r"<!-- begin -->\n(.*?)<!-- end -->", page, re.S)
        releases = dict(re.findall(r"\b(jemalloc|gperftools|mimalloc2?) ([\d.]*\d)",
                                   re.search(r"^Of the releases (.*?)\.\n", page, re.M | re.S)[1]))
        on_page = self.said(documented.group(1))
        off = self.said(re.search(r"<!-- begin off by default -->\n(.*?)<!-- end -->", page, re.S)[1])
        others = [backend["name"] for backend in backends[1:] if backend["version"] !=
                  releases.get("gperftools" if "tcmalloc" in backend["name"] else backend["name"])]
        if not others and names == list(on_page):
            self.assertEqual(documented.group(1), text, "docs/backends.md is old: put in it what "
                             "'zmalloc info --capabilities' prints")
        self.assertEqual(list(off), ["rpmalloc", "snmalloc"])
        for name, columns in [*on_page.items(), *off.items()]:
            if name in names and name not in set(others) - set(off):
                self.assertEqual(columns, said[name], f"docs/backends.md is old about {name}")

    def test_full_disk(self):
        with open("/dev/full", "w") as full:
            result = subprocess.run([ZMALLOC, "info"], stdout=full, stderr=subprocess.PIPE)
        self.assertEqual(result.returncode, 125)
        self.assertIn(b"No space left", result.stderr)


if __name__ == "__main__":
    unittest.main()

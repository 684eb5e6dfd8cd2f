"""Every block of the README and of docs/ that is to be typed or compiled, followed in a fresh folder.

What is not followed here stands in one list, with the reason; a block or a line that is in no list is run.

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import shutil
import unittest

from newcomer import FLAGS, PRELOAD, SOURCE, Newcomer, write

PAGES = [SOURCE / "README.md", *sorted(SOURCE.glob("docs/*.md")), SOURCE / "examples/ci/README.md"]
BLOCK = re.compile(r"(?ms)^```(\w*)\n(.*?)^```\n")

# Blocks by their language; those of these kinds are built by the tests that are named.
OTHER_KINDS = {
    "meson": "tests/consumers/test_wrap.py, test_installed.py and test_new_backend.py build such projects",
    "cmake": "tests/consumers/test_installed.py builds such a project",
    "make": "tests/consumers/test_installed.py builds such a project",
    "json": "tests/consumers/test_wrapdb.py compares it with the ports",
    "ini": "meson.md's wrap: tests/consumers/test_wrap.py reads it from there; preload.md's unit needs systemd",
    "dockerfile": "needs a container's image",
    "": "shown output, a picture of the parts, or a message",
}

# (page, how the line begins): why it is not run here.
NOT_RUN = {
    ("README.md", "./dev compare  "): "its job takes 2 s a run; tests/dev runs dev, tests/tools compare",
    ("README.md", "./dev test"): "is what runs this test",
    ("backends.md", "./dev use rpmalloc"): "downloads them",
    ("backends.md", "meson configure build -Drpmalloc"): "builds the library anew",
    ("backends.md", "meson setup build-mine"): "builds the library anew: .ci/run has a step for that",
    ("backends.md", "meson compile"): "likewise",
    ("backends.md", "build-mine/tools/zmalloc"): "likewise",
    ("heaps.md", "./heaps"): "takes a minute: tests/tools/test_live.py",
    ("installed.md", "meson setup"): "builds the library anew",
    ("installed.md", "meson install"): "tests/consumers/test_installed.py",
    ("installed.md", "cc -shared -fPIC plugin.c"): "names an installed archive: tests/consumers/test_installed.py",
    ("live.md", "zmalloc stat -i 1"): "needs a redis-server that runs: tests/tools/test_live.py",
    ("live.md", "zmalloc stat --details"): "likewise",
    ("live.md", "zmalloc top --batch"): "likewise",
    ("many-machines.md", "sh cells.sh"): "runs every cell; tests/machines does with a few",
    ("meson.md", "meson setup"): "tests/consumers/test_wrap.py",
    ("new-backend.md", "meson"): "tests/consumers/test_new_backend.py follows the page",
    ("performance.md", "./dev bench"): "takes minutes",
    ("performance.md", "build/bench/reading/reading"): "takes a minute; tests/overhead runs it short",
    ("performance.md", "bench/studies/macro.py"): "takes minutes",
    ("redis.md", "meson"): "downloads and builds Redis",
    ("redis.md", "examples/redis"): "likewise",
    ("redis.md", "ZMALLOC_BACKEND"): "likewise",
    ("servers.md", "zmalloc compare"): "seven servers that may not be installed: tests/tools/test_servers.py",
    ("servers.md", "zmalloc run"): "shows a program of that page's test, tests/tools/test_killed.py",
    ("switching.md", "ZMALLOC_SWITCH=on zmalloc run"): "a server in the background: tests/switch",
    ("switching.md", "zmalloc switch"): "likewise",
    ("switching.md", "zmalloc trial"): "needs a redis-server that runs under load, and a minute: tests/switch",
    ("trials.md", "meson test"): "runs other suites of this one",
    ("trials.md", "ZMALLOC_TORTURE"): "likewise",
    ("trials.md", "./dev setup"): "installs packages",
    ("trials.md", "tests/glibc"): "downloads glibc",
    ("trials.md", "apt-get"): "installs packages",
    ("valkey.md", "meson"): "downloads and builds Valkey",
    ("valkey.md", "examples/valkey"): "likewise",
    ("valkey.md", "ZMALLOC_BACKEND"): "likewise",
}

# What stands in for an installation, and for the user's words.
STAND_INS = {
    "/usr/lib/x86_64-linux-gnu/libzmalloc-preload.so": str(PRELOAD),
    "$(pkg-config --cflags --libs zmalloc)": " ".join(FLAGS),
    "COMMAND ARGS...": "./server",
}

MAIN = "int main(void)\n{\n%s\n    return 0;\n}\n"
INCLUDES = ("#define _GNU_SOURCE\n#include <dlfcn.h>\n#include <stdint.h>\n#include <stdio.h>\n#include <zmalloc.h>\n"
            "#include <zmalloc/stats.h>\n#include <zmalloc/sysinfo.h>\n")
CXX = "#include <memory>\n#include <memory_resource>\n#include <string>\n#include <unordered_map>\n#include <vector>\n"
# What a piece of C needs before it; in which line its statements begin.
PIECES = {
    "README.md": ("", 1),
    "cplusplus.md": ("struct Session {};\n", 1),
    "defragmentation.md": ("static void *blocks[10];\nstatic size_t count = 10;\n", 0),
    "heaps.md": ("", 1),
    "limits.md": ("static void *cache;\n", 4),
    "live.md": ("", 0),
    "preload.md": ("", 0),
    "sysinfo.md": ("", 0),
}


def blocks_of(page):
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield match.groups()


def lines_of(language, text):
    """The command lines of a block, those that go on joined."""
    text = text.replace("\\\n", "")
    if language == "sh":
        return [line for line in text.splitlines() if line.strip()]
    return re.findall(r"(?m)^\$ (.*)$", text)


class Blocks(Newcomer):
    used = set()

    def is_left_out(self, page, line):
        for name, begin in NOT_RUN:
            if name == page.name and line.startswith(begin):
                self.used.add((name, begin))
                return True
        return False

    def prepare(self, page, folder):
        """What the page has before: sources, and modules from outside."""
        for language, text in blocks_of(page):
            name = re.search(r"int main.*(hello)|(struct word)", text, re.S)
            if language == "c" and name:
                write(folder / ("hello.c" if name.group(1) else "words.c"), text)
        if page.name == "outside.md":
            self.compile(SOURCE / "tests/outside/mine.c", folder / "mine.so", "-shared", "-fPIC", *FLAGS)

    def lines_to_follow(self, page):
        lines = [line for block in blocks_of(page) for line in lines_of(*block) if not self.is_left_out(page, line)]
        for typed, here in STAND_INS.items():
            lines = [line.replace(typed, here) for line in lines]
        return lines

    def test_commands(self):
        self.used.clear()
        for page in PAGES:
            if page.name == "quickstart.md":
                continue
            with self.subTest(page=page.name):
                if page.parent.parts[-2:] == ("examples", "ci"):
                    shutil.copy(page.parent / "check.sh", self.checkout)
                self.prepare(page, self.checkout)
                self.follow(self.lines_to_follow(page), self.checkout)
        self.assertEqual(set(NOT_RUN) - self.used, set(), "these are in no page any more")

    def test_quick_start(self):
        """Every command succeeds but the check of the program that has lost a free, which is a regression."""
        page = SOURCE / "docs/quickstart.md"
        self.prepare(page, self.mine)
        lines = [line for line in self.lines_to_follow(page) if line != "echo $?"]
        told = self.follow(["set +e", *[f"{line}\necho \"@ $?\"" for line in lines]], self.mine)
        statuses = re.findall(r"(?m)^@ (\d+)$", told)
        wrong = [(line, status) for line, status in zip(lines, statuses) if status != "0"]
        self.assertEqual(len(statuses), len(lines), told)
        self.assertEqual([status for _, status in wrong], ["1"], told)
        self.assertIn("FORGETS", lines[lines.index(wrong[0][0], lines.index(wrong[0][0]) + 1) - 1])
        self.assertIn("Regression: peak_live > +2 % under libc", told)

    def test_pieces_of_c(self):
        for page in PAGES:
            for number, (language, text) in enumerate(blocks_of(page)):
                if language not in ("c", "cpp") or page.name in ("quickstart.md", "new-backend.md"):
                    continue # those are whole; test_new_backend.py follows that page
                with self.subTest(page=page.name):
                    before, statements = PIECES[page.name]
                    lines = text.replace("{ ... }", "{ (void)cache; return wanted; }").splitlines()
                    whole = "\n".join(lines[:statements]) + "\n" + MAIN % "\n".join(lines[statements:])
                    source = self.directory / f"piece-{page.stem}-{number}{'.cc' if language == 'cpp' else '.c'}"
                    write(source, (CXX if language == "cpp" else INCLUDES) + before + whole)
                    options = ["-std=c++17"] if language == "cpp" else ["-Wall", "-Wno-unused-variable"]
                    self.compile(source, source.with_suffix(""), *options, *FLAGS)
                    self.follow([str(source.with_suffix(""))], self.directory)

    def test_kinds(self):
        for page in PAGES:
            for language, _ in blocks_of(page):
                self.assertIn(language, [*OTHER_KINDS, "sh", "console", "c", "cpp"], page.name)


if __name__ == "__main__":
    unittest.main(verbosity=2)

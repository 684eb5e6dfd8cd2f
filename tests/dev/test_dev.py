"""dev in a checkout of its own, whose zmalloc tells where it runs and then runs the command.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["ZM_SOURCE"])
FILES = {
    "meson.build": "project('zmalloc', 'c')\nsubdir('tools')\nsubdir('api/preload')\n",
    "meson_options.txt": "option('docs', type: 'feature')\noption('tests', type: 'feature')\n",
    "tools/meson.build": "executable('zmalloc', 'zmalloc.c')\n",
    "tools/zmalloc.c": """
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char directory[4096];
    printf("in %s:", getcwd(directory, sizeof directory));
    for (int i = 1; i < argc; i++)
        printf(" <%s>", argv[i]);
    printf("\\n");
    fflush(stdout);
    for (int i = 1; i + 1 < argc; i++)
        if (strcmp(argv[i], "--") == 0)
            execvp(argv[i + 1], argv + i + 1);
    return 3;
}
""",
    "api/preload/meson.build": "shared_library('zmalloc-preload', 'preload.c')\n",
    "api/preload/preload.c": "int nothing;\n",
}


def programs_but(*left_out):
    """A PATH without those: a test installs nothing."""
    directory = tempfile.mkdtemp(prefix="zmalloc-path.")
    for place in os.environ["PATH"].split(":"):
        if Path(place).is_dir():
            for program in Path(place).iterdir():
                link = Path(directory, program.name)
                if program.name not in left_out and not link.is_symlink():
                    link.symlink_to(program)
    return directory


class Dev(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="zmalloc-dev.")
        cls.addClassCleanup(directory.cleanup)
        path = programs_but("apt-get", "sudo")
        cls.addClassCleanup(shutil.rmtree, path)
        cls.env = {k: v for k, v in os.environ.items() if not k.startswith(("MESON", "CDPATH"))}
        cls.env["PATH"] = path
        cls.checkout = Path(directory.name).resolve() / "a checkout"
        for name, text in FILES.items():
            (cls.checkout / name).parent.mkdir(parents=True, exist_ok=True)
            (cls.checkout / name).write_text(text)
        shutil.copy(SOURCE / "dev", cls.checkout)
        shutil.copytree(SOURCE / "subprojects", cls.checkout / "subprojects",
                        ignore=lambda at, names: [name for name in names if (Path(at) / name).is_dir()])
        for wrap in (SOURCE / "subprojects").glob("*.wrap"): # so there is nothing to fetch
            name = re.search(r"^directory *= *(.*)$", wrap.read_text(), re.M)[1]
            (cls.checkout / "subprojects" / name).mkdir()
        cls.elsewhere = cls.checkout.parent / "a project"
        cls.elsewhere.mkdir()
        program = cls.elsewhere / "my-program"
        program.write_text("#!/bin/sh\necho \"my-program reads: $(cat \"$1\")\"\nexit 7\n")
        program.chmod(0o755)
        (cls.elsewhere / "input").write_text("hello\n")

    def dev(self, *arguments, status=0, command=None, **env):
        result = subprocess.run([command or self.checkout / "dev", *arguments], cwd=self.elsewhere, text=True,
                                timeout=120, env={**self.env, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, check=False)
        if "dev: error: not found:" in result.stdout:
            self.skipTest(result.stdout.strip())
        self.assertEqual(result.returncode, status, result.stdout)
        return result.stdout

    def test_compare(self):
        """The command is the caller's: found, and run, where the caller is."""
        output = self.dev("compare", "-n", "3", "--", "./my-program", "input", "with space", status=7)
        self.assertTrue(output.endswith(f"in {self.elsewhere}: <compare> <-n> <3> <--> <./my-program> <input> "
                                        "<with space>\nmy-program reads: hello\n"), output)

    def test_compare_again(self):
        """Whatever it is called by, and without another configuration."""
        self.dev("compare", status=3)
        (self.elsewhere / "a checkout").mkdir(exist_ok=True) # where CDPATH would lead
        for command in "../a checkout/dev", self.checkout / "dev":
            output = self.dev("compare", status=3, command=command, CDPATH=str(self.elsewhere))
            self.assertTrue(output.endswith(f"in {self.elsewhere}: <compare>\n"), output)
            self.assertNotIn("configuring", output)

    def test_tally(self):
        """Of directories as the caller names them."""
        for name, results in ("one", ["OK", "FAIL", "SKIP"]), ("two", ["EXPECTEDFAIL", "TIMEOUT"]):
            logs = self.elsewhere / name / "meson-logs"
            logs.mkdir(parents=True)
            (logs / "testlog.json").write_text("".join(f'{{"result": "{result}"}}\n' for result in results))
        self.assertEqual(self.dev("tally", "one", "two"), "2 passed, 2 failed, 1 skipped\n")
        self.assertEqual(self.dev("tally", "three"), "0 passed, 0 failed, 0 skipped\n")

    def test_usage(self):
        self.assertIn("compare [ARGS...]", self.dev())
        self.assertIn("unknown command nothing", self.dev("nothing", status=2))


if __name__ == "__main__":
    unittest.main(verbosity=2)

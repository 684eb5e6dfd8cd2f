"""A folder as a new user has it, and a shell in it that runs what the documentation says.

Commands are run as they stand. Only what would take minutes is made short: the command 'zmalloc' there is
a script that runs the real one with fewer blocks, fewer backends and a smaller benchmark, by options that it puts
before those that are typed.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["ZM_SOURCE"])
BUILD = Path(os.environ["ZM_BUILD"])
ZMALLOC = BUILD / "tools/zmalloc"
PRELOAD = BUILD / "api/preload/libzmalloc-preload.so"
# What pkg-config would say of this build, were it installed.
FLAGS = [f"-I{SOURCE}/include", f"-I{BUILD}/include", f"-L{BUILD}", "-lzmalloc"]

SHORT = f"""#!/bin/sh
command=${{1-}}
[ $# = 0 ] || shift
case $command in
compare) set -- -n 1 -b libc "$@" ;;
check) set -- -n 8 "$@" ;;
bench)
    case " $* " in
    *' overhead '*) shift; set -- overhead --quick -b libc -n 2 -m 1 "$@" ;;
    *' --slurm '* | *' --parallel'* | *' --list'*) ;;
    *' -w '* | *' --cell='*) set -- --quick -n 1 -b libc --drain=0 "$@" ;;
    *) set -- --quick -n 1 -b libc --drain=0 -w thread-churn "$@" ;;
    esac ;;
esac
exec {ZMALLOC} "$command" "$@"
"""

# What ./dev does for it is shown by tests/dev.
DEV = """#!/bin/sh
[ "$1" = compare ] || exit 9
shift
exec zmalloc compare "$@"
"""

PYTHON = "kept = [str(i) * 3 for i in range(3000)]\nprint(len(kept))\n"
PROGRAM = """
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    char *kept[500];
    for (int i = 0; i < 500; i++)
        kept[i] = malloc(100);
    for (int i = 0; i < 500; i++)
        free(kept[i]);
    return puts("done") < 0;
}
"""
LOAD = """#!/bin/sh
[ "$(redis-cli -p "$1" set key value)" = OK ]
"""
FILES = {
    "job.py": PYTHON, "old.py": PYTHON, "new.py": PYTHON, "script.py": PYTHON,
    "Makefile": "all:\n\ttrue\n", "hosts.txt": "1/:\n", "input.txt": "some text\n", "load": LOAD,
}
PROGRAMS = ["server", "server-old", "server-new", "my-program", "my-new-program", "job", "job-old", "job-new"]


def write(path, text, executable=False):
    path.write_text(text, encoding="utf-8")
    if executable:
        path.chmod(0o755)


class Newcomer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="zmalloc-newcomer.")
        cls.addClassCleanup(directory.cleanup)
        cls.directory = Path(directory.name)
        cls.checkout, cls.mine = cls.directory / "zmalloc", cls.directory / "mine"
        for folder in cls.checkout / "build/tools", cls.mine:
            folder.mkdir(parents=True)
        write(cls.checkout / "dev", DEV, executable=True)
        write(cls.checkout / "build/tools/zmalloc", SHORT, executable=True)
        for name in "bench", "api":
            (cls.checkout / "build" / name).symlink_to(BUILD / name)
        for name, text in FILES.items():
            write(cls.checkout / name, text, executable=name == "load")
        cls.env = {k: v for k, v in os.environ.items()
                   if not k.startswith(("ZMALLOC", "MALLOC_", "GITHUB_", "LD_PRELOAD", "PKG_CONFIG"))}
        cls.env.update({
            "PATH": f"{cls.checkout / 'build/tools'}:{os.environ['PATH']}", "ZMALLOC_PRELOAD": str(PRELOAD),
            "LD_LIBRARY_PATH": str(BUILD), "HOME": str(cls.directory),
        })
        write(cls.directory / "program.c", PROGRAM)
        cls.compile(cls.directory / "program.c", cls.checkout / PROGRAMS[0])
        for name in PROGRAMS[1:]:
            shutil.copy(cls.checkout / PROGRAMS[0], cls.checkout / name)

    @classmethod
    def compile(cls, source, program, *options):
        compiler = os.environ["ZM_CXX" if source.suffix == ".cc" else "ZM_CC"].split()
        subprocess.run([*compiler, source, "-o", program, *options], check=True, env=cls.env)

    def follow(self, lines, folder):
        """Runs the lines one after the other in one shell, each of which must succeed."""
        script = "set -e\n" + "\n".join(lines) + "\n"
        result = subprocess.run(["bash", "--norc", "-c", script], cwd=folder, env=self.env, text=True, timeout=120,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                check=False)
        self.assertEqual(result.returncode, 0, f"{script}\n{result.stdout}")
        return result.stdout

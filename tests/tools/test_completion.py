"""What the shells offer for a started zmalloc command line.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from command import ZMALLOC, environment, zmalloc

COMPLETION = Path(os.environ["COMPLETION"])
BACKENDS = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]

BASH = r"""
source "$1" && source "$2" || exit
COMP_LINE=$3 COMP_POINT=${#3} COMP_TYPE=9 COMP_KEY=9
shift 3
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_zmalloc zmalloc "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""

# zsh's own completion needs a terminal; what it is handed does not.
ZSH = r"""
_describe() { print -l -- ${${(P)2}%%:*} }
_arguments() { shift; print -l -- ${${@%%\[*}%%:*}; spec=${(M)@:#--backend=*} }
_wanted() { shift 4; compadd $@ }
compadd() { print -l -- ${(P)@[-1]} }
zmalloc=zmalloc words=(${(z)2}) CURRENT=${#words}
autoload -Uz $1/_zmalloc && _zmalloc
[[ -z $3 ]] || ${spec##*:}
"""


class Completion(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.env = environment(PATH=f"{os.path.dirname(ZMALLOC)}:{os.environ['PATH']}", HOME=directory.name,
                               TERM="dumb", XDG_CONFIG_HOME=directory.name, XDG_DATA_HOME=directory.name)

    def output(self, *command):
        result = subprocess.run(command, env=self.env, cwd=self.directory, text=True, timeout=60,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                check=False)
        self.assertEqual((result.returncode, result.stderr), (0, ""), command)
        return result.stdout

    def check(self, offered):
        """`offered` is a function from a command line to the words offered for its last one."""
        helped = re.findall(r"^  ([a-z]+) ", zmalloc("--help").stdout, re.M)
        self.assertEqual(set(offered("zmalloc ")) & set(helped), set(helped))
        for sub in helped:
            options = re.findall(r"^  (?:-., |    )(--[a-z-]+)", zmalloc(sub, "--help").stdout, re.M)
            listed = {word.split("=")[0] for word in offered(f"zmalloc {sub} --")}
            self.assertEqual(listed & set(options), set(options), sub)
        self.assertEqual(sorted(offered("zmalloc run -b ")), sorted(BACKENDS))
        self.assertEqual([w.split("=")[-1] for w in offered("zmalloc run --backend=li")], ["libc"])
        (self.directory / "a-program").touch(mode=0o755)
        self.assertEqual(offered("zmalloc run -b libc -- ./a-p"), ["./a-program"])

    def test_bash(self):
        library = "/usr/share/bash-completion/bash_completion"
        if not os.path.exists(library):
            self.skipTest("no bash-completion")

        def offered(line):
            words = re.findall(r"=|[^ =]+", line) + ([""] if line[-1] in " =" else [])
            output = self.output("bash", "--norc", "-c", BASH, "bash", library, COMPLETION / "zmalloc.bash", line,
                                 *words)
            return [word.strip() for word in output.splitlines() if word]
        self.check(offered)
        self.assertEqual(offered("zmalloc compare --backends=libc,li"), ["libc,libc"])

    def test_fish(self):
        if not shutil.which("fish"):
            self.skipTest("no fish")

        def offered(line):
            output = self.output("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]",
                                 COMPLETION / "zmalloc.fish", line)
            return [word.split("\t")[0] for word in output.splitlines()]
        self.check(offered)

    def test_zsh(self):
        if not shutil.which("zsh"):
            self.skipTest("no zsh")

        def offered(line, *more):
            return self.output("zsh", "-f", "-c", ZSH, "zsh", COMPLETION, line, *more).splitlines()
        helped = re.findall(r"^  ([a-z]+) ", zmalloc("--help").stdout, re.M)
        self.assertEqual(offered("zmalloc ''"), helped)
        for sub in helped:
            options = re.findall(r"^  (?:-., |    )(--[a-z-]+)", zmalloc(sub, "--help").stdout, re.M)
            listed = [word.split("=")[0] for word in offered(f"zmalloc {sub} --") if word.startswith("--")]
            self.assertEqual(listed, options)
        self.assertEqual([word for word in offered("zmalloc run --", "values") if word in BACKENDS], BACKENDS)


if __name__ == "__main__":
    unittest.main(verbosity=2)

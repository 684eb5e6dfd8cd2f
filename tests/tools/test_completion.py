"""What the shells offer for a started zmalloc command line.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import os
import pty
import re
import select
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from command import ZMALLOC, described, environment, zmalloc

COMPLETION = Path(os.environ["COMPLETION"])
BACKENDS = [b["name"] for b in json.loads(zmalloc("info", "--json").stdout)["backends"]]
OVERHEAD = "malloc calloc realloc aligned sized 2-threads 4-threads cross".split()

BASH = r"""
source "$1" && source "$2" || exit
COMP_LINE=$3 COMP_POINT=${#3} COMP_TYPE=9 COMP_KEY=9
shift 3
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
_zmalloc zmalloc "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>/dev/null
printf '%s\n' "${COMPREPLY[@]}"
"""

# An interactive zsh. Each match goes to a file too, as it will stand on the line; ^T ends the list.
ZSH = r"""
PS1= PS2= found=$2
fpath=($1 $fpath)
autoload -Uz compinit && compinit -D -u
compadd() {
    local -a hits before after
    if [[ ${@[1,(i)(-|--)]} != *-[OAD]\ * ]]; then
        builtin compadd -A hits "$@"
        zparseopts -E -a ignored P:=before p:=before S:=after s:=after
        print -rl -- ${IPREFIX}${before[2]}${(Q)^hits} >>$found
    fi
    builtin compadd "$@"
}
finish() { zle kill-buffer; print -r -- end >>$found }
zle -N finish
bindkey '^I' complete-word '^T' finish
"""


def words_of(line):
    """As readline has them, with the word at the cursor."""
    return re.findall(r"[=:>]|[^ =:>]+", line) + ([""] if line[-1] in " =:" else [])


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
        """`offered` is a function from a command line to the whole words offered for its last one."""
        subcommands = described()
        for name, subcommand in subcommands.items():
            with self.subTest(subcommand=name):
                line = f"zmalloc {name} ".replace("  ", " ")
                below = [n.split()[-1] for n in subcommands if n.rpartition(" ")[0] == name and n]
                self.assertLessEqual(set(below), set(offered(line)))
                wanted = {f"--{o.name}{end}" for o in subcommand.options
                          for end in (["="] if o.value and not o.optional else ["", "="] if o.value else [""])}
                self.assertEqual(set(offered(line + "--")), wanted)
        (self.directory / "a-program").touch(mode=0o755)
        for line, wanted in [
            ("zmalloc help bench ", ["overhead"]),
            ("zmalloc run -b ", [*BACKENDS, "lib:"]),
            ("zmalloc run --backend=lib", ["--backend=libc", "--backend=lib:"]),
            ("zmalloc run -b lib:./a-p", ["lib:./a-program"]),
            ("zmalloc run --wrap=guard,sl", ["--wrap=guard,slow"]),
            ("zmalloc run --stats=a-p", ["--stats=a-program"]),
            ("zmalloc run -b libc -- ./a-p", ["./a-program"]),
            ("zmalloc run --stats=x -b libc ./a-p", ["./a-program"]),
            ("zmalloc compare --with=libc,sl", ["--with=libc,slow"]),
            ("zmalloc compare -b libc,lib", []),
            ("zmalloc bench --api=", ["--api=library", "--api=preload"]),
            ("zmalloc bench overhead -o malloc,", [f"malloc,{o}" for o in OVERHEAD if o != "malloc"]),
            ("zmalloc info --memory=", ["--memory=all"]),
            ("zmalloc report a-p", ["a-program"]),
            ("zmalloc compare --export=", ["--export=markdown:", "--export=csv:", "--export=json:"]),
            ("zmalloc compare --export=csv:a-p", ["--export=csv:a-program"]),
            ("zmalloc compare -c ./a-p", ["./a-program"]),
            ("zmalloc check --export bench", ["bencher:"]),
            ("zmalloc --no-pager help bench ", ["overhead"]),
            ("zmalloc report -o a-p", ["a-program"]),
            ("zmalloc nosuch ", []),
        ]:
            with self.subTest(line=line):
                self.assertEqual(sorted(offered(line)), sorted(wanted))
        if len(BACKENDS) > 1:
            other = [name for name in BACKENDS if name != "libc"]
            self.assertEqual(sorted(offered("zmalloc compare -b libc,")), sorted("libc," + name for name in other))
            self.assertEqual(sorted(offered("zmalloc compare --backends=libc,")),
                             sorted("--backends=libc," + name for name in other))
        if os.path.exists(Path(ZMALLOC).parents[1] / "bench/workloads/workload-none"):
            self.assertEqual(offered("zmalloc bench -w simple,lars"), ["simple,larson"])
            self.assertEqual(offered("zmalloc bench --workloads=larson:thr"), ["--workloads=larson:threads="])

    def test_bash(self):
        library = "/usr/share/bash-completion/bash_completion"
        if not os.path.exists(library):
            self.skipTest("no bash-completion")

        def offered(line):
            output = self.output("bash", "--norc", "-c", BASH, "bash", library, COMPLETION / "zmalloc.bash", line,
                                 *words_of(line))
            # What readline keeps of the word: up to the last character that ends one for it.
            kept = re.search(r"[^ ]*[=:]|$", line.rpartition(" ")[2]).group()
            return [kept + word.strip() for word in output.splitlines() if word]
        self.check(offered)
        self.assertEqual(offered("zmalloc run 2>errors --stats=x ./a-p"), ["./a-program"])

    def test_bash_without_own_word_breaks(self):
        """Some take = and : out of COMP_WORDBREAKS; then whole words are replaced."""
        library = "/usr/share/bash-completion/bash_completion"
        if not os.path.exists(library):
            self.skipTest("no bash-completion")
        line = "zmalloc run --backend=lib"
        output = self.output("bash", "--norc", "-c", "COMP_WORDBREAKS=' '\n" + BASH, "bash", library,
                             COMPLETION / "zmalloc.bash", line, *line.split())
        self.assertEqual(output.split(), ["--backend=libc", "--backend=lib:"])

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
        found = self.directory / ".found"
        (self.directory / ".setup").write_text(ZSH)
        try:
            terminal, end = pty.openpty()
        except OSError as error:  # a chroot without /dev/pts
            self.skipTest(str(error))
        self.addCleanup(os.close, terminal)
        shell = subprocess.Popen(["zsh", "-f", "-i"], env=self.env, cwd=self.directory, stdin=end, stdout=end,
                                 stderr=end, start_new_session=True)
        os.close(end)
        self.addCleanup(shell.wait)
        self.addCleanup(shell.kill)

        def offered(line):
            found.write_text("")
            os.write(terminal, line.encode() + b"\t\x14")
            until = time.monotonic() + 30
            while not found.read_text().endswith("end\n"):
                self.assertLess(time.monotonic(), until, line)
                self.assertIsNone(shell.poll())
                if select.select([terminal], [], [], 0.01)[0]:
                    os.read(terminal, 65536)
            return [word for word in dict.fromkeys(found.read_text().splitlines()[:-1]) if word]
        os.write(terminal, f". {self.directory}/.setup {COMPLETION} {found}\n".encode())
        self.check(offered)


if __name__ == "__main__":
    unittest.main(verbosity=2)

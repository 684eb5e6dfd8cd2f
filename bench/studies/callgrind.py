"""Instructions executed inside one function, call by call, as callgrind counts them.

SPDX-License-Identifier: BSD-3-Clause
"""

import pathlib
import re
import subprocess
import tempfile


class Failed(Exception):
    """The command, or valgrind, did not do its part."""


def counts(command, function, env=None):
    """Runs the command, in the environment env if that is not None. Returns its stdout, and for every call of
    the function a dict of the instructions that were executed meanwhile in each function itself."""
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory, "out")
        run = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--skip-plt=no",
             "--compress-strings=no", "--compress-pos=no",
             f"--toggle-collect={function}", f"--dump-after={function}", *command],
            env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, check=False)
        if run.returncode != 0:
            raise Failed(f"{' '.join(map(str, command))}: status {run.returncode} under valgrind\n"
                         + run.stderr[-2000:])
        calls = []
        while (dump := pathlib.Path(f"{out}.{len(calls) + 1}")).exists():
            calls.append(_own_counts(dump.read_text(encoding="utf-8", errors="replace")))
        return run.stdout, calls


def _own_counts(text):
    own, name, called = {}, None, False
    for line in text.splitlines():
        if line.startswith("fn="):
            name = line[3:]
        elif line.startswith("calls="):
            called = True  # the next line is the called function's
        elif re.match(r"[0-9+*-]", line):
            if not called:
                own[name] = own.get(name, 0) + int(line.split()[1])
            called = False
    total = re.search(r"^totals: (\d+)", text, re.MULTILINE)
    if not total or sum(own.values()) != int(total.group(1)):
        raise Failed("callgrind's output was not understood: its parts are not its total")
    return own

#!/usr/bin/env python3
"""The API reference, made from the public headers: their comments, and below each what it is about.

usage: api.py markdown|scdoc INCLUDE_DIRECTORY VERSION

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import sys
from pathlib import Path

FIRST = ["zmalloc.h", "zmalloc.hpp", "zmalloc/stats.h", "zmalloc/backend.h", "zmalloc/allocator.h", "zmalloc/sysinfo.h"]
NOISE = re.compile(r"""^\#(?:ifndef|define)\ ZMALLOC\w*_H(?:PP)?$ | ^\#include | ^ZMALLOC_(?:BEGIN|END)$ |
    ^\#endif$ | ^\#ifn?def\ __cplusplus | ^\#if.*__has_include | ^\#\ +(?!\ |define|undef)""", re.X)


def headers(directory):
    found = sorted(str(path.relative_to(directory)) for path in directory.rglob("*.h*")
                   if path.suffix in (".h", ".hpp") and path.name not in ("export.h", "names.h"))
    return [name for name in FIRST if name in found] + [name for name in found if name not in FIRST]


def without_marks(code):
    """Declarations as a reader wants them: no attributes, no export marks, no include guards."""
    while True: # an attribute's parentheses nest
        start = re.search(r"\s*\bZMALLOC_ATTR\(", code)
        if not start:
            break
        depth, end = 1, start.end()
        while depth:
            depth += {"(": 1, ")": -1}.get(code[end], 0)
            end += 1
        code = code[:start.start()] + code[end:]
    lines = [re.sub(r"\bZMALLOC_API ", "", line) for line in code.splitlines() if not NOISE.search(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


def entries(text):
    """(comment or None, code) in turn: a comment at the start of a line, and what follows it."""
    comment, code = None, []
    at = 0
    for match in re.finditer(r"^/\*.*?\*/[ \t]*\n", text, re.M | re.S):
        if text[at:match.start()].count("{") > text[at:match.start()].count("}"):
            continue # of a field
        yield comment, without_marks(text[at:match.start()])
        comment, at = match.group(0), match.end()
    yield comment, without_marks(text[at:])


def plain(comment):
    """The comment's text: no marks, no licence line."""
    lines = [re.sub(r"^ \* ?", "", line) for line in comment.strip()[2:-2].splitlines()]
    lines[0] = lines[0].strip()
    return "\n".join(line.rstrip() for line in lines if "SPDX-License" not in line).strip("\n")


def blocks(text):
    """Paragraphs, ("item", text) of lists, and ("code", lines) for what is laid out by hand."""
    for chunk in re.split(r"\n\n+", text):
        kind, lines = "text", []
        for line in chunk.splitlines():
            indent = len(line) - len(line.lstrip())
            if line.lstrip().startswith("- ") and indent < 4:
                new = "item"
            elif indent >= (5 if kind == "item" else 4):
                new = "code" # laid out by hand
            else: # the formatter wraps items without their indent
                new = "item" if kind == "item" else "text"
            if lines and (new != kind or line.lstrip().startswith("- ") and new == "item"):
                yield kind, lines
                lines = []
            kind = new
            lines.append(line)
        if lines:
            yield kind, lines


def title_of(line):
    return re.fullmatch(r"---- (.*) ----", line)


class Markdown:
    def __init__(self, version):
        self.out = [f"# API reference, zmalloc {version}", "", "Made from the headers in `include/` by `docs/api.py`.", ""]

    def header(self, name):
        self.out += [f"## `<{name}>`", ""]

    def section(self, title):
        self.out += [f"### {title[0].upper()}{title[1:]}", ""]

    def text(self, kind, lines):
        words = " ".join(line.strip() for line in lines)
        if kind == "code":
            self.code("\n".join(lines), "")
        elif kind == "item":
            self.out += ["- " + self.escape(words[2:]), ""]
        else:
            self.out += [self.escape(words), ""]

    @staticmethod
    def escape(words):
        spans = re.split(r"(`[^`]*`)", words) # in a code span nothing is special
        return "".join(span if span[:1] == "`" else re.sub(r"([*_<])", r"\\\1", span) for span in spans)

    def code(self, code, language="c"):
        self.out += [f"```{language}", code, "```", ""]


class Scdoc(Markdown):
    def __init__(self, version):
        self.out = [f'zmalloc(3) "zmalloc {version}"', "", "# NAME", "",
                    "zmalloc - accounted memory allocation over libc, jemalloc, tcmalloc and mimalloc", "",
                    "# SYNOPSIS", "", "```", "#include <zmalloc.h>", "",
                    "cc program.c $(pkg-config --cflags --libs zmalloc)", "```", "", "# DESCRIPTION", ""]
        self.first = True

    def header(self, name):
        if not self.first:
            self.out += [f"# <{name}>".upper().replace("<", "").replace(">", ""), ""]
        self.first = False

    def section(self, title):
        self.out += [f"## {title[0].upper()}{title[1:]}", ""]

    @staticmethod
    def escape(words):
        words = re.sub(r"([\\*_`])", r"\\\1", words)
        return "\\" + words if words[:1] in "#-|[]" else words

    def code(self, code, language="c"):
        self.out += ["```", code.expandtabs(4), "```", ""]

    def end(self):
        self.out += ["# SEE ALSO", "", "*zmalloc*(1), *malloc*(3)"]


def main():
    kind, directory, version = sys.argv[1:]
    directory = Path(directory)
    page = {"markdown": Markdown, "scdoc": Scdoc}[kind](version)
    for name in headers(directory):
        page.header(name)
        for comment, code in entries((directory / name).read_text()):
            if comment:
                lines = plain(comment).splitlines()
                title = title_of(lines[0])
                if title:
                    page.section(title.group(1))
                    lines = lines[1:]
                for block in blocks("\n".join(lines)):
                    page.text(*block)
            if name.endswith(".hpp") and comment:
                break # its templates are no declarations to read
            if code:
                page.code(code)
    if kind == "scdoc":
        page.end()
    print("\n".join(page.out).rstrip("\n"))


if __name__ == "__main__":
    main()

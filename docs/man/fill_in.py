#!/usr/bin/env python3
"""Puts what the command says of itself into a manual page, in scdoc's notation.

usage: fill_in.py DESCRIPTION PAGE

DESCRIPTION is what 'zmalloc --describe' prints (tools/options/describe.h). A line of PAGE like
"@options compare@" becomes the options of that subcommand; "@exit@", "@environment@" and
"@examples@" are lists of the same kind, "@subcommands@" has the pages of the subcommands. Without a
name it is about zmalloc itself.

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import sys

NOTES = {"exit": "exit", "environment": "environment", "examples": "example"}


def read(path):
    """Per subcommand, the fields of its lines by their kind."""
    subcommands = {}
    with open(path, encoding="utf-8") as file:
        for line in file:
            kind, *fields = line.rstrip("\n").split("\t")
            if kind == "subcommand":
                last = subcommands[fields[0]] = {"summary": fields[1]}
            else:
                last.setdefault(kind, []).append(fields)
    return subcommands


def escaped(text):
    return re.sub(r"([\\_*])", r"\\\1", text)


def bold(text):
    return f"*{escaped(text)}*" if text else ""


def value(text):
    """A word in capitals stands for something; any other is to be typed as it is."""
    return f"_{escaped(text)}_" if text.isupper() else bold(text)


class Marker:
    """Marks up plain text of one subcommand."""

    def __init__(self, subcommand):
        stand_ins = {option[2] for option in subcommand.get("option", []) if option[2].isupper()}
        for synopsis, in subcommand.get("synopsis", []):
            stand_ins.update(re.findall(r"\b[A-Z]+\b", synopsis))
        stand_ins.add("LIBRARY")
        self.stand_in = re.compile(r"\b(%s)\b" % "|".join(sorted(stand_ins)))
        self.special = re.compile(
            r"(?<!\w)'(?P<typed>[^']+)'(?!\w)"           # to be typed
            r"|(?P<option>(?<![\w-])--?[A-Za-z][\w-]*)"
            r"|(?P<variable>\b[A-Z]+_[A-Z_]+\b)"
            r"|\b(?P<page>zmalloc(-[a-z]+)?)\((?P<section>\d)\)"
            r"|(?P<title>(?<=See )[A-Z]+( [A-Z]+)*|(?<=under )[A-Z]+( [A-Z]+)*)"
            r"|" + self.stand_in.pattern)

    def typed(self, text):
        parts = self.stand_in.split(text)
        return "".join(value(part) if i % 2 else bold(part) for i, part in enumerate(parts))

    def _mark(self, match):
        if match["typed"]:
            return self.typed(match["typed"])
        if match["page"]:
            return f"{bold(match['page'])}({match['section']})"
        word = match["option"] or match["variable"] or match["title"]
        return bold(word) if word else value(match[0])

    def text(self, plain):
        out, end = "", 0
        for match in self.special.finditer(plain):
            out += escaped(plain[end:match.start()]) + self._mark(match)
            end = match.end()
        return out + escaped(plain[end:])


def item(label, text):
    return f"{label}\n\t{text}\n"


def options(subcommand):
    marker = Marker(subcommand)
    for letter, name, stand_in, optional, text, more in subcommand["option"]:
        label = f"*-{letter}*, " if letter else ""
        if stand_in and optional:
            label += f"{bold('--' + name)}[*=*{value(stand_in)}]"
        elif stand_in:
            label += bold(f"--{name}=") + value(stand_in)
        else:
            label += bold("--" + name)
        yield item(label, marker.text(f"{text} {more}".strip()))


def notes(subcommand, kind):
    marker = Marker(subcommand)
    for what, text in subcommand[kind]:
        yield item(bold(what), marker.text(text))


def pages(subcommands):
    for name, subcommand in subcommands.items():
        if name and " " not in name and name != "help":
            summary = subcommand["summary"]
            yield item(f"*zmalloc-{name}*(1)", escaped(summary[0].upper() + summary[1:] + "."))


def part(subcommands, kind, name):
    if kind == "options":
        return options(subcommands[name])
    if kind == "subcommands":
        return pages(subcommands)
    return notes(subcommands[name], NOTES[kind])


def main():
    subcommands = read(sys.argv[1])
    with open(sys.argv[2], encoding="utf-8") as page:
        for line in page:
            wanted = re.fullmatch(r"@(\w+) ?([a-z ]*)@\n", line)
            sys.stdout.write("\n".join(part(subcommands, *wanted.groups())) if wanted else line)


main()

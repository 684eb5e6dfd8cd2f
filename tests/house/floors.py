#!/usr/bin/env python3
"""Whether the house stands: which file may look into which, and how large each thing may be.

usage: floors.py ROOT

Reads the sources under ROOT, prints a line for each fault, and fails if there was one. The rules
are those of docs/architecture.md.

SPDX-License-Identifier: BSD-3-Clause
"""
import pathlib
import posixpath
import re
import statistics
import sys

# From top to bottom: a file includes its own floor and those below it. The one list of them.
FLOORS = ["tools", "api", "runtime", "backends", "accounting", "base", "include"]
LIBRARY = FLOORS[1:-1]
# Those of tools/ below its main.c; folders on one floor may include one another, but in no circle.
TOOLS_FLOORS = [["commands"], ["measuring", "reporting", "options"], ["results"], ["process", "statistics"],
                ["live"], ["samples"], ["common"]]
ASIDE = ["sysinfo"] # includes the public headers alone, and nobody includes it
AROUND = ["bench", "tests", "examples"] # look into everything, and nobody looks into them

SOURCES_IN_A_FOLDER = 15
LINES_OF_A_SOURCE = 400
MEDIAN_LINES = 200
LINES_OF_A_MACRO = 15

# Members of a backend's tables that hand out or take blocks. Of `struct zm_ops` only the front
# doors call them, which count; those of `struct zm_control` also the files that include this, which
# then count themselves.
CALLS_ALLOCATOR = r"(?:alloc|resize|release|find)(?:_\w+)?|slabs"
FRONT_DOORS = "backends/"
TEMPLATE = "backends/front_tmpl.h"
DIRECT = "api/direct.h"


def floor_of(name):
    return name.split("/")[0]


def folder_of(name):
    return name.rpartition("/")[0]


def is_source(name):
    return name.endswith((".c", ".cc"))


def without_comments(text):
    """Line breaks stay where they are. Strings go too, but those of #include."""
    def blank(match):
        token = match[0]
        if token.startswith("/"):
            return " " + "\n" * token.count("\n")
        return token if match["include"] else '""'
    return re.sub(r'(?P<include>^[ \t]*#[ \t]*include[^\n]*)|//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"', blank, text,
                  flags=re.M | re.S)


class House:
    """The sources, and what each includes of the others."""

    def __init__(self, root):
        self.root = pathlib.Path(root)
        paths = [path for folder in [*FLOORS, *ASIDE, *AROUND] for suffix in ("c", "cc", "h", "hpp")
                 for path in self.root.glob(f"{folder}/**/*.{suffix}")]
        self.raw = {str(path.relative_to(root)): path.read_text(encoding="utf-8") for path in sorted(paths)}
        self.code = {name: without_comments(text) for name, text in self.raw.items()}
        self.includes = {name: self.find_includes(name) for name in self.code}

    def find_includes(self, name):
        named = re.findall(r'^[ \t]*#[ \t]*include[ \t]*["<]([^">]+)[">]', self.code[name], re.M)
        places = [folder_of(name), "", "include"]
        found = []
        for header in named:
            candidates = [posixpath.normpath(posixpath.join(place, header)) for place in places]
            found += [candidate for candidate in candidates if candidate in self.code][:1]
        return found

    def inside(self):
        """The files that are on a floor, or aside."""
        return [name for name in self.code if floor_of(name) in FLOORS + ASIDE]


def may_include(name, other):
    here, there = floor_of(name), floor_of(other)
    if here in ASIDE or there in ASIDE:
        return there in (here, "include")
    return there in FLOORS and FLOORS.index(there) >= FLOORS.index(here)


def includes_upwards(house):
    for name in house.inside():
        for other in house.includes[name]:
            if not may_include(name, other):
                yield f"{name} includes {other}, which is no floor below it"


def tools_floor_of(name):
    folder = name.split("/")[1]
    return next((number for number, folders in enumerate(TOOLS_FLOORS) if folder in folders), None)


def tools_include_upwards(house):
    tools = [name for name in house.inside() if floor_of(name) == "tools" and name.count("/") > 1]
    for name in tools:
        if tools_floor_of(name) is None:
            yield f"{name} is in a folder of tools/ that has no floor"
            continue
        for other in house.includes[name]:
            if other in tools and (tools_floor_of(other) or 0) < tools_floor_of(name):
                yield f"{name} includes {other}, which is no floor of tools/ below it"


DEFINITION = re.compile(r"^(?!static\b|typedef\b)\w[^;{}()#]*?\b(zm_\w+)\([^;{}]*\)[^;{}()]*\n\{", re.M)
PROTOTYPE = re.compile(r"^(?!static\b|typedef\b)\w[^;{}()#=]*?\b(zm_\w+)\([^;{}]*\)[^;{}()]*;", re.M)


def declares_what_is_above(house):
    """A prototype written by hand would call upwards without an #include that shows it."""
    defined = {}
    for name in house.inside():
        for function in DEFINITION.findall(house.code[name]) if is_source(name) else []:
            defined.setdefault(function, []).append(name)
    for name in house.inside():
        for function in PROTOTYPE.findall(house.code[name]):
            where = defined.get(function, [])
            if where and not any(may_include(name, place) for place in where):
                yield f"{name} declares {function}, which {where[0]} above it defines"


def calls_allocators(house):
    """Past the front doors nothing would be counted."""
    for name in house.inside():
        if name.startswith(FRONT_DOORS):
            continue
        if TEMPLATE in house.includes[name]:
            yield f"{name} includes {TEMPLATE}: a front door belongs into {FRONT_DOORS}"
        code = house.code[name]
        for variable in re.findall(r"\bstruct zm_ops\s*\*?\s*(?:const\s+)?(\w+)\b(?!\s*\()", code):
            if variable != "ops":
                yield f"{name}: a struct zm_ops is called ops, so that its calls can be found, not {variable}"
        for call in re.findall(rf"\bops(?:\.|->)(?:{CALLS_ALLOCATOR})\s*\(", code):
            yield f"{name} calls an allocator: {call})"
        if DIRECT not in house.includes[name]:
            for call in re.findall(rf"\bcontrol(?:\.|->)(?:{CALLS_ALLOCATOR})\s*\(", code):
                yield f"{name} calls an allocator without {DIRECT}: {call})"


def circles(graph):
    """Sets of nodes that reach one another, larger than one (Tarjan's algorithm)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in sorted(graph.get(node, ())):
            if other not in index:
                visit(other)
            if other in stack:
                low[node] = min(low[node], low[other])
        if low[node] == index[node]:
            at = stack.index(node)
            if len(stack) - at > 1:
                found.append(sorted(stack[at:]))
            del stack[at:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return found


def goes_round(house, floors, node_of, what):
    """x.c and x.h are one file here."""
    graph = {}
    for name in house.code:
        if floor_of(name) in floors:
            others = {node_of(other) for other in house.includes[name] if floor_of(other) in floors}
            graph.setdefault(node_of(name), set()).update(others - {node_of(name)})
    for circle in circles(graph):
        yield f"{what} include one another in a circle: {', '.join(circle)}"


def stem_of(name):
    return name.rpartition(".")[0]


def library_goes_round(house):
    return goes_round(house, LIBRARY + ASIDE, stem_of, "files")


def tools_go_round(house):
    return goes_round(house, ["tools"], folder_of, "folders")


def folders_too_full(house):
    folders = [folder_of(name) for name in house.code if is_source(name)]
    for folder in sorted(set(folders)):
        if folders.count(folder) > SOURCES_IN_A_FOLDER:
            yield f"{folder}/ has {folders.count(folder)} sources, more than {SOURCES_IN_A_FOLDER}"


def files_too_long(house):
    lines = {name: text.count("\n") for name, text in house.raw.items() if is_source(name)}
    for name, count in lines.items():
        if count > LINES_OF_A_SOURCE:
            yield f"{name} has {count} lines, more than {LINES_OF_A_SOURCE}"
    if lines and statistics.median(lines.values()) >= MEDIAN_LINES:
        yield f"the median source has {statistics.median(lines.values()):g} lines, not less than {MEDIAN_LINES}"


def macros_too_long(house):
    for name, text in house.raw.items():
        for macro, body in re.findall(r"^[ \t]*#[ \t]*define[ \t]+(\w+)((?:[^\n]*\\\n)*[^\n]*)", text, re.M):
            if body.count("\n") > LINES_OF_A_MACRO:
                yield f"{name}: the body of {macro} has {body.count(chr(10))} lines, more than {LINES_OF_A_MACRO}"


def page_is_wrong(house):
    """docs/architecture.md: the floors of its picture, and the files it names."""
    path = house.root / "docs/architecture.md"
    page = path.read_text(encoding="utf-8") if path.exists() else ""
    picture = re.search(r"^```\n(.*?)^```", page, re.M | re.S)
    shown = re.findall(r"^ *(\w+)/  ", picture[1], re.M) if picture else []
    if shown != FLOORS:
        yield f"docs/architecture.md shows the floors {', '.join(shown)}, not {', '.join(FLOORS)}"
    order = re.search(r"^`tools/` has floors of its own.*?(?=\n\n)", page, re.M | re.S)
    folders = [folder for line in TOOLS_FLOORS for folder in line]
    named = re.findall(r"`(\w+)/`", order[0])[1:] if order else folders
    if named != folders:
        yield f"docs/architecture.md has the floors of tools/ as {', '.join(named)}, not {', '.join(folders)}"
    basenames = {name.rpartition("/")[2] for name in house.code}
    for name in sorted(set(re.findall(r"(?<![\w>./-])[\w./-]*\w\.(?:c|h|cc|hpp)\b(?![\w-])", page))):
        there = (house.root / name).exists() if "/" in name else name in basenames
        if not there:
            yield f"docs/architecture.md names {name}, which isn't there"


RULES = [includes_upwards, tools_include_upwards, declares_what_is_above, calls_allocators, library_goes_round,
         tools_go_round, folders_too_full, files_too_long, macros_too_long, page_is_wrong]


def faults(root):
    house = House(root)
    return [fault for rule in RULES for fault in dict.fromkeys(rule(house))]


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: floors.py ROOT")
    found = faults(sys.argv[1])
    for fault in found:
        print(fault)
    sys.exit(bool(found))


if __name__ == "__main__":
    main()

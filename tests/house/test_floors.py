"""Each rule of floors.py, on small houses: one that stands, and what makes it fall.

SPDX-License-Identifier: BSD-3-Clause
"""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import floors

PAGE = """# A house

```
  tools/        the command
     |
  api/          what it calls
  runtime/      and so on
  backends/     ...
  accounting/   ...
  base/         ...
  include/      ...
```

A backend is `backends/pool/<name>.c`; `sums.c` counts, `backends/registry.c` lists.
"""
HOUSE = {
    "docs/architecture.md": PAGE,
    "tools/main.c": '#include "tools/commands/run.h"\n',
    "tools/commands/run.h": '#include "tools/common/cli.h"\n',
    "tools/common/cli.h": "#include <zmalloc.h>\n",
    "api/direct.h": '#include "backends/control.h"\n',
    "api/flags.c": '#include "direct.h"\nvoid f(void)\n{\n    control->alloc_flags(1, 2);\n}\n',
    "runtime/choice.h": '#include "backends/backend.h"\nvoid zm_choose(void);\n',
    "runtime/choice.c": '#include "choice.h"\nvoid zm_choose(void)\n{\n    backend->ops->init();\n}\n',
    "backends/backend.h": '#include "accounting/sums.h"\nstruct zm_ops {\n    int (*init)(void);\n};\n',
    "backends/control.h": '#include "backend.h"\n',
    "backends/front_tmpl.h": '#include "backend.h"\nvoid f(void)\n{\n    ops->alloc(1);\n}\n',
    "backends/registry.c": '#include "backend.h"\n',
    "backends/pool/pool.c": '#include "backends/front_tmpl.h"\n',
    "accounting/sums.h": "struct zm_sums;\nvoid zm_sum(struct zm_sums *sums);\n",
    "accounting/sums.c": '#include "sums.h"\n\n#include "base/output.h"\nvoid zm_sum(struct zm_sums *sums)\n{\n}\n',
    "base/output.h": "#include <stdio.h>\n#include <zmalloc/export.h>\n",
    "include/zmalloc.h": "#include <zmalloc/export.h>\n",
    "include/zmalloc/export.h": "#include <stddef.h>\n",
    "sysinfo/linux/linux.c": '#include "sysinfo/os.h"\n',
    "sysinfo/os.h": "#include <zmalloc.h>\n",
    "tests/core/choice.c": '#include "backends/front_tmpl.h"\n#include "runtime/choice.h"\n',
}


class Floors(unittest.TestCase):
    def faults(self, changes):
        with tempfile.TemporaryDirectory(prefix="zmalloc-house.") as root:
            for name, text in {**HOUSE, **changes}.items():
                path = Path(root, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return floors.faults(root)

    def check(self, changes, *found):
        self.assertEqual(self.faults(changes), list(found))

    def test_stands(self):
        self.check({})

    def test_upwards(self):
        self.check({"base/output.h": '#include "runtime/choice.h"\n'},
                   "base/output.h includes runtime/choice.h, which is no floor below it",
                   "files include one another in a circle: accounting/sums, backends/backend, base/output, "
                   "runtime/choice")
        self.check({"runtime/early.c": "#  include <tools/common/cli.h>\n"},
                   "runtime/early.c includes tools/common/cli.h, which is no floor below it")
        self.check({"backends/pool/control.c": '#include "../../runtime/choice.h"\n'},
                   "backends/pool/control.c includes runtime/choice.h, which is no floor below it")
        self.check({"include/zmalloc/limit.h": '#include "base/output.h"\n'},
                   "include/zmalloc/limit.h includes base/output.h, which is no floor below it")

    def test_tools_upwards(self):
        self.check({"tools/samples/row.c": '#include "tools/process/child.h"\n', "tools/process/child.h": ""},
                   "tools/samples/row.c includes tools/process/child.h, which is no floor of tools/ below it")
        self.check({"tools/measuring/take.c": '#include "tools/options/parse.h"\n', "tools/options/parse.h": ""})
        self.check({"tools/cellar/rat.c": ""}, "tools/cellar/rat.c is in a folder of tools/ that has no floor")
        page = PAGE + "\n`tools/` has floors of its own: `commands/`, `common/`.\n\n"
        self.check({"docs/architecture.md": page},
                   "docs/architecture.md has the floors of tools/ as commands, common, not commands, measuring, "
                   "reporting, options, results, process, statistics, live, samples, common")

    def test_aside(self):
        self.check({"api/stats.c": '#include "sysinfo/os.h"\n'},
                   "api/stats.c includes sysinfo/os.h, which is no floor below it")
        self.check({"sysinfo/text.c": '#include "base/output.h"\n'},
                   "sysinfo/text.c includes base/output.h, which is no floor below it")

    def test_around(self):
        self.check({"tests/core/helper.h": "", "tools/main.c": '#include "tests/core/helper.h"\n'},
                   "tools/main.c includes tests/core/helper.h, which is no floor below it")
        self.check({"examples/pool.c": '#include "tools/common/cli.h"\n'})

    def test_commented_out(self):
        self.check({"base/output.c": '/* as in\n#include "tools/common/cli.h"\n*/\n// #include "api/direct.h"\n'
                                     'const char *text = "/*";\n'})
        self.check({"base/failure.c": 'const char *text = "/*";\n#include "api/direct.h" /* why */\n'},
                   "base/failure.c includes api/direct.h, which is no floor below it")

    def test_prototypes(self):
        why = "declares zm_choose, which runtime/choice.c above it defines"
        self.check({"backends/front.h": "void zm_choose(void);\n"}, f"backends/front.h {why}")
        self.check({"base/output.c": "extern void\nzm_choose(void) __attribute__((cold));\n"}, f"base/output.c {why}")
        self.check({"api/stats.c": "void zm_choose(void);\n"})
        self.check({"base/output.h": "void zm_choose(void);\n", "base/output.c": "void zm_choose(void)\n{\n}\n"})
        self.check({"base/output.c": "static void zm_sum_up(int a);\nvoid zm_put(void)\n{\n    zm_choose();\n}\n"})

    def test_allocators(self):
        self.check({"runtime/early.h": '#include "backends/front_tmpl.h"\n'},
                   "runtime/early.h includes backends/front_tmpl.h: a front door belongs into backends/")
        self.check({"api/stats.c": "void f(void)\n{\n    zm_running()->ops->release_sized (p, 1);\n}\n"},
                   "api/stats.c calls an allocator: ops->release_sized ()")
        self.check({"api/stats.c": "static const struct zm_ops *const below;\n"},
                   "api/stats.c: a struct zm_ops is called ops, so that its calls can be found, not below")
        self.check({"api/stats.c": "static const struct zm_ops *find(void);\n"})
        self.check({"api/stats.c": "const struct zm_ops *ops = zm_running()->ops;\nsize_t n = ops->usable(p);\n"
                                   "bool can = control->slabs;\n/* ops->alloc(1) */\n"})
        self.check({"api/flags.c": "void f(void)\n{\n    control->alloc_flags(1, 2);\n}\n"},
                   "api/flags.c calls an allocator without api/direct.h: control->alloc_flags()")

    def test_circles(self):
        self.check({"backends/backend.h": '#include "control.h"\n'},
                   "files include one another in a circle: backends/backend, backends/control")
        self.check({"backends/a.h": '#include "b.h"\n', "backends/b.c": '#include "c.h"\n', "backends/b.h": "",
                    "backends/c.h": '#include "a.h"\n'},
                   "files include one another in a circle: backends/a, backends/b, backends/c")
        self.check({"tools/common/cli.c": '#include "tools/commands/run.h"\n'},
                   "tools/common/cli.c includes tools/commands/run.h, which is no floor of tools/ below it",
                   "folders include one another in a circle: tools/commands, tools/common")
        self.check({"tools/common/cli.c": '#include "table.h"\n', "tools/common/table.h": '#include "cli.h"\n'})

    def test_folders(self):
        sources = {f"base/{number}.c": "" for number in range(16)}
        headers = {f"base/{number}.h": "" for number in range(16)}
        self.check({**sources, **headers}, "base/ has 16 sources, more than 15")
        del sources["base/0.c"]
        self.check({**sources, "base/deeper/0.cc": ""})

    def test_lengths(self):
        self.check({"base/long.c": "\n" * 401}, "base/long.c has 401 lines, more than 400")
        self.check({"base/long.c": "\n" * 400, "base/long.h": "\n" * 500})
        self.check({f"bench/{number}.c": "\n" * 200 for number in range(14)},
                   "the median source has 200 lines, not less than 200")

    def test_macros(self):
        def macro(lines):
            return "#    define LONG(x) \\\n" + "    x \\\n" * (lines - 1) + "    x\nint after;\n"
        self.check({"base/long.h": macro(16)}, "base/long.h: the body of LONG has 16 lines, more than 15")
        self.check({"base/long.h": macro(15) + macro(15)})

    def test_page(self):
        self.check({"docs/architecture.md": PAGE + "`base/nothing.c`, `nothing.h`, `base/output.h`, sums.h.\n"},
                   "docs/architecture.md names base/nothing.c, which isn't there",
                   "docs/architecture.md names nothing.h, which isn't there")
        self.check({"docs/architecture.md": PAGE.replace("  api/ ", "  sky/ ")},
                   "docs/architecture.md shows the floors tools, sky, runtime, backends, accounting, base, include, not "
                   "tools, api, runtime, backends, accounting, base, include")

    def test_command(self):
        """It prints faults, and fails by them."""
        program = Path(floors.__file__)
        with tempfile.TemporaryDirectory(prefix="zmalloc-house.") as root:
            for name, text in HOUSE.items():
                Path(root, name).parent.mkdir(parents=True, exist_ok=True)
                Path(root, name).write_text(text)
            run = [sys.executable, program, root]
            self.assertEqual(subprocess.run(run, check=True, stdout=subprocess.PIPE).stdout, b"")
            Path(root, "base/long.c").write_text("\n" * 401)
            result = subprocess.run(run, check=False, stdout=subprocess.PIPE)
            self.assertEqual((result.returncode, result.stdout), (1, b"base/long.c has 401 lines, more than 400\n"))
            self.assertEqual(subprocess.run([sys.executable, program], check=False, stderr=subprocess.PIPE).returncode, 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)

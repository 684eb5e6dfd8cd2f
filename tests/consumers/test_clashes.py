"""More than one zmalloc in a process: other names, and other versions.

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import tempfile
import unittest
from pathlib import Path

from consumers import MESON, SOURCE, VERSION, TestCase, copy_sources


class Clashes(TestCase):
    @classmethod
    def setUpClass(cls):
        directory = tempfile.TemporaryDirectory(prefix="zmalloc-clashes.")
        cls.addClassCleanup(directory.cleanup)
        cls.builds = Path(directory.name)

    def build(self, name, *options, **changes):
        """Builds and installs the library once, with libc alone for speed. Returns its prefix."""
        source, prefix = self.builds / f"source-{name}", self.builds / name
        if prefix.exists():
            return prefix
        copy_sources(source)
        text = (source / "meson.build").read_text()
        for key, value in changes.items():
            text, count = re.subn(rf"^( *{key}(?: =|:) )'[^']*'", rf"\g<1>'{value}'", text, count=1, flags=re.M)
            self.assertEqual(count, 1, key)
        (source / "meson.build").write_text(text)
        self.run_in(source, MESON, "setup", "build", "-Dauto_features=disabled", "-Dprivate_names=enabled",
                    "-Ddefault_library=both", f"-Dprefix={prefix}", "-Dlibdir=lib", *options)
        self.run_in(source, MESON, "install", "-C", "build")
        return prefix

    def compile(self, project, prefix, *words, status=0):
        return self.run_in(project, *self.env["CC"].split(), f"-I{prefix}/include", *words, f"-L{prefix}/lib",
                           f"-Wl,-rpath,{prefix}/lib", status=status)

    def test_names_of_the_program_and_of_zlib(self):
        project = self.project("names")
        (project / "zlib.c").write_text("#include <zlib.h>\nint main(void) { return !zlibVersion(); }\n")
        compiler = self.env["CC"].split()
        try:
            self.run_in(project, *compiler, "zlib.c", "-l:libz.a", "-o", "zlib")
        except AssertionError:
            self.skipTest("no static zlib")
        libraries = ["-l:libzmalloc.a", "-l:libz.a", "-pthread", "-lm"]
        prefix = self.build("prefixed", "-Dsymbol_prefix=my_")
        for linkage in [libraries, ["-lzmalloc", "-l:libz.a"]]:
            self.compile(project, prefix, "main.c", "own.c", "-o", "main", *linkage)
            self.assertEqual(self.run_in(project, "./main"),
                             "library 1, program 2, zlib alone 0, zlib with account 1\n")
        # And what the prefix is for.
        prefix = self.build("this")
        output = self.compile(project, prefix, "main.c", "own.c", "-o", "main", *libraries, status=1)
        self.assertIn("multiple definition of `zmalloc'", output)
        (project / "own.c").write_text("int own_zmalloc_calls(void); int own_zmalloc_calls(void) { return 0; }\n")
        output = self.compile(project, prefix, "main.c", "own.c", "-o", "main", *libraries, status=1)
        self.assertIn("multiple definition of `zcalloc'", output)

    def test_two_versions(self):
        project = self.project("versions")
        this, next_abi = self.build("this"), self.build("next", version="1.0.0", abi="1")
        self.compile(project, next_abi, "-shared", "-fPIC", "plugin.c", "-o", "libplugin.so", "-lzmalloc")
        self.compile(project, this, "main.c", "-o", "main", "-L.", "-lplugin", "-lzmalloc", "-Wl,-rpath,$ORIGIN",
                     f"-Wl,-rpath-link,{next_abi}/lib")
        expected = f"program {VERSION} holds 1, plugin 1.0.0 holds 1\n0 0\n"
        self.assertEqual(self.run_in(project, "./main"), expected)
        # Whichever is loaded first.
        for prefix, abi in (this, 0), (next_abi, 1):
            first = prefix / f"lib/libzmalloc.so.{abi}"
            self.assertEqual(self.run_in(project, "./main", LD_PRELOAD=first), expected)

    def test_static_copy_in_a_plugin(self):
        project = self.project("versions")
        this = self.build("this")
        self.compile(project, this, "-shared", "-fPIC", "plugin.c", "-o", "libplugin.so", "-l:libzmalloc.a",
                     "-Wl,--exclude-libs,libzmalloc.a")
        self.compile(project, this, "main.c", "-o", "main", "-L.", "-lplugin", "-lzmalloc", "-Wl,-rpath,$ORIGIN")
        self.assertEqual(self.run_in(project, "./main"),
                         f"program {VERSION} holds 1, plugin {VERSION} holds 1\n0 0\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)

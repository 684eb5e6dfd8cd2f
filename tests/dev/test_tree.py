"""subprojects/tree.py, which makes subprojects of source trees, and what -Dallocator_trees says of bad ones.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE = Path(os.environ["ZM_SOURCE"])


class Tree(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="zmalloc-tree.")
        self.addCleanup(directory.cleanup)
        self.directory = Path(directory.name)
        self.tree = self.directory / "tree"
        self.put("include/mimalloc.h", "#define MI_MALLOC_VERSION 999\n")
        self.put("src/alloc.c", "one\n")
        self.put("meson.build", "theirs\n")
        self.subprojects = self.directory / "subprojects"
        shutil.copytree(SOURCE / "subprojects/packagefiles", self.subprojects / "packagefiles")
        shutil.copy(SOURCE / "subprojects/tree.py", self.subprojects)
        self.trees = self.subprojects / "trees/subprojects"
        self.made = self.trees / "tree-mimalloc-mine"
        self.port = self.subprojects / "packagefiles/mimalloc"

    def put(self, name, text):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def make(self, name="mimalloc@mine", tree=None, status=0):
        result = subprocess.run([sys.executable, self.subprojects / "tree.py", f"{name}={tree or self.tree}"], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                env={**os.environ, "GIT_CEILING_DIRECTORIES": str(self.directory)})
        self.assertEqual(result.returncode, status, result.stdout)
        return result.stdout

    def has(self):
        return sorted(str(path.relative_to(self.made)) for path in self.made.rglob("*") if not path.is_dir())

    def test_links(self):
        """The tree's files with the port's over them, as they are now; nothing goes into the tree."""
        before = sorted(self.tree.rglob("*"))
        self.assertEqual(self.make(), "tree-mimalloc-mine\n")
        ours = [str(path.relative_to(self.port)) for path in self.port.rglob("*") if path.is_file()]
        self.assertEqual(self.has(), sorted({"include/mimalloc.h", "src/alloc.c", *ours}))
        self.assertEqual((self.made / "meson.build").read_text(), (self.port / "meson.build").read_text())
        self.put("src/alloc.c", "two\n")
        self.assertEqual((self.made / "src/alloc.c").read_text(), "two\n")
        self.assertEqual(sorted(self.tree.rglob("*")), before)

    def test_come_and_go(self):
        self.make()
        when = os.lstat(self.made / "src/alloc.c").st_mtime_ns
        self.put("src/deep/new.c", "new\n")
        self.make()
        self.assertEqual((self.made / "src/deep/new.c").read_text(), "new\n")
        shutil.rmtree(self.tree / "src/deep")
        self.make()
        self.assertFalse((self.made / "src/deep").exists())
        self.assertEqual(os.lstat(self.made / "src/alloc.c").st_mtime_ns, when)

    def test_another_tree(self):
        """Of the same name: nothing of the first is left."""
        self.put("src/old.c", "old\n")
        self.make()
        other = self.directory / "other"
        shutil.copytree(self.tree, other)
        (other / "src/old.c").unlink()
        (other / "src/alloc.c").write_text("other\n")
        self.make(tree=other)
        self.assertFalse((self.made / "src/old.c").exists())
        self.assertEqual((self.made / "src/alloc.c").read_text(), "other\n")

    def test_what_a_build_has_made(self):
        """In the tree: left out, by git's list where there is git, else by its template beside it."""
        shutil.rmtree(self.tree)
        self.put("include/jemalloc/jemalloc_protos.h.in", "")
        self.put("include/jemalloc/jemalloc.h", "made")
        self.put("include/jemalloc/internal/jemalloc_internal_defs.h.in", "")
        self.put("include/jemalloc/internal/jemalloc_internal_defs.h", "made")
        self.put(".gitignore", "/include/jemalloc/jemalloc.h\n/include/jemalloc/internal/jemalloc_internal_defs.h\n")
        made = self.trees / "tree-jemalloc-x"
        for git in False, True:
            if git and not shutil.which("git"):
                self.skipTest("no git")
            if git:
                subprocess.run(["git", "-C", self.tree, "init", "-q"], check=True)
                self.put("new.c", "not yet added")
            self.make("jemalloc@x")
            self.assertTrue((made / "include/jemalloc/jemalloc_protos.h.in").exists())
            self.assertEqual((made / "new.c").exists(), git)
            for name in "jemalloc.h", "internal/jemalloc_internal_defs.h":
                self.assertFalse((made / "include/jemalloc" / name).exists(), (git, name))

    def test_refused(self):
        for name in "mimalloc", "mimalloc@", "mimalloc@a/b", "nothing@x":
            self.assertIn("is not ALLOCATOR@NAME", self.make(name, status=1))
        self.assertIn("not an absolute path", self.make(tree="tree", status=1))
        self.assertIn("no source tree of jemalloc", self.make("jemalloc@x", status=1))
        self.assertIn("no source tree of mimalloc", self.make(tree=self.directory / "gone", status=1))
        self.assertFalse(self.trees.exists())

    def test_options(self):
        """Refused while the build is configured, before any allocator is."""
        for value, words in {"pool@x=/tmp": "is not ALLOCATOR@NAME=DIRECTORY, with one of jemalloc,",
                             "mimalloc@x=/nowhere": "no source tree of mimalloc"}.items():
            result = subprocess.run([os.environ["ZM_MESON"], "setup", self.directory / "build", SOURCE,
                                     "--wrap-mode=nodownload", f"-Dallocator_trees={value}"], text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            self.assertEqual(result.returncode, 1, result.stdout)
            self.assertRegex(result.stdout, f"ERROR: .*{words}")
            shutil.rmtree(self.directory / "build")


if __name__ == "__main__":
    unittest.main(verbosity=2)

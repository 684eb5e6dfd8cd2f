"""The documentation against the tree: links, names, what is listed.

SPDX-License-Identifier: BSD-3-Clause
"""
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

SOURCE = Path(os.environ["ZM_SOURCE"])
PAGES = [SOURCE / "README.md", *sorted(SOURCE.glob("docs/*.md"))]


class Docs(unittest.TestCase):
    def test_links(self):
        for page in PAGES:
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                self.assertTrue((page.parent / link).exists(), f"{page.name}: {link}")

    def test_listed(self):
        """docs/README.md knows every page."""
        listed = re.findall(r"\]\(([\w-]+\.md)\)", (SOURCE / "docs/README.md").read_text())
        self.assertEqual(sorted(listed), sorted(page.name for page in PAGES if page.name != "README.md"))

    def test_build_directory(self):
        """build/ is ./dev's: set up once more, Meson would say that it is, and take no options."""
        for page in PAGES:
            for line in re.findall(r"meson setup build .*", page.read_text()):
                self.assertIn("-Dzmalloc:", line, f"{page.name}, but for projects that use zmalloc")

    def test_environment(self):
        """Every variable that the sources ask for by name."""
        page = (SOURCE / "docs/environment.md").read_text()
        for folder in "accounting", "api", "backends", "base", "runtime", "tools":
            for path in [*SOURCE.glob(f"{folder}/**/*.c"), *SOURCE.glob(f"{folder}/**/*.h")]:
                for name in re.findall(r'"(ZMALLOC_[A-Z]+)"', path.read_text()):
                    self.assertIn(f"`{name}`", page, path.name)

    def test_reference(self):
        """Every exported function, in both forms."""
        names = (SOURCE / "include/zmalloc.sym").read_text().split()
        for kind in "markdown", "scdoc":
            page = subprocess.run([sys.executable, SOURCE / "docs/api.py", kind, SOURCE / "include", "0"], text=True,
                                  check=True, stdout=subprocess.PIPE).stdout
            for name in names:
                self.assertRegex(page, rf"(?m)^\w[^\n]*\b{name}\(", kind)
            self.assertNotRegex(page, r"ZMALLOC_(API|ATTR|BEGIN|END)\b|SPDX")
            if kind == "markdown":
                self.assertNotRegex(page, r"`[\w*]*\\", "in a code span nothing is special")
                self.assertNotRegex(page, r"(?m)^\w.* -E[A-Z]+  ", "a list of errors, run together")


if __name__ == "__main__":
    unittest.main(verbosity=2)

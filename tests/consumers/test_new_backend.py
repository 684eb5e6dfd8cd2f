"""docs/new-backend.md, followed to the letter: its files, its changes, its commands.

SPDX-License-Identifier: BSD-3-Clause
"""
import re
import unittest

from consumers import SOURCE, TestCase, copy_sources

BLOCK = re.compile(r"^<!-- (.*?) -->\n```\w+\n(.*?)^```$", re.M | re.S)


class NewBackend(TestCase):
    def change(self, path, how, where, text):
        before = path.read_text()
        self.assertEqual(before.count(where), 1, f"{path.name}: {where}")
        if how == "after":
            head, tail = before.split(where)
            line, tail = tail.split("\n", 1)
            path.write_text(f"{head}{where}{line}\n{text}{tail}")
        else:
            path.write_text(before.replace(where, text.rstrip("\n")))

    def test_the_page(self):
        tree = self.directory / "zmalloc"
        copy_sources(tree)
        output = ""
        blocks = BLOCK.findall((SOURCE / "docs/new-backend.md").read_text())
        self.assertEqual(len(blocks), 9)
        for what, text in blocks:
            if what.startswith("file: "):
                path = tree / what.removeprefix("file: ")
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
            elif what == "run":
                for command in text.splitlines():
                    output = self.run_in(tree, "sh", "-c", command)
            else:
                name, how, where = re.fullmatch(r"in: (\S+), (after|instead of): (.*)", what).groups()
                self.change(tree / name, how, where, text)
        self.assertRegex(output, r"(?m)^Ok: +3 *$")
        self.assertRegex(output, r"pool / contract +OK")


if __name__ == "__main__":
    unittest.main(verbosity=2)

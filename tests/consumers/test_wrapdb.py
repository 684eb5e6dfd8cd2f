"""docs/wrapdb.md against the wraps: what WrapDB's own checks would find in the files.

SPDX-License-Identifier: BSD-3-Clause
"""
import json
import re
import unittest
from configparser import ConfigParser

from consumers import SOURCE, VERSION

PAGE = (SOURCE / "docs/wrapdb.md").read_text()
PERMITTED = re.compile(r"meson\.build|meson_options\.txt|LICENSE\.build|.*\.h\.meson|.*\.def")
PORTS = ["jemalloc", "gperftools"]


def releases():
    block = re.search(r"^`releases.json`:\n\n```json\n(.*?)^```", PAGE, re.M | re.S).group(1)
    return json.loads(f"{{{block}}}")


def wrap(name):
    config = ConfigParser(interpolation=None)
    config.read(SOURCE / (f"subprojects/{name}.wrap" if name in PORTS else f"{name}.wrap"))
    return config


def provides(config):
    names = [name for name in config["provide"] if name != "dependency_names"]
    return sorted(names + config["provide"].get("dependency_names", "").replace(",", " ").split())


class WrapDB(unittest.TestCase):
    def test_entries(self):
        self.assertEqual(sorted(releases()), sorted([*PORTS, "zmalloc"]))
        for name, entry in releases().items():
            self.assertRegex(name, r"^[a-z][a-z0-9._-]*$")
            self.assertEqual(entry["dependency_names"], provides(wrap(name)))
        self.assertEqual(releases()["zmalloc"]["versions"], [f"{VERSION}-1"])

    def test_wraps(self):
        for name in PORTS:
            config = wrap(name)
            self.assertEqual(config.sections(), ["wrap-file", "provide"])
            values = config["wrap-file"]
            version = releases()[name]["versions"][0].rsplit("-", 1)[0]
            self.assertIn(version, values["source_url"])
            self.assertRegex(values["source_hash"], r"^[0-9a-f]{64}$")
            self.assertNotRegex(values["directory"] + values["source_filename"], r"[/\\]")
            stem = re.sub(r"(\.tar)?\.[a-z0-9]+$", "", values["source_filename"])
            self.assertIn(stem, [values["directory"], f"{name}-{version}"])

    def test_projects(self):
        files = {name: SOURCE / "subprojects/packagefiles" / name / "meson.build" for name in PORTS}
        for name, path in {**files, "zmalloc": SOURCE / "meson.build"}.items():
            project = re.search(r"^project\((.*?)\)$", path.read_text(), re.M | re.S).group(1)
            version = releases()[name]["versions"][0].rsplit("-", 1)[0]
            self.assertIn(f"version: '{version}'", project)
            self.assertRegex(project, r"license: '[A-Za-z0-9.-]+'")
            if name in PORTS:
                self.assertNotRegex(project, r"'(buildtype|debug|optimization|prefer_static|strip|unity)=")

    def test_files(self):
        for name in PORTS:
            more = set()
            for path in (SOURCE / "subprojects/packagefiles" / name).rglob("*"):
                if path.is_file() and path.name.startswith("meson"):
                    self.assertNotIn("\t", path.read_text(), path)
                if path.is_file() and not PERMITTED.fullmatch(path.name):
                    more.add(path.name)
            listed = re.search(rf"^- {name}: (`[^.]*\..*?)\n(?=-|\n)", PAGE, re.M | re.S).group(1)
            self.assertEqual(set(re.findall(r"`([^`]+)`", listed)), more)


if __name__ == "__main__":
    unittest.main(verbosity=2)

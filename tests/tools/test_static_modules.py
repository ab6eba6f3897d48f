"""The browser's side keeps its order: folders by topic, tests beside them, one class a name."""

import re
import unittest
from collections import Counter
from pathlib import Path

import maildesk.tools

STATIC = Path(maildesk.tools.__path__[0]).parent / "static"
SOURCES, TESTS = STATIC / "src", STATIC / "tests"
IMPORT = re.compile(r'^(?:import|export) [^"]*?from "([^"]+)";|^import "([^"]+)";|import\("([^"]+)"\)', re.MULTILINE)


def modules(folder):
    return sorted(folder.rglob("*.js"))


class TestStaticModules(unittest.TestCase):
    def test_no_two_classes_have_one_name(self):
        names = Counter(
            name for path in modules(SOURCES)
            for name in re.findall(r"^(?:export )?class (\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))
        self.assertTrue(names)
        self.assertEqual([name for name, count in names.items() if count > 1], [])

    def test_every_module_that_is_named_is_there(self):
        missing = []
        for path in modules(SOURCES) + modules(TESTS):
            for names in IMPORT.findall(path.read_text(encoding="utf-8")):
                [name] = filter(None, names)
                if name.startswith("@maildesk/") and not name.startswith("@maildesk/../"):
                    target = SOURCES / name.removeprefix("@maildesk/")
                elif name.startswith("."):
                    target = path.parent / name
                else:
                    continue
                if not target.with_name(f"{target.name}.js").exists():
                    missing.append(f"{path.relative_to(STATIC)}: {name}")
        self.assertEqual(missing, [])

    def test_tests_stand_where_their_sources_do(self):
        tests = sorted(TESTS.rglob("*.test.js"))
        self.assertTrue(tests)
        lonely = [test for test in tests if not (SOURCES / test.parent.relative_to(TESTS)).is_dir()]
        self.assertEqual(lonely, [])

    def test_core_is_ordered_by_topic(self):
        loose = {path.name for path in (SOURCES / "core").glob("*.js")}
        self.assertEqual(loose, {"errors.js", "formats.js", "maildesk_service.js", "maildesk_store.js", "sizes.js"})

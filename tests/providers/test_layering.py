"""Dependencies point one way: what speaks to servers and what is pure knows nothing of Odoo."""

import ast
import unittest
from pathlib import Path

import maildesk.providers
import maildesk.tools

PROVIDERS, TOOLS = Path(maildesk.providers.__path__[0]), Path(maildesk.tools.__path__[0])


def imports(path):
    """Names of the modules a file imports, relative ones with their leading dots."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            # "from . import x" may name modules too.
            yield from (f"{module}{alias.name}" for alias in node.names) if node.level and not node.module else (module,)


def seen_from(folder, path, name):
    """The same module as a file directly in ``folder`` would name it."""
    dots = len(name) - len(name.lstrip("."))
    depth = len(path.relative_to(folder).parts) - 1
    return "." * max(dots - depth, 1) + name.lstrip(".") if dots else name


class TestLayering(unittest.TestCase):
    def offenders(self, folder, is_forbidden):
        files = sorted(folder.rglob("*.py"))
        self.assertTrue(files)
        return [f"{path.name}: {name}" for path in files for name in imports(path) if is_forbidden(seen_from(folder, path, name))]

    def test_providers_and_tools_know_nothing_of_odoo(self):
        def is_odoo(name):
            return name.split(".")[0] in ("odoo", "openerp", "maildesk")

        self.assertEqual(self.offenders(PROVIDERS, is_odoo) + self.offenders(TOOLS, is_odoo), [])

    def test_providers_use_only_tools(self):
        def is_upwards(name):
            return name.startswith("..") and not name.startswith("..tools")

        self.assertEqual(self.offenders(PROVIDERS, is_upwards), [])

    def test_tools_use_nobody(self):
        self.assertEqual(self.offenders(TOOLS, lambda name: name.startswith("..")), [])

    def test_the_addon_never_imports_what_is_for_developers(self):
        for folder in (PROVIDERS, TOOLS):
            self.assertEqual(self.offenders(folder, lambda name: "dev" in name.lstrip(".").split(".")), [])

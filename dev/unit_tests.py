"""The tests of providers and tools, without Odoo: ``python -m dev.unit_tests [dotted name …]``.

Names are those of unittest, from the addon on, such as ``maildesk.tests.providers.test_contract_pages``; ``maildesk.`` and
``tests.`` may be left out. The last line is ``unit: N passed, N failed``; a skipped test counts as neither.
"""

import sys
import traceback
import types
import unittest
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
SUITES = ("tools", "providers")


def register():
    """Makes the checkout importable as ``maildesk`` without running the addon's own ``__init__``, which needs Odoo."""
    for name, path in (
        ("maildesk", CHECKOUT),
        ("maildesk.providers", CHECKOUT / "providers"),
        ("maildesk.tools", CHECKOUT / "tools"),
        ("maildesk.tests", CHECKOUT / "tests"),
        *((f"maildesk.tests.{suite}", CHECKOUT / "tests" / suite) for suite in SUITES),
    ):
        package = types.ModuleType(name)
        package.__path__ = [str(path)]
        sys.modules[name] = package
        parent, _dot, leaf = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], leaf, package)


def collect(names):
    """The tests of these dotted names, or all.

    :param list names: as given on the command line.
    """
    found = [f"{kind}.{path.stem}" for kind in SUITES for path in sorted((CHECKOUT / "tests" / kind).glob("test_*.py"))]
    return unittest.TestSuite(_load(_full_name(name)) for name in names or found)


def main(names):
    """Runs the tests and exits with 1 where one failed or none ran."""
    register()
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(collect(names))
    bad = [*result.failures, *result.errors, *((test, "") for test in result.unexpectedSuccesses)]
    # Several sub-tests of one test may have failed; what failed before a class's tests is no test of its own.
    failed = {getattr(test, "test_case", test).id() for test, _trace in bad}
    ran = {name for name in failed if not name.startswith(("setUpClass", "setUpModule", "tearDown"))}
    skipped = sum(isinstance(test, unittest.TestCase) for test, _reason in result.skipped)
    passed = result.testsRun - len(ran) - skipped
    print(f"unit: {max(passed, 0)} passed, {len(failed)} failed", flush=True)
    sys.exit(bool(failed or not result.testsRun))


def _load(name):
    try:
        return unittest.defaultTestLoader.loadTestsFromName(name)
    # A module that fails while it is imported, in whatever way, is one failing test and not the end of the run.
    except Exception:
        report = traceback.format_exc()
        return unittest.FunctionTestCase(lambda: unittest.TestCase().fail(report), description=name)


def _full_name(name):
    for prefix in ("maildesk.tests.", "tests."):
        name = name.removeprefix(prefix)
    return f"maildesk.tests.{name}"


if __name__ == "__main__":
    main(sys.argv[1:])

"""Runs the tests of a folder and prints their counts.

Usage: python tests/unit/run_tests.py            what needs no server
       python tests/unit/run_tests.py FOLDER     the tests of another folder
"""

from __future__ import annotations

import sys
import unittest
from pathlib import Path


def main() -> int:
    here = Path(__file__).parent
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else here
    sys.path[:0] = [str(folder), str(here)]
    suite = unittest.defaultTestLoader.discover(str(folder), top_level_dir=str(folder))
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=1).run(suite)
    failed = len(result.failures) + len(result.errors)
    passed = result.testsRun - failed - len(result.skipped)
    # A test that was left out has proved nothing, and a folder without tests proves nothing either.
    failed += len(result.skipped) + (1 if result.testsRun == 0 else 0)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())

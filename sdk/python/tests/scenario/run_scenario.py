"""Runs the scenario of sdk/scenario through this library.

Usage: python tests/scenario/run_scenario.py {sync|async} SCENARIO_FILE SETTING_FILE
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from library import AsyncLibrary, Library, SyncLibrary
from runner import Runner


def main() -> int:
    mode, scenario_file, setting_file = sys.argv[1:]
    cases = json.loads(Path(scenario_file).read_text(encoding="utf-8"))["cases"]
    setting = json.loads(Path(setting_file).read_text(encoding="utf-8"))
    library: Library = AsyncLibrary() if mode == "async" else SyncLibrary()
    runner = Runner(library, setting)
    failures = [found for found in map(runner.run_case, cases) if found]
    library.close()
    for failure in failures:
        print(failure)
    print(f"{len(cases) - len(failures)} passed, {len(failures)} failed")
    return 1 if failures else 0


sys.exit(main())

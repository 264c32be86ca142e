"""Runs the published client `messente-python` 2.0.1, unmodified, against a server with `--dev`.

Usage: python tests/clients/messente_python DEV_JSON ACCOUNTS_FOLDER

The Python is one that has the packages of requirements.txt; tests/clients/run sees to that and
makes the accounts. Prints a line a check and `N passed, M failed`; exit code 1 when a check failed.
Conformance case 286, and the client's side of 231 to 236.
"""

import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "shared"))
import every_call  # noqa: E402
import failover  # noqa: E402
import messages  # noqa: E402
import money  # noqa: E402
import number  # noqa: E402
import widget  # noqa: E402
from situation import Situation  # noqa: E402


def main():
    situation = Situation(__doc__.splitlines()[0])
    parts = (widget.PARTS + number.PARTS + messages.PARTS + money.PARTS + every_call.PARTS
             + failover.PARTS)
    situation.checks.run([lambda part=part: part(situation) for part in parts])
    return situation.checks.report()


if __name__ == "__main__":
    sys.exit(main())

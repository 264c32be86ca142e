"""The server that the harness of tests/sdk has started."""

from __future__ import annotations

import json
import os
import re
import urllib.request
from pathlib import Path
from typing import Any, Dict
from urllib.parse import quote


def setting() -> Dict[str, Any]:
    """Addresses and accounts."""
    value: Dict[str, Any] = json.loads(Path(os.environ["RINGPROOF_SDK_SETTING"]).read_text())
    return value


def main_url() -> str:
    """The real server."""
    return str(setting()["addresses"]["main"])


def pin_of(number: str, after: int = 0) -> str:
    """The code of the next message to a number."""
    path = f"/dev/inbox?to={quote(number, safe='')}&after={after}&wait_seconds=8"
    with urllib.request.urlopen(main_url() + path, timeout=30) as answer:
        messages = json.load(answer)["messages"]
    found = re.search(r"[0-9]{6}", messages[0]["text"])
    assert found, "the message has a code"
    return found.group()

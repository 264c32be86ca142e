"""The calls that go past the library: the development server's, the harness's, codes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import urllib.request
from datetime import datetime
from typing import Any, Dict, Optional
from urllib.parse import quote


class World:
    """What a person, a clock, a carrier and a power cut do."""

    def __init__(self, setting: Dict[str, Any]) -> None:
        self.main: str = setting["addresses"]["main"]
        self.control: str = setting["control"]
        self.seen: Dict[str, int] = {}

    def call(self, name: str, args: Dict[str, Any]) -> Any:
        """Makes a call whose name begins with `dev.` or `harness.`."""
        kind, _, what = name.partition(".")
        return getattr(self, f"{kind}_{what}")(**args)

    def dev_message(self, to: str) -> Dict[str, Any]:
        after = self.seen.get(to, 0)
        path = f"/dev/inbox?to={quote(to, safe='')}&after={after}&wait_seconds=8"
        messages = http(self.main + path)["messages"]
        if not messages:
            raise AssertionError("no message came")
        message: Dict[str, Any] = min(messages, key=lambda one: int(one["seq"]))
        self.seen[to] = message["seq"]
        found = re.search(r"[0-9]{4,16}", message["text"])
        pin = found.group() if found else None
        wrong = pin and pin[:-1] + str((int(pin[-1]) + 1) % 10)
        return {**message, "pin": pin, "wrong_pin": wrong}

    def dev_advance(self, seconds: int) -> None:
        http(self.main + "/dev/clock", {"advance_seconds": seconds})

    def dev_time(self, ahead_seconds: int) -> Dict[str, int]:
        return {"unix_seconds": self.now() + ahead_seconds}

    def dev_totp(self, secret: str) -> Dict[str, str]:
        key = base64.b32decode(secret + "=" * (-len(secret) % 8))
        digest = hmac.new(key, (self.now() // 30).to_bytes(8, "big"), hashlib.sha1).digest()
        at = digest[-1] & 15
        number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFFFFFF
        code = f"{number % 1_000_000:06}"
        return {"code": code, "wrong_code": "".join(str(9 - int(digit)) for digit in code)}

    def dev_faults(self, **faults: str) -> None:
        http(self.main + "/dev/faults", faults)

    def dev_receipt(self, **receipt: str) -> None:
        http(self.main + "/dev/inbox/receipts", receipt)

    def harness_kill(self) -> None:
        http(self.control + "/kill", {})

    def harness_start(self) -> None:
        http(self.control + "/start", {})

    def harness_widget(self, **visit: str) -> Any:
        return http(self.control + "/widget", visit)

    def harness_requests(self, address: str) -> Any:
        return http(f"{self.control}/requests?address={address}")

    def now(self) -> int:
        """The server's time in Unix seconds."""
        text: str = http(self.main + "/dev/clock")["now"]
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def http(url: str, value: Optional[object] = None) -> Any:
    """A GET, or a POST of JSON."""
    body = None if value is None else json.dumps(value).encode()
    with urllib.request.urlopen(urllib.request.Request(url, body), timeout=60) as answer:
        return json.loads(answer.read() or b"null")

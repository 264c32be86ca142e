"""Makes the scenario's calls through the library, as an integrator writes them."""

from __future__ import annotations

import asyncio
import secrets
from decimal import Decimal
from enum import Enum
from typing import Any, Dict, List, Optional, Protocol

import ringproof
from ringproof import errors
from ringproof.api import TIMEOUT_SECONDS

KINDS = {
    errors.InvalidDataError: "invalid_data",
    errors.WrongCredentialsError: "wrong_credentials",
    errors.ResourceForbiddenError: "forbidden",
    errors.NoSuchResourceError: "no_such_resource",
    errors.ResourceAlreadyExistsError: "already_exists",
    errors.InsufficientCreditError: "insufficient_credit",
    errors.ThrottledError: "throttled",
    errors.UnavailableError: "unavailable",
    errors.InternalError: "internal",
    errors.InvalidResponseError: "invalid_response",
    errors.ConnectionFailedError: "connection",
    errors.InvalidAnswerError: "invalid_answer",
    errors.RingproofError: "error",
}

# Arguments that the library calls otherwise: `from` is a word of Python's own.
NAMES = {"from": "sender"}


class Library(Protocol):
    """The library, sync or async."""

    def client(
        self, account: Dict[str, str], addresses: List[str], timeout: Optional[float]
    ) -> str:
        """Makes the client that is used from now on; its debug form."""

    def call(self, name: str, args: Dict[str, Any]) -> Any:
        """Makes a call; the result in the scenario's form, or an error of the family."""

    def close(self) -> None:
        """Ends what was begun."""


class SyncLibrary:
    """`ringproof.Api`."""

    def __init__(self) -> None:
        self.api: Optional[ringproof.Api] = None

    def client(
        self, account: Dict[str, str], addresses: List[str], timeout: Optional[float]
    ) -> str:
        self.close()
        seconds = TIMEOUT_SECONDS if timeout is None else timeout
        self.api = ringproof.Api(
            account["username"],
            account["password"],
            addresses,
            timeout=seconds,
            widget_secret=account.get("widget_secret"),
        )
        return repr(self.api) + repr(vars(self.api))

    def call(self, name: str, args: Dict[str, Any]) -> Any:
        group, _, method = name.partition(".")
        if group == "widget" and method != "confirm":
            return signed(self.api, method, args)
        return plain(getattr(getattr(self.api, group), method)(**renamed(args)))

    def close(self) -> None:
        if self.api:
            self.api.close()


class AsyncLibrary:
    """`ringproof.AsyncApi`, all calls on one loop."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.api: Optional[ringproof.AsyncApi] = None

    def client(
        self, account: Dict[str, str], addresses: List[str], timeout: Optional[float]
    ) -> str:
        self.end_client()
        seconds = TIMEOUT_SECONDS if timeout is None else timeout
        self.api = ringproof.AsyncApi(
            account["username"],
            account["password"],
            addresses,
            timeout=seconds,
            widget_secret=account.get("widget_secret"),
        )
        return repr(self.api) + repr(vars(self.api))

    def call(self, name: str, args: Dict[str, Any]) -> Any:
        group, _, method = name.partition(".")
        if group == "widget" and method != "confirm":
            return signed(self.api, method, args)
        call = getattr(getattr(self.api, group), method)
        return plain(self.loop.run_until_complete(call(**renamed(args))))

    def end_client(self) -> None:
        if self.api:
            self.loop.run_until_complete(self.api.close())

    def close(self) -> None:
        self.end_client()
        self.loop.close()


def signed(api: Any, method: str, args: Dict[str, Any]) -> Any:
    """What the widget does without asking the server: the same in both libraries."""
    if method == "request":
        nonce = secrets.token_urlsafe(24)
        address = api.widget.address(args["callback_url"], nonce, phone=args["phone"])
        return {"nonce": nonce, "address": address}
    return plain(api.widget.check(args["fields"], nonce=args["nonce"], phone=args["phone"]))


def renamed(args: Dict[str, Any]) -> Dict[str, Any]:
    """Arguments by the library's names."""
    return {NAMES.get(name, name): value for name, value in args.items()}


def plain(value: Any) -> Any:
    """A result in the scenario's form."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, list):
        return [plain(element) for element in value]
    if hasattr(value, "__dataclass_fields__"):
        members = {name: plain(element) for name, element in vars(value).items()}
        if "creation_time" in members:
            members["ctime"] = members.pop("creation_time")
        return members
    return value


def plain_error(error: errors.RingproofError) -> Dict[str, Any]:
    """An error in the scenario's form."""
    members: Dict[str, Any] = {
        "kind": KINDS[type(error)],
        "status": error.code or None,
        "reason": error.reason,
        "field": error.field,
        "retry_after": error.retry_after,
    }
    if isinstance(error, errors.ConnectionFailedError):
        members["maybe_sent"] = error.maybe_sent
    return members


__all__ = ["AsyncLibrary", "Library", "SyncLibrary", "plain_error"]

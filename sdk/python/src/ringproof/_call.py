"""Calls as data: what to send, whether it may be sent twice, and how to read the answer.

Nothing here does I/O. The transports carry requests; the sync and the async side share the rest.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Callable, Dict, Generic, List, Mapping, Optional, Tuple, TypeVar, Union
from urllib.parse import quote, urlencode

from .errors import InvalidDataError

T = TypeVar("T")

Value = Union[str, bytes, int]

SERVICES = "/v1/service/service"

NO_UNICODE = "a text has half a character (a surrogate), which cannot be sent"


@dataclass(frozen=True)
class Response:
    """A whole answer of the server."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case name."""
    body: bytes = field(repr=False)

    def text(self) -> str:
        """The body; what is no UTF-8 is replaced."""
        return self.body.decode("utf-8", "replace")

    def retry_after(self) -> Optional[float]:
        """Seconds of `Retry-After`; the form with a date is not used by the server."""
        value = self.headers.get("retry-after", "").strip()
        return float(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


@dataclass(frozen=True)
class Request:
    """What goes to one address."""

    method: str
    path: str
    headers: Dict[str, str] = field(repr=False)
    body: Optional[bytes] = field(repr=False)


@dataclass(frozen=True)
class Call(Generic[T]):
    """One call of one of the interfaces."""

    name: str
    """For the log."""
    method: str
    path: str
    read: Callable[[Response], T]
    """Makes the result of an answer, or raises an error of the family."""
    is_read: bool = False
    """Whether it changes nothing, and so may be sent twice."""
    json: Optional[Mapping[str, object]] = field(default=None, repr=False)
    form: Optional[List[Tuple[str, Value]]] = field(default=None, repr=False)
    """Parameters of a plain-text call, without the credentials."""
    secrets: Tuple[str, ...] = field(default=(), repr=False)
    """What no error may repeat, whatever a server says."""


@dataclass(frozen=True)
class Credentials:
    """An account. Only the name is ever shown."""

    username: str
    password: str = field(repr=False)


def request_of(call: Call[T], credentials: Credentials, user_agent: str) -> Request:
    """The call as it goes over the wire, with the credentials where its interface wants them."""
    body: Optional[bytes] = None
    # Identity: the answers are small, and what is packed could unpack to more than memory holds.
    headers = {"User-Agent": user_agent, "Accept-Encoding": "identity"}
    if call.form is not None:
        pairs = [("username", credentials.username), ("password", credentials.password), *call.form]
        headers["Accept"] = "text/plain"
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            body = urlencode(pairs).encode("ascii")
        except UnicodeEncodeError:
            raise InvalidDataError(0, NO_UNICODE) from None
        return Request(call.method, call.path, headers, body)
    headers["Accept"] = "application/json"
    headers["X-Service-Auth"] = f"{credentials.username}:{credentials.password}"
    if call.json is not None:
        headers["Content-Type"] = "application/json"
        body = json.dumps(call.json).encode("ascii")
    return Request(call.method, call.path, headers, body)


def path_of(*parts: str, below: str = SERVICES) -> str:
    """A path whose parts are encoded whole, so that no id can lead elsewhere."""
    for part in parts:
        if not isinstance(part, str) or part in ("", ".", ".."):
            raise InvalidDataError(0, "an id must be a text that is not empty")
    try:
        return "/".join([below, *(quote(part, safe="") for part in parts)])
    except UnicodeEncodeError:
        raise InvalidDataError(0, NO_UNICODE) from None

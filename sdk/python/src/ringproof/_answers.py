"""Reads answers: of the JSON interface, and of the plain-text ones."""

from __future__ import annotations

import json
import re
from typing import Dict, List, Mapping, NoReturn, Optional, Tuple, Type, TypeVar

from . import errors
from ._call import Response

T = TypeVar("T")

BY_STATUS: Dict[int, Type[errors.RingproofError]] = {
    400: errors.InvalidDataError,
    401: errors.WrongCredentialsError,
    403: errors.ResourceForbiddenError,
    404: errors.NoSuchResourceError,
    408: errors.UnavailableError,
    409: errors.ResourceAlreadyExistsError,
    413: errors.InvalidDataError,
    414: errors.InvalidDataError,
    422: errors.InvalidDataError,
    429: errors.ThrottledError,
    431: errors.InvalidDataError,
    500: errors.InternalError,
    502: errors.UnavailableError,
    503: errors.UnavailableError,
    504: errors.UnavailableError,
}

# Statuses below 500 that something between client and server may give without a body of ours.
WITHOUT_BODY = (408, 429)
# Statuses between 400 and 499 that plain-text calls have: HTTP itself went wrong.
OF_PLAIN_TEXT = (400, 408, 413, 414, 429, 431)

# The one refusal from 500 on that is given before anything is begun. `internal` and `overloaded`
# are also said of calls that were still under way.
SURELY_NOT_DONE = "sms_unavailable"

# A plain-text call's word for every fault, also for one in the middle.
FAILED_NOW = "FAILED 209"

Codes = Mapping[str, Tuple[Type[errors.RingproofError], str]]

# What a code means in every plain-text call, unless the call says otherwise.
BY_CODE: Codes = {
    "ERROR 101": (errors.WrongCredentialsError, "wrong username or password"),
    "ERROR 102": (errors.InvalidDataError, "a parameter is missing or not allowed"),
    "ERROR 103": (errors.ResourceForbiddenError, "the account may not call from this address"),
    "ERROR 108": (errors.ThrottledError, "too many messages to this number, or it is blocked"),
    "ERROR 109": (errors.InvalidDataError, "the template has no <PIN>"),
    "ERROR 110": (errors.NoSuchResourceError, "there is no such verification"),
    "ERROR 111": (errors.ResourceForbiddenError, "the account has no sender of this name"),
    FAILED_NOW: (errors.UnavailableError, "the server or its gateways cannot do it now"),
}

NO_OTHERS: Codes = {}

# What a word for programs, and the name of a request, look like. Anything else is not repeated.
WORD = re.compile(r"[a-z_]{1,64}")
REQUEST_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class Members:
    """An object of a JSON answer, whose members are taken with their type."""

    def __init__(self, value: object, response: Response) -> None:
        if not isinstance(value, dict):
            invalid(response, "is no JSON object")
        self.value: Dict[str, object] = value
        self.response = response

    def text(self, name: str) -> str:
        """A text that must be there."""
        return self._of(name, str)

    def number(self, name: str) -> int:
        """A whole number that must be there."""
        return self._of(name, int)

    def boolean(self, name: str) -> bool:
        """A boolean that must be there."""
        return self._of(name, bool)

    def optional_text(self, name: str) -> Optional[str]:
        """A text, or `None` if it is `null` or missing."""
        return None if self.value.get(name) is None else self.text(name)

    def optional_number(self, name: str) -> Optional[int]:
        """A whole number, or `None` if it is `null` or missing."""
        return None if self.value.get(name) is None else self.number(name)

    def texts(self, name: str) -> List[str]:
        """A list of texts that must be there."""
        found: List[str] = []
        for value in self._of(name, list):
            if not isinstance(value, str):
                invalid(self.response, f"has a wrong member {name}")
            found.append(value)
        return found

    def objects(self, name: str) -> List[Members]:
        """A list of objects that must be there."""
        return [Members(value, self.response) for value in self._of(name, list)]

    def _of(self, name: str, kind: Type[T]) -> T:
        value = self.value.get(name)
        # A boolean is an int to Python, and none to JSON.
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            invalid(self.response, f"has no member {name}, or a wrong one")
        return value


def read_json(response: Response) -> Members:
    """The object of a JSON answer; raises what an error status stands for."""
    value = json_of(response)
    if 200 <= response.status < 300:
        if value is None:
            invalid(response, "is no JSON object")
        return Members(value, response)
    members = value if isinstance(value, dict) else {}
    is_ours = isinstance(members.get("message"), str)
    # The page of a proxy must not pass for "there is no such user".
    if not is_ours and 400 <= response.status < 500 and response.status not in WITHOUT_BODY:
        invalid(response, "has no message")
    raise error_of(response, members)


def read_nothing(response: Response) -> None:
    """An answer that says no more than that it is done."""
    read_json(response)


def error_of(response: Response, value: Mapping[str, object]) -> errors.RingproofError:
    """The error of a status that is no success, with what the body tells of it."""
    kind = BY_STATUS.get(response.status, errors.RingproofError)

    def word(name: str) -> Optional[str]:
        found = value.get(name)
        return found if isinstance(found, str) and WORD.fullmatch(found) else None

    message = value.get("message")
    is_told = isinstance(message, str) and message != ""
    reason = word("code")
    return kind(
        response.status,
        str(message) if is_told else f"the server answered with status {response.status}",
        reason=reason,
        field=word("field"),
        retry_after=response.retry_after(),
        request_id=request_id_of(response),
        maybe_sent=response.status >= 500 and reason != SURELY_NOT_DONE,
    )


def request_id_of(response: Response) -> Optional[str]:
    """The name of the request in the server's log, if it is one."""
    found = response.headers.get("x-request-id", "")
    return found if REQUEST_ID.fullmatch(found) else None


def json_of(response: Response) -> object:
    """The value of a JSON body, `None` if it is none."""
    try:
        value: object = json.loads(response.body)
    except (ValueError, RecursionError):
        return None
    return value


def read_text(response: Response, others: Codes = NO_OTHERS) -> str:
    """The line of a plain-text answer; raises what a code or an error status stands for.

    `others` are the codes that this call has besides, or that mean something else in it.
    """
    text = response.text()
    if response.status != 200:
        if 400 <= response.status < 500 and response.status not in OF_PLAIN_TEXT:
            invalid(response, "has a status that no plain-text call has")
        value = json_of(response)
        raise error_of(response, value if isinstance(value, dict) else {})
    if not re.fullmatch(r"(ERROR|FAILED) [0-9]{3}", text):
        return text
    known = others.get(text) or BY_CODE.get(text)
    if known is None:
        invalid(response, "has a code that this call does not know")
    kind, message = known
    raise kind(200, message, reason=text, request_id=request_id_of(response))


def word_after_ok(response: Response, others: Codes = NO_OTHERS) -> str:
    """The word of `OK <word>`."""
    text = read_text(response, others)
    found = re.fullmatch(r"OK (\S+)", text)
    if found is None:
        invalid(response, "is none of the known texts")
    return found.group(1)


def invalid(response: Response, what: str) -> NoReturn:
    """Refuses an answer. Its body is not repeated: nobody knows what is in it."""
    # With commas: a long row of digits would be taken for a phone number, and left out.
    message = f"the answer ({response.status}, {len(response.body):,} bytes) {what}"
    raise errors.InvalidResponseError(
        response.status,
        message,
        request_id=request_id_of(response),
        maybe_sent=response.status < 300,
    )

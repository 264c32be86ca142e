"""What both transports have in common: their bounds, and what is done around every call."""

from __future__ import annotations

import logging
import ssl
from typing import Optional, Sequence, TypeVar

from ._call import Call, Request, Response, request_of
from ._settings import Address, Settings
from .errors import InvalidResponseError, RingproofError

T = TypeVar("T")

LOG = logging.getLogger("ringproof")

# The server closes a connection that rests for 60 seconds; one that rested this long is not used.
IDLE_SECONDS_MAX = 20.0

# More than a hundred thousand users in one list; what is longer is read in pieces.
ANSWER_BYTES_MAX = 64 * 1024 * 1024

# Secrets shorter than this would cut every text into pieces.
SECRET_CHARACTERS_MIN = 4


class TooLong(Exception):
    """An answer has more bytes than any answer has."""


def request_for(call: Call[T], settings: Settings) -> Request:
    """The call as it goes to whichever address."""
    return request_of(call, settings.credentials, settings.user_agent)


def log_attempt(call: Call[T], address: Address, what: str) -> None:
    """One line for each attempt. A path has ids, a body has codes: neither is told."""
    LOG.debug("%s at %s: %s", call.name, address.url, what)


def finish(call: Call[T], response: Response, settings: Settings) -> T:
    """Reads the answer; an error that comes of it repeats nothing that was secret in the call."""
    try:
        return call.read(response)
    except RingproofError as error:
        hide(error, [settings.credentials.password, *call.secrets])
        raise


def tls_of(settings: Settings, given: Optional[ssl.SSLContext]) -> ssl.SSLContext:
    """Whom the client trusts, made once: reading the system's certificates takes its time."""
    if given is not None:
        return given
    if any(address.scheme == "https" for address in settings.addresses):
        return ssl.create_default_context()
    # Never used; and it trusts nobody.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def has_end(response: Response) -> bool:
    """Whether it can be known that the answer is whole. The server always says how long one is."""
    is_told = "content-length" in response.headers or "transfer-encoding" in response.headers
    return is_told or response.status in (204, 304)


def too_long(response_status: int) -> InvalidResponseError:
    """The error for an answer that was not read to its end."""
    return InvalidResponseError(response_status, f"the answer is over {ANSWER_BYTES_MAX} bytes long")


def hide(error: RingproofError, secrets: Sequence[str]) -> None:
    """Cuts secrets out of everything that an error shows. The server repeats none; others might."""

    def clean(text: str) -> str:
        # A caller without type checks may have given a number as a number.
        for secret in map(str, secrets):
            if len(secret) >= SECRET_CHARACTERS_MIN:
                text = text.replace(secret, "***")
        return text

    error.message = clean(error.message)
    error.reason = None if error.reason is None else clean(error.reason)
    error.field = None if error.field is None else clean(error.field)
    error.args = (error.message,)

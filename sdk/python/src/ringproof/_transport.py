"""What both transports have in common: their bounds, and what is done around every call."""

from __future__ import annotations

import logging
import re
import ssl
from typing import List, Optional, Sequence, TypeVar

from ._answers import FAILED_NOW
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

# What is kept of a message of the server.
MESSAGE_CHARACTERS_MAX = 300

# What stands where something was left out.
HIDDEN = "***"

# Digits, with what people write between: this may be a phone number.
NUMBERS = re.compile(r"\+?\d[\d ().\-]{4,}\d")
# What would begin a new line of a log, or cannot be written into one.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


class TooLong(Exception):
    """An answer has more bytes than any answer has."""

    def __init__(self, status: int) -> None:
        super().__init__()
        self.status = status


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
        if error.reason == FAILED_NOW and not call.is_read:
            error.maybe_sent = True
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
    return InvalidResponseError(
        response_status,
        f"the answer is over {ANSWER_BYTES_MAX} bytes long",
        maybe_sent=response_status < 300 or response_status >= 500,
    )


def hide(error: RingproofError, secrets: Sequence[str]) -> None:
    """Cuts out of an error what it must not show. The server repeats no secret; others might."""
    error.message = scrubbed(error.message, secrets)
    error.args = (error.message,)
    # These have a shape of their own already, and a part of them is a secret by chance alone.
    error.reason = None if error.reason in known(secrets) else error.reason
    error.field = None if error.field in known(secrets) else error.field
    named = error.request_id or ""
    if named in known(secrets) or NUMBERS.fullmatch(named):
        error.request_id = None


def scrubbed(text: str, secrets: Sequence[str]) -> str:
    """A text short and on one line, without these secrets and without whole numbers."""
    # Before anything is cut: half a secret would not be found.
    clean = text
    for secret in known(secrets):
        clean = clean.replace(secret, HIDDEN)
    # The patterns look at no more than what can be shown, or what hides before it.
    clean = CONTROLS.sub(" ", clean[: 8 * MESSAGE_CHARACTERS_MAX])
    clean = NUMBERS.sub(HIDDEN, clean)
    if len(clean) > MESSAGE_CHARACTERS_MAX:
        return clean[:MESSAGE_CHARACTERS_MAX] + "…"
    return clean


def known(secrets: Sequence[str]) -> List[str]:
    """The secrets that can be looked for, as texts: callers without type checks give numbers."""
    return [text for text in map(str, secrets) if len(text) >= SECRET_CHARACTERS_MIN]

"""The one family of errors that calls raise.

`VerigatorError` and its kin have the names that programs for the hosted service know. No error
carries a password, a code, or a whole phone number: neither in its text nor in its `repr`.
"""

from __future__ import annotations

from typing import Dict, Optional, Tuple, Type


class RingproofError(Exception):
    """A call did not do what it was asked for; the base of the family.

    It is raised itself for statuses that have no class of their own.
    """

    code: int
    """The HTTP status of the answer; 0 if there was no answer."""
    message: str
    """What happened, for people. It can change."""
    reason: Optional[str]
    """The server's word for it, for programs: `"user_exists"`, or `"ERROR 108"` of a plain-text call."""
    field: Optional[str]
    """The member that was wrong, with the reason `"invalid_field"`."""
    retry_after: Optional[float]
    """After how many seconds to try again, if the server said so."""
    request_id: Optional[str]
    """Names the request in the server's log."""
    maybe_sent: bool
    """Whether the server may have done what it was asked to, although the call failed.

    Then look before you repeat a call that changes something.
    """

    def __init__(
        self,
        code: int,
        message: str,
        *,
        reason: Optional[str] = None,
        field: Optional[str] = None,
        retry_after: Optional[float] = None,
        request_id: Optional[str] = None,
        maybe_sent: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.reason = reason
        self.field = field
        self.retry_after = retry_after
        self.request_id = request_id
        self.maybe_sent = maybe_sent

    def __str__(self) -> str:
        details = [str(self.code) if self.code else "", self.reason or ""]
        known = " ".join(detail for detail in details if detail)
        return f"{self.message} ({known})" if known else self.message

    def __reduce__(self) -> Tuple[object, ...]:
        return _carried, (type(self), vars(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code}, {self.message!r}, reason={self.reason!r})"


VerigatorError = RingproofError
"""The name of the family's base in programs for the hosted service."""


class InvalidDataError(RingproofError):
    """Something in the call is missing, malformed or not allowed; `field` says what, if known."""


class WrongCredentialsError(RingproofError):
    """Unknown username, wrong password, or a disabled account."""


class ResourceForbiddenError(RingproofError):
    """The account may not do this: from this address, to this country, or by this sender name."""


class NoSuchResourceError(RingproofError):
    """There is no such object in this account, or no verification under way."""


class ResourceAlreadyExistsError(RingproofError):
    """It exists already, or something in the way does (a service that still has users)."""


class InsufficientCreditError(RingproofError):
    """The account has not enough credit for the message."""


class ThrottledError(RingproofError):
    """Too much: messages to the number, wrong codes, or failed logins. Wait `retry_after` seconds.

    Plain-text calls do not say for how long, and say the same of a number that is blocked for good.
    """


class UnavailableError(RingproofError):
    """The server or its gateways cannot do it now; try again after `retry_after` seconds.

    If `maybe_sent`, look before you repeat what changes something: it may have been done.
    """


class InternalError(RingproofError):
    """A fault of the server, which may have done it (`maybe_sent`); report it with `request_id`."""


class InvalidResponseError(RingproofError):
    """The answer is not one of this interface: is the endpoint a Ringproof server?"""


class ConnectionFailedError(RingproofError):
    """No whole answer came: nobody there, a time-out, or a connection that broke."""

    def __init__(self, message: str, *, maybe_sent: bool) -> None:
        super().__init__(0, message, maybe_sent=maybe_sent)


class InvalidAnswerError(RingproofError):
    """What a browser brought from the widget is not an answer to be believed.

    `reason` says why: `signature`, `fields`, `expired`, `nonce` or `phone`.
    """

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(0, message, reason=reason)


def _carried(kind: Type[RingproofError], members: Dict[str, object]) -> RingproofError:
    """An error that came from another process."""
    error = kind.__new__(kind, members["message"])
    vars(error).update(members)
    return error

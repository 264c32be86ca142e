"""Decides where a call goes, and whether it goes anywhere else after a failure.

The rule: what may have reached the server is never sent again, unless it changes nothing. A
start that is sent twice is two messages; a check that is sent twice uses two attempts, or finds
its code used up. So only a failure before the first byte (nobody there, no TLS) lets every call
go on to the next address. A read goes on after any failure, and once around all addresses again.

No I/O and no clock: the plan is a generator that asks its driver to send or to wait.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Callable, Generator, List, Optional, Union

from ._call import Response
from .errors import ConnectionFailedError

# Statuses of a server, or of a proxy before it, that has not done what was asked.
NOT_NOW = (502, 503, 504)

# Pause before a read goes around again; at random, so that many programs do not come at once.
PAUSE_SECONDS_MIN = 0.2
PAUSE_SECONDS_MAX = 0.4

# A longer wait than this is for the caller to decide.
RETRY_AFTER_SECONDS_MAX = 2.0


@dataclass(frozen=True)
class Send:
    """Send the request to this address."""

    address: int


@dataclass(frozen=True)
class Pause:
    """Wait."""

    seconds: float


@dataclass(frozen=True)
class NotAnswered:
    """No whole answer came."""

    maybe_sent: bool
    """Whether anything may have reached the server."""
    why: str


Outcome = Union[Response, NotAnswered, None]
"""What came of a step; `None` of a pause."""

Plan = Generator[Union[Send, Pause], Outcome, Response]


class Addresses:
    """Which address to try first: the one that answered last."""

    def __init__(self, count: int) -> None:
        self.count = count
        # One number, read and written whole: it needs no lock.
        self._first = 0

    def order(self) -> List[int]:
        """All addresses, the one to try first at the front."""
        first = self._first
        return [(first + step) % self.count for step in range(self.count)]

    def answered(self, address: int) -> None:
        """Remembers an address that answered."""
        self._first = address


def plan(
    is_read: bool, addresses: Addresses, chance: Callable[[], float] = random.random
) -> Plan:
    """The steps of one call. Returns the answer that counts, or raises `ConnectionFailedError`."""
    last: Optional[Union[Response, NotAnswered]] = None
    maybe_sent = False
    for round_number in range(2 if is_read else 1):
        if round_number > 0:
            yield Pause(pause_seconds(last, chance))
        for address in addresses.order():
            outcome = yield Send(address)
            assert outcome is not None, "an attempt has an outcome"
            last = outcome
            if isinstance(outcome, NotAnswered):
                maybe_sent = maybe_sent or outcome.maybe_sent
                if outcome.maybe_sent and not is_read:
                    raise ConnectionFailedError(outcome.why, maybe_sent=True)
                continue
            if outcome.status in NOT_NOW and is_read:
                continue
            addresses.answered(address)
            return outcome
    if isinstance(last, Response):
        return last
    raise ConnectionFailedError(last.why if last else "there is no address", maybe_sent=maybe_sent)


def pause_seconds(
    last: Optional[Union[Response, NotAnswered]], chance: Callable[[], float]
) -> float:
    """How long a read waits before it goes around again."""
    asked = last.retry_after() if isinstance(last, Response) else None
    if asked is not None and asked <= RETRY_AFTER_SECONDS_MAX:
        return asked
    return PAUSE_SECONDS_MIN + (PAUSE_SECONDS_MAX - PAUSE_SECONDS_MIN) * chance()

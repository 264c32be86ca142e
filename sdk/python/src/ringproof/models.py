"""What calls return. What must not be seen (seeds, recovery codes, numbers) is in no `repr`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import List, Optional


def time_of(text: str) -> datetime:
    """Reads a time as the server writes it: `2026-02-03T09:15:27.004Z`."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@dataclass(frozen=True)
class Service:
    """A service: what people log in to."""

    id: str
    """Keep it in your configuration."""
    name: str
    """As given; authenticators show it."""
    creation_time: str
    """When it was created, as the server wrote it."""

    @property
    def created(self) -> datetime:
        """When it was created."""
        return time_of(self.creation_time)


@dataclass(frozen=True)
class User:
    """A user of a service. The phone number is never told."""

    id: str
    """Keep it with your own record of this person."""
    username: str
    """The login name in your system."""
    creation_time: str
    """When it was added, as the server wrote it."""

    @property
    def created(self) -> datetime:
        """When it was added."""
        return time_of(self.creation_time)


@dataclass(frozen=True)
class Started:
    """A verification under way."""

    method: str
    """The method really used: ask the person by it."""
    auth_id: Optional[str]
    """Names the verification; `None` with an authenticator."""


class Result(str, Enum):
    """What became of a code. Only `VERIFIED` is true in a condition."""

    VERIFIED = "VERIFIED"
    """The code is right, and used up."""
    INVALID = "INVALID"
    """The code is wrong; one attempt is used. Ask again."""
    EXPIRED = "EXPIRED"
    """The code is no longer valid; nothing was compared. Start again."""
    THROTTLED = "THROTTLED"
    """Too many wrong codes; nothing was compared. Wait, then start again."""

    def __bool__(self) -> bool:
        return self is Result.VERIFIED


@dataclass(frozen=True)
class Checked:
    """The answer to a code; true in a condition only if the code was right."""

    verified: bool
    """Whether the code was right."""
    method: str
    """What it was held against: `sms` or `totp`."""
    result: Result
    """What became of it."""
    retry_after: Optional[float] = None
    """With `THROTTLED`: after how many seconds it makes sense to start again; `None` for a lock."""

    def __bool__(self) -> bool:
        return self.verified


@dataclass(frozen=True)
class Authenticator:
    """A program, token or device that makes codes for a user."""

    id: str
    """Names it in further calls."""
    name: str
    """What the person calls it."""
    kind: str
    """`app` for a device with the app of this server, `other` for everything else."""
    confirmed: bool
    """Whether it counts: somebody has entered a code of it."""
    algorithm: str
    """`SHA1`, `SHA256` or `SHA512`."""
    digits: int
    """Digits of a code."""
    period: int
    """Seconds for which a code is shown."""
    creation_time: str
    """When it was created."""
    used: Optional[str]
    """When a code of it was last right."""


@dataclass(frozen=True)
class NewAuthenticator(Authenticator):
    """An authenticator with what is shown once. Send it to the person's browser, and keep nothing."""

    secret: str = field(default="", repr=False)
    """The seed, base 32."""
    uri: str = field(default="", repr=False)
    """`otpauth://…`; make a link of it on a phone."""
    qr_svg: str = field(default="", repr=False)
    """The address as a picture, to be put into a page as it is."""
    qr_png: str = field(default="", repr=False)
    """The same as `data:image/png;base64,…` for the `src` of an image."""


@dataclass(frozen=True)
class WaitingDevice:
    """A device of the number that was enrolled by message while another one is active."""

    id: str
    """Names it, to refuse it."""
    creation_time: str
    """When it was enrolled."""
    held_until: str
    """When it becomes active."""


@dataclass(frozen=True)
class AuthenticatorList:
    """What makes codes for a user, and what waits to."""

    authenticators: List[Authenticator]
    """Those that are there."""
    waiting: List[WaitingDevice]
    """Devices that wait."""


@dataclass(frozen=True)
class RecoveryCodes:
    """A new set of recovery codes, shown once."""

    codes: List[str] = field(repr=False)
    """Ten of them, each good for one use."""


@dataclass(frozen=True)
class RecoveryState:
    """What is left of a set."""

    left: int
    """Codes that were not used."""
    creation_time: Optional[str]
    """When the set was made; `None` without one."""


@dataclass(frozen=True)
class RecoveryUsed:
    """The answer to a recovery code; true in a condition only if it was right."""

    verified: bool
    """Whether it was right. Then it is used up."""
    result: Result
    """`VERIFIED`, `INVALID` or `THROTTLED`."""
    left: Optional[int] = None
    """How many are left, if it was right."""
    retry_after: Optional[float] = None
    """With `THROTTLED`: seconds to wait."""

    def __bool__(self) -> bool:
        return self.verified


@dataclass(frozen=True)
class NumberVerification:
    """A number confirmation that was started."""

    id: str
    """Needed to check the PIN; empty if none is needed."""
    verified: bool = False
    """The browser is trusted: nothing was sent, and no PIN is needed."""


class MessageState(str, Enum):
    """What became of a message."""

    WAITING = "WAITING"
    """It waits: for its time, or for a gateway."""
    SENT = "SENT"
    """A gateway has it; nothing final is known."""
    DELIVERED = "DELIVERED"
    """The phone has it."""
    FAILED = "FAILED"
    """It will not arrive."""


@dataclass(frozen=True)
class NetworkPrice:
    """The price of one part of a message to a network."""

    mccmnc: str
    """Country and network code of the network."""
    name: str
    """Its name."""
    price: Decimal
    """Euro."""


@dataclass(frozen=True)
class CountryPrices:
    """Prices of a country."""

    country: str
    """Two letters."""
    name: str
    """Its name."""
    prefix: str
    """Its calling code."""
    networks: List[NetworkPrice]
    """Its networks."""


@dataclass(frozen=True)
class WidgetAnswer:
    """What the widget says, signed and in time."""

    verified: bool
    """Whether the person proved the number."""
    status: str
    """`VERIFIED` or `CANCELLED`."""
    phone: Optional[str] = field(repr=False)
    """`+` and digits."""
    nonce: Optional[str] = None
    """That of the request; version 2."""
    vid: Optional[str] = None
    """To confirm it; version 2."""

    def __bool__(self) -> bool:
        return self.verified


@dataclass(frozen=True)
class WidgetConfirmation:
    """What the server itself says of an answer, once."""

    vid: str
    """As asked for."""
    verified: bool
    """Whether the person proved the number."""
    status: str
    """`VERIFIED` or `CANCELLED`."""
    phone: Optional[str] = field(repr=False)
    """`+` and digits."""
    user: str
    """The account."""
    version: int
    """Version of the request."""
    nonce: Optional[str]
    """That of the request; version 2."""
    callback_url: Optional[str]
    """That of the request."""
    finished_at: Optional[str]
    """When the person was done."""

    def __bool__(self) -> bool:
        return self.verified

"""The calls of the plain-text interfaces: number verification and SMS.

All of them are posted as forms, so that no password stands in a query and in the logs of proxies.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import List, Mapping, Optional, Tuple, Union

from ._answers import Codes, Members, invalid, read_text, word_after_ok
from ._call import Call, Response, Value
from .errors import (
    InsufficientCreditError,
    InvalidDataError,
    NoSuchResourceError,
    ResourceForbiddenError,
)
from .models import CountryPrices, MessageState, NetworkPrice, NumberVerification, Result

Time = Union[int, datetime]

SEND_CODES: Codes = {
    "ERROR 104": (InvalidDataError, "the country of the number cannot be told"),
    "ERROR 105": (InvalidDataError, "this is no phone number, or no country has it"),
    "ERROR 106": (ResourceForbiddenError, "the account may not send to this country"),
    "ERROR 107": (InsufficientCreditError, "the account has not enough credit"),
}
MESSAGE_CODES: Codes = {
    "ERROR 107": (NoSuchResourceError, "there is no such message, or it does not wait any more"),
}
# Not an error: the message waits.
WAITING = "FAILED 102"
PRICES_CODES: Codes = {
    "ERROR 104": (InvalidDataError, "there is no such country"),
    "ERROR 105": (NoSuchResourceError, "there is no price for this country"),
    "ERROR 106": (InvalidDataError, "the format is not known"),
}


def start(to: str, options: Mapping[str, Optional[Value]]) -> Call[NumberVerification]:
    """The start of a number verification."""
    form = form_of({"to": to, **options})
    return Call("number.start", "POST", "/verify/start", read_start, form=form, secrets=(to,))


def verify(verification_id: str, pin: str, options: Mapping[str, Optional[Value]]) -> Call[Result]:
    """The check of a PIN."""
    form = form_of({"verification_id": verification_id, "pin": pin, **options})
    return Call("number.verify", "POST", "/verify/pin", read_verify, form=form, secrets=(pin,))


def send(to: str, options: Mapping[str, Optional[Value]]) -> Call[str]:
    """A message."""

    def read(response: Response) -> str:
        return word_after_ok(response, SEND_CODES)

    form = form_of({"to": to, **options})
    return Call("sms.send", "POST", "/send_sms", read, form=form, secrets=(to,))


def state(message_id: str) -> Call[MessageState]:
    """What became of a message."""
    form: List[Tuple[str, Value]] = [("sms_unique_id", message_id)]
    return Call("sms.state", "POST", "/get_dlr_response", read_state, is_read=True, form=form)


def cancel(message_id: str) -> Call[None]:
    """The end of a scheduled message."""
    form: List[Tuple[str, Value]] = [("sms_unique_id", message_id)]
    return Call("sms.cancel", "POST", "/cancel_sms", read_cancel, form=form)


def balance() -> Call[Decimal]:
    """The account's money."""
    return Call("sms.balance", "POST", "/get_balance", read_balance, is_read=True, form=[])


def prices(country: str) -> Call[CountryPrices]:
    """Prices of a country."""
    form: List[Tuple[str, Value]] = [("country", country), ("format", "json")]
    return Call("sms.prices", "POST", "/prices", read_prices, is_read=True, form=form)


def price_list() -> Call[str]:
    """Prices of all countries."""
    return Call("sms.price_list", "POST", "/pricelist", read_price_list, is_read=True, form=[])


def form_of(values: Mapping[str, Optional[Value]]) -> List[Tuple[str, Value]]:
    """The parameters that were given."""
    return [(name, value) for name, value in values.items() if value is not None]


def unix_seconds(time: Optional[Time]) -> Optional[int]:
    """A time as the interface wants it. One without zone would be read as anything."""
    if isinstance(time, datetime):
        if time.tzinfo is None:
            raise ValueError("a time must have a zone: datetime.now(timezone.utc)")
        return int(time.timestamp())
    return time


def read_start(response: Response) -> NumberVerification:
    """`OK <id>`, or `VERIFIED` for a trusted browser."""
    if response.text() == "VERIFIED" and response.status == 200:
        return NumberVerification("", verified=True)
    return NumberVerification(word_after_ok(response))


def read_verify(response: Response) -> Result:
    """One of the four words, and nothing else."""
    text = read_text(response)
    if text in Result.__members__:
        return Result(text)
    invalid(response, "is none of the known texts")


def read_state(response: Response) -> MessageState:
    """`OK <word>`, or the code that says that it waits."""
    if response.text() == WAITING and response.status == 200:
        return MessageState.WAITING
    word = word_after_ok(response, MESSAGE_CODES)
    if word in ("SENT", "DELIVERED", "FAILED"):
        return MessageState(word)
    invalid(response, "is none of the known texts")


def read_cancel(response: Response) -> None:
    """`OK DELETED`."""
    if word_after_ok(response, MESSAGE_CODES) != "DELETED":
        invalid(response, "is none of the known texts")


def read_balance(response: Response) -> Decimal:
    """`OK 707.54`."""
    return decimal_of(word_after_ok(response), response)


def read_prices(response: Response) -> CountryPrices:
    """A JSON document; refusals are text here too."""
    try:
        value: object = json.loads(read_text(response, PRICES_CODES))
    except (ValueError, RecursionError):
        invalid(response, "is no JSON object")
    members = Members(value, response)
    networks = [
        NetworkPrice(
            network.text("mccmnc"),
            network.text("name"),
            decimal_of(network.text("price"), response),
        )
        for network in members.objects("networks")
    ]
    return CountryPrices(
        members.text("country"), members.text("name"), members.text("prefix"), networks
    )


def read_price_list(response: Response) -> str:
    """A CSV document; refusals are text here too."""
    text = read_text(response, PRICES_CODES)
    if not text.startswith("Country,"):
        invalid(response, "is no price list")
    return text


def decimal_of(text: str, response: Response) -> Decimal:
    """An amount of money, exactly."""
    if not re.fullmatch(r"-?[0-9]{1,15}\.[0-9]{1,9}", text, re.ASCII):
        invalid(response, "has no amount where one belongs")
    return Decimal(text)

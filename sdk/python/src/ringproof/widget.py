"""Signs the widget's requests and checks what browsers bring back. Pure functions.

Use version 2. Version 1 is MD5 over values that nothing separates, under a secret that can be
guessed at home; it is here for what exists.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from typing import Callable, Dict, Mapping, Optional, Union
from urllib.parse import quote, urlencode

from .errors import InvalidAnswerError
from .models import WidgetAnswer

# How long a signed address is good, unless the caller says otherwise; at most an hour.
LIFETIME_SECONDS = 600
LIFETIME_SECONDS_MAX = 3600

# An answer is good for five minutes; one that claims more than this is none of the server's.
ANSWER_LIFETIME_SECONDS = 300
# How far the clocks of server and program may be apart when that is looked at.
CLOCK_SKEW_SECONDS = 60

Nonce = Union[str, Callable[[str], bool]]
"""The nonce of an attempt, or a function that says whether a nonce is one of this browser's."""

STATUSES = ("VERIFIED", "CANCELLED")

# The fields that version 1 signs. An answer has no `callback_url`: a request must not pass for one.
VERSION_1_FIELDS = ("phone", "status", "user", "version")


def sign_version_2(secret: str, direction: str, fields: Mapping[str, str]) -> str:
    """The signature of version 2 over all fields but `sig`; `direction` is `request` or `response`."""
    pairs = sorted((name, value) for name, value in fields.items() if name != "sig")
    text = "&".join(f"{_encoded(name)}={_encoded(value)}" for name, value in pairs)
    return hmac.new(_key(secret), f"{direction}\n{text}".encode("ascii"), hashlib.sha256).hexdigest()


def sign_version_1(secret: str, fields: Mapping[str, str], secret_name: str = "pass") -> str:
    """The signature of version 1 over all fields but `sig` and `sig2`."""
    pairs = {name: value for name, value in fields.items() if name not in ("sig", "sig2")}
    pairs[secret_name] = _key(secret).decode()
    text = "".join(name + pairs[name] for name in sorted(pairs))
    return hashlib.md5(text.encode("utf-8", "surrogatepass")).hexdigest()


def request_fields(
    secret: str,
    user: str,
    callback_url: str,
    nonce: str,
    *,
    phone: Optional[str] = None,
    lock_phone: bool = False,
    lifetime_seconds: int = LIFETIME_SECONDS,
    now: Optional[float] = None,
) -> Dict[str, str]:
    """The signed fields of a request of version 2.

    `nonce` is 22 to 64 of `A–Z a–z 0–9 - _`, used once: `secrets.token_urlsafe(24)`. Keep it with
    the session of the browser that begins the attempt.
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]{16,64}", nonce, re.ASCII):
        raise ValueError("nonce must be 22 to 64 of A-Z a-z 0-9 - _")
    if not 0 < lifetime_seconds <= LIFETIME_SECONDS_MAX:
        raise ValueError(f"lifetime_seconds must be 1 to {LIFETIME_SECONDS_MAX}")
    if lock_phone and phone is None:
        raise ValueError("lock_phone needs a phone")
    began = time.time() if now is None else now
    fields = {
        "user": user,
        "version": "2",
        "callback_url": callback_url,
        "nonce": nonce,
        "exp": str(int(began) + lifetime_seconds),
    }
    if phone is not None:
        fields["phone"] = canonical_phone(phone)
    if lock_phone:
        fields["phone_lock"] = "1"
    fields["sig"] = sign_version_2(secret, "request", fields)
    return fields


def request_fields_version_1(
    secret: str, user: str, callback_url: str, *, phone: Optional[str] = None
) -> Dict[str, str]:
    """The signed fields of a request of version 1. Put a one-time value into `callback_url`.

    `phone` must be a phone number: what is more than that could be signed as an answer.
    """
    fields = {"user": user, "version": "1", "callback_url": callback_url}
    if phone is not None:
        fields["phone"] = canonical_phone(phone)
    fields["sig"] = sign_version_1(secret, fields)
    return fields


def address(endpoint: str, fields: Mapping[str, str]) -> str:
    """The address to which the browser is sent."""
    return f"{endpoint.rstrip('/')}/widget?{urlencode(fields)}"


def check_answer(
    secret: str,
    user: str,
    fields: Mapping[str, str],
    *,
    nonce: Nonce,
    phone: Optional[str] = None,
    now: Optional[float] = None,
) -> WidgetAnswer:
    """Reads an answer of version 2, or raises `InvalidAnswerError` if it is not to be believed.

    Give the `nonce` that this browser began with (or a function that looks it up), and `phone` if
    you asked for one number. Then confirm `vid`: an answer can be copied on its way.
    """
    # Without it an answer that somebody else earned would pass.
    if not callable(nonce) and (not isinstance(nonce, str) or not nonce):
        raise ValueError("nonce must be a text that is not empty, or a function")
    _is_signed(sign_version_2(secret, "response", fields), fields.get("sig", ""))
    if fields.get("version") != "2" or fields.get("user") != user:
        raise InvalidAnswerError("the answer is for another account or version", reason="fields")
    _is_in_time(fields.get("exp", ""), time.time() if now is None else now)
    found = fields.get("nonce", "")
    is_known = nonce(found) is True if callable(nonce) else _are_equal(nonce, found)
    if not found or not is_known:
        raise InvalidAnswerError("the answer is to another attempt", reason="nonce")
    if not re.fullmatch(r"[0-9A-Za-z_-]{1,200}", fields.get("vid", ""), re.ASCII):
        raise InvalidAnswerError("the answer has no vid to confirm", reason="fields")
    return _answer(fields, phone)


def check_answer_version_1(
    secret: str,
    user: str,
    fields: Mapping[str, str],
    *,
    phone: Optional[str] = None,
    callback_url: Optional[str] = None,
    secret_name: str = "pass",
) -> WidgetAnswer:
    """Reads an answer of version 1, or raises `InvalidAnswerError`.

    Give `phone` if you asked for one number. Nothing in such an answer happens once: accept the
    one-time value of your `callback_url` once. With `callback_url` (that of the request), the
    answer must have the second signature of accounts with `--sig2 on`.
    """
    signed = {name: fields[name] for name in VERSION_1_FIELDS if name in fields}
    _is_signed(sign_version_1(secret, signed, secret_name), fields.get("sig", "").lower())
    if fields.get("version") != "1" or fields.get("user") != user:
        raise InvalidAnswerError("the answer is for another account or version", reason="fields")
    if callback_url is not None:
        second = sign_version_2(secret, "response", {**signed, "callback_url": callback_url})
        _is_signed(second, fields.get("sig2", ""))
    return _answer(signed, phone)


def canonical_phone(phone: str) -> str:
    """A number as the widget sends it back, `+` and digits; `ValueError` if it is none."""
    # Where the server drops such a zero depends on the country; better none than a wrong number.
    text = "" if "(0" in phone else re.sub(r"[ \t\-._()]", "", phone)
    text = re.sub(r"^00", "+", text)
    text = text if text.startswith("+") else f"+{text}"
    if not re.fullmatch(r"\+[1-9][0-9]{6,14}", text, re.ASCII):
        raise ValueError("phone is no phone number with country code")
    return text


def _answer(fields: Mapping[str, str], phone: Optional[str]) -> WidgetAnswer:
    status = fields.get("status", "")
    if status not in STATUSES:
        raise InvalidAnswerError("the answer has no known status", reason="fields")
    verified = status == "VERIFIED"
    found = fields.get("phone")
    if verified and not found:
        raise InvalidAnswerError("the answer has no number", reason="fields")
    if verified and phone is not None and found != canonical_phone(phone):
        raise InvalidAnswerError("the answer is about another number", reason="phone")
    return WidgetAnswer(verified, status, found, fields.get("nonce"), fields.get("vid"))


def _is_in_time(exp: str, now: float) -> None:
    end = int(exp) if re.fullmatch(r"[0-9]{1,12}", exp, re.ASCII) else 0
    if not now < end <= now + ANSWER_LIFETIME_SECONDS + CLOCK_SKEW_SECONDS:
        raise InvalidAnswerError("the answer is too old", reason="expired")


def _is_signed(expected: str, given: str) -> None:
    if not _are_equal(expected, given):
        raise InvalidAnswerError("the signature is wrong", reason="signature")


def _are_equal(expected: str, given: str) -> bool:
    """In constant time. What a browser sends may be any text, also one that is no UTF-8."""
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def _key(secret: str) -> bytes:
    if not secret:
        raise ValueError("the widget secret must not be empty")
    return secret.encode()


def _encoded(text: str) -> str:
    return quote(text, safe="-._~", errors="surrogatepass")

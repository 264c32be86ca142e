"""What a client is made with: addresses, credentials, time-outs."""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from typing import List, Optional, Sequence, Union
from urllib.parse import urlsplit

from ._call import Credentials

ENDPOINT_VARIABLE = "RINGPROOF_ENDPOINT"

# Where `ringproof serve --dev` listens.
DEVELOPMENT_ENDPOINT = "http://127.0.0.1:8080"

# The server takes a header of this many bytes.
CREDENTIALS_BYTES_MAX = 512

DEFAULT_PORTS = {"http": 80, "https": 443}

Endpoint = Union[str, Sequence[str]]


@dataclass(frozen=True)
class Address:
    """One address of the server."""

    scheme: str
    host: str
    port: int
    prefix: str
    """What stands before every path, without a slash at its end."""

    @property
    def url(self) -> str:
        """As it is shown and called."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.prefix}"


@dataclass(frozen=True)
class Settings:
    """Everything that stays the same for all calls of a client."""

    credentials: Credentials
    addresses: List[Address]
    timeout_seconds: float
    connect_timeout_seconds: float
    user_agent: str


def addresses_of(endpoint: Optional[Endpoint], allow_plain_http: bool) -> List[Address]:
    """The addresses that the caller named, or the environment, or the development server's."""
    if endpoint is None:
        endpoint = os.environ.get(ENDPOINT_VARIABLE) or DEVELOPMENT_ENDPOINT
    if isinstance(endpoint, str):
        endpoint = re.split(r"[\s,]+", endpoint.strip(" ,\t\r\n"))
    addresses = [address_of(text, allow_plain_http) for text in endpoint]
    if not addresses:
        raise ValueError("endpoint names no address")
    return addresses


def address_of(text: str, allow_plain_http: bool) -> Address:
    """Reads one address. No message repeats it: it might hold a password."""
    try:
        url = urlsplit(text.strip())
        port = url.port
    except ValueError:
        raise ValueError("endpoint is no address") from None
    if url.scheme not in ("http", "https") or not url.hostname:
        raise ValueError("endpoint must begin with https:// (or http://) and a host")
    if "@" in url.netloc:
        raise ValueError("endpoint must not hold a username or password")
    if url.query or url.fragment or re.search(r"[\s\x00-\x1f]", url.path):
        raise ValueError("endpoint must have nothing behind its path")
    if url.scheme == "http" and not allow_plain_http and not is_loopback(url.hostname):
        raise ValueError(
            "endpoint would carry the password over plain HTTP; use https://, "
            "or say allow_plain_http=True if something else encrypts the way"
        )
    # The old library was given it without the version; old code may have it with.
    prefix = re.sub(r"/+(v1/*)?$", "", url.path)
    host = url.hostname if url.hostname.isascii() else url.hostname.encode("idna").decode("ascii")
    return Address(url.scheme, host, port or DEFAULT_PORTS[url.scheme], prefix)


def is_loopback(host: str) -> bool:
    """Whether what goes to this host stays on the machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def credentials_of(username: str, password: str) -> Credentials:
    """An account's name and password, as they fit into the header. No message repeats them."""
    whole = f"{username}:{password}"
    if not username or ":" in username:
        raise ValueError("username must not be empty and must have no colon")
    if not re.fullmatch(r"[\x20-\x7e]+", whole) or len(whole) > CREDENTIALS_BYTES_MAX:
        raise ValueError(
            f"username and password must be printable ASCII, {CREDENTIALS_BYTES_MAX - 1} "
            "characters together at most"
        )
    return Credentials(username, password)


def seconds_of(name: str, value: float) -> float:
    """A time-out, which must be some time."""
    if not 0 < value < float("inf"):
        raise ValueError(f"{name} must be a number of seconds above 0")
    return float(value)


def settings_of(
    username: str,
    password: str,
    endpoint: Optional[Endpoint],
    timeout: float,
    connect_timeout: float,
    allow_plain_http: bool,
    user_agent: str,
) -> Settings:
    """Checks everything that a client is made with; `ValueError` says what is wrong."""
    return Settings(
        credentials_of(username, password),
        addresses_of(endpoint, allow_plain_http),
        seconds_of("timeout", timeout),
        seconds_of("connect_timeout", connect_timeout),
        user_agent,
    )

"""What a client can be made with."""

from __future__ import annotations

import os
import unittest
from unittest import mock

from ringproof import Api
from ringproof._settings import DEVELOPMENT_ENDPOINT, Endpoint, addresses_of, credentials_of

SECRET = "a-secret-that-nobody-sees"


def urls(endpoint: Endpoint | None, plain: bool = False) -> list[str]:
    """The addresses of an endpoint."""
    return [address.url for address in addresses_of(endpoint, plain)]


class Endpoints(unittest.TestCase):
    """Addresses, from the caller or the environment."""

    def test_where_it_comes_from(self) -> None:
        with mock.patch.dict(os.environ, {}, clear=True):
            self.assertEqual(urls(None), [DEVELOPMENT_ENDPOINT])
        with mock.patch.dict(os.environ, {"RINGPROOF_ENDPOINT": "https://a.example, https://b.example"}):
            self.assertEqual(urls(None), ["https://a.example", "https://b.example"])
            self.assertEqual(urls("https://c.example"), ["https://c.example"])

    def test_forms(self) -> None:
        self.assertEqual(urls("https://a.example/v1/"), ["https://a.example"])
        self.assertEqual(urls("https://a.example:443/"), ["https://a.example"])
        self.assertEqual(urls("https://a.example:8443/sms//"), ["https://a.example:8443/sms"])
        self.assertEqual(urls(["http://[::1]:8080"]), ["http://[::1]:8080"])
        self.assertEqual(urls("https://bücher.example"), ["https://xn--bcher-kva.example"])

    def test_plain_http_needs_a_word(self) -> None:
        for host in ("localhost", "127.0.0.1", "127.8.9.10", "[::1]"):
            urls(f"http://{host}:8080")
        for host in ("shop.example", "10.0.0.1", "localhost.example", "127.0.0.1.example", "[::2]"):
            with self.assertRaisesRegex(ValueError, "allow_plain_http"):
                urls(f"http://{host}")
            urls(f"http://{host}", plain=True)

    def test_what_is_refused_is_not_repeated(self) -> None:
        bad: list[Endpoint] = [
            "", "shop.example", "ftp://shop.example", f"https://u:{SECRET}@shop.example",
            f"https://shop.example/?k={SECRET}", f"https://shop.example/#{SECRET}",
            f"https://shop.example:{SECRET}", f"https://[{SECRET}", "https://", [],
        ]
        for endpoint in bad:
            with self.assertRaises(ValueError) as caught:
                urls(endpoint)
            self.assertNotIn(SECRET, str(caught.exception))


class Credentials(unittest.TestCase):
    """Name and password, as they fit into a header."""

    def test_what_fits(self) -> None:
        credentials_of("shop-api", "with:colons and blanks~")
        credentials_of("u", "p" * 510)

    def test_what_does_not(self) -> None:
        bad = [("", SECRET), ("a:b", SECRET), ("ü", SECRET), ("u", SECRET + "\r\nX: y"), ("u", SECRET + "õ"),
               ("u", SECRET * 30)]
        for username, password in bad:
            with self.assertRaises(ValueError) as caught:
                credentials_of(username, password)
            self.assertNotIn(SECRET, str(caught.exception))

    def test_time_outs(self) -> None:
        for seconds in (0, -1, float("inf"), float("nan")):
            with self.assertRaisesRegex(ValueError, "timeout"):
                Api("u", "p", timeout=seconds)
            with self.assertRaisesRegex(ValueError, "connect_timeout"):
                Api("u", "p", connect_timeout=seconds)

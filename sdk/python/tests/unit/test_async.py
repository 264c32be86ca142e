"""Connections of the async client: what was sent, and what may have been."""

from __future__ import annotations

import asyncio
import threading
import time
import unittest
from typing import Optional
from unittest import mock

from listening import DRIPPING, Listening

from ringproof import AsyncApi, ConnectionFailedError, InvalidResponseError, _async
from ringproof._version import __version__

PASSWORD = "a-password-of-some-length"
STARTED = b'{"method":"sms","auth_id":"a"}'
START = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(STARTED), STARTED)


class Async(unittest.IsolatedAsyncioTestCase):
    """`AsyncApi` over sockets."""

    async def test_what_goes_over_the_wire(self) -> None:
        with Listening(START, START) as server:
            async with AsyncApi("shop", PASSWORD, server.url + "/below/v1/") as api:
                self.assertEqual(await api.auth.initiate("s/1", "ü", "sms"), "sms")
                await api.auth.initiate("s", "u", "sms")
            self.assertEqual(server.connections, 1, "it is kept")
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.assertEqual(lines[0], "POST /below/v1/service/service/s%2F1/users/%C3%BC/auth HTTP/1.1")
        self.assertIn(f"User-Agent: ringproof-python/{__version__}", lines)
        self.assertIn(f"X-Service-Auth: shop:{PASSWORD}", lines)
        self.assertEqual(body, b'{"method": "sms"}')

    async def failure(self, answer: Optional[bytes]) -> ConnectionFailedError:
        with Listening(answer) as server:
            async with AsyncApi("shop", PASSWORD, server.url) as api:
                with self.assertRaises(ConnectionFailedError) as caught:
                    await api.auth.initiate("s", "u", "sms")
        self.assertEqual(len(server.requests), 1)
        return caught.exception

    async def test_it_may_have_been_sent(self) -> None:
        answers = [
            None,
            b"\x00\x01\x02 nothing\r\n\r\n",
            START[:-1],
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"met",
            b"HTTP/1.1 201 Created\r\nContent-Le",
            b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n" + STARTED,
        ]
        for answer in answers:
            self.assertTrue((await self.failure(answer)).maybe_sent, answer)

    async def test_a_server_that_drips_has_a_time_too(self) -> None:
        for answer, whole_bytes in DRIPPING:
            ended = threading.Event()
            with Listening(answer, drip=lambda: ended.wait(0.05), whole_bytes=whole_bytes) as server:
                async with AsyncApi("shop", PASSWORD, server.url, timeout=0.3, connect_timeout=0.3) as api:
                    began = time.monotonic()
                    with self.assertRaises(ConnectionFailedError) as caught:
                        await api.auth.initiate("s", "u", "sms")
                    self.assertLess(time.monotonic() - began, 1.5, answer)
                ended.set()
            self.assertTrue(caught.exception.maybe_sent)

    async def test_what_is_too_long(self) -> None:
        with mock.patch.object(_async, "ANSWER_BYTES_MAX", 4), Listening(START) as server:
            async with AsyncApi("shop", PASSWORD, server.url) as api:
                with self.assertRaises(InvalidResponseError):
                    await api.auth.initiate("s", "u", "sms")

    async def test_no_tls_there(self) -> None:
        with Listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
            url = server.url.replace("http:", "https:")
            async with AsyncApi("shop", PASSWORD, url, timeout=0.5, connect_timeout=0.5) as api:
                with self.assertRaises(ConnectionFailedError) as caught:
                    await api.auth.initiate("s", "u", "sms")
        self.assertFalse(caught.exception.maybe_sent)

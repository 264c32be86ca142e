"""Connections of the sync client: kept, closed, broken, slow."""

from __future__ import annotations

import os
import threading
import time
import unittest
from typing import List, Optional
from unittest import mock

from listening import DRIPPING, Listening, ListeningToMany

from ringproof import Api, ConnectionFailedError, InvalidResponseError, _sync, _transport
from ringproof._version import __version__

PASSWORD = "a-password-of-some-length"
BALANCE = b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nOK 1.50"
STARTED = b'{"method":"sms","auth_id":"a"}'
START = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(STARTED), STARTED)


class Requests(unittest.TestCase):
    """What goes over the wire."""

    def test_a_json_call(self) -> None:
        with Listening(START) as server, Api("shop", PASSWORD, server.url + "/below/v1/") as api:
            api.auth.initiate("s/1", "ü", "sms")
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        self.assertEqual(lines[0], "POST /below/v1/service/service/s%2F1/users/%C3%BC/auth HTTP/1.1")
        self.assertIn(f"User-Agent: ringproof-python/{__version__}", lines)
        self.assertIn(f"X-Service-Auth: shop:{PASSWORD}", lines)
        self.assertIn("Content-Type: application/json", lines)
        self.assertEqual(body, b'{"method": "sms"}')

    def test_a_plain_call_has_nothing_in_its_query(self) -> None:
        sent = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nOK x"
        with Listening(sent) as server, Api("shop", PASSWORD, server.url) as api:
            api.sms.send("+37255500123", udh=b"\x05\x00\xff", data=b"\x00 &+", text_store="nostore")
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
        self.assertTrue(head.startswith(b"POST /send_sms HTTP/1.1\r\n"))
        self.assertNotIn(b"X-Service-Auth", head)
        self.assertEqual(
            body.decode(),
            f"username=shop&password={PASSWORD}&to=%2B37255500123&udh=%05%00%FF&data=%00+%26%2B&text-store=nostore",
        )


class Connections(unittest.TestCase):
    """One that is kept, and one that is not."""

    def test_it_is_kept(self) -> None:
        with Listening(BALANCE, BALANCE, BALANCE) as server, Api("shop", PASSWORD, server.url) as api:
            for _ in range(3):
                self.assertEqual(str(api.sms.balance()), "1.50")
            self.assertEqual(server.connections, 1)

    def test_it_is_not_used_after_a_rest(self) -> None:
        with Listening(BALANCE, BALANCE) as server, Api("shop", PASSWORD, server.url) as api:
            api.sms.balance()
            # The listener waits at the old connection, which ends when it is given up.
            with mock.patch.object(_sync, "IDLE_SECONDS_MAX", 0.0):
                api.sms.balance()
            self.assertEqual(server.connections, 2)

    def test_one_that_was_closed_is_noticed_before_anything_is_sent(self) -> None:
        closing = START.replace(b"Content-Length", b"Connection: close\r\nContent-Length")
        with Listening(closing, START) as server, Api("shop", PASSWORD, server.url) as api:
            api.auth.initiate("s", "u", "sms")
            api.auth.initiate("s", "u", "sms")
            self.assertEqual(len(server.requests), 2)

    def test_many_threads(self) -> None:
        failures: List[BaseException] = []

        def call(api: Api) -> None:
            try:
                for _ in range(20):
                    assert str(api.sms.balance()) == "1.50"
            except BaseException as error:
                failures.append(error)

        with ListeningToMany(BALANCE) as server, Api("shop", PASSWORD, server.url) as api:
            threads = [threading.Thread(target=call, args=(api,)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(20)
            self.assertEqual([thread for thread in threads if thread.is_alive()], [])
        self.assertEqual(failures, [])

    def test_a_forked_process_has_connections_of_its_own(self) -> None:
        with ListeningToMany(BALANCE) as server, Api("shop", PASSWORD, server.url) as api:
            api.sms.balance()
            child = os.fork()
            if child == 0:
                os._exit(0 if str(api.sms.balance()) == "1.50" else 1)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            self.assertEqual(server.connections, 2)
            api.sms.balance()
            self.assertEqual(server.connections, 2, "that of the parent is still good")


class Broken(unittest.TestCase):
    """Answers that are none."""

    def failure(self, answer: Optional[bytes], **options: float) -> ConnectionFailedError:
        with Listening(answer) as server, Api("shop", PASSWORD, server.url, **options) as api:  # type: ignore[arg-type]
            with self.assertRaises(ConnectionFailedError) as caught:
                api.auth.initiate("s", "u", "sms")
        self.assertEqual(len(server.requests), 1)
        return caught.exception

    def test_it_may_have_been_sent(self) -> None:
        answers = [
            None,
            b"\x00\x01\x02 nothing\r\n\r\n",
            START[:-1],
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"met",
            b"HTTP/1.1 201 Created\r\nContent-Le",
            # Where this ends, nobody knows.
            b"HTTP/1.1 201 Created\r\nConnection: close\r\n\r\n" + STARTED,
        ]
        for answer in answers:
            self.assertTrue(self.failure(answer).maybe_sent, answer)

    def test_a_server_that_drips_has_a_time_too(self) -> None:
        # Each byte comes in time, the whole does not: 600 of them, 50 ms apart.
        for answer, whole_bytes in DRIPPING:
            ended = threading.Event()
            with Listening(answer, drip=lambda: ended.wait(0.05), whole_bytes=whole_bytes) as server:
                with Api("shop", PASSWORD, server.url, timeout=0.5) as api:
                    began = time.monotonic()
                    with self.assertRaises(ConnectionFailedError) as caught:
                        api.auth.initiate("s", "u", "sms")
                    self.assertLess(time.monotonic() - began, 1.5, answer)
                ended.set()
            self.assertTrue(caught.exception.maybe_sent)
            self.assertIn("it took too long", caught.exception.message)

    def test_a_whole_time_for_each_call(self) -> None:
        # The first call leaves its deadline to no other one that uses the same connection.
        with Listening(START, START, START) as server, Api("shop", PASSWORD, server.url, timeout=0.5) as api:
            for _ in range(3):
                api.auth.initiate("s", "u", "sms")
                threading.Event().wait(0.3)
            self.assertEqual(server.connections, 1)

    def test_what_is_too_long(self) -> None:
        with mock.patch.object(_sync, "ANSWER_BYTES_MAX", 4), Listening(START) as server:
            with Api("shop", PASSWORD, server.url) as api, self.assertRaises(InvalidResponseError):
                api.auth.initiate("s", "u", "sms")
        self.assertGreater(_transport.ANSWER_BYTES_MAX, 10_000_000)

    def test_no_tls_there(self) -> None:
        with Listening(b"HTTP/1.1 400 Bad Request\r\n\r\n") as server:
            with Api("shop", PASSWORD, server.url.replace("http:", "https:"), timeout=0.5, connect_timeout=0.5) as api:
                with self.assertRaises(ConnectionFailedError) as caught:
                    api.auth.initiate("s", "u", "sms")
        self.assertFalse(caught.exception.maybe_sent)

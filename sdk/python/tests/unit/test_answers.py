"""How answers are read: every status, every code, and bytes of any kind."""

from __future__ import annotations

import json
import random
import unittest
from datetime import datetime, timedelta, timezone
from typing import Any, List, Optional, Type

from ringproof import _plain, _verification, _widget, errors
from ringproof._call import Call, Credentials, Response, request_of
from ringproof._settings import settings_of
from ringproof._transport import finish

JSON_CALLS: List[Call[Any]] = [
    _verification.get_service("s"),
    _verification.delete_service("s"),
    _verification.get_user("s", "u"),
    _verification.get_users("s", None, None),
    _verification.start("s", "u", "sms"),
    _verification.check("s", "u", "123456", None),
    _verification.create_authenticator("s", "u", None, None, None),
    _verification.confirm_authenticator("s", "u", "a", "123456"),
    _verification.list_authenticators("s", "u"),
    _verification.create_recovery("s", "u"),
    _verification.recovery_state("s", "u"),
    _verification.use_recovery("s", "u", "c"),
    _widget.confirm("v"),
]
PLAIN_CALLS: List[Call[Any]] = [
    _plain.start("+37255500123", {}),
    _plain.verify("v", "123456", {}),
    _plain.send("+37255500123", {}),
    _plain.state("m"),
    _plain.cancel("m"),
    _plain.balance(),
    _plain.prices("EE"),
    _plain.price_list(),
]


def failure(call: Call[Any], status: int, body: bytes, **headers: str) -> errors.RingproofError:
    """The error that an answer becomes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        found = call.read(Response(status, named, body))
    except errors.RingproofError as error:
        return error
    raise AssertionError(f"{call.name} took {status} {body!r} for {found!r}")


class Statuses(unittest.TestCase):
    """Statuses have the errors that the old library had for them, and new ones."""

    def test_every_status_has_its_error(self) -> None:
        kinds: List[tuple[int, Type[errors.RingproofError]]] = [
            (302, errors.RingproofError), (400, errors.InvalidDataError), (401, errors.WrongCredentialsError),
            (403, errors.ResourceForbiddenError), (404, errors.NoSuchResourceError),
            (405, errors.RingproofError), (408, errors.UnavailableError), (409, errors.ResourceAlreadyExistsError),
            (413, errors.InvalidDataError), (422, errors.InvalidDataError), (429, errors.ThrottledError),
            (500, errors.InternalError), (503, errors.UnavailableError), (599, errors.RingproofError),
        ]
        for call in JSON_CALLS + PLAIN_CALLS:
            for status, kind in kinds:
                error = failure(call, status, b'{"message":"m","code":"c"}')
                if call in PLAIN_CALLS and status in (401, 403, 404, 405, 409, 422):
                    self.assertIs(type(error), errors.InvalidResponseError, f"{call.name} {status}")
                    continue
                self.assertIs(type(error), kind, f"{call.name} {status}")
                self.assertEqual((error.code, error.message, error.reason), (status, "m", "c"))

    def test_the_page_of_a_proxy_is_no_answer(self) -> None:
        page = b"<html><title>404 Not Found</title></html>"
        for call in JSON_CALLS + PLAIN_CALLS:
            for status in (401, 403, 404, 405, 409, 410, 422):
                for body in (page, b"", b"null", b'{"message":7}', b'{"error":"no route"}'):
                    error = failure(call, status, body)
                    self.assertIs(type(error), errors.InvalidResponseError, f"{call.name} {status} {body!r}")
                    self.assertEqual((error.code, error.maybe_sent), (status, False))
            self.assertIs(type(failure(call, 408, page)), errors.UnavailableError)
            self.assertIs(type(failure(call, 429, page)), errors.ThrottledError)
            self.assertIs(type(failure(call, 502, page)), errors.UnavailableError)

    def test_what_may_have_been_done(self) -> None:
        internal = b'{"message":"it is not known whether this call was done","code":"internal"}'
        overloaded = b'{"message":"m","code":"overloaded"}'
        no_gateway = b'{"message":"m","code":"sms_unavailable"}'
        page = b"<html>"
        for call in JSON_CALLS:
            for status, body in [(500, internal), (503, internal), (503, overloaded), (502, page), (503, page),
                                 (504, page), (500, page), (200, page), (201, b"[]")]:
                self.assertTrue(failure(call, status, body).maybe_sent, f"{call.name} {status} {body!r}")
            for status, body in [(503, no_gateway), (408, internal), (429, internal), (422, internal), (404, page)]:
                self.assertFalse(failure(call, status, body).maybe_sent, f"{call.name} {status} {body!r}")
        settings = settings_of("shop", "a-password-of-some-length", None, 1, 1, False, "agent")
        for call in PLAIN_CALLS:
            for status, body, maybe_sent in [(200, b"FAILED 209", not call.is_read), (503, page, True),
                                             (200, page, True), (200, b"ERROR 101", False)]:
                with self.assertRaises(errors.RingproofError) as caught:
                    finish(call, Response(status, {}, body), settings)
                self.assertEqual(caught.exception.maybe_sent, maybe_sent, f"{call.name} {status} {body!r}")

    def test_what_an_error_tells(self) -> None:
        body = b'{"message":"no","code":"invalid_field","field":"name"}'
        error = failure(JSON_CALLS[0], 422, body, retry_after="7", x_request_id="r")
        self.assertEqual((error.field, error.retry_after, error.request_id), ("name", 7.0, "r"))
        self.assertEqual(str(error), "no (422 invalid_field)")

    def test_an_error_without_a_body_of_ours(self) -> None:
        for body in (b"", b"<html>", b"null", b"[1]", b'{"message":7}', b"\xff\xfe"):
            error = failure(JSON_CALLS[0], 503, body, retry_after="Fri, 01 Jan 2027 00:00:00 GMT")
            self.assertIs(type(error), errors.UnavailableError)
            self.assertIsNone(error.retry_after)

    def test_familiar_names(self) -> None:
        self.assertIs(errors.VerigatorError, errors.RingproofError)
        for kind in (errors.InvalidDataError, errors.ThrottledError, errors.ConnectionFailedError):
            self.assertTrue(issubclass(kind, errors.VerigatorError))


class Codes(unittest.TestCase):
    """Codes of plain text mean different things in different calls."""

    def kind(self, call: Call[Any], text: str) -> Type[errors.RingproofError]:
        error = failure(call, 200, text.encode())
        if not isinstance(error, errors.InvalidResponseError):
            self.assertEqual(error.reason, text)
        return type(error)

    def test_codes(self) -> None:
        start, verify, send, state, cancel, balance, prices, price_list = PLAIN_CALLS
        unknown = errors.InvalidResponseError
        for call in PLAIN_CALLS:
            self.assertIs(self.kind(call, "ERROR 101"), errors.WrongCredentialsError)
            self.assertIs(self.kind(call, "ERROR 102"), errors.InvalidDataError)
            self.assertIs(self.kind(call, "ERROR 103"), errors.ResourceForbiddenError)
            self.assertIs(self.kind(call, "FAILED 209"), errors.UnavailableError)
            self.assertIs(self.kind(call, "ERROR 999"), unknown)
        self.assertIs(self.kind(send, "ERROR 107"), errors.InsufficientCreditError)
        self.assertIs(self.kind(state, "ERROR 107"), errors.NoSuchResourceError)
        self.assertIs(self.kind(cancel, "ERROR 107"), errors.NoSuchResourceError)
        self.assertIs(self.kind(verify, "ERROR 110"), errors.NoSuchResourceError)
        self.assertIs(self.kind(send, "ERROR 105"), errors.InvalidDataError)
        self.assertIs(self.kind(prices, "ERROR 105"), errors.NoSuchResourceError)
        self.assertIs(self.kind(start, "ERROR 105"), unknown)
        self.assertIs(self.kind(balance, "ERROR 107"), unknown)
        self.assertIs(self.kind(send, "FAILED 102"), unknown)
        self.assertIs(self.kind(price_list, "ERROR 108"), errors.ThrottledError)

    def test_only_the_whole_word_verifies(self) -> None:
        verify = PLAIN_CALLS[1]
        self.assertTrue(verify.read(Response(200, {}, b"VERIFIED")))
        for text in ("INVALID", "EXPIRED", "THROTTLED"):
            self.assertFalse(verify.read(Response(200, {}, text.encode())), text)
        for body in (b"VERIFIED\n", b"VERIFIED x", b" VERIFIED", b"verified", b"OK VERIFIED", b"OK x", b""):
            self.assertIsInstance(failure(verify, 200, body), errors.InvalidResponseError)

    def test_only_true_verifies(self) -> None:
        check = JSON_CALLS[5]
        self.assertTrue(check.read(Response(200, {}, b'{"method":"sms","verified":true}')))
        for value in ('"true"', "1", "null", "[]", '"false"'):
            body = f'{{"method":"sms","verified":{value}}}'.encode()
            self.assertIsInstance(failure(check, 200, body), errors.InvalidResponseError)


class Arguments(unittest.TestCase):
    """What callers give that cannot be right."""

    def test_an_id_that_would_lead_elsewhere(self) -> None:
        nothing: Any = None
        for part in ("", ".", "..", nothing, "\ud800"):
            with self.assertRaises(errors.InvalidDataError):
                _verification.get_user("s", part)
        self.assertEqual(_verification.get_user("a/b", "?c").path, "/v1/service/service/a%2Fb/users/%3Fc")

    def test_half_a_character(self) -> None:
        call = _plain.send("+37255500123", {"text": "\ud83d"})
        with self.assertRaises(errors.InvalidDataError):
            request_of(call, Credentials("shop", "a password"), "agent")

    def test_times(self) -> None:
        time = datetime(2027, 1, 1, 12, tzinfo=timezone(timedelta(hours=2)))
        self.assertEqual(_plain.unix_seconds(time), 1798797600)
        with self.assertRaises(ValueError):
            _plain.unix_seconds(datetime(2027, 1, 1))


class Garbage(unittest.TestCase):
    """No bytes lead to anything but a result or an error of the family."""

    def value(self, chance: random.Random, depth: int = 0) -> Any:
        kinds = 8 if depth < 3 else 6
        kind = chance.randrange(kinds)
        if kind == 6:
            return [self.value(chance, depth + 1) for _ in range(chance.randrange(3))]
        if kind == 7:
            names = ["id", "ctime", "name", "users", "verified", "status", "result", "left", "codes", "networks"]
            return {chance.choice(names): self.value(chance, depth + 1) for _ in range(chance.randrange(5))}
        return [None, True, -1.5, 10**30, "INVALID", "\ud800"][kind]

    def test_any_bytes(self) -> None:
        seed = random.randrange(2**32)
        print(f"seed {seed}")
        chance = random.Random(seed)
        results = 0
        for _ in range(3000):
            call = chance.choice(JSON_CALLS + PLAIN_CALLS)
            body: Optional[bytes] = chance.choice([
                bytes(chance.randrange(256) for _ in range(chance.randrange(40))),
                json.dumps(self.value(chance)).encode(),
                b"[" * 5000,
                f"OK {chance.choice(['SENT', '1.5', 'x y', ''])}".encode(),
            ])
            assert body is not None
            try:
                call.read(Response(chance.choice([200, 201, 204, 404, 503]), {}, body))
                results += 1
            except errors.RingproofError:
                pass
        self.assertGreater(results, 0)

"""No password, code, seed or whole number is shown."""

from __future__ import annotations

import json
import logging
import pickle
import unittest
from typing import Any, List

from listening import Listening

from ringproof import Api, RingproofError, WrongCredentialsError, _plain, _verification, errors, models
from ringproof._answers import read_json
from ringproof._call import Call, Credentials, Response, request_of
from ringproof._settings import settings_of
from ringproof._transport import finish, scrubbed

PASSWORD = "a-password-of-some-length"
PIN = "482913"
NUMBER = "+37255500123"
SEED = "GNHF755C5HFEVPPXZIX3DSGSU62NZGFU"


class Shown(unittest.TestCase):
    """What `repr`, `str` and the log show."""

    def assert_hidden(self, text: str) -> None:
        for secret in (PASSWORD, PIN, NUMBER, SEED):
            self.assertNotIn(secret, text)

    def test_clients_and_calls(self) -> None:
        api = Api("shop", PASSWORD, widget_secret=SEED)
        self.assert_hidden(repr(api))
        self.assertIn("shop", repr(api))
        calls: List[Call[Any]] = [
            _verification.create_user("s", NUMBER, "jane"),
            _verification.check("s", "u", PIN, None),
            _verification.create_authenticator("s", "u", None, None, SEED),
            _plain.start(NUMBER, {"template": "<PIN>"}),
            _plain.verify("v", PIN, {}),
            _plain.send(NUMBER, {"text": "Hello"}),
        ]
        for call in calls:
            request = request_of(call, Credentials("shop", PASSWORD), "agent")
            self.assert_hidden(repr(call) + repr(request) + request.path)

    def test_results(self) -> None:
        new = models.NewAuthenticator("i", "n", "other", False, "SHA1", 6, 30, "t", None, SEED, SEED, SEED, SEED)
        self.assert_hidden(repr(new) + repr(models.RecoveryCodes([PIN])))
        self.assert_hidden(repr(models.WidgetAnswer(True, "VERIFIED", NUMBER)))
        self.assert_hidden(repr(Response(200, {}, PIN.encode())))

    def test_an_error_repeats_nothing(self) -> None:
        settings = settings_of("shop", PASSWORD, None, 1, 1, False, "agent")
        said = json.dumps({"message": f"{PASSWORD} {PIN}", "code": f"c-{PIN}", "field": PIN}).encode()
        call = Call("x", "GET", "/", read_json, secrets=(PIN,))
        with self.assertRaises(RingproofError) as caught:
            finish(call, Response(401, {}, said), settings)
        error = caught.exception
        self.assert_hidden(f"{error} {error!r} {error.args} {vars(error)}")
        self.assertIsInstance(error, WrongCredentialsError)

    def test_a_server_that_echoes_everything(self) -> None:
        settings = settings_of("shop", PASSWORD, None, 1, 1, False, "agent")
        calls: List[Call[Any]] = [
            _verification.create_user("s", NUMBER, "jane"),
            _verification.check("s", "u", PIN, None),
            _verification.use_recovery("s", "u", "AMR7-3IGJ-Y3LP-OGM2-NTN5-MPYZ"),
            _verification.create_authenticator("s", "u", None, None, SEED),
            _plain.start(NUMBER, {"template": "<PIN>"}),
            _plain.verify("v", PIN, {}),
        ]
        for call in calls:
            request = request_of(call, Credentials("shop", PASSWORD), "agent")
            echo = f"\0bad\r\n\u2028 \ud800 {request.body!r} {request.headers} 00372 (555) 00-123 " + "long " * 100_000
            said = json.dumps({"message": echo, "code": echo, "field": echo}).encode()
            for request_id in (echo, NUMBER[1:], PIN):
                with self.assertRaises(RingproofError) as caught:
                    finish(call, Response(413, {"x-request-id": request_id}, said), settings)
                error = caught.exception
                shown = f"{error} {error!r} {error.args} {vars(error)}"
                self.assert_hidden(shown)
                for secret in ("55500123", "00-123", "AMR7-3IGJ"):
                    self.assertNotIn(secret, shown)
                self.assertTrue(error.message.startswith(" bad "))
                self.assertTrue(error.message.isprintable(), error.message)
                self.assertLess(len(error.message), 310)
                self.assertEqual((error.reason, error.field, error.request_id), (None, None, None))

    def test_what_is_left_of_a_text(self) -> None:
        for text, left in [
            ("no +372 555-00123!", "no ***!"),
            ("status 12345, part 3", "status 12345, part 3"),
            ("a secret\r\nand 123", "*** and 123"),
            ("123456", "***"),
            ("é" * 400, "é" * 300 + "…"),
        ]:
            self.assertEqual(scrubbed(text, ["a secret", "123"]), left)
        # Wherever a text is cut, no half of a secret is left.
        for ahead in range(len(SEED)):
            self.assertNotIn(SEED[:4], scrubbed("." * ahead + SEED * 100, [SEED]))

    def test_words_of_the_server_are_kept(self) -> None:
        settings = settings_of("shop", PASSWORD, None, 1, 1, False, "agent")
        # What the person typed is a part of them, by chance.
        call = _verification.check("s", "u", "verification", None)
        said = b'{"message":"no","code":"verification_not_found","field":"token"}'
        with self.assertRaises(RingproofError) as caught:
            finish(call, Response(404, {"x-request-id": "6f0f-482913a"}, said), settings)
        error = caught.exception
        self.assertEqual((error.reason, error.field, error.request_id),
                         ("verification_not_found", "token", "6f0f-482913a"))

    def test_a_code_that_was_given_as_a_number(self) -> None:
        token: Any = int(PIN)
        settings = settings_of("shop", PASSWORD, None, 1, 1, False, "agent")
        call = _verification.check("s", "u", token, None)
        with self.assertRaises(errors.InvalidDataError) as caught:
            finish(call, Response(422, {}, b'{"message":"no text: %s"}' % PIN.encode()), settings)
        self.assert_hidden(str(caught.exception))

    def test_the_log(self) -> None:
        body = b'{"method":"sms","verified":true}'
        with Listening(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)) as server:
            with self.assertLogs("ringproof", logging.DEBUG) as log, Api("shop", PASSWORD, server.url) as api:
                self.assertTrue(api.auth.verify("service", "user", PIN))
        self.assert_hidden("\n".join(log.output))
        self.assertIn("auth.check", log.output[0])

    def test_errors_can_be_carried_elsewhere(self) -> None:
        error = errors.NoSuchResourceError(404, "m", reason="user_not_found")
        copied = pickle.loads(pickle.dumps(error))
        self.assertEqual((copied.code, copied.message, copied.reason), (404, "m", "user_not_found"))
        lost = pickle.loads(pickle.dumps(errors.ConnectionFailedError("m", maybe_sent=True)))
        self.assertTrue(lost.maybe_sent)
        wrong = pickle.loads(pickle.dumps(errors.InvalidAnswerError("m", reason="nonce")))
        self.assertEqual((wrong.reason, wrong.maybe_sent), ("nonce", False))

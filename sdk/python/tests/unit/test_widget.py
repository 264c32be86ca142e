"""Signatures of the widget: the worked examples of its contract, and what is not to be believed."""

from __future__ import annotations

import json
import time
import unittest
from typing import Any, Dict, List, Optional
from urllib.parse import parse_qsl, urlsplit

from listening import Listening

from ringproof import Api, InvalidAnswerError, ResourceAlreadyExistsError, widget

SECRET = "demo-pass-9f3a"
USER = "demouser01"
BACK = "https://shop.example/verify/back"
PHONE = "+37255500123"
NONCE = "4f1d2c7b9a60e835"


class Version1(unittest.TestCase):
    """MD5 over what nothing separates."""

    def test_requests(self) -> None:
        fields = widget.request_fields_version_1(SECRET, USER, BACK)
        self.assertEqual(fields["sig"], "9bfee034cbbc248e492b8dee3518afff")
        fields = widget.request_fields_version_1(SECRET, USER, BACK, phone=PHONE)
        self.assertEqual(fields["sig"], "bf98e792cec33c5c2a950d6671b57f73")
        fields.pop("sig")
        self.assertEqual(widget.sign_version_1(SECRET, fields, "password"), "5b379af4d67c7505db2aaffd6f1f30eb")

    def answer(self, sig: str, **fields: str) -> Dict[str, str]:
        return {"user": USER, "version": "1", "sig": sig, **fields}

    def test_answers(self) -> None:
        verified = self.answer("3d8c81b8161197ff1ad097f01b3a0561", status="VERIFIED", phone=PHONE)
        found = widget.check_answer_version_1(SECRET, USER, verified, phone="+372 555-00123")
        self.assertTrue(found)
        self.assertEqual(found.phone, PHONE)
        cancelled = self.answer("26f4a7bf41132c23aabe06cd1a6ebe2c", status="CANCELLED", phone=PHONE)
        self.assertFalse(widget.check_answer_version_1(SECRET, USER, cancelled))
        empty = self.answer("97aa25055c6bc5520d04c0addb3446e9", status="CANCELLED")
        self.assertFalse(widget.check_answer_version_1(SECRET, USER, empty))
        other = self.answer("dd75386716368578f7d84faae0570c2c", status="VERIFIED", phone=PHONE)
        self.assertTrue(widget.check_answer_version_1(SECRET, USER, other, secret_name="password"))

    def refused(self, fields: Dict[str, str], **options: str) -> None:
        with self.assertRaises(InvalidAnswerError):
            widget.check_answer_version_1(SECRET, USER, fields, **options)

    def test_what_is_not_believed(self) -> None:
        good = self.answer("3d8c81b8161197ff1ad097f01b3a0561", status="VERIFIED", phone=PHONE)
        self.refused({**good, "phone": "+37255500124"})
        self.refused({**good, "status": "CANCELLED"})
        self.refused({**good, "sig": ""})
        self.refused({**good, "sig": "\ud800"})
        self.refused({name: value for name, value in good.items() if name != "sig"})
        self.refused(good, phone="+37255500124")
        self.refused(good, callback_url=BACK)
        self.refused({})
        # Made from a request whose phone was `+37255500199statusVERIFIED`: the contract's section 6.
        forged = self.answer("473a81f1045d45cca8fabba2c6d938d6", status="VERIFIED", phone="+37255500199")
        self.refused({**forged, "callback_url": BACK})
        with self.assertRaises(ValueError):
            widget.request_fields_version_1(SECRET, USER, BACK, phone="+37255500199statusVERIFIED")

    def test_a_second_signature_binds_the_address(self) -> None:
        good = self.answer("3d8c81b8161197ff1ad097f01b3a0561", status="VERIFIED", phone=PHONE)
        signed = {"user": USER, "version": "1", "status": "VERIFIED", "phone": PHONE}
        sig2 = widget.sign_version_2(SECRET, "response", {**signed, "callback_url": BACK + "?once=1"})
        with_second = {**good, "sig2": sig2}
        self.assertTrue(widget.check_answer_version_1(SECRET, USER, with_second, callback_url=BACK + "?once=1"))
        self.refused(with_second, callback_url=BACK + "?once=2")


class Version2(unittest.TestCase):
    """HMAC over what is encoded, with a word for the direction, a nonce and a time."""

    def test_the_request(self) -> None:
        fields = widget.request_fields(
            SECRET, USER, BACK, NONCE, phone="00372 555 00123", now=1767226500 - 600
        )
        self.assertEqual(fields["exp"], "1767226500")
        self.assertEqual(fields["sig"], "0c15079a720dfcada5921cdbb166b9f623564e8911d3ce073a667d28837724ab")

    def answer(self, **changes: str) -> Dict[str, str]:
        fields = {"user": USER, "version": "2", "status": "VERIFIED", "phone": PHONE, "nonce": NONCE,
                  "exp": "1767226500", "vid": "6f0f", **changes}
        return fields

    def signed(self, **changes: str) -> Dict[str, str]:
        fields = self.answer(**changes)
        return {**fields, "sig": widget.sign_version_2(SECRET, "response", fields)}

    def test_the_answer(self) -> None:
        # The example has no vid, which every answer has.
        example = self.answer()
        example.pop("vid")
        sig = "f6708f3ad5f95fc7a25658b806b0b3901cc22f83ac0d41fa07a2a5d33cb1394b"
        self.assertEqual(widget.sign_version_2(SECRET, "response", example), sig)
        found = widget.check_answer(SECRET, USER, self.signed(), nonce=NONCE, phone=PHONE, now=1767226499)
        self.assertTrue(found.verified)
        self.assertEqual((found.phone, found.vid), (PHONE, "6f0f"))
        self.assertNotIn(PHONE, repr(found))

    def test_a_nonce_that_is_looked_up(self) -> None:
        asked: List[str] = []

        def is_mine(nonce: str) -> bool:
            asked.append(nonce)
            return nonce == NONCE

        found = widget.check_answer(SECRET, USER, self.signed(), nonce=is_mine, now=1767226499)
        self.assertEqual((found.nonce, asked), (NONCE, [NONCE]))
        self.refused(self.signed(nonce="another"), "nonce", nonce=is_mine)
        truthy: Any = lambda nonce: nonce
        self.refused(self.signed(), "nonce", nonce=truthy)
        self.refused(self.signed(nonce=""), "nonce", nonce=lambda nonce: True)

    def test_there_is_no_check_without_a_nonce(self) -> None:
        check: Any = widget.check_answer
        with self.assertRaises(TypeError):
            check(SECRET, USER, self.signed(), now=1767226499)
        for nonce in (None, "", 7):
            with self.assertRaises(ValueError):
                check(SECRET, USER, self.signed(nonce=""), nonce=nonce, now=1767226499)

    def refused(
        self,
        fields: Dict[str, str],
        reason: str,
        now: float = 1767226499,
        nonce: widget.Nonce = NONCE,
        phone: Optional[str] = None,
    ) -> None:
        with self.assertRaises(InvalidAnswerError) as caught:
            widget.check_answer(SECRET, USER, fields, now=now, nonce=nonce, phone=phone)
        self.assertEqual(caught.exception.reason, reason)

    def test_what_is_not_believed(self) -> None:
        good = self.signed()
        widget.check_answer(SECRET, USER, good, nonce=NONCE, now=1767226499)
        for name in good:
            self.refused({**good, name: good[name] + "x"}, "signature")
            self.refused({other: value for other, value in good.items() if other != name}, "signature")
        self.refused({**good, "further": "field"}, "signature")
        self.refused({**good, "phone": "\ud800"}, "signature")
        self.refused(good, "nonce", nonce="another")
        self.refused(good, "phone", phone="+37255500124")
        self.refused(self.signed(user="another"), "fields")
        self.refused(self.signed(version="1"), "fields")
        self.refused(self.signed(status="MAYBE"), "fields")
        self.refused(self.signed(phone=""), "fields")
        # A request is not an answer.
        self.refused(widget.request_fields(SECRET, USER, BACK, NONCE, phone=PHONE), "signature")

    def test_the_time_of_an_answer(self) -> None:
        good = self.signed()
        for now in (1767226500, 1767226500 + 9, 1767226500 - 361, 0):
            self.refused(good, "expired", now=now)
        for near in (1767226499.5, 1767226500.0 - 360):
            self.assertTrue(widget.check_answer(SECRET, USER, good, nonce=NONCE, now=near))
        for exp in ("1767226500.0", "²", "", "9" * 400, "-1"):
            self.refused(self.signed(exp=exp), "expired")

    def test_an_answer_that_cannot_be_confirmed(self) -> None:
        for vid in ("", "a/b", "x" * 201, "²"):
            self.refused(self.signed(vid=vid), "fields")
        nothing = self.answer()
        nothing.pop("vid")
        self.refused({**nothing, "sig": widget.sign_version_2(SECRET, "response", nothing)}, "fields")

    def test_what_is_not_signed(self) -> None:
        for nonce in ("", "short", "with blanks in it, long enough", "x" * 65, "ö" * 22):
            with self.assertRaises(ValueError):
                widget.request_fields(SECRET, USER, BACK, nonce)
        with self.assertRaises(ValueError):
            widget.request_fields(SECRET, USER, BACK, NONCE, lifetime_seconds=3601)
        with self.assertRaises(ValueError):
            widget.request_fields(SECRET, USER, BACK, NONCE, lock_phone=True)
        with self.assertRaises(ValueError):
            widget.request_fields("", USER, BACK, NONCE)


class Client(unittest.TestCase):
    """The same by the client."""

    def test_an_address(self) -> None:
        api = Api(USER, "a password of fifteen", "https://verify.example/", widget_secret=SECRET)
        address = urlsplit(api.widget.address(BACK, NONCE, phone=PHONE, lock_phone=True))
        self.assertEqual((address.netloc, address.path), ("verify.example", "/widget"))
        fields = dict(parse_qsl(address.query))
        self.assertEqual(fields["sig"], widget.sign_version_2(SECRET, "request", fields))
        self.assertEqual((fields["phone_lock"], fields["phone"]), ("1", PHONE))
        own_host = api.widget.address(BACK, NONCE, endpoint="https://phone.example")
        self.assertTrue(own_host.startswith("https://phone.example/widget?"))
        answer = {"user": USER, "version": "2", "status": "CANCELLED", "nonce": NONCE,
                  "exp": str(int(time.time()) + 200), "vid": "6f0f"}
        answer["sig"] = widget.sign_version_2(SECRET, "response", answer)
        self.assertFalse(api.widget.check(answer, nonce=NONCE))

    def test_the_server_is_asked(self) -> None:
        said = {"vid": "6f0f", "status": "VERIFIED", "phone": PHONE, "user": USER, "version": 2, "nonce": NONCE,
                "callback_url": BACK, "finished_at": "2026-11-26T21:15:45.809Z"}
        body = json.dumps(said).encode()
        used = b'{"message":"it was confirmed before","code":"used"}'
        answers = [
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body),
            b"HTTP/1.1 409 Conflict\r\nContent-Length: %d\r\n\r\n%s" % (len(used), used),
        ]
        with Listening(*answers) as server, Api(USER, "a password of fifteen", server.url) as api:
            found = api.widget.confirm("6f0f")
            self.assertTrue(found)
            self.assertEqual((found.phone, found.nonce, found.version), (PHONE, NONCE, 2))
            self.assertNotIn(PHONE, repr(found))
            with self.assertRaises(ResourceAlreadyExistsError):
                api.widget.confirm("6f0f")
        self.assertTrue(server.requests[0].startswith(b"POST /v1/widget/confirm HTTP/1.1"))
        self.assertTrue(server.requests[0].endswith(b'{"vid": "6f0f"}'))

    def test_no_secret(self) -> None:
        with self.assertRaisesRegex(ValueError, "widget_secret"):
            Api(USER, "a password of fifteen").widget.address(BACK, NONCE)

"""Case 286, the Number Verification API: `send_pin` and `verify_pin`."""

import re

from checks import Stopped, wrong_pin
from session import client, refused
from situation import BLOCKED_NUMBER, LIFETIME_SECONDS, REPEAT_SECONDS, UNKNOWN_VERIFICATION

VERIFICATION_ID = r"[0-9a-f]{32}"


def start(situation, account, number, **more):
    """Starts a verification that must begin; gives its id and PIN."""
    checks, development = situation.checks, situation.development
    digits = more.pop("digits", 6)
    mark = situation.mark(number)
    response = client(situation, account).number_verification.send_pin({"to": number, **more})
    if not checks.that("a start is ok", response.is_ok() and not response.is_error(),
                       "(%s)" % response.get_raw_text()):
        raise Stopped()
    pin = development.pin_after(number, mark, re.compile(r"\b[1-9][0-9]{%d}\b" % (digits - 1)))
    if not checks.that("its PIN of %d digits arrives" % digits, pin is not None):
        raise Stopped()
    return response.get_verification_id(), pin


def pin_of(situation, account, verification, pin):
    api = client(situation, account).number_verification
    return api.verify_pin({"verification_id": verification, "pin": pin})


def flow(situation):
    """Start, a wrong PIN, the right one, the right one again."""
    checks, number = situation.checks, situation.number()
    verification, pin = start(situation, situation.shop, number)
    checks.matches("the id has no line feed", verification, VERIFICATION_ID)
    wrong = pin_of(situation, situation.shop, verification, wrong_pin(pin))
    checks.that("a wrong PIN is invalid", wrong.is_invalid() and wrong.is_replied())
    checks.that("and nothing else", not (
        wrong.is_ok() or wrong.is_error() or wrong.is_verified() or wrong.is_expired()
        or wrong.is_throttled()))
    right = pin_of(situation, situation.shop, verification, pin)
    checks.that("the right PIN is verified and ok", right.is_verified() and right.is_ok())
    checks.equal("and the answer is the one word", right.get_raw_text(), "VERIFIED")
    checks.that("and nothing else", not (
        right.is_error() or right.is_invalid() or right.is_expired() or right.is_throttled()))
    again = pin_of(situation, situation.shop, verification, pin)
    checks.that("a used PIN is expired", again.is_expired() and not again.is_ok())


def numbers_and_pins(situation):
    """Numbers and PINs as callers write them; the client sends digits alone."""
    checks = situation.checks
    for shape in ("%s", " %s ", "+%s"):
        number = situation.number()
        digits = number.removeprefix("+")
        written = shape % (digits[:3] + " " + digits[3:7] + "-" + digits[7:])
        mark = situation.mark(number)
        api = client(situation, situation.shop).number_verification
        response = api.send_pin({"to": written})
        checks.that("a number written like %r" % shape, response.is_ok())
        pin = situation.development.pin_after(number, mark)
        checks.that("gets its PIN", pin is not None)
        checked = pin_of(situation, situation.shop, response.get_verification_id(), int(pin or 1))
        checks.that("a PIN given as a number is verified", checked.is_verified())


def throttled_and_expired(situation):
    checks = situation.checks
    verification, pin = start(situation, situation.shop, situation.number())
    tries = [pin_of(situation, situation.shop, verification, wrong_pin(pin)) for _ in range(5)]
    checks.that("five wrong PINs are invalid", all(tried.is_invalid() for tried in tries))
    sixth = pin_of(situation, situation.shop, verification, pin)
    checks.that("then the right one is throttled", sixth.is_throttled() and not sixth.is_ok())
    checks.that("and nothing else", not (
        sixth.is_error() or sixth.is_invalid() or sixth.is_expired() or sixth.is_verified()))
    verification, pin = start(situation, situation.shop, situation.number(), max_tries=1)
    situation.development.advance(LIFETIME_SECONDS + 1)
    late = pin_of(situation, situation.shop, verification, pin)
    checks.that("a PIN after its time is expired", late.is_expired() and not late.is_ok())


def options(situation):
    """Every parameter of a start that the client names."""
    checks, development = situation.checks, situation.development
    number = situation.number()
    mark = situation.mark(number)
    verification, pin = start(
        situation, situation.shop, number, digits=8,
        template="K\u00f5ne <PIN>!", pin_length=8, max_tries=100, retry_delay=0, validity=0,
        ip="192.0.2.7", browser="Mozilla/5.0 (X11)", cookie="c" * 32, **{"from": "Shop"})
    message = development.messages(number, mark)[0]
    checks.equal("template", message["text"], "K\u00f5ne %s!" % pin)
    checks.equal("from", message["from"], "Shop")
    again = client(situation, situation.shop).number_verification.send_pin({"to": number})
    checks.equal("a second start is the same verification",
                 again.get_verification_id(), verification)
    checks.that("max_tries, retry_delay and validity at their ends",
                pin_of(situation, situation.shop, verification, pin).is_verified())

    number = situation.number()
    _, pin = start(situation, situation.shop, number)
    mark = situation.mark(number)
    development.advance(REPEAT_SECONDS + 1)
    checks.equal("the automatic repeat has the same PIN", development.pin_after(number, mark), pin)


def legacy(situation):
    """Four digits as the hosted service made them, and the browser that is known already."""
    checks, number = situation.checks, situation.number()
    cookie = {"cookie": "d" * 32}
    verification, pin = start(situation, situation.legacy, number, digits=4, **cookie)
    checks.that("a PIN of four digits is verified",
                pin_of(situation, situation.legacy, verification, pin).is_verified())
    situation.development.advance(REPEAT_SECONDS + 1)
    known = client(situation, situation.legacy).number_verification.send_pin(
        {"to": number, **cookie})
    checks.that("a known browser is verified at the start", known.is_verified() and known.is_ok())
    checks.equal("without an id", known.get_verification_id(), "")
    checks.that("another browser is not", not client(
        situation, situation.legacy).number_verification.send_pin({"to": number}).is_verified())


def errors(situation):
    """Each code of the two calls; 101, 103 and 209 are tried for all calls elsewhere."""
    checks, shop, number = situation.checks, situation.shop, situation.number()

    def send(**more):
        api = client(situation, shop).number_verification
        return api.send_pin({"to": number, **more}, validate=False)

    refused(checks, "no number", send(to=""), "ERROR", 102)
    refused(checks, "letters for a number", send(to="abc"), "ERROR", 102)
    for name, value in [("max_tries", 0), ("retry_delay", "abc"), ("validity", 1801),
                        ("validity", 3.14), ("pin_length", 3)]:
        refused(checks, "%s=%s" % (name, value), send(**{name: value}), "ERROR", 102)
    for template in ("none", "code <pin>", ""):
        refused(checks, "template %r" % template, send(template=template), "ERROR", 109)
    refused(checks, "a sender of somebody else", send(**{"from": "Unknown1"}), "ERROR", 111)
    # Documented for sending only: the client has no text for it in this call.
    refused(checks, "a blocked number", send(to=BLOCKED_NUMBER), "ERROR", 108, knows_text=False)
    checks.equal("none of them sent anything", situation.development.messages(number, 0), [])

    refused(checks, "an unknown verification",
            pin_of(situation, shop, UNKNOWN_VERIFICATION, "123456"), "ERROR", 110)
    verification, pin = start(situation, shop, number)
    refused(checks, "somebody else's verification",
            pin_of(situation, situation.rival, verification, pin), "ERROR", 110)
    api = client(situation, shop).number_verification
    refused(checks, "no PIN",
            api.verify_pin({"verification_id": verification}, validate=False), "ERROR", 102)
    odd = api.verify_pin({"verification_id": verification, "pin": "12a4"}, validate=False)
    checks.that("letters in a PIN are invalid", odd.is_invalid())


PARTS = (flow, numbers_and_pins, throttled_and_expired, options, legacy, errors)

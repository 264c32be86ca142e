"""Case 288, the Number Verification API: `verify_number` and `verify_pin`."""

from checks import wrong_pin
from session import Session, start, verified_after_wrong
from situation import BLOCKED_NUMBER, LIFETIME_SECONDS, REPEAT_SECONDS, UNKNOWN_VERIFICATION


def flow(situation):
    checks, number = situation.checks, situation.number()
    session = Session(situation, situation.shop)
    verification, pin = start(situation, session, number)
    verified_after_wrong(situation, session, verification, pin)
    checks.equal("a used PIN", session.verify_pin(verification, pin), "EXPIRED")
    twice = Session(situation, situation.shop, is_configured_twice=True)
    verification, pin = start(situation, twice, situation.number())
    checks.equal("credentials sent twice", twice.verify_pin(verification, pin), "VERIFIED")


def numbers(situation):
    """The client sends a number as it is written."""
    for shape in ("{0}", "+{0}", "+{1} {2} {3}", "00{0}", "+{1} ({2}) {3}", "+{1}-{2}.{3}"):
        number = situation.number()
        digits = number.removeprefix("+")
        written = shape.format(digits, digits[:3], digits[3:7], digits[7:])
        session, mark = Session(situation, situation.shop), situation.mark(number)
        answer = session.verify_number(written)
        situation.checks.matches("a number written like " + shape, answer, r"OK [0-9a-f]{32}")
        pin = situation.development.pin_after(number, mark)
        situation.checks.equal("gets a PIN that is right",
                               pin and session.verify_pin(answer[3:], pin), "VERIFIED")


def throttled_and_expired(situation):
    checks, session = situation.checks, Session(situation, situation.shop)
    verification, pin = start(situation, session, situation.number())
    tries = {session.verify_pin(verification, wrong_pin(pin)) for _ in range(5)}
    checks.equal("five wrong PINs", tries, {"INVALID"})
    checks.equal("then the right one", session.verify_pin(verification, pin), "THROTTLED")
    verification, pin = start(situation, session, situation.number(), max_tries="1")
    situation.development.advance(LIFETIME_SECONDS + 1)
    checks.equal("a PIN after its time", session.verify_pin(verification, pin), "EXPIRED")


def options(situation):
    """Every parameter of both calls, and the two other forms of each call."""
    checks, development, number = situation.checks, situation.development, situation.number()
    session, mark = Session(situation, situation.shop), situation.mark(number)
    browser = {"ip": "192.0.2.7", "browser": "Mozilla/5.0 (X11; L)", "cookie": "c" * 32}
    verification, pin = start(
        situation, session, number, digits=8, template="K\u00f5ne <PIN>!", pin_length="8",
        var_from="Shop", max_tries="2", retry_delay="30", validity="0", **browser)
    message = development.messages(number, mark)[0]
    checks.equal("template and sender", (message["text"], message["from"]),
                 ("K\u00f5ne %s!" % pin, "Shop"))
    checks.equal("a second start is the same verification",
                 session.verify_number(number), "OK " + verification)
    mark = situation.mark(number)
    development.advance(REPEAT_SECONDS + 1)
    repeat = development.message_after(number, mark)
    checks.equal("the automatic repeat is the same message",
                 repeat and repeat["text"], message["text"])
    information = session.number.verify_pin_with_http_info(
        verification_id=verification, pin=wrong_pin(pin), **session.credentials)
    checks.equal("with_http_info", (information.status_code, information.data), (200, "INVALID"))
    kind = {name.lower(): value for name, value in information.headers.items()}["content-type"]
    checks.equal("text/plain for a client that asks for it", kind, "text/plain; charset=utf-8")
    raw = session.number.verify_pin_without_preload_content(
        verification_id=verification, pin=pin, **browser, **session.credentials)
    checks.equal("without_preload_content", (raw.status, raw.data), (200, b"VERIFIED"))


def legacy(situation):
    checks, number = situation.checks, situation.number()
    session = Session(situation, situation.legacy)
    verification, pin = start(situation, session, number, digits=4)
    checks.equal("a PIN of four digits, its browser known from now on",
                 session.verify_pin(verification, pin, cookie="e" * 32), "VERIFIED")
    situation.development.advance(REPEAT_SECONDS + 1)
    checks.equal("a known browser", session.verify_number(number, cookie="e" * 32), "VERIFIED")


def errors(situation):
    """Each code of the two calls; 101, 103 and 209 are tried for all calls elsewhere."""
    checks, number = situation.checks, situation.number()
    session = Session(situation, situation.shop)
    for claim, options_of_it, wanted in [
        ("no number", {"to": ""}, "ERROR 102"),
        ("letters for a number", {"to": "abc"}, "ERROR 102"),
        ("pin_length 3", {"pin_length": "3"}, "ERROR 102"),
        ("pin_length 17", {"pin_length": "17"}, "ERROR 102"),
        ("max_tries 0", {"max_tries": "0"}, "ERROR 102"),
        ("retry_delay with letters", {"retry_delay": "soon"}, "ERROR 102"),
        ("validity 1801", {"validity": "1801"}, "ERROR 102"),
        ("a template without a place", {"template": "none"}, "ERROR 109"),
        ("an empty template", {"template": ""}, "ERROR 109"),
        ("a sender of somebody else", {"var_from": "Unknown1"}, "ERROR 111"),
        ("a blocked number", {"to": BLOCKED_NUMBER}, "ERROR 108"),
    ]:
        answer = session.verify_number(**{"to": number, **options_of_it})
        checks.equal(claim, answer, wanted)
    checks.equal("none of them sent anything", situation.development.messages(number, 0), [])
    checks.equal("an unknown verification",
                 session.verify_pin(UNKNOWN_VERIFICATION, "123456"), "ERROR 110")
    verification, pin = start(situation, session, number)
    checks.equal("somebody else's verification",
                 Session(situation, situation.rival).verify_pin(verification, pin), "ERROR 110")
    checks.equal("letters in a PIN", session.verify_pin(verification, "12a4"), "INVALID")
    checks.equal("an empty PIN", session.verify_pin(verification, ""), "INVALID")


PARTS = (flow, numbers, throttled_and_expired, options, legacy, errors)

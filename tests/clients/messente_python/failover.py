"""A first address that is no good, and two good ones.

The client goes to its next address when a call ends in an exception. It sets no time-out, and
any status is an answer to it, 500 too.
"""

import addresses
from number import pin_of, start
from session import client

# How long an address stays silent before the connection breaks.
SILENCE_SECONDS = 1.0


def begin(situation, number, urls):
    return client(situation, situation.shop, urls).number_verification.send_pin({"to": number})


def to_the_second(situation):
    checks, good = situation.checks, situation.base_url
    number = situation.number()
    checks.that("nobody at the first address",
                begin(situation, number, [addresses.nobody(), good]).is_ok())
    with addresses.Silent(SILENCE_SECONDS) as silent:
        number = situation.number()
        checks.that("a first address that never answers",
                    begin(situation, number, [silent.url, good]).is_ok())
        checks.equal("was asked", silent.calls, 1)
    with addresses.Silent(SILENCE_SECONDS) as silent:
        sms = client(situation, situation.shop, [silent.url, good]).sms
        checks.that("the same for a message",
                    sms.send({"to": number, "text": "hi"}).is_ok())


def lost_answer(situation):
    """The first address did its work and its answer was lost: the second knows of it."""
    checks, number = situation.checks, situation.number()
    mark = situation.mark(number)
    with addresses.Losing(situation.base_url) as losing:
        response = begin(situation, number, [losing.url, situation.base_url])
        checks.equal("the first address had the start", losing.calls, 1)
    checks.that("the second answers it again", response.is_ok())
    pin = situation.development.pin_after(number, mark)
    checked = pin_of(situation, situation.shop, response.get_verification_id(), pin)
    checks.that("and its PIN is verified", checked.is_verified())
    checks.equal("one message went out", len(situation.development.messages(number, mark)), 1)


def two_addresses(situation):
    """Started at one address, confirmed at the other, both ways round."""
    checks = situation.checks
    with addresses.Relay(situation.base_url) as relay:
        for first, second in [(relay.url, situation.base_url), (situation.base_url, relay.url)]:
            number = situation.number()
            mark = situation.mark(number)
            verification = begin(situation, number, [first]).get_verification_id()
            pin = situation.development.pin_after(number, mark)
            api = client(situation, situation.shop, [second]).number_verification
            checked = api.verify_pin({"verification_id": verification, "pin": pin})
            checks.that("started at one address, verified at the other", checked.is_verified())
        checks.equal("each address was asked", relay.calls, 2)


def no_answer(situation):
    checks, number = situation.checks, situation.number()
    with addresses.Failing() as failing:
        response = begin(situation, number, [failing.url, situation.base_url])
        checks.that("status 500 is an answer, not a reply",
                    not response.is_replied() and not response.is_ok())
        checks.equal("with its status", response.http_status_code, 500)
    response = begin(situation, number, [addresses.nobody(), addresses.nobody()])
    checks.that("nobody anywhere: no reply, not ok, no exception",
                not response.is_replied() and not response.is_ok())
    verification, pin = start(situation, situation.shop, number)
    checks.that("and then the good address alone serves",
                pin_of(situation, situation.shop, verification, pin).is_verified())


PARTS = (to_the_second, lost_answer, two_addresses, no_answer)

"""A first address that is no good, and two good ones.

This client knows one address and raises when it is no good; its caller goes to the next one.
"""

import addresses
import messente_api
import urllib3
from session import Session, start

TIMEOUT_SECONDS = 1.0


def fails(checks, claim, wanted, act):
    try:
        answer = act()
        checks.that(claim, False, "(returned %r instead of raising)" % (answer,))
    except wanted:
        checks.that(claim, True)


def to_the_second(situation):
    checks = situation.checks
    server_fault = messente_api.exceptions.ServiceException
    unreachable = urllib3.exceptions.HTTPError
    with addresses.Silent() as silent, addresses.Failing() as failing:
        for claim, url, wanted in [
            ("a first address that never answers", silent.url, unreachable),
            ("a first address that answers 500", failing.url, server_fault),
            ("nobody at the first address", addresses.nobody(), unreachable),
        ]:
            number = situation.number()
            first, second = Session(situation, situation.shop, url), Session(situation, situation.shop)
            fails(checks, claim, wanted, lambda f=first, n=number: f.verify_number(
                n, _request_timeout=TIMEOUT_SECONDS))
            verification, pin = start(situation, second, number)
            fails(checks, claim + ", for the PIN", wanted, lambda f=first, v=verification, p=pin:
                  f.verify_pin(v, p, _request_timeout=TIMEOUT_SECONDS))
            checks.equal("the second verifies it", second.verify_pin(verification, pin), "VERIFIED")


def lost_answer(situation):
    """The first address did its work and its answer was lost: the second knows of it."""
    checks, number = situation.checks, situation.number()
    mark = situation.mark(number)
    second = Session(situation, situation.shop)
    with addresses.Losing(situation.base_url) as losing:
        first = Session(situation, situation.shop, losing.url)
        fails(checks, "a lost answer", urllib3.exceptions.HTTPError,
              lambda: first.verify_number(number))
    verification = second.verify_number(number).removeprefix("OK ")
    pin = situation.development.pin_after(number, mark)
    checks.equal("the second has its verification",
                 pin and second.verify_pin(verification, pin), "VERIFIED")
    checks.equal("one message went out", len(situation.development.messages(number, mark)), 1)


def two_addresses(situation):
    """Started at one address, confirmed at the other, both ways round."""
    with addresses.Relay(situation.base_url) as relay:
        one, other = Session(situation, situation.shop, relay.url), Session(situation, situation.shop)
        for first, second in [(one, other), (other, one)]:
            verification, pin = start(situation, first, situation.number())
            situation.checks.equal("started at one address, checked at the other",
                                   second.verify_pin(verification, pin), "VERIFIED")
        # The client keeps its connection, so both of its calls came by one.
        situation.checks.that("each address was asked", relay.calls >= 1)


PARTS = (to_the_second, lost_answer, two_addresses)

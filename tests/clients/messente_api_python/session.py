"""The generated client `messente-api`, set up for one address.

Its number verification, balance and prices name a host of their own; `ignore_operation_servers`
makes the configured one count. Answers come back as text: the client has no codes of its own.
"""

import re

import messente_api
from checks import Stopped, wrong_pin


class Session:
    """One address of the service and the account that calls it."""

    def __init__(self, situation, account, url=None, is_configured_twice=False):
        keys = None
        if is_configured_twice:
            # Sends the credentials a second time, after those of the call.
            keys = {"apiUsername": account.username, "apiPassword": account.password}
        configuration = messente_api.Configuration(
            host=url or situation.base_url, api_key=keys, ignore_operation_servers=True)
        client = messente_api.ApiClient(configuration)
        self.credentials = {"username": account.username, "password": account.password}
        self.number = messente_api.NumberVerificationApi(client)
        self.balance = messente_api.AccountBalanceApi(client)
        self.pricing = messente_api.PricingApi(client)

    def verify_number(self, to, **more):
        return self.number.verify_number(to=to, **self.credentials, **more)

    def verify_pin(self, verification_id, pin, **more):
        return self.number.verify_pin(
            verification_id=verification_id, pin=pin, **self.credentials, **more)


def start(situation, session, number, digits=6, **more):
    """Starts a verification that must begin; gives its id and PIN."""
    checks, mark = situation.checks, situation.mark(number)
    answer = checks.gives("a start raises nothing", lambda: session.verify_number(number, **more))
    if not checks.matches("and answers with an id", answer, r"OK [0-9a-f]{32}"):
        raise Stopped()
    pattern = re.compile(r"\b[1-9][0-9]{%d}\b" % (digits - 1))
    pin = situation.development.pin_after(number, mark, pattern)
    if not checks.that("its PIN of %d digits arrives" % digits, pin is not None):
        raise Stopped()
    return answer.removeprefix("OK "), pin


def verified_after_wrong(situation, session, verification, pin):
    checks = situation.checks
    checks.equal("a wrong PIN", session.verify_pin(verification, wrong_pin(pin)), "INVALID")
    checks.equal("the right PIN", session.verify_pin(verification, pin), "VERIFIED")

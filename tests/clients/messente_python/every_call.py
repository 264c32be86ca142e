"""The codes that every call of the client can answer."""

from session import client, refused
from situation import UNKNOWN_MESSAGE, UNKNOWN_VERIFICATION


def every_call(situation, number):
    """Every call of the client, as a function of the account that makes it."""

    def api(account):
        return client(situation, account)

    return {
        "send_pin": lambda account: api(account).number_verification.send_pin({"to": number}),
        "verify_pin": lambda account: api(account).number_verification.verify_pin(
            {"verification_id": UNKNOWN_VERIFICATION, "pin": "123456"}),
        "send": lambda account: api(account).sms.send({"to": number, "text": "hi"}),
        "cancel": lambda account: api(account).sms.cancel(UNKNOWN_MESSAGE),
        "get_dlr_response": lambda account: api(account).delivery.get_dlr_response(UNKNOWN_MESSAGE),
        "get_balance": lambda account: api(account).credit.get_balance(),
        "get_country_prices": lambda account: api(account).pricing.get_country_prices("EE"),
        "get_pricelist": lambda account: api(account).pricing.get_pricelist(),
    }


def errors(situation):
    checks, number = situation.checks, situation.number()
    calls = every_call(situation, number)
    unknown = type(situation.shop)("nobody-api", situation.shop.password)
    for name, call in calls.items():
        wrong = situation.shop.with_wrong_password()
        refused(checks, name + " with a wrong password", call(wrong), "ERROR", 101)
        refused(checks, name + " of nobody", call(unknown), "ERROR", 101)
        refused(checks, name + " from elsewhere", call(situation.outsider), "ERROR", 103)
    situation.development.faults(gateway="refuse")
    try:
        for name in ("send_pin", "send"):
            refused(checks, name + " without a way out", calls[name](situation.shop), "FAILED", 209)
    finally:
        situation.development.faults(gateway="accept")
    situation.development.faults(store="unavailable")
    try:
        # Prices are kept in memory and answer all the same.
        for name in ("send_pin", "verify_pin", "send", "cancel", "get_dlr_response", "get_balance"):
            refused(checks, name + " without a store", calls[name](situation.shop), "FAILED", 209)
    finally:
        situation.development.faults(store="available")
    checks.equal("none of them sent anything", situation.development.messages(number, 0), [])
    checks.that("and then a start is ok", calls["send_pin"](situation.shop).is_ok())


PARTS = (errors,)

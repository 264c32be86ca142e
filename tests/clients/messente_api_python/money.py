"""Case 288, balance and prices; and the codes that every call can answer."""

import json
import xml.etree.ElementTree

from session import Session
from situation import NETWORKS, UNKNOWN_VERIFICATION, networks

AMOUNT = r"OK \d+\.\d{2,5}"


def balance(situation):
    checks = situation.checks
    for account, wanted in [(situation.poor, r"OK 0\.01"), (situation.shop, AMOUNT)]:
        session = Session(situation, account)
        get = checks.gives("balance by GET", lambda s=session: s.balance.get_account_balance(
            **s.credentials))
        post = checks.gives(
            "balance by POST",
            lambda s=session: s.balance.get_account_balance_using_post(**s.credentials))
        checks.matches("the balance is an amount", get, wanted)
        checks.equal("by POST the same", post, get)


def prices(situation):
    checks, session = situation.checks, Session(situation, situation.shop)
    for country, options in [("EE", {}), ("ee", {"format": "json"})]:
        price = checks.gives("prices of " + country, lambda c=country, o=options:
                             session.pricing.get_prices(country=c, **session.credentials, **o))
        checks.equal("country", (price.country, price.name, price.prefix),
                     ("EE", "Estonia", "372"))
        checks.equal("networks, their numbers as the model wants them",
                     [(network.mccmnc, network.name, network.price) for network in price.networks],
                     [(24801, "Telia", "0.05000"), (24803, "Tele2", "0.06000")])

    def raw(**options):
        answer = session.pricing.get_prices_without_preload_content(
            **session.credentials, **options)
        return answer.status, answer.data.decode()

    status, text = raw(country="LV", format="xml")
    root = xml.etree.ElementTree.fromstring(text.encode())
    checks.equal("as XML", (status, root.tag, root.findtext(".//price")),
                 (200, "pricing", "0.04500"))
    status, text = raw(country="LV")
    checks.equal("as JSON", (status, json.loads(text)["networks"]),
                 (200, [{"mccmnc": 24701, "name": "LMT", "price": "0.04500"}]))
    for claim, options, wanted in [
        ("an unknown country", {"country": "ZZ"}, "ERROR 104"),
        ("a country without prices", {"country": "LT"}, "ERROR 105"),
        ("an unknown format", {"country": "EE", "format": "csv"}, "ERROR 106"),
        ("no country", {"country": ""}, "ERROR 102"),
    ]:
        checks.equal(claim, raw(**options), (200, wanted))
        # The model cannot be made from a code: an exception, not a wrong price.
        try:
            found = session.pricing.get_prices(**session.credentials, **options)
            checks.that(claim + " gives no price", False, "(%r)" % (found,))
        except Exception:  # noqa: BLE001: which one is the client's affair
            checks.that(claim + " gives no price", True)

    lines = session.pricing.get_pricelist(**session.credentials).splitlines()
    checks.equal("the price list begins with its header", lines[0],
                 "Country,Code,MCCMNC,Network,Price")
    checks.equal("and has every network", networks(lines[1:]), NETWORKS)


def every_call(session, number):
    """Every call that this client offers for these interfaces, as text."""
    prices_of = session.pricing.get_prices_without_preload_content
    return {
        "verify_number": lambda: session.verify_number(number),
        "verify_pin": lambda: session.verify_pin(UNKNOWN_VERIFICATION, "123456"),
        "get_account_balance": lambda: session.balance.get_account_balance(**session.credentials),
        "get_account_balance_using_post":
            lambda: session.balance.get_account_balance_using_post(**session.credentials),
        "get_prices": lambda: prices_of(country="EE", **session.credentials).data.decode(),
        "get_pricelist": lambda: session.pricing.get_pricelist(**session.credentials),
    }


def errors_of_every_call(situation):
    checks, number = situation.checks, situation.number()
    for account, claim, wanted in [
        (situation.shop.with_wrong_password(), "with a wrong password", "ERROR 101"),
        (type(situation.shop)("", ""), "with empty credentials", "ERROR 101"),
        (situation.outsider, "from elsewhere", "ERROR 103"),
    ]:
        for name, call in every_call(Session(situation, account), number).items():
            checks.equal("%s %s" % (name, claim), call(), wanted)
    calls = every_call(Session(situation, situation.shop), number)
    situation.development.faults(gateway="refuse")
    try:
        checks.equal("a start without a way out", calls["verify_number"](), "FAILED 209")
    finally:
        situation.development.faults(gateway="accept")
    situation.development.faults(store="unavailable")
    try:
        # Prices are kept in memory and answer all the same.
        for name in ("verify_number", "verify_pin", "get_account_balance",
                     "get_account_balance_using_post"):
            checks.equal(name + " without a store", calls[name](), "FAILED 209")
    finally:
        situation.development.faults(store="available")
    checks.equal("none of them sent anything", situation.development.messages(number, 0), [])
    checks.matches("and then a start is ok", calls["verify_number"](), r"OK [0-9a-f]{32}")


PARTS = (balance, prices, errors_of_every_call)

"""Case 286, the HTTP SMS API: send, report, cancel, balance, prices and the price list."""

import json
import os
import tempfile
import time
import xml.etree.ElementTree

from checks import MESSAGE_DEADLINE_SECONDS, Stopped
from session import client, refused
from situation import (
    BLOCKED_NUMBER, NETWORKS, UNKNOWN_MESSAGE, UNKNOWN_VERIFICATION, networks)

MESSAGE_ID = r"[0-9a-f]{40}"
HOUR_SECONDS = 3_600
# Written like a number; belongs to networks of no country.
NUMBER_OF_NO_COUNTRY = "883510012345"
# Latvia may be sent to and has a price; Lithuania may not.
LITHUANIAN_NUMBER = "37061234567"


def send(situation, account, number, **more):
    """Sends a message that must be taken; gives its id."""
    api = client(situation, account).sms
    response = api.send({"to": number, "text": "hi", **more})
    if not situation.checks.that("a message is taken", response.is_ok() and not response.is_error(),
                                 "(%s)" % response.get_raw_text()):
        raise Stopped()
    return response.get_sms_id()


def report(situation, account, message):
    return client(situation, account).delivery.get_dlr_response(message)


def flow(situation):
    checks, development, number = situation.checks, situation.development, situation.number()
    mark = situation.mark(number)
    message = send(situation, situation.shop, number, text="Tere, \u20ac \u0416!", validity=10,
                   autoconvert="off", mclass=0, charset="UTF-8", **{"from": "Shop",
                                                                     "text-store": "nostore"})
    checks.matches("the id has no line feed", message, MESSAGE_ID)
    arrived = development.message_after(number, mark)
    checks.equal("its text arrives", arrived and arrived["text"], "Tere, \u20ac \u0416!")
    checks.equal("from its sender", arrived and arrived["from"], "Shop")
    end = time.monotonic() + MESSAGE_DEADLINE_SECONDS
    state = report(situation, situation.shop, message)
    while not state.is_ok() and time.monotonic() < end:
        time.sleep(0.05)
        state = report(situation, situation.shop, message)
    checks.equal("its state is told", state.get_raw_text(), "OK SENT")
    checks.equal("and read by the client", state.get_result(), "SENT")
    state = client(situation, situation.shop).delivery.get_report(message)
    checks.equal("by the other name of the call too", state.get_result(), "SENT")
    refused(checks, "cancelling what was sent",
            client(situation, situation.shop).sms.cancel(message), "ERROR", 107)

    for text, converted in [("\u201equote\u201c", "\"quote\""), ("k\u00f5ne", "kone")]:
        # One number gets one message in 30 s, by this interface too.
        number = situation.number()
        mark = situation.mark(number)
        send(situation, situation.shop, number, text=text, autoconvert="full")
        arrived = development.message_after(number, mark)
        checks.equal("autoconvert=full", arrived and arrived["text"], converted)


def scheduled(situation):
    checks, development, number = situation.checks, situation.development, situation.number()
    sms = client(situation, situation.shop).sms
    in_an_hour = development.now_seconds() + HOUR_SECONDS
    message = send(situation, situation.shop, number, time_to_send=in_an_hour)
    refused(checks, "the state of a scheduled message",
            report(situation, situation.shop, message), "FAILED", 102)
    cancelled = sms.cancel(message)
    checks.that("cancelling is ok", cancelled.is_ok() and not cancelled.is_error())
    checks.equal("and answers so", cancelled.get_raw_text(), "OK DELETED")
    refused(checks, "cancelling twice", sms.cancel(message), "ERROR", 107)
    checks.equal("a cancelled message has failed",
                 report(situation, situation.shop, message).get_result(), "FAILED")

    number = situation.number()
    mark = situation.mark(number)
    kept = send(situation, situation.shop, number, text="later", time_to_send=in_an_hour)
    refused(checks, "somebody else's message", report(situation, situation.rival, kept),
            "ERROR", 107, knows_text=False)
    development.advance(HOUR_SECONDS + 1)
    arrived = development.message_after(number, mark)
    checks.equal("at its time the other one goes out, alone", arrived and arrived["text"], "later")
    checks.equal("in one copy", len(development.messages(number, mark)), 1)


def send_errors(situation):
    """Each code of a send; 101, 103 and 209 are tried for all calls elsewhere."""
    checks, shop, number = situation.checks, situation.shop, situation.number()

    def tried(account=shop, **more):
        api = client(situation, account).sms
        return api.send({"to": number, "text": "hi", **more}, validate=False)

    refused(checks, "no text", tried(text=""), "ERROR", 102)
    refused(checks, "no number", tried(to=""), "ERROR", 102)
    for name, value in [("mclass", 4), ("text-store", "x"), ("autoconvert", "x"), ("udh", "MS"),
                        ("time_to_send", "abc"), ("validity", "abc"), ("charset", "x")]:
        refused(checks, "%s=%s" % (name, value), tried(**{name: value}), "ERROR", 102)
    refused(checks, "a number of no country", tried(to=NUMBER_OF_NO_COUNTRY), "ERROR", 104)
    refused(checks, "letters for a number", tried(to="abcde"), "ERROR", 105)
    refused(checks, "a country not served", tried(to=LITHUANIAN_NUMBER), "ERROR", 106)
    refused(checks, "too little credit", tried(situation.poor), "ERROR", 107)
    refused(checks, "a blocked number", tried(to=BLOCKED_NUMBER), "ERROR", 108)
    refused(checks, "a sender of somebody else", tried(**{"from": "Unknown1"}), "ERROR", 111)
    checks.equal("none of them sent anything", situation.development.messages(number, 0), [])

    refused(checks, "the state of an unknown message", report(situation, shop, UNKNOWN_MESSAGE),
            "ERROR", 107, knows_text=False)
    refused(checks, "cancelling an unknown message",
            client(situation, shop).sms.cancel(UNKNOWN_MESSAGE), "ERROR", 107)


def money(situation):
    checks, number = situation.checks, situation.number()
    balance = client(situation, situation.poor).credit.get_balance()
    checks.that("the balance is ok", balance.is_ok())
    checks.equal("and what was credited", balance.get_result(), "0.01")
    before = client(situation, situation.shop).credit.get_balance().get_result()
    checks.matches("a balance is a plain number", before, r"\d+\.\d{2,5}")
    mark = situation.mark(number)
    send(situation, situation.shop, number)
    situation.development.message_after(number, mark)
    after = client(situation, situation.shop).credit.get_balance().get_result()
    checks.that("a message costs the dearest price of its country",
                round((float(before) - float(after)) * 100_000) == 6_000,
                "(%s, then %s)" % (before, after))


def prices(situation):
    checks = situation.checks
    api = client(situation, situation.shop).pricing
    for country in ("EE", "ee"):
        response = api.get_country_prices(country)
        checks.that("prices of %s are ok" % country, response.is_ok() and not response.is_error())
        checks.equal("and read as documented", json.loads(response.get_result()), {
            "country": "EE", "name": "Estonia", "prefix": "372", "networks": [
                {"mccmnc": "24801", "name": "Telia", "price": "0.05000"},
                {"mccmnc": "24803", "name": "Tele2", "price": "0.06000"}]})
    response = api.get_country_prices("LV", format="xml")
    root = xml.etree.ElementTree.fromstring(response.get_result().encode())
    checks.equal("as XML", (root.tag, root.findtext("country"), root.findtext(".//price")),
                 ("pricing", "LV", "0.04500"))
    refused(checks, "an unknown country", api.get_country_prices("ZZ"), "ERROR", 104)
    refused(checks, "a country without prices", api.get_country_prices("LT"), "ERROR", 105)
    # Below `get_country_prices`, which refuses such a format itself.
    kind = type(response)
    answer = api.call_api("prices", {"country": "EE", "format": "csv"})
    refused(checks, "an unknown format", kind(answer), "ERROR", 106)
    refused(checks, "no country", kind(api.call_api("prices", {})), "ERROR", 102)

    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "new", "prices.csv")
        response = api.get_pricelist(path)
        checks.that("the price list is ok", response.is_ok() and not response.is_error())
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    checks.equal("and begins with its header", lines[0], "Country,Code,MCCMNC,Network,Price")
    checks.equal("and has every network", networks(lines[1:]), NETWORKS)


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


def errors_of_every_call(situation):
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


PARTS = (flow, scheduled, send_errors, money, prices, errors_of_every_call)

"""Case 286, the HTTP SMS API: send, report and cancel."""

import time

from checks import MESSAGE_DEADLINE_SECONDS, Stopped
from session import client, refused
from situation import BLOCKED_NUMBER, UNKNOWN_MESSAGE

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


PARTS = (flow, scheduled, send_errors)

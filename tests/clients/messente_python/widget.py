"""The widget with the signing code of the client: it makes the requests and checks the answers.

The client hashes whatever it is given: the secret goes among the fields, under `pass` as the
documentation has it, or under `password` as the client's own unit test has it (W-01).
"""

import re

from checks import wrong_pin
from hosted_page import Person
from session import client

CALLBACK = "http://127.0.0.1:9/verify/back?order=17"
FIELDS = ["phone", "sig", "status", "user", "version"]


def library(situation):
    return client(situation, situation.legacy).verification_widget


def request(situation, name="pass", **more):
    """A request as an integrator makes it with this client: signed with the secret, sent without."""
    account = situation.legacy
    fields = {"user": account.username, "version": "1", "callback_url": CALLBACK, **more}
    valid, errors = library(situation)._validate(fields)
    situation.checks.that("the client takes the request for whole", valid, "(%r)" % errors)
    signed = {**fields, name: account.password}
    return {**fields, "sig": library(situation).calculate_signature(signed)}


def is_genuine(situation, answer, name="pass"):
    """What an integrator asks the client about an answer."""
    fields = {key: value for key, value in answer.items() if key != "sig"}
    fields[name] = situation.legacy.password
    return library(situation).verify_signature(answer.get("sig"), fields)


def received(situation, person, name="pass"):
    """The answer that the page hands over; the client must know it for genuine."""
    pairs = person.answer(CALLBACK)
    answer = dict(pairs)
    situation.checks.equal("no field is there twice", len(answer), len(pairs))
    situation.checks.that("the client knows the answer for genuine",
                          is_genuine(situation, answer, name), "(%r)" % answer)
    return answer


def verified(situation):
    """Case 231 in both spellings of the secret's name, by address and by form."""
    checks = situation.checks
    for name, way in (("pass", Person.open), ("password", Person.post_open)):
        person, number = Person(situation), situation.number()
        page = way(person, request(situation, name, phone=number))
        checks.equal("the page opens", page.status, 200)
        checks.that("its address holds nothing of the request", "sig" not in page.path)
        filled_in = re.sub(r"[^0-9]", "", page.form("/number").value("phone"))
        checks.that("the number is filled in", filled_in in (number[1:], number[4:]), filled_in)
        person.prove(number)
        answer = received(situation, person, name)
        checks.equal("it has exactly the five fields", sorted(answer), FIELDS)
        checks.equal("of a verified number", (answer["status"], answer["phone"], answer["version"]),
                     ("VERIFIED", number, "1"))
        other = "password" if name == "pass" else "pass"
        checks.that("under the other name it is none", not is_genuine(situation, answer, other))
        for field in ("phone", "status", "user", "version", "sig"):
            forged = {**answer, field: answer[field] + "1"}
            checks.that("with another %s it is none" % field, not is_genuine(situation, forged, name))


def cancelled(situation):
    """Cases 232 and 233."""
    checks, number = situation.checks, situation.number()
    for more, fields in (({"phone": number}, FIELDS), ({}, [f for f in FIELDS if f != "phone"])):
        person = Person(situation)
        person.open(request(situation, **more))
        person.submit("/cancel")
        answer = received(situation, person)
        checks.equal("a cancelled answer has these fields", sorted(answer), fields)
        checks.equal("and says so", answer["status"], "CANCELLED")


def another_number(situation):
    """Case 234: the person enters another number than the request named."""
    person, number = Person(situation), situation.number()
    person.open(request(situation, phone=situation.number()))
    person.prove(number)
    answer = received(situation, person)
    situation.checks.equal("the answer is about the number that was proved",
                           (answer["status"], answer["phone"]), ("VERIFIED", number))


def wrong_code(situation):
    """A wrong code keeps the person on the page; the right one ends it."""
    checks, person, number = situation.checks, Person(situation), situation.number()
    person.open(request(situation))
    code = person.ask(number)
    person.submit("/code", code=wrong_pin(code))
    checks.that("nothing goes to the site", all(f.action != CALLBACK for f in person.page.forms))
    person.submit("/code", code=code)
    checks.equal("the right code ends it", received(situation, person)["status"], "VERIFIED")


def refused(situation):
    """Requests that the client signs and the server does not take, and changed ones."""
    checks = situation.checks
    good = request(situation)
    changed = [{**good, "sig": good["sig"][:-1] + ("0" if good["sig"][-1] != "0" else "1")},
               {**good, "sig": good["sig"][:-1]}, {**good, "phone": "+37255500123"},
               {**good, "user": "nobody"}, {k: v for k, v in good.items() if k != "sig"}]
    for fields in changed:
        page = Person(situation).open(fields)
        checks.equal("a request that is not signed so", page.status, 403)
        checks.that("leads nowhere", CALLBACK not in page.text)
    for more, status in (({"version": "3"}, 400), ({"callback_u": "rl"}, 400),
                         ({"callback_url": "javascript:alert(1)"}, 400),
                         ({"callback_url": "https://shop.example/verify/"}, 403)):
        page = Person(situation).open(request(situation, **more))
        checks.equal("a signed request with %r" % more, page.status, status)
        checks.that("leads nowhere", all(f.action == "" or f.action.startswith("/")
                                         for f in page.forms))
    smuggled = "+37255500199statusVERIFIED"
    page = Person(situation).open(request(situation, phone=smuggled))
    checks.equal("a number with words in it opens the page", page.status, 200)
    checks.that("without them", "statusVERIFIED" not in page.text)


PARTS = (verified, cancelled, another_number, wrong_code, refused)

"""Runs the whole flow of the official Python client against a server started with `--dev`.

Usage: python3 tests/clients/verigator_python DEV_JSON [--rival FILE] [--outsider FILE]

DEV_JSON is `<data>/dev.json`. The optional files hold what `ringproof account create --json`
printed: a second account, and an account whose allow-list excludes this machine. Prints a line
a check and `N passed, N failed`; exit code 1 when a check failed.
Conformance cases 281 and 282.
"""

import argparse
import os
import random
import re
import sys

import client
import wire

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "shared"))
from checks import Checks, Development, Stopped, read_json, wrong_pin  # noqa: E402

CTIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
# Well formed, and nobody has it.
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
# Longer than the pause that one number and service must keep between two messages.
PAUSE_SECONDS = 31


def request_bytes_are_the_clients(checks):
    """Holds the sender itself to the recorded form, before it is used to judge a server."""
    head, body = wire.request_bytes(
        "POST",
        "127.0.0.1:8080",
        "/v1/service/service",
        client.RestClient("", "acme-api", "s3cr3t:pw").json_headers(),
        b'{"fqdn": "shop.example", "name": "Example Shop"}',
    )
    wanted = (
        b"POST /v1/service/service HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
        b"User-Agent: python-requests/2.31.0\r\nAccept-Encoding: gzip, deflate\r\n"
        b"Accept: application/json\r\nConnection: keep-alive\r\n"
        b"X-Service-Auth: acme-api:s3cr3t:pw\r\nContent-Type: application/json\r\n"
        b"Content-Length: 48\r\n\r\n"
    )
    checks.equal("a POST has the client's header fields in the client's order", head, wanted)
    checks.equal("and its body goes unchanged", len(body), 48)
    head, _ = wire.request_bytes("GET", "h", "/p", {"X-Service-Auth": "a:b"}, None)
    checks.equal(
        "a GET has no Content-Type and accepts anything",
        head,
        b"GET /p HTTP/1.1\r\nHost: h\r\nUser-Agent: python-requests/2.31.0\r\n"
        b"Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
        b"X-Service-Auth: a:b\r\n\r\n",
    )


def services_and_users(checks, api, number, tag):
    """Create, read and list; gives the service and the user for what follows."""
    name = "K\u00f6\u00f6k \u2615 " + tag
    service = checks.gives("create service", lambda: api.services.create("http://shop.example", name))
    checks.equal("create service answers 201 to this agent", api.rest.last_status, 201)
    checks.that("the service id is a lower-case UUID", bool(UUID.match(service.id)), service.id)
    checks.equal("the service has its name, non-ASCII included", service.name, name)
    checks.that("ctime is RFC 3339 with milliseconds", bool(CTIME.match(service.creation_time)))
    read = checks.gives("get service", lambda: api.services.get(service.id))
    checks.equal("reads back the same", vars(read), vars(service))
    checks.equal("a new service has no users", checks.gives(
        "list of a new service", lambda: api.users.get_all(service.id)), [])
    user = checks.gives("create user", lambda: api.users.create(service.id, number, "jane@" + tag))
    checks.equal("create user answers 201 to this agent", api.rest.last_status, 201)
    checks.equal("the user has the login name", user.username, "jane@" + tag)
    read = checks.gives("get user", lambda: api.users.get(service.id, user.id))
    checks.equal("reads back the same user", vars(read), vars(user))
    listed = checks.gives("list users", lambda: api.users.get_all(service.id))
    checks.equal("the list has that user", [vars(entry) for entry in listed], [vars(user)])
    return service, user


def whole_flow(checks, api, development, number, tag):
    """Case 281: every call once, in the order of a first integration."""
    service, user = services_and_users(checks, api, number, tag)
    auth = api.auth

    mark = development.last_seq(number)
    method = checks.gives("initiate sms", lambda: auth.initiate(service.id, user.id, auth.METHOD_SMS))
    checks.equal("initiate answers 201 to this agent", api.rest.last_status, 201)
    checks.equal("the method used is sms", method, "sms")
    pin = development.pin_after(number, mark)
    if not checks.that("the PIN arrives", pin is not None):
        raise Stopped()
    verified = checks.gives("verify wrong", lambda: auth.verify(service.id, user.id, wrong_pin(pin)))
    checks.that("a wrong PIN is False, not an exception", verified is False)
    verified = checks.gives("verify right", lambda: auth.verify(service.id, user.id, pin))
    checks.that("the right PIN is True", verified is True)
    checks.raises("the same PIN again", client.NoSuchResourceError, 404,
                  lambda: auth.verify(service.id, user.id, pin))

    # One number and service gets one message in 30 s: an ordinary VerigatorError for this client.
    checks.raises("a start too soon", client.VerigatorError, 429,
                  lambda: auth.initiate(service.id, user.id, auth.METHOD_SMS))
    development.advance(PAUSE_SECONDS)
    mark = development.last_seq(number)
    method = checks.gives("initiate totp", lambda: auth.initiate(service.id, user.id, auth.METHOD_TOTP))
    checks.equal("totp without a device falls back to sms", method, "sms")
    pin = development.pin_after(number, mark)
    checks.that("and sends a PIN that verifies",
                pin is not None and auth.verify(service.id, user.id, pin) is True)

    checks.raises("a service that has users stays", client.ResourceAlreadyExistsError, 409,
                  lambda: api.services.delete(service.id))
    checks.that("delete user", checks.gives(
        "delete user is accepted", lambda: api.users.delete(service.id, user.id)) is True)
    checks.equal("delete user answers 202", api.rest.last_status, 202)
    checks.gives("delete service is accepted", lambda: api.services.delete(service.id))
    checks.equal("delete service answers 202", api.rest.last_status, 202)
    checks.raises("the service is gone", client.NoSuchResourceError, 404,
                  lambda: api.services.get(service.id))


def old_flow(checks, api, development, number, tag):
    """The client of September 2017: `auth_id` comes back from a start and goes into the check."""
    service = api.services.create("https://shop.example:8443", "Old " + tag)
    user = api.users.create(service.id, number, "jane_roe")
    auth = api.old_auth
    mark = development.last_seq(number)
    auth_id = checks.gives("old client: initiate", lambda: auth.initiate(service.id, user.id, "sms"))
    checks.that("auth_id is a text", isinstance(auth_id, str) and auth_id != "", repr(auth_id))
    pin = development.pin_after(number, mark)
    if not checks.that("old client: the PIN arrives", pin is not None):
        raise Stopped()
    verified, status = checks.gives(
        "old client: verify wrong",
        lambda: auth.verify(service.id, user.id, "sms", wrong_pin(pin), auth_id))
    checks.that("old client: wrong is False", verified is False)
    checks.equal("old client: the status object explains it", status,
                 {"throttled": False, "expired": False, "invalid": True, "result": "INVALID"})
    checks.raises("old client: a foreign auth_id", client.NoSuchResourceError, 404,
                  lambda: auth.verify(service.id, user.id, "sms", pin, "not-" + auth_id))
    verified, status = checks.gives(
        "old client: verify right", lambda: auth.verify(service.id, user.id, "sms", pin, auth_id))
    checks.that("old client: right is True without a status", verified is True and status is None)
    api.users.delete(service.id, user.id)
    api.services.delete(service.id)


def errors(checks, api, dev, number, tag):
    """Case 282: each documented exception, each with a message."""
    wrong = client.Api(dev["username"], "wrong-password-of-it", dev["base_url"])
    service = api.services.create("err.example", "Errors " + tag)
    user = api.users.create(service.id, number, "bob")
    auth = api.auth
    for claim, wanted, code, act in [
        ("wrong password", client.WrongCredentialsError, 401, lambda: wrong.services.get(service.id)),
        ("unknown service", client.NoSuchResourceError, 404, lambda: api.services.get(UNKNOWN_ID)),
        ("id that is no UUID", client.NoSuchResourceError, 404,
         lambda: api.services.get("wrong-service-id")),
        ("unknown user", client.NoSuchResourceError, 404,
         lambda: api.users.get(service.id, UNKNOWN_ID)),
        ("list of an unknown service", client.NoSuchResourceError, 404,
         lambda: api.users.get_all(UNKNOWN_ID)),
        ("delete of an unknown user", client.NoSuchResourceError, 404,
         lambda: api.users.delete(service.id, UNKNOWN_ID)),
        ("duplicate service", client.ResourceAlreadyExistsError, 409,
         lambda: api.services.create("other.example", "Errors " + tag)),
        ("duplicate user", client.ResourceAlreadyExistsError, 409,
         lambda: api.users.create(service.id, number, "bob")),
        ("bad phone number", client.InvalidDataError, 422,
         lambda: api.users.create(service.id, "abc", "carol")),
        ("bad domain", client.InvalidDataError, 422,
         lambda: api.services.create("not a host", "Bad " + tag)),
        ("unknown method", client.InvalidDataError, 422,
         lambda: auth.initiate(service.id, user.id, "voice")),
        ("verify without a start", client.NoSuchResourceError, 404,
         lambda: auth.verify(service.id, user.id, "123456")),
        ("empty PIN", client.InvalidDataError, 422, lambda: auth.verify(service.id, user.id, "")),
    ]:
        checks.raises(claim, wanted, code, act)
    api.users.delete(service.id, user.id)
    api.services.delete(service.id)


def other_accounts(checks, api, base_url, rival, outsider, tag):
    """A foreign service is a missing one; an address outside the allow-list is forbidden."""
    if rival is None:
        print("SKIPPED the foreign service: no --rival account was given")
    else:
        theirs = client.Api(rival["username"], rival["password"], base_url)
        service = theirs.services.create("rival.example", "Rival " + tag)
        missing = checks.raises("unknown service", client.NoSuchResourceError, 404,
                                lambda: api.services.get(UNKNOWN_ID))
        foreign = checks.raises("foreign service", client.NoSuchResourceError, 404,
                                lambda: api.services.get(service.id))
        checks.equal("foreign and missing read the same", str(foreign), str(missing))
        checks.raises("users of a foreign service", client.NoSuchResourceError, 404,
                      lambda: api.users.get_all(service.id))
        checks.raises("delete of a foreign service", client.NoSuchResourceError, 404,
                      lambda: api.services.delete(service.id))
        checks.gives("its owner still has it", lambda: theirs.services.get(service.id))
        theirs.services.delete(service.id)
    if outsider is None:
        print("SKIPPED the allow-list: no --outsider account was given")
    else:
        outside = client.Api(outsider["username"], outsider["password"], base_url)
        checks.raises("address outside the allow-list", client.ResourceForbiddenError, 403,
                      lambda: outside.services.get(UNKNOWN_ID))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dev_json")
    parser.add_argument("--rival")
    parser.add_argument("--outsider")
    arguments = parser.parse_args()
    dev = read_json(arguments.dev_json)
    rival = read_json(arguments.rival) if arguments.rival else None
    outsider = read_json(arguments.outsider) if arguments.outsider else None

    # Names and numbers of this run alone, so that a second run on the same folder passes too.
    run = random.SystemRandom().randrange(1_000_000)
    tag = "py%06d" % run
    numbers = ["+3725%06d%d" % (run, index) for index in range(3)]
    checks = Checks()
    development = Development(dev["base_url"])
    api = client.Api(dev["username"], dev["password"], dev["base_url"])
    # A slash at the end of the endpoint is cut off by the client.
    slashed = client.Api(dev["username"], dev["password"], dev["base_url"] + "/")

    checks.run([
        lambda: request_bytes_are_the_clients(checks),
        lambda: whole_flow(checks, slashed, development, numbers[0], tag),
        lambda: old_flow(checks, api, development, numbers[1], tag),
        lambda: errors(checks, api, dev, numbers[2], tag),
        lambda: other_accounts(checks, api, dev["base_url"], rival, outsider, tag),
    ])
    return checks.report()


if __name__ == "__main__":
    sys.exit(main())

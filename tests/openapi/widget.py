"""A browser at the widget, and the site that sends it there (docs/api/widget.md)."""

import hashlib
import hmac
import os
import re
import time
import uuid
from urllib.parse import quote

from scene import ACCOUNT, URL, lock, new_phone, numbers, pin_sent_to, session

SECRET = os.environ["RINGPROOF_SECRET"]
CALLBACK = "http://127.0.0.1:3000/back"


def signed(fields):
    """The same with the signature of version 2."""
    pairs = [f"{quote(name, safe='-._~')}={quote(value, safe='-._~')}" for name, value in sorted(fields.items())]
    message = "request\n" + "&".join(pairs)
    return {**fields, "sig": hmac.new(SECRET.encode(), message.encode(), hashlib.sha256).hexdigest()}


def request():
    return {
        "user": ACCOUNT, "version": "2", "callback_url": CALLBACK, "nonce": uuid.uuid4().hex,
        "exp": str(int(time.time()) + 600),
    }


def somebody():
    """Each person comes from an address of their own, through a proxy: what one address may do has limits."""
    with lock:
        number = next(numbers)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}


class Visit:
    """A session, at its first page."""

    def __init__(self):
        self.headers = somebody()
        answer = session().get(
            f"{URL}/widget", params=signed(request()), headers=self.headers, allow_redirects=False, timeout=30,
        )
        assert answer.status_code == 303, answer.text
        self.path = answer.headers["Location"]
        self.id = self.path.rsplit("/", 1)[1]
        self.headers["Cookie"] = answer.headers["Set-Cookie"].split(";")[0]
        page = session().get(URL + self.path, headers=self.headers, timeout=30).text
        self.token = re.search('name="token" value="([^"]*)"', page).group(1)

    def post(self, act, **fields):
        answer = session().post(
            f"{URL}{self.path}/{act}", data={"token": self.token, **fields}, headers=self.headers,
            allow_redirects=False, timeout=30,
        )
        assert answer.status_code < 400, answer.text
        return answer

    def ask(self):
        """Has a code sent; without scripts, which the first messages of an address need not have."""
        phone = new_phone()
        self.post("number", phone=phone)
        return pin_sent_to(phone)


def fill_request(given, chance):
    """A request as a site signs it, with what was made up for the rest."""
    own = request()
    if chance.random() < 0.15:
        del own[chance.choice(sorted(own))]
    given.update(own)
    texts = {name: value for name, value in given.items() if isinstance(value, str) and name != "sig"}
    given.clear()
    try:
        given.update(signed(texts))
    except UnicodeEncodeError:
        given.update(signed(own))


def fill_session(case, name, chance):
    """A session of this browser, as far as the call wants it."""
    visit = Visit()
    case.path_parameters["id"] = visit.id
    case.headers.update(visit.headers)
    pin = None
    if name in ("checkWidgetCode", "resendWidgetCode", "changeWidgetNumber") and chance.random() < 0.7:
        pin = visit.ask()
    elif name == "readWidgetSession" and chance.random() < 0.5:
        visit.ask() if chance.random() < 0.5 else visit.post("cancel")
    if isinstance(case.body, dict):
        if chance.random() < 0.9:
            case.body["token"] = visit.token
        if "phone" in case.body and chance.random() < 0.6:
            case.body["phone"] = new_phone()
        if pin and chance.random() < 0.6:
            case.body["code"] = pin


def fill_answer(case, chance):
    """The id of an answer."""
    if isinstance(case.body, dict) and "vid" in case.body and chance.random() < 0.7:
        visit = Visit()
        visit.post("cancel")
        case.body["vid"] = visit.id


def fill(case, name, chance):
    if name == "openWidget" or name == "openWidgetByGet":
        given = case.query if name == "openWidgetByGet" else case.body
        case.headers.update(somebody())
        if isinstance(given, dict):
            fill_request(given, chance)
    elif name == "confirmWidgetAnswer":
        fill_answer(case, chance)
    elif "id" in case.path_parameters:
        fill_session(case, name, chance)
    elif name == "readNumberFormats" and chance.random() < 0.7:
        case.path_parameters["file"] = chance.choice(["EE.json", "FI.json", "SG.json"])
    elif "name" in case.path_parameters and chance.random() < 0.7:
        case.path_parameters["name"] = chance.choice(["widget.css", "widget.js"])

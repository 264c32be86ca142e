#!/usr/bin/env python3
"""A small site that has phone numbers verified by Ringproof's widget.

It needs Python 3.9 and nothing else. Beside `ringproof serve --dev`:

    python3 examples/ten-minutes/site.py ringproof-data/dev.json

Then open http://127.0.0.1:3000/. For a real server, set RINGPROOF_URL, RINGPROOF_USER,
RINGPROOF_PASSWORD, RINGPROOF_WIDGET_SECRET and SITE_URL instead of naming a file.
"""

import hashlib
import hmac
import html
import json
import os
import secrets
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http import HTTPStatus
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
FILES = {"/site.css": "text/css", "/site.js": "text/javascript"}


class Ringproof:
    """What the site knows of the server: an address, an account, and the widget's secret."""

    def __init__(self, url, user, password, secret):
        self.url, self.user, self.password, self.secret = url.rstrip("/"), user, password, secret

    def sign(self, direction, fields):
        """HMAC-SHA-256 over the direction and all fields but `sig`, sorted and percent-encoded."""
        encode = lambda text: urllib.parse.quote(str(text), safe="-._~")
        pairs = sorted((name, value) for name, value in fields.items() if name != "sig")
        message = direction + "\n" + "&".join(f"{encode(n)}={encode(v)}" for n, v in pairs)
        return hmac.new(self.secret.encode(), message.encode(), hashlib.sha256).hexdigest()

    def address(self, callback_url, nonce, phone=""):
        """The signed address to which the browser is sent."""
        fields = {
            "user": self.user,
            "version": "2",
            "callback_url": callback_url,
            "nonce": nonce,
            "exp": int(time.time()) + 600,
        }
        if phone:
            fields["phone"] = phone
        fields["sig"] = self.sign("request", fields)
        return f"{self.url}/widget?{urllib.parse.urlencode(fields)}"

    def is_genuine(self, answer):
        """Whether this server made the answer, for this account, in the last five minutes."""
        expected = self.sign("response", answer)
        return (
            hmac.compare_digest(expected.encode(), answer.get("sig", "").encode())
            and answer.get("user") == self.user
            and answer.get("version") == "2"
            and int(answer["exp"]) > time.time()
        )

    def confirm(self, vid):
        """Asks the server itself, which says yes once for each answer; None if it does not."""
        request = urllib.request.Request(
            f"{self.url}/v1/widget/confirm",
            data=json.dumps({"vid": vid}).encode(),
            headers={
                "X-Service-Auth": f"{self.user}:{self.password}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError:
            return None


class Attempts:
    """What the site remembers of each attempt. A real site has a database, and forgets."""

    def __init__(self):
        self.begun = {}  # nonce -> which browser began it, and for which number
        self.brought = {}  # handle -> an answer that was brought, and not believed yet

    def begin(self, session, phone):
        nonce = secrets.token_urlsafe(24)
        self.begun[nonce] = (session, phone)
        return nonce

    def bring(self, answer):
        handle = secrets.token_urlsafe(24)
        self.brought[handle] = answer
        return handle

    def is_of(self, answer, session):
        """Whether this browser began the attempt that the answer is about."""
        owner, phone = self.begun.get(answer["nonce"], ("", ""))
        is_number = not phone or answer.get("phone", phone) == phone
        return bool(owner) and hmac.compare_digest(owner.encode(), session.encode()) and is_number


class Site(BaseHTTPRequestHandler):
    """The pages."""

    ringproof: Ringproof
    site_url: str
    attempts = Attempts()

    def do_GET(self):
        path, _, query = self.path.partition("?")
        if path == "/":
            self.page((HERE / "form.html").read_text())
        elif path in FILES:
            self.answer(HTTPStatus.OK, FILES[path], (HERE / path[1:]).read_bytes())
        elif path == "/verify/done":
            self.done(dict(urllib.parse.parse_qsl(query)).get("handle", ""))
        else:
            self.page("<p>There is no such page.</p>", HTTPStatus.NOT_FOUND)

    def do_POST(self):
        fields = self.fields()
        if self.path == "/verify":
            self.begin(fields.get("phone", "").strip())
        elif self.path == "/verify/back":
            self.back(fields)
        else:
            self.page("<p>There is no such page.</p>", HTTPStatus.NOT_FOUND)

    def begin(self, phone):
        """Sends the browser to the widget: by redirect, or its script is told the address."""
        # Never one that the browser brought: somebody could have planted it.
        session = secrets.token_urlsafe(24)
        nonce = self.attempts.begin(session, phone)
        address = self.ringproof.address(f"{self.site_url}/verify/back", nonce, phone)
        self.go(address, ("Set-Cookie", f"session={session}; HttpOnly; SameSite=Lax; Path=/"))

    def back(self, answer):
        """A browser brings a signed answer. Whose browser it is cannot be seen here: the post
        comes from another site, so browsers send no cookie with it. It is put aside, and the
        next page, with which they do, decides."""
        if not self.ringproof.is_genuine(answer):
            self.page("<p>That answer is not one of ours.</p>", HTTPStatus.FORBIDDEN)
            return
        handle = urllib.parse.urlencode({"handle": self.attempts.bring(answer)})
        self.go(f"{self.site_url}/verify/done?{handle}")

    def done(self, handle):
        """Believes an answer, if the browser that brought it is the one that began the attempt."""
        answer = self.attempts.brought.pop(handle, None)
        if answer is None or not self.attempts.is_of(answer, self.session()):
            text = "This is not about an attempt of this browser."
            self.page(f"<p>{text}</p>", HTTPStatus.FORBIDDEN)
            return
        if answer["status"] != "VERIFIED":
            self.page('<p id="result">You did not verify a number.</p><p><a href="/">Back</a></p>')
            return
        confirmed = self.ringproof.confirm(answer["vid"])
        if not confirmed or confirmed["phone"] != answer["phone"]:
            self.page("<p>That answer was used before.</p>", HTTPStatus.FORBIDDEN)
            return
        phone = html.escape(confirmed["phone"])
        self.page(f'<p id="result">Thank you: {phone} is yours.</p><p><a href="/">Back</a></p>')

    def session(self):
        morsel = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        return morsel.value if morsel else ""

    def fields(self):
        length = min(int(self.headers.get("Content-Length") or 0), 65536)
        text = self.rfile.read(length).decode("utf-8", "replace")
        return dict(urllib.parse.parse_qsl(text, keep_blank_values=True))

    def page(self, content, status=HTTPStatus.OK):
        page = (HERE / "index.html").read_text().replace("__CONTENT__", content)
        page = page.replace("__WIDGET__", f"{self.ringproof.url}/widget")
        self.answer(status, "text/html; charset=utf-8", page.encode())

    def go(self, address, *headers):
        """Sends the browser to an address, or tells it to a script."""
        if "application/json" in self.headers.get("Accept", ""):
            body = json.dumps({"address": address}).encode()
            self.answer(HTTPStatus.OK, "application/json", body, *headers)
        else:
            self.answer(HTTPStatus.SEE_OTHER, "text/plain", b"", ("Location", address), *headers)

    def answer(self, status, kind, body, *headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def settings():
    """Where the server is, and as whom the site calls it."""
    if len(sys.argv) > 1:
        dev = json.loads(Path(sys.argv[1]).read_text())
        return dev["base_url"], dev["username"], dev["password"], dev["widget_secret"]
    names = ("RINGPROOF_URL", "RINGPROOF_USER", "RINGPROOF_PASSWORD", "RINGPROOF_WIDGET_SECRET")
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        sys.exit(f"Name the dev.json of a development server, or set {', '.join(missing)}.")
    return tuple(os.environ[name] for name in names)


def main():
    port = int(os.environ.get("PORT", "3000"))
    server = ThreadingHTTPServer(("127.0.0.1", port), Site)
    Site.ringproof = Ringproof(*settings())
    Site.site_url = os.environ.get("SITE_URL", f"http://127.0.0.1:{server.server_port}").rstrip("/")
    print(f"Open {Site.site_url}/", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()

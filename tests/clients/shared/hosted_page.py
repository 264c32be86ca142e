"""A person in front of the widget's page, with a browser that has no scripts but does the work.

The page is followed by hand: its forms are read as a browser reads them, cookies are kept, and a
challenge is solved before a message is asked for, as the page's script would.
"""

import hashlib
import html.parser
import http.client
import http.cookies
import re
import urllib.parse

from checks import Stopped

TIMEOUT_SECONDS = 20
REDIRECTS_MAX = 5
PUZZLES = 8
# As long as the account's profile has them.
CODE = re.compile(r"\b[1-9][0-9]{3,7}\b")


def solve(challenge):
    """The numbers whose SHA-256 behind the challenge begins with as many zero bits as it asks for."""
    bits = int(challenge.split(".")[0])
    solution = []
    for puzzle in range(PUZZLES):
        head = hashlib.sha256(("%s.%d." % (challenge, puzzle)).encode())
        counter = 0
        while True:
            attempt = head.copy()
            attempt.update(b"%d" % counter)
            if int.from_bytes(attempt.digest(), "big") >> (256 - bits) == 0:
                break
            counter += 1
        solution.append(str(counter))
    return ",".join(solution)


class Form:
    """A form of a page with what it would send as it stands."""

    def __init__(self, attributes):
        self.action = attributes.get("action") or ""
        self.method = (attributes.get("method") or "get").lower()
        self.fields = []

    def value(self, name):
        return dict(self.fields).get(name)


class Forms(html.parser.HTMLParser):
    """Reads the forms of a page."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.form = None
        self.select = None
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        name = attributes.get("name")
        if tag == "form":
            self.form = Form(attributes)
            self.forms.append(self.form)
        elif self.form is None or "disabled" in attributes:
            return
        elif tag == "input" and name and attributes.get("type") not in ("submit", "button"):
            self.form.fields.append((name, attributes.get("value") or ""))
        elif tag == "select" and name:
            self.select = []
            self.form.fields.append((name, self.select))
        elif tag == "option" and self.select is not None:
            # The chosen one, else the first.
            if "selected" in attributes:
                self.select[:] = [attributes.get("value") or ""]
            elif not self.select:
                self.select.append(attributes.get("value") or "")

    def handle_endtag(self, tag):
        if tag == "form" and self.form is not None:
            self.form.fields = [
                (name, value if isinstance(value, str) else "".join(value[:1]))
                for name, value in self.form.fields]
            self.form = None
        elif tag == "select":
            self.select = None


class Page:
    """What came at the end of a request."""

    def __init__(self, status, path, text):
        self.status = status
        self.path = path
        self.text = text
        self.forms = Forms(text).forms

    def form(self, ending):
        """The form whose address ends like this, or None."""
        found = [form for form in self.forms if form.action.split("?")[0].endswith(ending)]
        return found[0] if found else None


class Person:
    """Somebody at a browser of their own."""

    def __init__(self, situation):
        self.situation = situation
        self.checks = situation.checks
        self.host = urllib.parse.urlsplit(situation.base_url).netloc
        self.cookies = {}
        self.page = None

    def request(self, method, path, fields=None):
        headers = {"Accept": "text/html"}
        if self.cookies:
            headers["Cookie"] = "; ".join("%s=%s" % pair for pair in self.cookies.items())
        body = None
        if fields is not None:
            body = urllib.parse.urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT_SECONDS)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        text = answer.read().decode("utf-8", "replace")
        for told in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in http.cookies.SimpleCookie(told).items():
                self.cookies[name] = morsel.value
        location = answer.headers.get("Location")
        connection.close()
        return answer.status, location, text

    def go(self, method, path, fields=None):
        """Sends a request and follows where it leads, on this server only."""
        status, location, text = self.request(method, path, fields)
        for _ in range(REDIRECTS_MAX):
            if location is None:
                break
            target = urllib.parse.urlsplit(urllib.parse.urljoin(self.situation.base_url, location))
            self.checks.equal("the server sends nobody elsewhere", target.netloc, self.host)
            path = target.path + ("?" + target.query if target.query else "")
            status, location, text = self.request("GET", path)
        self.page = Page(status, path, text)
        return self.page

    def open(self, fields):
        """Follows a signed address."""
        return self.go("GET", "/widget?" + urllib.parse.urlencode(fields))

    def post_open(self, fields):
        """The same by a form."""
        return self.go("POST", "/widget", fields)

    def submit(self, ending, **typed):
        """Sends a form of the page with what was typed, after the work that it asks for."""
        form = self.page.form(ending)
        if not self.checks.that("the page has the form %s" % ending, form is not None,
                                "(status %d, %r)" % (self.page.status, self.page.text[:300])):
            raise Stopped()
        fields = dict(form.fields)
        if fields.get("challenge") and "solution" in fields:
            fields["solution"] = solve(fields["challenge"])
        fields.update(typed)
        return self.go(form.method.upper(), form.action, fields)

    def ask(self, number):
        """Enters a number and gives the code that was sent to it."""
        mark = self.situation.mark(number)
        self.submit("/number", phone=number)
        code = self.situation.development.pin_after(number, mark, CODE)
        if not self.checks.that("a code arrives", code is not None):
            raise Stopped()
        return code

    def prove(self, number):
        """Enters a number and the code that was sent to it."""
        self.submit("/code", code=self.ask(number))

    def answer(self, callback_url):
        """The fields of the form by which the browser goes back to the site."""
        form = next((f for f in self.page.forms if f.action == callback_url), None)
        if not self.checks.that("the page goes back to the site", form is not None,
                                "(%r)" % [f.action for f in self.page.forms]):
            raise Stopped()
        self.checks.equal("by a post", form.method, "post")
        return form.fields

"""Counting checks, and the development endpoints through which one reads PINs and moves time."""

import datetime
import json
import re
import urllib.parse
import urllib.request

# How long a message may take from the answer of a start to the inbox.
MESSAGE_DEADLINE_SECONDS = 15
# The longest wait the inbox grants in one request.
INBOX_WAIT_SECONDS = 8
PIN = re.compile(r"\b[1-9][0-9]{5}\b")


class Checks:
    """Prints one line a check and remembers how many held."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, claim, holds, detail=""):
        """Records one check; `detail` is printed only when it does not hold."""
        if holds:
            self.passed += 1
            print("ok      " + claim)
        else:
            self.failed += 1
            print("FAILED  %s %s" % (claim, detail))
        return holds

    def equal(self, claim, found, wanted):
        return self.that(claim, found == wanted, "(found %r, wanted %r)" % (found, wanted))

    def gives(self, claim, act):
        """Runs `act`, which must not raise, and gives what it returns."""
        try:
            value = act()
        except Exception as error:  # noqa: BLE001: whatever a client raises is the finding
            self.that(claim, False, "(raised %s: %s)" % (type(error).__name__, error))
            raise Stopped() from error
        self.that(claim, True)
        return value

    def begins(self, claim, found, wanted):
        """The text found begins with `wanted`, and is more than that."""
        holds = isinstance(found, str) and found.startswith(wanted) and found != wanted
        return self.that(claim, holds, "(found %r, wanted %r and more)" % (found, wanted))

    def matches(self, claim, found, pattern):
        """The whole text found fits a regular expression."""
        holds = isinstance(found, str) and re.fullmatch(pattern, found) is not None
        return self.that(claim, holds, "(found %r, wanted %s)" % (found, pattern))

    def run(self, parts):
        """Runs each part; one that ends unexpectedly is a failed check and stops no other."""
        for part in parts:
            try:
                part()
            except Stopped:
                pass
            except Exception as error:  # noqa: BLE001: an unexpected end is a failed check
                self.that("no step ends unexpectedly", False,
                          "(raised %s: %s)" % (type(error).__name__, error))

    def raises(self, claim, wanted, code, act):
        """Runs `act`, which must raise exactly `wanted` with this code and a message."""
        try:
            value = act()
        except Exception as error:  # noqa: BLE001
            message = getattr(error, "message", None)
            text = message.get("message") if isinstance(message, dict) else message
            right = type(error) is wanted and error.code == code
            right = right and isinstance(text, str) and text != ""
            self.that(claim, right, "(raised %s: %r)" % (type(error).__name__, message))
            return error
        self.that(claim, False, "(returned %r instead of raising)" % (value,))
        return None

    def report(self):
        """Prints the counts and gives the exit code."""
        print("%d passed, %d failed" % (self.passed, self.failed))
        return 0 if self.failed == 0 and self.passed > 0 else 1


class Stopped(Exception):
    """The flow cannot go on; the failed check is already counted."""


class Development:
    """The inbox and the clock of a server that runs with `--dev`."""

    def __init__(self, base_url):
        self.base_url = base_url.rstrip("/")

    def fetch(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {} if body is None else {"Content-Type": "application/json"}
        request = urllib.request.Request(self.base_url + path, data, headers)
        with urllib.request.urlopen(request, timeout=INBOX_WAIT_SECONDS + 10) as answer:
            return json.load(answer)

    def inbox(self, number, after=None, wait_seconds=None):
        query = {"to": number}
        if after is not None:
            query["after"] = after
        if wait_seconds is not None:
            query["wait_seconds"] = wait_seconds
        return self.fetch("/dev/inbox?" + urllib.parse.urlencode(query))

    def last_seq(self, number):
        """The mark after which the next message to `number` will be."""
        return self.inbox(number)["last_seq"]

    def messages(self, number, mark):
        """The messages to `number` after `mark` that are here now."""
        return self.inbox(number, mark)["messages"]

    def message_after(self, number, mark):
        """Waits for a message to `number` after `mark` and gives the last one."""
        for _ in range(-(-MESSAGE_DEADLINE_SECONDS // INBOX_WAIT_SECONDS)):
            messages = self.inbox(number, mark, INBOX_WAIT_SECONDS)["messages"]
            if messages:
                return messages[-1]
        return None

    def pin_after(self, number, mark, pattern=PIN):
        """Waits for a message to `number` after `mark` and gives the PIN in it."""
        message = self.message_after(number, mark)
        found = pattern.search(message["text"]) if message else None
        return found.group(0) if found else None

    def faults(self, **parts):
        """Breaks parts of the server, or mends them: `gateway="refuse"`, `store="unavailable"`."""
        self.fetch("/dev/faults", parts)

    def now_seconds(self):
        """The server's time as Unix seconds."""
        now = self.fetch("/dev/clock")["now"].replace("Z", "+00:00")
        return int(datetime.datetime.fromisoformat(now).timestamp())

    def advance(self, seconds):
        """Moves the server's clock forward."""
        self.fetch("/dev/clock", {"advance_seconds": seconds})


def wrong_pin(pin):
    """A PIN of the same shape that is not `pin`."""
    least = 10 ** (len(pin) - 1)
    return str(least + (int(pin) - least + 1) % (9 * least))


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)

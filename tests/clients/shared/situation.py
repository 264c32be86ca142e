"""What the client programs of the plain-text interfaces begin with: accounts, numbers, the server."""

import argparse
import os
import random

from checks import Checks, Development, read_json

# Well formed, and nobody has it.
UNKNOWN_VERIFICATION = "0" * 32
UNKNOWN_MESSAGE = "0" * 40
# The accounts that tests/clients/run makes; what each is for is told there.
ACCOUNTS = ("shop", "rival", "outsider", "poor", "legacy")
BLOCKED_NUMBER = "37255500108"
# Seconds after which a code of an ordinary account has expired.
LIFETIME_SECONDS = 300
# Default pause before the automatic repeat of a message.
REPEAT_SECONDS = 30
# What prices.csv has, as `networks` reads it.
NETWORKS = [
    ("Estonia", "EE", "24801", "Telia", 0.05), ("Estonia", "EE", "24803", "Tele2", 0.06),
    ("Latvia", "LV", "24701", "LMT", 0.045), ("United Kingdom", "GB", "23410", "O2", 0.031)]


def networks(lines):
    """Reads the lines of a price list below its header, in the order of their text."""
    fields = (line.split(",") for line in sorted(lines))
    return [(*texts, float(price)) for *texts, price in fields]


class Account:
    """Credentials."""

    def __init__(self, username, password):
        self.username = username
        self.password = password

    def with_wrong_password(self):
        return Account(self.username, "wrong-password-of-it")


class Situation:
    """A running server with its accounts, and numbers that nobody else uses."""

    def __init__(self, description):
        parser = argparse.ArgumentParser(description=description)
        parser.add_argument("dev_json", help="<data>/dev.json of a server started with --dev")
        parser.add_argument("accounts", help="folder with what `account create --json` printed")
        arguments = parser.parse_args()
        self.base_url = read_json(arguments.dev_json)["base_url"]
        self.checks = Checks()
        self.development = Development(self.base_url)
        for name in ACCOUNTS:
            made = read_json(os.path.join(arguments.accounts, name + ".json"))
            setattr(self, name, Account(made["username"], made["password"]))
        # Numbers of this run alone, so that a second run on the same folder passes too.
        self.run = random.SystemRandom().randrange(100_000)
        self.numbers = 0

    def number(self):
        """A fresh Estonian mobile number, in the form of the inbox."""
        self.numbers += 1
        return "+3725%05d%02d" % (self.run, self.numbers)

    def mark(self, number):
        return self.development.last_seq(number)

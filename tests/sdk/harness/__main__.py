"""Runs a command beside a real server that can be killed, and beside addresses that are no good.

Usage: harness BINARY CONFIG PRICES COMMAND …

`{scenario}` and `{setting}` in the command become the two files of sdk/scenario/README.md; the
second one stands in the environment's RINGPROOF_SDK_SETTING too. Exit code: the command's.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from addresses import Broken, Garbled, Losing, Missing, Overloaded, Redirecting, Refusing, Silent
from control import Control
from server import Server

WIDGET_SECRET = "a-secret-for-the-tests-of-the-widget"
SCENARIO = Path(__file__).resolve().parents[3] / "sdk" / "scenario" / "scenario.json"


def accounts_of(server, prices):
    """The accounts of the scenario, made before the server starts: then it knows them at once."""
    made = {
        "main": server.account("shop-api", "--countries", "all", "--sender", "Verigator", "--sender", "Shop"),
        "rival": server.account("rival-api", "--countries", "all"),
        "outsider": server.account("outsider-api", "--countries", "all", "--allow-from", "203.0.113.0/24"),
        "paying": server.account("paying-api", "--countries", "EE,LV,GB"),
        "poor": server.account("poor-api", "--countries", "EE"),
    }
    server.command("prices", "import", prices)
    server.command("account", "credit", "paying-api", "50")
    server.command("account", "credit", "poor-api", "0.01")
    secret = server.data.parent / "widget-secret"
    secret.write_text(WIDGET_SECRET)
    target = "https://shop.example/verify/"
    server.command("account", "widget", "shop-api", "--secret-file", str(secret), "--target", target)
    made["main"]["widget_secret"] = WIDGET_SECRET
    made["wrong"] = {**made["main"], "password": "not the password of this account"}
    return made


def main():
    binary, config, prices, *command = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder, Server(binary, config, Path(folder)) as server:
        accounts = accounts_of(server, prices)
        server.start()
        losing = Losing(server.url)
        fakes = {
            "losing": losing,
            "silent": Silent(),
            "broken": Broken(),
            "garbled": Garbled(),
            "missing": Missing(),
            "overloaded": Overloaded(),
            "redirecting": Redirecting(losing.url),
        }
        urls = {name: fake.url for name, fake in fakes.items()}
        with Refusing() as refusing, Control(server, fakes) as control:
            setting = {
                "control": control.url,
                "addresses": {"main": server.url, "refusing": refusing.url, **urls},
                "accounts": accounts,
            }
            file = Path(folder) / "setting.json"
            file.write_text(json.dumps(setting))
            words = {"{scenario}": str(SCENARIO), "{setting}": str(file)}
            environment = {**os.environ, "RINGPROOF_SDK_SETTING": str(file)}
            result = subprocess.run([words.get(word, word) for word in command], env=environment)
        for fake in fakes.values():
            fake.close()
    return result.returncode


sys.exit(main())

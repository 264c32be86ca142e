"""Case 286, the HTTP SMS API: balance, prices and the price list."""

import json
import os
import tempfile
import xml.etree.ElementTree

from messages import send
from session import client, refused
from situation import NETWORKS, networks


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


PARTS = (money, prices)

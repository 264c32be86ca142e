"""The client `messente-python`, set up for one account of the server under test.

It refuses no scheme: `urls` takes plain http. It keeps credentials in a table of the whole
process, which the next object overwrites, so every step here makes the object it uses.
"""

import logging

from messente.api.sms import Messente

# The client logs every refusal as an error of its own.
logging.getLogger("messente").addHandler(logging.NullHandler())
logging.getLogger("messente").propagate = False


def client(situation, account, urls=None):
    return Messente(username=account.username, password=account.password,
                    urls=urls or [situation.base_url])


def refused(checks, claim, response, status, code, knows_text=True):
    """The client takes the answer for a refusal with this code, and has a text for it."""
    checks.equal(claim + " is %s %d" % (status, code),
                 (response.status, response.error_code), (status, code))
    checks.that(claim + ": replied, an error, not ok",
                response.is_replied() and response.is_error() and not response.is_ok())
    if knows_text:
        checks.begins(claim + ": the client has a text for it",
                      response.get_full_error_msg(), "%s %d: " % (status, code))

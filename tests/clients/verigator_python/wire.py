"""The bytes that the Python `requests` library puts on the wire, without that library.

The official Python client calls `requests.request(...)` for every call. So every call opens a
connection of its own, sends the header fields below in this order, then the body in a second
write, and closes the connection after the answer. Nothing here is clever on purpose: a server
that answers this program answers the client.
"""

import json
import socket
from http.client import HTTPResponse
from urllib.parse import urlsplit

USER_AGENT = "python-requests/2.31.0"
# A server that does not answer within this time has failed the check.
ANSWER_TIMEOUT_SECONDS = 20


class Answer:
    """One answer: status, header fields and the raw body."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        """Parses the body the way `requests` does: as text of the announced charset."""
        return json.loads(self.body.decode(self.headers.get_content_charset() or "utf-8"))


def request_bytes(method, host, path, own_headers, body):
    """Gives head and body of one request, byte for byte as `requests` 2.31 sends them.

    `own_headers` are the caller's. A name that the session already has keeps the session's
    place in the order; new names follow in the order given; the length comes last.
    """
    headers = {
        "User-Agent": USER_AGENT,
        "Accept-Encoding": "gzip, deflate",
        "Accept": "*/*",
        "Connection": "keep-alive",
    }
    headers.update(own_headers)
    if body is not None:
        headers["Content-Length"] = str(len(body))
    elif method != "GET":
        # `requests` announces an empty body on every method that could have one.
        headers["Content-Length"] = "0"
    lines = ["%s %s HTTP/1.1" % (method, path), "Host: %s" % host]
    lines += ["%s: %s" % field for field in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"), body or b""


def call(method, url, own_headers, json_value=None):
    """Makes one call on a connection of its own and reads the whole answer."""
    parts = urlsplit(url)
    path = parts.path + ("?" + parts.query if parts.query else "")
    body = None
    if json_value is not None:
        # The library's encoder: blanks after `,` and `:`, everything non-ASCII escaped.
        body = json.dumps(json_value, allow_nan=False).encode("utf-8")
    head, body = request_bytes(method, parts.netloc, path, own_headers, body)
    with socket.create_connection((parts.hostname, parts.port or 80), ANSWER_TIMEOUT_SECONDS) as sock:
        sock.sendall(head)
        if body:
            sock.sendall(body)
        response = HTTPResponse(sock, method=method)
        response.begin()
        return Answer(response.status, response.headers, response.read())

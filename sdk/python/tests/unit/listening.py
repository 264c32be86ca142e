"""A socket that answers what it was told to, and remembers what it was sent."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Callable, List, Optional, Type

SECONDS_MAX = 10.0

CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n300\r\n"
HEAD = b"HTTP/1.1 201 Created\r\nContent-Length: 600\r\n\r\n"
# An answer of more than 600 bytes, and how much of it comes at once: nothing, the head, the head and
# the length of a chunk.
DRIPPING = [
    (b"HTTP/1.1 201 Created\r\nX: " + b"x" * 600, 0),
    (HEAD + b" " * 600, len(HEAD)),
    (CHUNKED + b" " * 600, len(CHUNKED)),
]


class Listening:
    """Answers each request with the next of the answers, and closes after the last of a connection.

    An answer of `None` closes instead. `drip` sends an answer byte by byte, with `drip` called
    in between; the first `whole_bytes` of it come at once.
    """

    def __init__(
        self, *answers: Optional[bytes], drip: Optional[Callable[[], object]] = None, whole_bytes: int = 0
    ) -> None:
        self.answers = list(answers)
        self.whole_bytes = whole_bytes
        self.drip = drip
        self.requests: List[bytes] = []
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self) -> Listening:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()
        self.thread.join(SECONDS_MAX)

    def serve(self) -> None:
        """One connection after the other."""
        while self.answers:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            with connection:
                connection.settimeout(SECONDS_MAX)
                try:
                    self.serve_connection(connection)
                except OSError:
                    continue

    def serve_connection(self, connection: socket.socket) -> None:
        """Requests of one connection, while there are answers."""
        while self.answers:
            request = read_request(connection)
            if not request:
                return
            self.requests.append(request)
            answer = self.answers.pop(0)
            if answer is None:
                return
            if self.drip is None:
                connection.sendall(answer)
                continue
            connection.sendall(answer[: self.whole_bytes])
            for at in range(self.whole_bytes, len(answer)):
                connection.sendall(answer[at : at + 1])
                self.drip()


class ListeningToMany(Listening):
    """Answers every request of every connection with the same."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(answer)
        self.answer = answer

    def serve(self) -> None:
        """A thread for each connection."""
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.serve_one, args=(connection,), daemon=True).start()

    def serve_one(self, connection: socket.socket) -> None:
        """All requests of one connection."""
        with connection:
            connection.settimeout(SECONDS_MAX)
            try:
                while read_request(connection):
                    connection.sendall(self.answer)
            except OSError:
                return


def read_request(connection: socket.socket) -> bytes:
    """One request with its body; empty at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body

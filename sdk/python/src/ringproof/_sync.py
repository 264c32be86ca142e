"""Carries calls over connections of the standard library, from any number of threads."""

from __future__ import annotations

import functools
import http.client
import io
import os
import select
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple, TypeVar, Union

from ._attempts import Addresses, NotAnswered, Outcome, Pause, plan
from ._call import Call, Request, Response
from ._settings import Address, Settings
from ._transport import (
    ANSWER_BYTES_MAX,
    IDLE_SECONDS_MAX,
    TooLong,
    finish,
    has_end,
    log_attempt,
    request_for,
    tls_of,
    too_long,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

T = TypeVar("T")

READ_BYTES = 64 * 1024


class Connections:
    """Connections that are kept, by address. A thread takes one out and puts it back.

    A process that was forked begins without any: two that share one would read each other's answers.
    """

    def __init__(self, settings: Settings, tls: ssl.SSLContext) -> None:
        self._settings = settings
        self._tls = tls
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._idle: Dict[int, List[Tuple[http.client.HTTPConnection, float]]] = {}
        self._lock = threading.Lock()

    def take(self, index: int) -> Optional[http.client.HTTPConnection]:
        """One that is still open, the youngest first; the others are closed."""
        if self._process != os.getpid():
            self._begin()
        while True:
            with self._lock:
                kept = self._idle.get(index)
                if not kept:
                    return None
                connection, since = kept.pop()
            if time.monotonic() - since < IDLE_SECONDS_MAX and is_quiet(connection):
                return connection
            connection.close()

    def put_back(self, index: int, connection: http.client.HTTPConnection) -> None:
        """Keeps one whose answer was read to its end, if the server keeps it too."""
        if connection.sock is not None:
            with self._lock:
                self._idle.setdefault(index, []).append((connection, time.monotonic()))

    def open(self, address: Address) -> http.client.HTTPConnection:
        """A new one, connected, with its handshake done: no byte of a request has left."""
        seconds = self._settings.connect_timeout_seconds
        connection: http.client.HTTPConnection
        if address.scheme == "https":
            connection = http.client.HTTPSConnection(
                address.host, address.port, timeout=seconds, context=self._tls
            )
        else:
            connection = http.client.HTTPConnection(address.host, address.port, timeout=seconds)
        try:
            connection.connect()
        except BaseException:
            connection.close()
            raise
        assert connection.sock is not None, "it is connected"
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def close(self) -> None:
        """Closes all that rest."""
        with self._lock:
            kept = [connection for several in self._idle.values() for connection, _ in several]
            self._idle.clear()
        for connection in kept:
            connection.close()


def is_quiet(connection: http.client.HTTPConnection) -> bool:
    """Whether nothing waits to be read: something would be the end, or an answer to nothing."""
    if connection.sock is None:
        return False
    try:
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(connection.sock, select.POLLIN)
            return not poll.poll(0)
        return not select.select([connection.sock], [], [], 0)[0]
    except (OSError, ValueError):
        return False


class Timely(io.RawIOBase):
    """What a socket receives until a deadline: the time of a socket alone begins anew at each piece."""

    def __init__(self, received: io.RawIOBase, wire: socket.socket, deadline: float) -> None:
        super().__init__()
        self._received = received
        self._wire = wire
        self._deadline = deadline

    def readable(self) -> bool:
        """It is for reading alone."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> Optional[int]:
        """The next piece; `socket.timeout` when the deadline is over."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise socket.timeout("the answer took too long")
        self._wire.settimeout(left)
        return self._received.readinto(buffer)

    def close(self) -> None:
        """Lets the socket go."""
        self._received.close()
        super().close()


def timely_answer(
    deadline: float, wire: socket.socket, *arguments: Any, **named: Any
) -> http.client.HTTPResponse:
    """An answer that is read until a deadline, its head too."""
    answer = http.client.HTTPResponse(wire, *arguments, **named)
    answer.fp = io.BufferedReader(Timely(answer.fp.detach(), wire, deadline))
    return answer


class SyncTransport:
    """Runs the plan of a call: sends, waits, reads."""

    def __init__(self, settings: Settings, tls: Optional[ssl.SSLContext] = None) -> None:
        self.settings = settings
        self._addresses = Addresses(len(settings.addresses))
        self._connections = Connections(settings, tls_of(settings, tls))

    def run(self, call: Call[T]) -> T:
        """Makes one call."""
        request = request_for(call, self.settings)
        steps = plan(call.is_read, self._addresses)
        outcome: Outcome = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Pause):
                    time.sleep(step.seconds)
                    outcome = None
                else:
                    outcome = self._attempt(call, request, step.address)
        except StopIteration as end:
            response: Response = end.value
        return finish(call, response, self.settings)

    def close(self) -> None:
        """Closes the connections that rest."""
        self._connections.close()

    def _attempt(
        self, call: Call[T], request: Request, index: int
    ) -> Union[Response, NotAnswered]:
        address = self.settings.addresses[index]
        connection = self._connections.take(index)
        try:
            connection = connection or self._connections.open(address)
        except OSError as error:
            log_attempt(call, address, f"no connection: {type(error).__name__}")
            return NotAnswered(False, f"no connection to {address.url}: {why(error)}")
        try:
            response = self._exchange(connection, request, address.prefix)
        except TooLong as error:
            connection.close()
            raise too_long(error.status) from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            connection.close()
            log_attempt(call, address, f"no answer: {type(error).__name__}")
            return NotAnswered(True, f"no answer from {address.url}: {why(error)}")
        except BaseException:
            connection.close()
            raise
        log_attempt(call, address, str(response.status))
        if not has_end(response):
            connection.close()
            return NotAnswered(True, f"no whole answer from {address.url}")
        self._connections.put_back(index, connection)
        return response

    def _exchange(
        self, connection: http.client.HTTPConnection, request: Request, prefix: str
    ) -> Response:
        seconds = self.settings.timeout_seconds
        deadline = time.monotonic() + seconds
        assert connection.sock is not None, "it is connected"
        connection.sock.settimeout(seconds)
        answers = functools.partial(timely_answer, deadline)
        connection.response_class = answers  # type: ignore[assignment]
        connection.request(request.method, prefix + request.path, request.body, request.headers)
        answer = connection.getresponse()
        parts: List[bytes] = []
        size = 0
        while True:
            part = answer.read(READ_BYTES)
            if not part:
                break
            size += len(part)
            if size > ANSWER_BYTES_MAX:
                raise TooLong(answer.status)
            parts.append(part)
        # A body of known length that ends early is not told by `read` with a size.
        if answer.length:
            raise http.client.IncompleteRead(b"", answer.length)
        headers = {name.lower(): value for name, value in answer.getheaders()}
        return Response(answer.status, headers, b"".join(parts))


def why(error: BaseException) -> str:
    """A failure in words; nothing of the request is in them."""
    if isinstance(error, socket.timeout):
        return "it took too long"
    if isinstance(error, ConnectionRefusedError):
        return "nobody listens there"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    if isinstance(error, socket.gaierror):
        return "the name is not known"
    return f"the connection broke ({type(error).__name__})"

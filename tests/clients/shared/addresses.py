"""Addresses that are no good server: for a client's time-outs and its way to a second address.

Each is a socket on loopback with a thread of its own, used as `with Silent() as address:`;
`address.url` is what a client is given and `address.calls` how many connections came.
"""

import socket
import threading

# Longer than any client here waits, shorter than anybody's patience with a test.
GIVES_UP_SECONDS = 20


class Address:
    """Listens and hands each connection to `behave`."""

    def __init__(self):
        self.calls = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        self.is_over = threading.Event()

    def __enter__(self):
        threading.Thread(target=self.listen, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.is_over.set()
        # Closing alone would not wake a thread that waits for a connection.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.calls += 1
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            connection.settimeout(GIVES_UP_SECONDS)
            try:
                self.behave(connection)
            except OSError:
                pass

    def behave(self, connection):
        raise NotImplementedError


class Silent(Address):
    """Accepts and never answers; closes after `seconds`, for clients that know no time-out."""

    def __init__(self, seconds=GIVES_UP_SECONDS):
        super().__init__()
        self.seconds = seconds

    def behave(self, connection):
        self.is_over.wait(self.seconds)


class Failing(Address):
    """Answers every request with status 500."""

    def behave(self, connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\n"
                           b"Content-Length: 6\r\nConnection: close\r\n\r\nbroken")


class Losing(Address):
    """Lets the server do what is asked and loses its answer."""

    def __init__(self, server_url):
        super().__init__()
        self.server = endpoint(server_url)

    def behave(self, connection):
        request = read_request(connection)
        with socket.create_connection(self.server, GIVES_UP_SECONDS) as server:
            server.sendall(request)
            server.recv(65536)


class Relay(Losing):
    """A second good address of the same server."""

    def behave(self, connection):
        with socket.create_connection(self.server, GIVES_UP_SECONDS) as server:
            threading.Thread(target=pump, args=(server, connection), daemon=True).start()
            pump(connection, server)


def endpoint(url):
    host, port = url.removeprefix("http://").rstrip("/").rsplit(":", 1)
    return host, int(port)


def nobody():
    """The address of a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return "http://127.0.0.1:%d" % listener.getsockname()[1]


def read_request(connection):
    """Reads up to the end of the header; the clients here send no bodies."""
    request = b""
    while b"\r\n\r\n" not in request:
        piece = connection.recv(65536)
        if not piece:
            break
        request += piece
    return request


def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass

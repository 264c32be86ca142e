"""Addresses that are no good server. Each listens on loopback and counts the requests it got."""

import socket
import threading

# Longer than any client here waits, shorter than anybody's patience with a test.
GIVES_UP_SECONDS = 30


class Refusing:
    """Nobody listens: the port is bound, so that nobody else takes it, and that is all."""

    def __enter__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]
        return self

    def __exit__(self, *_):
        self.socket.close()


class Address:
    """Reads each request and hands it to `behave`; `requests` counts them."""

    def __init__(self):
        self.requests = 0
        self.lock = threading.Lock()
        self.is_over = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def close(self):
        """Stops listening."""
        self.is_over.set()
        # Closing alone would not wake a thread that waits for a connection.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()

    def taken(self):
        """How many requests came since this was last asked."""
        with self.lock:
            taken, self.requests = self.requests, 0
        return taken

    def listen(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            connection.settimeout(GIVES_UP_SECONDS)
            try:
                request = read_request(connection)
                if not request:
                    return
                with self.lock:
                    self.requests += 1
                self.behave(connection, request)
            except OSError:
                pass

    def behave(self, connection, request):
        raise NotImplementedError


class Silent(Address):
    """Takes the request and never answers."""

    def behave(self, connection, request):
        self.is_over.wait(GIVES_UP_SECONDS)


class Losing(Address):
    """Lets the server do what is asked and loses its answer."""

    def __init__(self, server_url):
        super().__init__()
        host, port = server_url.removeprefix("http://").split(":")
        self.server = (host, int(port))

    def behave(self, connection, request):
        with socket.create_connection(self.server, GIVES_UP_SECONDS) as server:
            server.sendall(request)
            read_request(server)


class Fixed(Address):
    """Answers everything with the same words."""

    status = ""
    headers = ()
    body = b""

    def behave(self, connection, request):
        head = [f"HTTP/1.1 {self.status}", f"Content-Length: {len(self.body)}", "Connection: close", *self.headers]
        connection.sendall("\r\n".join([*head, "", ""]).encode() + self.body)


class Broken(Fixed):
    """A server with a fault."""

    status = "500 Internal Server Error"
    headers = ("Content-Type: application/json",)
    body = b'{"message":"broken","code":"internal"}'


class Garbled(Fixed):
    """Something that is no server of ours."""

    status = "200 OK"
    headers = ("Content-Type: text/html",)
    body = b"<html>not what you asked for</html>"


class Missing(Fixed):
    """A proxy that knows no such page."""

    status = "404 Not Found"
    headers = ("Content-Type: text/html",)
    body = b"<html>there is no such page</html>"


class Overloaded(Fixed):
    """A server that has too much to do."""

    status = "503 Service Unavailable"
    headers = ("Content-Type: application/json", "Retry-After: 1")
    body = b'{"message":"the server has too much to do","code":"overloaded"}'


class Redirecting(Fixed):
    """Sends callers elsewhere, with their credentials if they follow."""

    status = "307 Temporary Redirect"

    def __init__(self, target):
        super().__init__()
        self.headers = (f"Location: {target}/v1/service/service/x",)


def read_request(connection):
    """The bytes of one whole request or answer with a known length; empty if none came."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body

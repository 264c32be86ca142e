"""What a runner tells the harness over HTTP: kill, start, how many requests came, and a browser."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import widget


class Control:
    """Listens while `with` lasts."""

    def __init__(self, server, fakes):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                acts = {
                    "/kill": lambda **_: server.kill(),
                    "/start": lambda **_: server.start(),
                    "/widget": widget.prove,
                }
                act = acts.get(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if not act:
                    return self.answer(404, {})
                try:
                    self.answer(200, act(**json.loads(body or b"{}")) or {})
                except (OSError, ValueError, LookupError, StopIteration) as error:
                    self.answer(500, {"message": repr(error)})

            def do_GET(self):
                url = urlsplit(self.path)
                fake = fakes.get(parse_qs(url.query).get("address", [""])[0])
                found = url.path == "/requests" and fake is not None
                self.answer(200 if found else 404, {"requests": fake.taken()} if found else {})

            def answer(self, status, value):
                body = json.dumps(value).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d" % self.http.server_port

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.http.shutdown()
        self.http.server_close()

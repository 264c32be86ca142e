"""The real server: made, started, killed, started again."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request

DEADLINE_SECONDS = 20


class Server:
    """A server on an empty folder; `with` ends it."""

    def __init__(self, binary, config, folder):
        self.base = [binary, "--config", config, "--data", str(folder / "data")]
        self.data = folder / "data"
        self.log = open(folder / "server.log", "ab")
        self.process = None
        self.url = ""
        self.offset_ms = 0
        # The program refuses variables of its own prefix that it does not know.
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("RINGPROOF_")
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            self.process.wait(DEADLINE_SECONDS)
        self.log.close()

    def command(self, *arguments):
        """Runs one command of the command line and gives what it prints."""
        done = subprocess.run(
            [*self.base, *arguments], env=self.environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    def account(self, name, *arguments):
        """Makes an account; its username and password."""
        made = json.loads(self.command("account", "create", name, *arguments, "--json"))
        return {"username": made["username"], "password": made["password"]}

    def start(self):
        """Starts it, on the port it had before, with its clock where it was, and waits for it."""
        listen = self.url.removeprefix("http://") or "127.0.0.1:0"
        serve = [*self.base, "serve", "--dev", "--listen", listen]
        dev = self.data / "dev.json"
        dev.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            serve, env=self.environment, stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL
        )
        self.wait_until("dev.json is written", lambda: self.read(dev) is not None)
        self.url = self.read(dev)["base_url"]
        self.wait_until("it is ready", lambda: self.status("/readyz") == 200)
        if self.offset_ms:
            self.post("/dev/clock", {"advance_seconds": self.offset_ms // 1000})

    def kill(self):
        """Ends it as a power cut does. Nothing listens at its port when this returns."""
        clock = json.load(urllib.request.urlopen(self.url + "/dev/clock", timeout=5))
        # Up, to whole seconds: going back would leave records of the future.
        self.offset_ms = -(-clock["offset_ms"] // 1000) * 1000
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(DEADLINE_SECONDS)

    def read(self, file):
        """A JSON file, `None` while it is not whole."""
        try:
            return json.loads(file.read_text())
        except (OSError, ValueError):
            return None

    def status(self, path, headers=None):
        """The status of a GET; 0 when nobody answers."""
        try:
            request = urllib.request.Request(self.url + path, headers=headers or {})
            return urllib.request.urlopen(request, timeout=5).status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def post(self, path, value):
        """Posts JSON to a path of development mode."""
        urllib.request.urlopen(self.url + path, json.dumps(value).encode(), timeout=5).close()

    def wait_until(self, what, holds):
        """Waits, with a limit, while the server lives."""
        end = time.monotonic() + DEADLINE_SECONDS
        while not holds():
            if self.process.poll() is not None or time.monotonic() > end:
                self.log.flush()
                raise SystemExit(f"harness: not so: {what}\n" + open(self.log.name).read())
            time.sleep(0.02)

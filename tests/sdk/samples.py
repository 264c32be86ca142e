"""Runs samples against the real server, as a person at the keyboard would.

Usage: samples LANGUAGE SETTING FOLDER SOURCE … -- COMMAND …

A SOURCE is a page, of which the blocks of LANGUAGE below a line `<!-- prints: TEXT -->` are taken, or
a program with a comment `prints: TEXT`. Each is written into FOLDER, with an account, a number and a name of
its own filled in, and run by COMMAND, in which {file} is its path and {name} its name without
ending. At each prompt for a code a wrong one is typed first, and then the one of the message. The
last line that it prints must have TEXT in it. At a prompt for a form a browser follows the address
of the widget that was printed, and what it would post is typed. Prints `N passed, M failed`.
"""

import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent / "harness"))
import widget  # noqa: E402

# For a machine with much to do: a sample of Rust is compiled first.
DEADLINE_SECONDS = 240
PROMPT = re.compile(r"(?:code|pin)[^\n]*: ?\n?$", re.IGNORECASE)
FORM = re.compile(r"form: ?\n?$", re.IGNORECASE)
PAGE = re.compile(r"http://\S+/widget\?\S+")
BLOCK = re.compile(r"<!-- prints: (.*?) -->\n```(\w+)[,\w]*\n(.*?)\n```", re.DOTALL)
WHOLE = re.compile(r"prints: (.*)")
ENDINGS = {"bash": "sh", "js": "mjs", "java": "java", "python": "py", "rust": "rs"}


def samples_of(source, wanted):
    """Name of a file, its text, and what it must print."""
    text = source.read_text()
    if source.suffix != ".md":
        return [(source.name, text, WHOLE.search(text).group(1).strip())]
    found = []
    blocks = [block for block in BLOCK.findall(text) if block[1] == wanted]
    if not blocks:
        raise SystemExit(f"{source} has no block of {wanted} that is run")
    for index, (prints, language, program) in enumerate(blocks, 1):
        main = re.search(r"class (\w+)", program) if language == "java" else None
        page = source.stem.lower().replace("-", "_")
        name = f"{main.group(1) if main else f'{page}_{index}'}.{ENDINGS[language]}"
        found.append((name, program, prints))
    return found


class Inbox:
    """The messages of development mode."""

    def __init__(self, url):
        self.url = url

    def code(self, number):
        """The code of the only message to this number."""
        query = urllib.parse.urlencode({"to": number, "after": 0, "wait_seconds": 8})
        with urllib.request.urlopen(f"{self.url}/dev/inbox?{query}", timeout=15) as answer:
            messages = json.load(answer)["messages"]
        return re.search(r"\d{4,16}", messages[0]["text"]).group()


def run(command, number, inbox, environment):
    """Runs one sample and answers its prompts; what it printed, and its exit code."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment,
        text=True,
    )
    ending = threading.Timer(DEADLINE_SECONDS, process.kill)
    ending.start()
    printed, asked, answered = "", 0, 0
    while True:
        character = process.stdout.read(1)
        if not character:
            break
        printed += character
        if len(printed) > answered + 1 and FORM.search(printed[answered:]):
            answered = len(printed)
            page = PAGE.search(printed)
            fields = widget.prove(page.group(), number) if page else {}
            process.stdin.write(urllib.parse.urlencode(fields) + "\n")
            process.stdin.flush()
        # A prompt may end its line or not; the second look at the same one is no second prompt.
        if len(printed) > answered + 1 and PROMPT.search(printed[answered:]):
            answered, asked = len(printed), asked + 1
            code = inbox.code(number)
            typed = code if asked > 1 else code[:-1] + str((int(code[-1]) + 1) % 10)
            process.stdin.write(typed + "\n")
            process.stdin.flush()
    ending.cancel()
    return printed, process.wait(), asked


def main():
    words = sys.argv[1:]
    cut = words.index("--")
    (language, setting_file, folder, *sources), command = words[:cut], words[cut + 1 :]
    setting = json.loads(Path(setting_file).read_text())
    url, account = setting["addresses"]["main"], setting["accounts"]["main"]
    inbox = Inbox(url)
    environment = {**os.environ, "RINGPROOF_ENDPOINT": url}
    passed, failed = 0, 0
    samples = [sample for source in sources for sample in samples_of(Path(source), language)]
    for index, (name, program, prints) in enumerate(samples):
        number = f"+372555010{index:02}"
        filled = program.replace("shop-api", account["username"])
        filled = filled.replace("your-password", account["password"])
        filled = filled.replace("37255500123", number.removeprefix("+"))
        filled = filled.replace("Example Shop", f"Example Shop {index}")
        filled = filled.replace("https://verify.example.com", url)
        filled = filled.replace("http://127.0.0.1:8080", url)
        filled = filled.replace("secret-of-the-widget", account["widget_secret"])
        file = Path(folder) / name
        file.write_text(filled)
        words = [word.replace("{file}", str(file)).replace("{name}", file.stem) for word in command]
        printed, code, asked = run(words, number, inbox, environment)
        last = printed.strip().splitlines()[-1:] or [""]
        if code == 0 and prints in last[0] and asked in (0, 2):
            passed += 1
        else:
            failed += 1
            print(f"FAILED {name}: exit code {code}, {asked} prompts, printed:\n{printed}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed == len(samples) > 0 else 1


sys.exit(main())

"""Runs samples against the real server, as a person at the keyboard would.

Usage: samples SETTING FOLDER SOURCE … -- COMMAND …

A SOURCE is a README, of which the blocks below a line `<!-- prints: TEXT -->` are taken, or a program
with a comment `prints: TEXT`. Each is written into FOLDER, with an account, a number and a name of
its own filled in, and run by COMMAND, in which {file} is its path. At each prompt for a code a wrong
one is typed first, and then the one of the message. The last line that it prints must have TEXT in
it. Prints `N passed, M failed`.
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

DEADLINE_SECONDS = 60
PROMPT = re.compile(r"(?:code|pin)[^\n]*: ?\n?$", re.IGNORECASE)
BLOCK = re.compile(r"<!-- prints: (.*?) -->\n```(\w+)\n(.*?)\n```", re.DOTALL)
WHOLE = re.compile(r"prints: (.*)")
ENDINGS = {"js": "mjs", "java": "java"}


def samples_of(source):
    """Name of a file, its text, and what it must print."""
    text = source.read_text()
    if source.suffix != ".md":
        return [(source.name, text, WHOLE.search(text).group(1).strip())]
    found = []
    for index, (prints, language, program) in enumerate(BLOCK.findall(text), 1):
        main = re.search(r"class (\w+)", program) if language == "java" else None
        name = f"{main.group(1) if main else f'readme_{index}'}.{ENDINGS[language]}"
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
    (setting_file, folder, *sources), command = words[:cut], words[cut + 1 :]
    setting = json.loads(Path(setting_file).read_text())
    url, account = setting["addresses"]["main"], setting["accounts"]["main"]
    inbox = Inbox(url)
    environment = {**os.environ, "RINGPROOF_ENDPOINT": url}
    passed, failed = 0, 0
    samples = [sample for source in sources for sample in samples_of(Path(source))]
    for index, (name, program, prints) in enumerate(samples):
        number = f"+372555010{index:02}"
        filled = program.replace("shop-api", account["username"]).replace("your-password", account["password"])
        filled = filled.replace("+37255500123", number).replace("Example Shop", f"Example Shop {index}")
        filled = filled.replace("https://verify.example.com", url)
        file = Path(folder) / name
        file.write_text(filled)
        printed, code, asked = run([word.replace("{file}", str(file)) for word in command], number, inbox, environment)
        last = printed.strip().splitlines()[-1:] or [""]
        if code == 0 and prints in last[0] and asked in (0, 2):
            passed += 1
        else:
            failed += 1
            print(f"FAILED {name}: exit code {code}, {asked} prompts, printed:\n{printed}")
    print(f"{passed} passed, {failed} failed")
    return 0 if failed == 0 and passed == len(samples) > 0 else 1


sys.exit(main())

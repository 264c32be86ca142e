"""Runs programs that people have, or will copy: the old library's sample, and those of the README."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import unittest
from pathlib import Path
from typing import Dict, List

from setting import main_url, pin_of, setting

HERE = Path(__file__).parent
README = HERE.parents[1] / "README.md"


class Program:
    """A program at whose prompt somebody types what stands in the inbox."""

    def __init__(self, source: str) -> None:
        environment = {**os.environ, "RINGPROOF_ENDPOINT": main_url()}
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
        )

    def end(self, *lines: str) -> str:
        """Types the lines, and gives all that was printed."""
        try:
            output, _ = self.process.communicate("".join(f"{line}\n" for line in lines), timeout=30)
        finally:
            self.process.kill()
        return output


def filled(source: str, words: Dict[str, str]) -> str:
    """A program with words of ours for those to be filled in; each must be there."""
    for word, value in words.items():
        assert word in source, word
        source = source.replace(word, value)
    return source


def blocks(name: str) -> List[str]:
    """The Python programs of the README behind the mark of this name."""
    found = re.findall(rf"<!-- test: {name} -->\n```python\n(.*?)```", README.read_text(), re.S)
    assert found, f"README.md has no program marked {name}"
    return list(found)


class Samples(unittest.TestCase):
    """Each is a program of its own."""

    def account(self) -> Dict[str, str]:
        account: Dict[str, str] = setting()["accounts"]["main"]
        return account

    def test_the_sample_of_the_old_library(self) -> None:
        number = "+37255500201"
        account = self.account()
        words = {"USERNAME": account["username"], "PASSWORD": account["password"], "NUMBER": number}
        program = Program(filled((HERE / "old_sample.py").read_text(), words))
        pin = pin_of(number)
        wrong = pin[:-1] + str((int(pin[-1]) + 1) % 10)
        output = program.end(wrong, pin)
        self.assertIn("Not Verified...", output)
        self.assertIn("Verified Successfully!", output)
        self.assertEqual(program.process.returncode, 0, output)

    def test_the_first_verification_of_the_readme(self) -> None:
        for at, source in enumerate(blocks("first")):
            number = f"+3725550021{at}"
            account = self.account()
            lines = [line for line in source.splitlines() if line.strip()]
            self.assertLessEqual(len(lines), 15)
            words = {"shop-api": account["username"], "your-password": account["password"],
                     "+37255500123": number, "Example Shop": f"First {at} {time.monotonic_ns()}"}
            program = Program(filled(source, words))
            output = program.end(pin_of(number))
            self.assertIn("Welcome", output)
            self.assertEqual(program.process.returncode, 0, output)

    def test_the_other_programs_of_the_readme(self) -> None:
        number = "+37255500220"
        account = self.account()
        for source in blocks("number"):
            words = {"shop-api": account["username"], "your-password": account["password"], "+37255500123": number}
            output = Program(filled(source, words)).end(pin_of(number)) if "input(" in source else ""
            self.assertIn("The number is yours", output)
        for source in blocks("alone"):
            words = {"shop-api": account["username"], "your-password": account["password"]}
            program = Program(filled(source, words))
            output = program.end()
            self.assertEqual(program.process.returncode, 0, output)

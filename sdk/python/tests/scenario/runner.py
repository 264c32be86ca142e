"""Runs cases: steps in order, until one does not hold."""

from __future__ import annotations

import json
import time
from typing import Any, Dict, List

from library import Library, plain_error
from matching import filled, matches, member
from world import World

from ringproof import RingproofError

SECRET_ARGUMENTS = ("token", "pin", "code", "secret", "number", "to")
SECRET_CHARACTERS_MIN = 4
PAUSE_SECONDS = 0.05


class Failure(Exception):
    """A step that does not hold."""


class Runner:
    """Runs cases against one setting."""

    def __init__(self, library: Library, setting: Dict[str, Any]) -> None:
        self.library = library
        self.setting = setting
        self.world = World(setting)
        self.password = ""
        self.variables: Dict[str, Any] = {}

    def run_case(self, case: Dict[str, Any]) -> str:
        """Runs one case; what did not hold, empty if all did."""
        self.variables = {}
        try:
            self.make_client({})
            self.run_steps(case["steps"])
        except Failure as failure:
            return f"FAILED {case['name']}: {failure}"
        print(f"ok {case['name']}", flush=True)
        return ""

    def run_steps(self, steps: List[Dict[str, Any]]) -> None:
        for step in steps:
            if "client" in step:
                self.make_client(step["client"])
            elif "each" in step:
                elements = step["of"] if isinstance(step["of"], list) else range(step["of"])
                for element in elements:
                    self.variables[step["each"]] = element
                    self.run_steps(step["steps"])
            else:
                self.run_call(step)

    def make_client(self, client: Dict[str, Any]) -> None:
        account = self.setting["accounts"][client.get("account", "main")]
        names = client.get("addresses", ["main"])
        addresses = [self.setting["addresses"][name] for name in names]
        self.password = account["password"]
        shown = self.library.client(account, addresses, client.get("timeout_seconds"))
        self.check_redaction(shown, {})

    def run_call(self, step: Dict[str, Any]) -> None:
        args = filled(step.get("args", {}), self.variables)
        expected = filled(step.get("expect"), self.variables)
        end = time.monotonic() + step.get("within_seconds", 0)
        while True:
            result = self.result_of(step, args)
            if "expect" not in step or matches(expected, result):
                break
            if time.monotonic() >= end:
                raise Failure(f"{shown(step)}: expected {shown(expected)}, found {shown(result)}")
            time.sleep(PAUSE_SECONDS)
        for variable, path in step.get("save", {}).items():
            self.variables[variable] = member(result, path)

    def result_of(self, step: Dict[str, Any], args: Dict[str, Any]) -> Any:
        """The result of the call; `None` if it failed as it had to."""
        name: str = step["call"]
        wanted = filled(step.get("expect_error"), self.variables)
        try:
            if name.startswith(("dev.", "harness.")):
                return self.world.call(name, args)
            result = self.library.call(name, args)
        except RingproofError as error:
            self.check_redaction(f"{error} {error!r} {vars(error)}", args)
            if wanted is None or not matches(wanted, plain_error(error)):
                found = shown(plain_error(error))
                raise Failure(f"{shown(step)}: failed with {found} {error}") from error
            return None
        except AssertionError as error:
            raise Failure(f"{shown(step)}: {error}") from error
        if wanted is not None:
            raise Failure(f"{shown(step)}: did not fail, but gave {shown(result)}")
        return result

    def check_redaction(self, text: str, args: Dict[str, Any]) -> None:
        """Nothing that is shown may hold a secret."""
        for name, secret in [("password", self.password), *args.items()]:
            is_secret = name == "password" or name in SECRET_ARGUMENTS
            if is_secret and len(str(secret)) >= SECRET_CHARACTERS_MIN and str(secret) in text:
                raise Failure(f"the {name} is shown: {text}")


def shown(value: Any) -> str:
    """A value as it stands in the scenario."""
    return json.dumps(value, ensure_ascii=False)

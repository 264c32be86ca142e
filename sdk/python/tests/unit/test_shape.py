"""What holds for the whole package: sync and async are the same, and everything is described."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import unittest
from typing import Iterator, Tuple

import ringproof
from ringproof import aio, api

GROUPS = ("Services", "Users", "Auth", "Authenticators", "Recovery", "Number", "Sms", "Widget")


def methods(kind: type) -> dict[str, object]:
    """The public methods and constants of a class."""
    return {name: value for name, value in vars(kind).items() if not name.startswith("_")}


class SyncAndAsync(unittest.TestCase):
    """`AsyncApi` has the calls of `Api`."""

    def test_the_same_calls(self) -> None:
        for group in GROUPS:
            plain, awaited = methods(getattr(api, group)), methods(getattr(aio, f"Async{group}"))
            self.assertEqual(list(plain), list(awaited), group)
            for name, call in plain.items():
                if not callable(call):
                    self.assertEqual(call, awaited[name])
                    continue
                other = awaited[name]
                assert callable(other)
                self.assertEqual(inspect.signature(call), inspect.signature(other), name)
                self.assertEqual(call.__doc__, other.__doc__, name)

    def test_only_arithmetic_is_not_awaited(self) -> None:
        not_awaited = [
            name
            for group in GROUPS
            for name, call in methods(getattr(aio, f"Async{group}")).items()
            if callable(call) and not inspect.iscoroutinefunction(call)
        ]
        self.assertEqual(sorted(not_awaited), ["address", "address_version_1", "check", "check_version_1"])

    def test_the_same_clients(self) -> None:
        plain, awaited = inspect.signature(api.Api), inspect.signature(aio.AsyncApi)
        self.assertEqual(plain, awaited)


def modules() -> Iterator[Tuple[str, object]]:
    """All modules of the package."""
    yield "ringproof", ringproof
    for found in pkgutil.iter_modules(ringproof.__path__):
        yield found.name, importlib.import_module(f"ringproof.{found.name}")


class Described(unittest.TestCase):
    """Whoever reads the code or asks `help` gets an answer."""

    def test_everything_public_has_a_docstring(self) -> None:
        missing = []
        for name, module in modules():
            if not inspect.getdoc(module):
                missing.append(name)
            for member, value in vars(module).items():
                is_own = getattr(value, "__module__", "") == getattr(module, "__name__", None)
                if member.startswith("_") or not is_own:
                    continue
                if inspect.isclass(value) or inspect.isfunction(value):
                    if not value.__doc__:
                        missing.append(f"{name}.{member}")
                if inspect.isclass(value):
                    missing += [
                        f"{name}.{member}.{inner}"
                        for inner, method in methods(value).items()
                        if inspect.isfunction(method) and not method.__doc__
                    ]
        self.assertEqual(missing, [])

    def test_the_version(self) -> None:
        self.assertRegex(ringproof.__version__, r"^\d+\.\d+\.\d+$")
        self.assertEqual(api.USER_AGENT, f"ringproof-python/{ringproof.__version__}")

    def test_exceptions_are_the_errors(self) -> None:
        from ringproof import errors, exceptions

        family = {name for name, value in vars(errors).items() if re.search("Error$", name)}
        self.assertEqual(set(exceptions.__all__), family)

"""Holds that the document is valid OpenAPI 3.1, and that each example in it is what its own schema says.

Prints "N passed, N failed".
"""

import json
import sys

from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

METHODS = ("get", "post", "put", "delete")
document = json.load(open(sys.argv[1], encoding="utf-8"))
passed, failures = 0, []

errors = list(OpenAPIV31SpecValidator(document).iter_errors())
failures += [f"the document: {error.message[:300]} at {list(error.path)}" for error in errors]
passed += not errors

registry = Registry().with_resource("urn:api", Resource.from_contents(document, default_specification=DRAFT202012))


def absolute(value):
    """A schema with its references into the document."""
    if isinstance(value, dict):
        return {
            name: f"urn:api{inner}" if name == "$ref" else absolute(inner) for name, inner in value.items()
        }
    return [absolute(inner) for inner in value] if isinstance(value, list) else value


def look(where, answer):
    global passed
    sent_on = {"Location": header for name, header in answer.get("headers", {}).items() if name == "Location"}
    for kind, media in [*answer.get("content", {}).items(), *sent_on.items()]:
        validator = Draft202012Validator(absolute(media["schema"]), registry=registry)
        for name, example in media.get("examples", {}).items():
            wrong = [error.message[:300] for error in validator.iter_errors(example["value"])]
            failures.extend(f"{where} {kind} {name}: {message}" for message in wrong)
            passed += not wrong


for name, answer in document["components"]["responses"].items():
    look(name, answer)
for path, item in document["paths"].items():
    for method in METHODS:
        for status, answer in item.get(method, {}).get("responses", {}).items():
            look(f"{method.upper()} {path} {status}", answer)

print("\n".join(failures))
print(f"{passed} passed, {len(failures)} failed")
sys.exit(bool(failures))

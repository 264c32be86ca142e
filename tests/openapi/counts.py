"""Counts the cases of each operation; one that has too few gets more by hand, if its path has all that it takes.

Prints a line for each operation and "N passed, N failed", where an operation passes that had enough cases. With --short
it only prints the names of operations that have too few and need others than by hand.
"""

import collections
import json
import os
import sys
import uuid

import schemathesis

document, least = json.load(open(sys.argv[1], encoding="utf-8")), int(sys.argv[2])
url, login = os.environ["RINGPROOF_URL"], os.environ["RINGPROOF_LOGIN"]
counts, statuses = collections.Counter(), collections.defaultdict(collections.Counter)
only_short = "--short" in sys.argv
for name in (name for name in sys.argv[3:] if name != "--short"):
    seen = json.load(open(name, encoding="utf-8"))
    counts.update(seen["counts"])
    for label, status, count in seen["statuses"]:
        statuses[label][status] += count

schema = schemathesis.openapi.from_dict(document)
schema.config.update(base_url=url)
failed = []
for path, item in document["paths"].items():
    for method, operation in item.items():
        if "operationId" not in operation:
            continue
        label = f"{method.upper()} {path}"
        parameters = operation.get("parameters", [])
        is_simple = "requestBody" not in operation and all(one["in"] == "path" for one in parameters)
        if only_short:
            if not is_simple and counts[label] < least:
                print(operation["operationId"])
            continue
        # What is behind the question mark means nothing to these.
        while is_simple and counts[label] < least:
            ids = {one["name"]: str(uuid.uuid4()) for one in parameters}
            case = schema[path][method].Case(path_parameters=ids, query={"case": str(counts[label])})
            response = case.call(headers={"X-Service-Auth": login})
            case.validate_response(response)
            counts[label] += 1
            statuses[label][response.status_code] += 1
        answers = ", ".join(f"{status}: {count}" for status, count in sorted(statuses[label].items()))
        print(f"{counts[label]:6} {label}   {answers}")
        if counts[label] < least:
            failed.append(label)
if only_short:
    sys.exit()
for label in failed:
    print(f"fewer than {least} cases: {label}")
total = sum(counts.values())
print(f"{total} cases of {len(counts)} operations")
print(f"{len(counts) - len(failed)} passed, {len(failed)} failed")
sys.exit(bool(failed))

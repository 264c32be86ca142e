"""What cases stand on: an account, services, users, messages that were sent."""

import itertools
import os
import re
import threading

import requests

URL = os.environ["RINGPROOF_URL"]
ACCOUNT, PASSWORD = os.environ["RINGPROOF_LOGIN"].split(":", 1)
SERVICES = f"{URL}/v1/service/service"

lock = threading.Lock()
numbers = itertools.count(1)
local = threading.local()


def session():
    if not hasattr(local, "session"):
        local.session = requests.Session()
        local.session.headers["X-Service-Auth"] = f"{ACCOUNT}:{PASSWORD}"
    return local.session


def ask(method, path, body=None):
    answer = session().request(method, path if path.startswith("http") else URL + path, json=body, timeout=30)
    answer.raise_for_status()
    return answer.json()


def new_phone():
    """Of Estonia, which the price table of the tests has."""
    with lock:
        return f"+37255{500000 + next(numbers)}"


def new_service():
    with lock:
        number = f"{os.getpid()}-{next(numbers)}"
    return ask("POST", SERVICES, {"fqdn": "shop.example", "name": f"Shop {number}"})["id"]


def new_user(service):
    phone = new_phone()
    user = ask("POST", f"{SERVICES}/{service}/users", {"id_in_service": phone, "phone_number": phone})["id"]
    return user, phone


def pin_sent_to(phone):
    messages = ask("GET", f"/dev/inbox?to={phone.replace('+', '%2B')}&wait_seconds=8")["messages"]
    return re.search(r"\d{6}", messages[0]["text"]).group() if messages else "012345"

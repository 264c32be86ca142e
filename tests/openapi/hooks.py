"""What Schemathesis cannot know: ids that exist, PINs that were sent, credentials, signatures of a device.

One of four cases is left as it was made up; the others get what they need to come past the first check, so that both
what is refused and what is done is seen. How many cases each operation had is written to $RINGPROOF_COUNTS at the end.
"""

import atexit
import base64
import collections
import hashlib
import itertools
import json
import os
import random
import re
import threading

import requests
import schemathesis
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

URL = os.environ["RINGPROOF_URL"]
ACCOUNT, PASSWORD = os.environ["RINGPROOF_LOGIN"].split(":", 1)
TOKEN = os.environ["RINGPROOF_TOKEN"]
SERVICES = f"{URL}/v1/service/service"

counts = collections.Counter()
statuses = collections.Counter()
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


# --- a device of the app ---------------------------------------------------------------------------------------------

def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Device:
    """Signs as the app does (docs/APP-PROTOCOL.md)."""

    def __init__(self):
        self.key, self.id = ec.generate_private_key(ec.SECP256R1()), None
        public = b64(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        phone = new_phone()
        enrolment = ask("POST", "/app/api/enrol/start", {"phone": phone})["enrolment"]
        body = json.dumps({
            "enrolment": enrolment, "pin": pin_sent_to(phone), "name": "Phone", "language": "en",
            "sign_key": public, "wrap_key": public,
        }).encode()
        headers = {"Content-Type": "application/json", **self.signature("/app/api/enrol/finish", body)}
        answer = requests.post(f"{URL}/app/api/enrol/finish", data=body, headers=headers, timeout=30)
        answer.raise_for_status()
        self.id = answer.json()["device"]

    def signature(self, path, body):
        nonce = ask("POST", "/app/api/nonce", {})["nonce"]
        text = "\n".join([
            "ringproof-app-1", "POST", path, hashlib.sha256(body).hexdigest(), "1", nonce, self.id or "-",
        ])
        r, s = utils.decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256())))
        signed = {
            "X-App-Time": "1", "X-App-Nonce": nonce,
            "X-App-Signature": b64(r.to_bytes(32, "big") + s.to_bytes(32, "big")),
        }
        return {**signed, "X-App-Device": self.id} if self.id else signed


def device():
    if not hasattr(local, "device"):
        local.device = Device()
    return local.device


# --- cases -----------------------------------------------------------------------------------------------------------

def fill_ids(case, name, chance):
    """Ids that exist, and what the call needs to get further."""
    path = case.path_parameters
    if "service_id" not in path:
        return
    if "user_id" not in path:
        path["service_id"] = new_service()
        return
    if not hasattr(local, "service"):
        local.service = new_service()
    path["service_id"] = local.service
    path["user_id"], phone = new_user(local.service)
    user = f"/v1/service/service/{local.service}/users/{path['user_id']}"
    is_object = isinstance(case.body, dict)
    if name == "checkPin" and chance.random() < 0.7:
        started = ask("POST", f"{user}/auth", {"method": "sms"})
        if is_object and chance.random() < 0.7:
            case.body["token"] = chance.choice([pin_sent_to(phone), "012345"])
            if isinstance(case.body.get("auth_id"), str):
                case.body["auth_id"] = started["auth_id"]
    if name == "checkRecoveryCode" and chance.random() < 0.7:
        codes = ask("POST", f"{user}/recovery")["codes"]
        if is_object and chance.random() < 0.7:
            case.body["code"] = chance.choice([codes[0], "A" * 24])
    if "authenticator_id" in path and chance.random() < 0.8:
        path["authenticator_id"] = ask("POST", f"{user}/authenticators", {})["id"]


def fill_parameters(case, name, chance):
    """Credentials, and ids of what was sent."""
    for given in (case.query, case.body):
        if not isinstance(given, dict) or "username" not in given:
            continue
        given["username"], given["password"] = ACCOUNT, PASSWORD
        if chance.random() < 0.5 and "to" in given:
            given["to"] = new_phone()
        if name.startswith("checkNumberPin") and chance.random() < 0.6:
            phone = new_phone()
            form = {"username": ACCOUNT, "password": PASSWORD, "to": phone}
            answer = session().post(f"{URL}/verify/start", data=form, timeout=30).text.split()
            if len(answer) == 2:
                given["verification_id"] = answer[1]
                given["pin"] = chance.choice([pin_sent_to(phone), "012345"])
        if "sms_unique_id" in given and chance.random() < 0.5:
            form = {"username": ACCOUNT, "password": PASSWORD, "to": new_phone(), "text": "Hello"}
            if chance.random() < 0.5:
                form["time_to_send"] = "1900000000"
            answer = session().post(f"{URL}/send_sms", data=form, timeout=30).text.split()
            given["sms_unique_id"] = answer[-1]
        if "country" in given and chance.random() < 0.5:
            given["country"] = chance.choice(["EE", "FI", "DE", "XX"])


@schemathesis.hook
def before_call(context, case, **kwargs):
    raw = case.operation.definition.raw
    name, tag = raw["operationId"], raw["tags"][0]
    with lock:
        chance = random.Random(next(numbers))
    if chance.random() < 0.25:
        return
    if tag in ("Verification", "Authenticators"):
        fill_ids(case, name, chance)
    elif tag in ("Number verification", "SMS"):
        fill_parameters(case, name, chance)
    elif tag == "Gateways":
        case.path_parameters["gateway"] = "sms"
        if "Authorization" not in case.headers:
            case.headers["Authorization"] = f"Bearer {TOKEN}"
    elif tag == "Authenticator app" and isinstance(case.body, dict):
        # The last of these needs a key that no device has yet.
        if name not in ("appNonce", "appEnrolStart", "appEnrolFinish"):
            own = device()
            if "device" in case.body and chance.random() < 0.1:
                case.body["device"] = own.id
            body = json.dumps(case.body)
            for header, value in own.signature(case.operation.path, body.encode()).items():
                case.headers[header] = value


@schemathesis.hook
def after_call(context, case, response):
    label, name = case.operation.label, case.operation.definition.raw["operationId"]
    with lock:
        counts[label] += 1
        statuses[(label, response.status_code)] += 1
    if name == "appDeviceRemove" and response.status_code == 200:
        del local.device
    # An outage or another time would spoil the cases of others.
    if name == "changeFaults":
        requests.post(f"{URL}/dev/faults", json={"gateway": "accept", "store": "available"}, timeout=30)
    if name == "changeClock":
        requests.post(f"{URL}/dev/clock", json={"reset": True}, timeout=30)


@atexit.register
def write_counts():
    with open(os.environ["RINGPROOF_COUNTS"], "w", encoding="utf-8") as file:
        seen = [[label, status, count] for (label, status), count in sorted(statuses.items())]
        json.dump({"counts": counts, "statuses": seen}, file)

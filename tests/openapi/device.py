"""A device of the app, which signs as the app does (docs/APP-PROTOCOL.md)."""

import base64
import hashlib
import json

import requests
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from scene import URL, ask, local, new_phone, pin_sent_to


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Device:
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

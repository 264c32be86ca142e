"""The calls of the Verification API: services, users, verifications, authenticators, recovery."""

from __future__ import annotations

from typing import List, Optional

from ._answers import Members, invalid, read_json, read_nothing
from ._call import SERVICES, Call, Response, path_of
from .models import (
    Authenticator,
    AuthenticatorList,
    Checked,
    NewAuthenticator,
    RecoveryCodes,
    RecoveryState,
    RecoveryUsed,
    Result,
    Service,
    Started,
    User,
    WaitingDevice,
)


def create_service(domain: str, name: str) -> Call[Service]:
    """V1."""
    body = {"fqdn": domain, "name": name}
    return Call("services.create", "POST", SERVICES, read_service, json=body)


def get_service(service_id: str) -> Call[Service]:
    """V2."""
    return Call("services.get", "GET", path_of(service_id), read_service, is_read=True)


def delete_service(service_id: str) -> Call[None]:
    """V3."""
    return Call("services.delete", "DELETE", path_of(service_id), read_nothing)


def create_user(service_id: str, number: str, username: str) -> Call[User]:
    """V4."""
    body = {"id_in_service": username, "phone_number": number}
    path = path_of(service_id) + "/users"
    return Call("users.create", "POST", path, read_user, json=body, secrets=(number,))


def get_users(service_id: str, limit: Optional[int], offset: Optional[int]) -> Call[List[User]]:
    """V5."""
    given = (("limit", limit), ("offset", offset))
    query = "&".join(f"{name}={int(value)}" for name, value in given if value is not None)
    path = path_of(service_id) + "/users" + (f"?{query}" if query else "")
    return Call("users.get_all", "GET", path, read_users, is_read=True)


def get_user(service_id: str, user_id: str) -> Call[User]:
    """V6."""
    return Call("users.get", "GET", user_path(service_id, user_id), read_user, is_read=True)


def delete_user(service_id: str, user_id: str) -> Call[None]:
    """V8."""
    return Call("users.delete", "DELETE", user_path(service_id, user_id), read_nothing)


def unlock_user(service_id: str, user_id: str) -> Call[None]:
    """The lifting of a lock."""
    path = user_path(service_id, user_id, "lock")
    return Call("users.unlock", "DELETE", path, read_nothing)


def start(service_id: str, user_id: str, method: str) -> Call[Started]:
    """V9."""
    path = user_path(service_id, user_id, "auth")
    return Call("auth.start", "POST", path, read_started, json={"method": method})


def check(service_id: str, user_id: str, token: str, auth_id: Optional[str]) -> Call[Checked]:
    """V10."""
    path = user_path(service_id, user_id, "auth")
    body = {"token": token}
    if auth_id is not None:
        body["auth_id"] = auth_id
    return Call("auth.check", "PUT", path, read_checked, json=body, secrets=(token,))


def create_authenticator(
    service_id: str,
    user_id: str,
    name: Optional[str],
    algorithm: Optional[str],
    secret: Optional[str],
) -> Call[NewAuthenticator]:
    """The enrolment of an authenticator."""
    given = {"name": name, "algorithm": algorithm, "secret": secret}
    body = {member: value for member, value in given.items() if value is not None}
    path = user_path(service_id, user_id, "authenticators")
    secrets = (secret,) if secret else ()
    return Call(
        "authenticators.create", "POST", path, read_new_authenticator, json=body, secrets=secrets
    )


def confirm_authenticator(
    service_id: str, user_id: str, authenticator_id: str, token: str
) -> Call[Authenticator]:
    """The first code of an authenticator."""
    path = user_path(service_id, user_id, "authenticators", authenticator_id)
    body = {"token": token}
    return Call(
        "authenticators.confirm", "PUT", path, read_authenticator, json=body, secrets=(token,)
    )


def list_authenticators(service_id: str, user_id: str) -> Call[AuthenticatorList]:
    """What a user has."""
    path = user_path(service_id, user_id, "authenticators")
    return Call("authenticators.list", "GET", path, read_authenticators, is_read=True)


def delete_authenticator(service_id: str, user_id: str, authenticator_id: str) -> Call[None]:
    """The end of an authenticator."""
    path = user_path(service_id, user_id, "authenticators", authenticator_id)
    return Call("authenticators.delete", "DELETE", path, read_nothing)


def refuse_device(service_id: str, user_id: str, device_id: str) -> Call[None]:
    """The end of a device that waits."""
    path = user_path(service_id, user_id, "devices", device_id)
    return Call("authenticators.refuse_device", "DELETE", path, read_nothing)


def create_recovery(service_id: str, user_id: str) -> Call[RecoveryCodes]:
    """A new set of recovery codes."""
    path = user_path(service_id, user_id, "recovery")
    return Call("recovery.create", "POST", path, read_recovery_codes)


def recovery_state(service_id: str, user_id: str) -> Call[RecoveryState]:
    """What is left of a set."""
    path = user_path(service_id, user_id, "recovery")
    return Call("recovery.state", "GET", path, read_recovery_state, is_read=True)


def use_recovery(service_id: str, user_id: str, code: str) -> Call[RecoveryUsed]:
    """A recovery code that a person entered."""
    path = user_path(service_id, user_id, "recovery")
    body = {"code": code}
    return Call("recovery.use", "PUT", path, read_recovery_used, json=body, secrets=(code,))


def user_path(service_id: str, user_id: str, *rest: str) -> str:
    """The path of a user, or of something below it."""
    return path_of(user_id, *rest, below=path_of(service_id) + "/users")


def read_service(response: Response) -> Service:
    """A service."""
    members = read_json(response)
    return Service(members.text("id"), members.text("name"), members.text("ctime"))


def read_user(response: Response) -> User:
    """A user."""
    return user_of(read_json(response))


def user_of(members: Members) -> User:
    """A user from its object."""
    return User(members.text("id"), members.text("id_in_service"), members.text("ctime"))


def read_users(response: Response) -> List[User]:
    """A list of users."""
    return [user_of(members) for members in read_json(response).objects("users")]


def read_started(response: Response) -> Started:
    """A started verification."""
    members = read_json(response)
    return Started(members.text("method"), members.optional_text("auth_id"))


def read_checked(response: Response) -> Checked:
    """The answer to a code."""
    members = read_json(response)
    verified = members.boolean("verified")
    result = Result.VERIFIED
    if not verified:
        status = Members(members.value.get("status"), response)
        result = failure_of(status.text("result"), response)
    return Checked(verified, members.text("method"), result, response.retry_after())


def failure_of(text: str, response: Response) -> Result:
    """Why a code was not right."""
    if text in ("INVALID", "EXPIRED", "THROTTLED"):
        return Result(text)
    invalid(response, "has a result that is not known")


def authenticator_of(members: Members) -> Authenticator:
    """An authenticator from its object."""
    return Authenticator(
        id=members.text("id"),
        name=members.text("name"),
        kind=members.text("kind"),
        confirmed=members.boolean("confirmed"),
        algorithm=members.text("algorithm"),
        digits=members.number("digits"),
        period=members.number("period"),
        creation_time=members.text("ctime"),
        used=members.optional_text("used"),
    )


def read_authenticator(response: Response) -> Authenticator:
    """An authenticator."""
    return authenticator_of(read_json(response))


def read_new_authenticator(response: Response) -> NewAuthenticator:
    """An authenticator with what is shown once."""
    members = read_json(response)
    return NewAuthenticator(
        **vars(authenticator_of(members)),
        secret=members.text("secret"),
        uri=members.text("uri"),
        qr_svg=members.text("qr_svg"),
        qr_png=members.text("qr_png"),
    )


def read_authenticators(response: Response) -> AuthenticatorList:
    """What makes codes for a user."""
    members = read_json(response)
    waiting = [
        WaitingDevice(device.text("id"), device.text("ctime"), device.text("held_until"))
        for device in members.objects("waiting")
    ]
    found = [authenticator_of(value) for value in members.objects("authenticators")]
    return AuthenticatorList(found, waiting)


def read_recovery_codes(response: Response) -> RecoveryCodes:
    """A new set."""
    return RecoveryCodes(read_json(response).texts("codes"))


def read_recovery_state(response: Response) -> RecoveryState:
    """What is left."""
    members = read_json(response)
    return RecoveryState(members.number("left"), members.optional_text("ctime"))


def read_recovery_used(response: Response) -> RecoveryUsed:
    """The answer to a recovery code."""
    members = read_json(response)
    verified = members.boolean("verified")
    result = Result.VERIFIED if verified else failure_of(members.text("result"), response)
    left = members.optional_number("left")
    return RecoveryUsed(verified, result, left, response.retry_after())

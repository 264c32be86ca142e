"""What the official Python client is documented to do with the Verification API.

Paths, header fields, bodies and the reading of the answers follow the client `verigator` 1.0.4:
JSON is parsed before the status is looked at, members are taken without a default (an absent
one is a `KeyError`), and each status has its exception. `OldAuth` is the client of September
2017, which needs `auth_id`.
"""

import wire


class VerigatorError(Exception):
    """Any status from 300 on that has no exception of its own; `message` is the whole body."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class InvalidDataError(VerigatorError):
    """400 and 422."""


class WrongCredentialsError(VerigatorError):
    """401."""


class ResourceForbiddenError(VerigatorError):
    """403."""


class NoSuchResourceError(VerigatorError):
    """404."""


class ResourceAlreadyExistsError(VerigatorError):
    """409."""


class InternalError(VerigatorError):
    """500; `message` is the whole body."""


class InvalidResponseError(VerigatorError):
    """The body is not JSON; code 0, `message` is the body's text."""


# Statuses whose exception keeps the body's member `message`.
ERRORS_WITH_MESSAGE = {
    400: InvalidDataError,
    401: WrongCredentialsError,
    403: ResourceForbiddenError,
    404: NoSuchResourceError,
    409: ResourceAlreadyExistsError,
    422: InvalidDataError,
}


class RestClient:
    """Sends calls with the account's header and turns error statuses into exceptions."""

    def __init__(self, endpoint, username, password):
        self.endpoint = endpoint
        self.auth = {"X-Service-Auth": username + ":" + password}
        # For checks that look behind the client's back; the client itself keeps nothing.
        self.last_status = None

    def get(self, path):
        return self.request("GET", path, self.auth)

    def delete(self, path):
        return self.request("DELETE", path, self.auth)

    def post(self, path, value):
        return self.request("POST", path, self.json_headers(), value)

    def put(self, path, value):
        return self.request("PUT", path, self.json_headers(), value)

    def json_headers(self):
        return {**self.auth, "Content-Type": "application/json", "Accept": "application/json"}

    def request(self, method, path, headers, value=None):
        # Slashes go from both ends of the endpoint, never from the path.
        answer = wire.call(method, self.endpoint.strip("/") + "/" + path, headers, value)
        self.last_status = answer.status
        try:
            decoded = answer.json()
        except ValueError:
            raise InvalidResponseError(0, answer.body.decode("latin-1")) from None
        # Before the status: `null` or an array ends here with an AttributeError.
        message = decoded.get("message", None)
        if answer.status in ERRORS_WITH_MESSAGE:
            raise ERRORS_WITH_MESSAGE[answer.status](answer.status, message)
        if answer.status == 500:
            raise InternalError(500, decoded)
        if 300 <= answer.status <= 600:
            raise VerigatorError(answer.status, decoded)
        return decoded


class Service:
    """A service as the client hands it to its caller."""

    def __init__(self, value):
        self.id = value["id"]
        self.creation_time = value["ctime"]
        self.name = value["name"]


class User:
    """A user as the client hands it to its caller."""

    def __init__(self, value):
        self.id = value["id"]
        self.creation_time = value["ctime"]
        self.username = value["id_in_service"]


class Services:
    """Calls V1, V2 and V3."""

    def __init__(self, rest):
        self.rest = rest

    def create(self, domain, name):
        return Service(self.rest.post("v1/service/service", {"fqdn": domain, "name": name}))

    def get(self, service_id):
        return Service(self.rest.get("v1/service/service/%s" % service_id))

    def delete(self, service_id):
        self.rest.delete("v1/service/service/%s" % service_id)
        return True


class Users:
    """Calls V4, V5, V6 and V8; always the plural path."""

    def __init__(self, rest):
        self.rest = rest

    def create(self, service_id, number, username):
        body = {"phone_number": number, "id_in_service": username}
        return User(self.rest.post("v1/service/service/%s/users" % service_id, body))

    def get_all(self, service_id):
        answer = self.rest.get("v1/service/service/%s/users" % service_id)
        return [User(value) for value in answer["users"]]

    def get(self, service_id, user_id):
        return User(self.rest.get("v1/service/service/%s/users/%s" % (service_id, user_id)))

    def delete(self, service_id, user_id):
        self.rest.delete("v1/service/service/%s/users/%s" % (service_id, user_id))
        return True


class Auth:
    """Calls V9 and V10 as since 2017-09-20: neither `method` nor `auth_id` when verifying."""

    METHOD_SMS = "sms"
    METHOD_TOTP = "totp"

    def __init__(self, rest):
        self.rest = rest

    def path(self, service_id, user_id):
        return "v1/service/service/%s/users/%s/auth" % (service_id, user_id)

    def initiate(self, service_id, user_id, method):
        return self.rest.post(self.path(service_id, user_id), {"method": method})["method"]

    def verify(self, service_id, user_id, token):
        return self.rest.put(self.path(service_id, user_id), {"token": token})["verified"]


class OldAuth(Auth):
    """Calls V9 and V10 as of early September 2017, with `auth_id` and the `status` object."""

    def initiate(self, service_id, user_id, method):
        answer = self.rest.post(self.path(service_id, user_id), {"method": method})
        return answer["auth_id"] if answer["method"] == "sms" else None

    def verify(self, service_id, user_id, method, token, auth_id=None):
        body = {"method": method, "token": token}
        if auth_id:
            body["auth_id"] = auth_id
        answer = self.rest.put(self.path(service_id, user_id), body)
        return answer["verified"], answer.get("status", None)


class Api:
    """The client's front door."""

    def __init__(self, username, password, endpoint):
        self.rest = RestClient(endpoint, username, password)
        self.services = Services(self.rest)
        self.users = Users(self.rest)
        self.auth = Auth(self.rest)
        self.old_auth = OldAuth(self.rest)

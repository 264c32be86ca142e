"""The client: `Api`, and the groups of calls below it."""

from __future__ import annotations

import ssl
from decimal import Decimal
from types import TracebackType
from typing import Dict, List, Mapping, Optional, Type

from . import _plain, _verification, _widget, widget
from ._call import Value
from ._plain import Time
from ._settings import Endpoint, settings_of
from ._sync import SyncTransport
from ._version import __version__
from .models import (
    Authenticator,
    AuthenticatorList,
    Checked,
    CountryPrices,
    MessageState,
    NewAuthenticator,
    NumberVerification,
    RecoveryCodes,
    RecoveryState,
    RecoveryUsed,
    Result,
    Service,
    Started,
    User,
    WidgetAnswer,
    WidgetConfirmation,
)

USER_AGENT = f"ringproof-python/{__version__}"

# The server gives up after 10 seconds; this is longer, so that its answer is seen.
TIMEOUT_SECONDS = 15.0
CONNECT_TIMEOUT_SECONDS = 5.0


class Api:
    """A client of one account. Any number of threads may use it.

    Every call raises an error of the family of `ringproof.errors`. See the README for when a call
    goes to another address.
    """

    services: Services
    """Services: what people log in to."""
    users: Users
    """Users of a service."""
    auth: Auth
    """Verifications of users."""
    authenticators: Authenticators
    """Programs and tokens that make codes for a user."""
    recovery: Recovery
    """Codes for the day on which the phone is gone."""
    number: Number
    """Confirmation of bare numbers."""
    sms: Sms
    """Messages, and what they cost."""
    widget: Widget
    """The hosted page."""

    def __init__(
        self,
        username: str,
        password: str,
        endpoint: Optional[Endpoint] = None,
        *,
        timeout: float = TIMEOUT_SECONDS,
        connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
        allow_plain_http: bool = False,
        tls: Optional[ssl.SSLContext] = None,
        widget_secret: Optional[str] = None,
    ) -> None:
        """Makes a client; nothing is sent yet.

        `endpoint` is the address of the server, or a list of addresses of the same server. Without
        it the environment's `RINGPROOF_ENDPOINT` counts, else `http://127.0.0.1:8080`, where
        `ringproof serve --dev` listens. `timeout` and `connect_timeout` are seconds, for each
        address. `allow_plain_http` lets the password travel over `http://` to other machines.
        `tls` replaces the system's idea of trusted certificates. `widget_secret` is for `widget`.
        `ValueError` says what is wrong with any of it.
        """
        settings = settings_of(
            username, password, endpoint, timeout, connect_timeout, allow_plain_http, USER_AGENT
        )
        self._transport = SyncTransport(settings, tls)
        self.services = Services(self._transport)
        self.users = Users(self._transport)
        self.auth = Auth(self._transport)
        self.authenticators = Authenticators(self._transport)
        self.recovery = Recovery(self._transport)
        self.number = Number(self._transport)
        self.sms = Sms(self._transport)
        self.widget = Widget(self._transport, widget_secret)

    def close(self) -> None:
        """Closes the connections that are kept. The client can be used again."""
        self._transport.close()

    def __enter__(self) -> Api:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        settings = self._transport.settings
        addresses = [address.url for address in settings.addresses]
        return f"{type(self).__name__}({settings.credentials.username!r}, endpoint={addresses!r})"


class Services:
    """Services: what people log in to."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def create(self, domain: str, name: str) -> Service:
        """Creates a service. `name` is unique in the account; authenticators show it.

        Raises `ResourceAlreadyExistsError` if the account has one of this name.
        """
        return self._transport.run(_verification.create_service(domain, name))

    def get(self, service_id: str) -> Service:
        """Reads a service; `NoSuchResourceError` if this account has none of this id."""
        return self._transport.run(_verification.get_service(service_id))

    def delete(self, service_id: str) -> bool:
        """Deletes a service that has no users, and says `True`.

        Raises `ResourceAlreadyExistsError` with the reason `service_not_empty` if it has some.
        """
        self._transport.run(_verification.delete_service(service_id))
        return True


class Users:
    """Users of a service."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def create(self, service_id: str, number: str, username: str) -> User:
        """Adds a user. No message is sent. Keep the user's `id` with your own record.

        Raises `InvalidDataError` for a number that is none, and `ResourceAlreadyExistsError` if the
        service has a user of this name.
        """
        return self._transport.run(_verification.create_user(service_id, number, username))

    def get(self, service_id: str, user_id: str) -> User:
        """Reads a user."""
        return self._transport.run(_verification.get_user(service_id, user_id))

    def get_all(
        self, service_id: str, *, limit: Optional[int] = None, offset: Optional[int] = None
    ) -> List[User]:
        """All users of a service, the oldest first; with `limit` and `offset`, some of them."""
        return self._transport.run(_verification.get_users(service_id, limit, offset))

    def delete(self, service_id: str, user_id: str) -> bool:
        """Removes a user with its authenticators and recovery codes, and says `True`."""
        self._transport.run(_verification.delete_user(service_id, user_id))
        return True

    def unlock(self, service_id: str, user_id: str) -> bool:
        """Ends every block and lock after wrong codes, and says `True`.

        Make sure of the person by other means first: it grants further guesses.
        """
        self._transport.run(_verification.unlock_user(service_id, user_id))
        return True


class Auth:
    """Verifications of users."""

    METHOD_SMS = "sms"
    """A code by text message."""
    METHOD_TOTP = "totp"
    """The code of the person's authenticator, or a message if there is none."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def initiate(self, service_id: str, user_id: str, method: str) -> str:
        """Starts a verification and says which method is used: ask the person by that.

        While one is under way this is a resend of the same. Raises `ThrottledError` if there were
        too many messages or wrong codes. After a `ConnectionFailedError` with `maybe_sent` the
        message may be on its way: let the person enter the code, or start again.
        """
        return self.start(service_id, user_id, method).method

    def start(self, service_id: str, user_id: str, method: str) -> Started:
        """The same as `initiate`, and says the verification's `auth_id` too."""
        return self._transport.run(_verification.start(service_id, user_id, method))

    def verify(
        self, service_id: str, user_id: str, token: str, *, auth_id: Optional[str] = None
    ) -> bool:
        """Whether the code that the person entered is right. Let in only on `True`.

        Raises `NoSuchResourceError` if nothing was started, or it was used up. After a
        `ConnectionFailedError` with `maybe_sent` the code may be used up: start again.
        """
        return self.check(service_id, user_id, token, auth_id=auth_id).verified

    def check(
        self, service_id: str, user_id: str, token: str, *, auth_id: Optional[str] = None
    ) -> Checked:
        """The same as `verify`, and says why a code was not right."""
        return self._transport.run(_verification.check(service_id, user_id, token, auth_id))


class Authenticators:
    """Programs and tokens that make codes for a user. Use them for persons who just logged in."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def create(
        self,
        service_id: str,
        user_id: str,
        *,
        name: Optional[str] = None,
        algorithm: Optional[str] = None,
        secret: Optional[str] = None,
    ) -> NewAuthenticator:
        """Makes an authenticator, which counts once it is confirmed. Its secret is shown once.

        `algorithm` is `SHA1`, `SHA256` or `SHA512`. `secret` is a seed that a token has already.
        """
        return self._transport.run(
            _verification.create_authenticator(service_id, user_id, name, algorithm, secret)
        )

    def confirm(
        self, service_id: str, user_id: str, authenticator_id: str, token: str
    ) -> Authenticator:
        """Confirms it by a code that the person entered, which is used up by that.

        Raises `InvalidDataError` with the field `token` if the code is wrong.
        """
        return self._transport.run(
            _verification.confirm_authenticator(service_id, user_id, authenticator_id, token)
        )

    def list(self, service_id: str, user_id: str) -> AuthenticatorList:
        """What the user has, and devices that wait."""
        return self._transport.run(_verification.list_authenticators(service_id, user_id))

    def delete(self, service_id: str, user_id: str, authenticator_id: str) -> bool:
        """Removes one, and says `True`."""
        self._transport.run(
            _verification.delete_authenticator(service_id, user_id, authenticator_id)
        )
        return True

    def refuse_device(self, service_id: str, user_id: str, device_id: str) -> bool:
        """Removes a device that waits and that the person does not know, and says `True`."""
        self._transport.run(_verification.refuse_device(service_id, user_id, device_id))
        return True


class Recovery:
    """Codes for the day on which the phone is gone."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def create(self, service_id: str, user_id: str) -> RecoveryCodes:
        """Makes ten codes, shown once. A set that was there is void."""
        return self._transport.run(_verification.create_recovery(service_id, user_id))

    def state(self, service_id: str, user_id: str) -> RecoveryState:
        """How many codes are left."""
        return self._transport.run(_verification.recovery_state(service_id, user_id))

    def use(self, service_id: str, user_id: str, code: str) -> RecoveryUsed:
        """Whether a recovery code is right. Let in only if `verified`."""
        return self._transport.run(_verification.use_recovery(service_id, user_id, code))


class Number:
    """Confirmation of bare numbers, without services and users."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def start(
        self,
        to: str,
        *,
        template: Optional[str] = None,
        pin_length: Optional[int] = None,
        sender: Optional[str] = None,
        max_tries: Optional[int] = None,
        retry_delay: Optional[int] = None,
        validity: Optional[int] = None,
        ip: Optional[str] = None,
        browser: Optional[str] = None,
        cookie: Optional[str] = None,
    ) -> NumberVerification:
        """Sends a PIN to a number; while one is under way, a resend of the same.

        `template` is the text, with `<PIN>` where it belongs; `sender` one of the account's sender
        names. `max_tries` is how many messages are sent in all, `retry_delay` seconds
        apart; `validity` is in seconds. `ip`, `browser` and `cookie` tell of the person's browser,
        not of your server.

        If `verified`, the browser is trusted and nothing was sent. Raises `ThrottledError` for a
        number that had too many messages, or is blocked.
        """
        options: Dict[str, Optional[Value]] = {
            "template": template,
            "pin_length": pin_length,
            "from": sender,
            "max_tries": max_tries,
            "retry_delay": retry_delay,
            "validity": validity,
            "ip": ip,
            "browser": browser,
            "cookie": cookie,
        }
        return self._transport.run(_plain.start(to, options))

    def verify(
        self,
        verification_id: str,
        pin: str,
        *,
        ip: Optional[str] = None,
        browser: Optional[str] = None,
        cookie: Optional[str] = None,
    ) -> Result:
        """What becomes of the PIN that the person entered; only `Result.VERIFIED` is true.

        Raises `NoSuchResourceError` if there is no such verification.
        """
        options: Dict[str, Optional[Value]] = {"ip": ip, "browser": browser, "cookie": cookie}
        return self._transport.run(_plain.verify(verification_id, pin, options))


class Sms:
    """Messages, and what they cost."""

    def __init__(self, transport: SyncTransport) -> None:
        self._transport = transport

    def send(
        self,
        to: str,
        text: Optional[str] = None,
        *,
        sender: Optional[str] = None,
        time_to_send: Optional[Time] = None,
        report_url: Optional[str] = None,
        validity: Optional[int] = None,
        autoconvert: Optional[str] = None,
        udh: Optional[bytes] = None,
        data: Optional[bytes] = None,
        message_class: Optional[int] = None,
        text_store: Optional[str] = None,
    ) -> str:
        """Sends a message, or schedules it, and says its id.

        `time_to_send` is a time with zone, or Unix seconds; `validity` is in minutes. `data` is
        binary content instead of `text`. `report_url` is called when its state changes.

        The library never sends it twice. After a `ConnectionFailedError` with `maybe_sent` it may
        have been sent.
        """
        options: Dict[str, Optional[Value]] = {
            "text": text,
            "from": sender,
            "time_to_send": _plain.unix_seconds(time_to_send),
            "dlr-url": report_url,
            "validity": validity,
            "autoconvert": autoconvert,
            "udh": udh,
            "data": data,
            "mclass": message_class,
            "text-store": text_store,
        }
        return self._transport.run(_plain.send(to, options))

    def state(self, message_id: str) -> MessageState:
        """What became of a message; `NoSuchResourceError` if there is none, or no longer."""
        return self._transport.run(_plain.state(message_id))

    def cancel(self, message_id: str) -> None:
        """Takes a scheduled message back; `NoSuchResourceError` if it does not wait any more."""
        self._transport.run(_plain.cancel(message_id))

    def balance(self) -> Decimal:
        """The account's money, in euro."""
        return self._transport.run(_plain.balance())

    def prices(self, country: str) -> CountryPrices:
        """Prices of a country by its two letters; `NoSuchResourceError` if it has none."""
        return self._transport.run(_plain.prices(country))

    def price_list(self) -> str:
        """Prices of all countries, as CSV with a head."""
        return self._transport.run(_plain.price_list())


class Widget:
    """The hosted page. All but `confirm` is arithmetic with the widget's secret; nothing is sent."""

    def __init__(self, transport: SyncTransport, secret: Optional[str]) -> None:
        self._transport = transport
        self._secret = secret

    def address(
        self,
        callback_url: str,
        nonce: str,
        *,
        phone: Optional[str] = None,
        lock_phone: bool = False,
        lifetime_seconds: int = widget.LIFETIME_SECONDS,
        endpoint: Optional[str] = None,
    ) -> str:
        """The signed address (version 2) to which the browser is sent.

        Keep `nonce`, from `secrets.token_urlsafe(24)`, with the session of this browser.
        `endpoint` is the widget's own address, if the operator gave it one.
        """
        fields = widget.request_fields(
            self._known_secret(),
            self._user(),
            callback_url,
            nonce,
            phone=phone,
            lock_phone=lock_phone,
            lifetime_seconds=lifetime_seconds,
        )
        return widget.address(endpoint or self._transport.settings.addresses[0].url, fields)

    def check(
        self,
        fields: Mapping[str, str],
        *,
        nonce: widget.Nonce,
        phone: Optional[str] = None,
    ) -> WidgetAnswer:
        """Reads what the browser posted (version 2), or raises `InvalidAnswerError`.

        Give the `nonce` that this browser began with, or a function that says of a nonce whether
        it is; and `phone` if you asked for one number.
        """
        return widget.check_answer(
            self._known_secret(), self._user(), fields, nonce=nonce, phone=phone
        )

    def address_version_1(
        self, callback_url: str, *, phone: Optional[str] = None, endpoint: Optional[str] = None
    ) -> str:
        """The same as `address` in version 1, for what exists."""
        fields = widget.request_fields_version_1(
            self._known_secret(), self._user(), callback_url, phone=phone
        )
        return widget.address(endpoint or self._transport.settings.addresses[0].url, fields)

    def check_version_1(
        self,
        fields: Mapping[str, str],
        *,
        phone: Optional[str] = None,
        callback_url: Optional[str] = None,
    ) -> WidgetAnswer:
        """The same as `check` in version 1; with `callback_url` it must have a second signature."""
        return widget.check_answer_version_1(
            self._known_secret(), self._user(), fields, phone=phone, callback_url=callback_url
        )

    def confirm(self, vid: str) -> WidgetConfirmation:
        """Asks the server whether it made this answer. It says so once.

        Raises `ResourceAlreadyExistsError` the second time, and `NoSuchResourceError` if there is
        none, or it is older than five minutes.
        """
        return self._transport.run(_widget.confirm(vid))

    def _user(self) -> str:
        return self._transport.settings.credentials.username

    def _known_secret(self) -> str:
        if self._secret is None:
            raise ValueError("the client was made without widget_secret")
        return self._secret

"""Verifies phone numbers and sends messages through a Ringproof server."""

from ._version import __version__
from .aio import AsyncApi
from .api import Api
from .errors import (
    ConnectionFailedError,
    InsufficientCreditError,
    InternalError,
    InvalidAnswerError,
    InvalidDataError,
    InvalidResponseError,
    NoSuchResourceError,
    ResourceAlreadyExistsError,
    ResourceForbiddenError,
    RingproofError,
    ThrottledError,
    UnavailableError,
    VerigatorError,
    WrongCredentialsError,
)
from .models import MessageState, Result

__all__ = [
    "Api",
    "AsyncApi",
    "ConnectionFailedError",
    "InsufficientCreditError",
    "InternalError",
    "InvalidAnswerError",
    "InvalidDataError",
    "InvalidResponseError",
    "MessageState",
    "NoSuchResourceError",
    "ResourceAlreadyExistsError",
    "ResourceForbiddenError",
    "Result",
    "RingproofError",
    "ThrottledError",
    "UnavailableError",
    "VerigatorError",
    "WrongCredentialsError",
    "__version__",
]

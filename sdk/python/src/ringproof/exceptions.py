"""The errors under the module name that programs for the hosted service import."""

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

__all__ = [
    "ConnectionFailedError",
    "InsufficientCreditError",
    "InternalError",
    "InvalidAnswerError",
    "InvalidDataError",
    "InvalidResponseError",
    "NoSuchResourceError",
    "ResourceAlreadyExistsError",
    "ResourceForbiddenError",
    "RingproofError",
    "ThrottledError",
    "UnavailableError",
    "VerigatorError",
    "WrongCredentialsError",
]

"""Carries calls over httpx, for asyncio and trio.

httpx, because the standard library has no HTTP client that awaits, because it serves both loops,
and because its errors tell what never left (`ConnectError`, `ConnectTimeout`, `PoolTimeout`)
from what may have. It is needed by `AsyncApi` alone.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, List, Optional, TypeVar, Union

from ._attempts import Addresses, NotAnswered, Outcome, Pause, plan
from ._call import Call, Request, Response
from ._settings import Settings
from ._transport import (
    ANSWER_BYTES_MAX,
    IDLE_SECONDS_MAX,
    TooLong,
    finish,
    has_end,
    log_attempt,
    request_for,
    tls_of,
    too_long,
)

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")


class AsyncTransport:
    """Runs the plan of a call: sends, waits, reads."""

    def __init__(self, settings: Settings, tls: Optional[ssl.SSLContext] = None) -> None:
        try:
            import httpx
        except ImportError:
            raise ImportError("AsyncApi needs httpx: pip install 'ringproof[async]'") from None
        self.settings = settings
        self._addresses = Addresses(len(settings.addresses))
        seconds = settings.timeout_seconds
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(seconds, connect=settings.connect_timeout_seconds),
            limits=httpx.Limits(keepalive_expiry=IDLE_SECONDS_MAX),
            verify=tls_of(settings, tls),
            follow_redirects=False,
            trust_env=False,
        )

    async def run(self, call: Call[T]) -> T:
        """Makes one call."""
        import anyio

        request = request_for(call, self.settings)
        steps = plan(call.is_read, self._addresses)
        outcome: Outcome = None
        try:
            while True:
                step = steps.send(outcome)
                if isinstance(step, Pause):
                    await anyio.sleep(step.seconds)
                    outcome = None
                else:
                    outcome = await self._attempt(call, request, step.address)
        except StopIteration as end:
            response: Response = end.value
        return finish(call, response, self.settings)

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    async def _attempt(
        self, call: Call[T], request: Request, index: int
    ) -> Union[Response, NotAnswered]:
        import httpx

        address = self.settings.addresses[index]
        try:
            response = await self._exchange(request, address.url)
        except TooLong as error:
            raise too_long(error.status) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            log_attempt(call, address, f"no connection: {type(error).__name__}")
            what = why(error) if isinstance(error, httpx.TimeoutException) else "nobody answers there"
            return NotAnswered(False, f"no connection to {address.url}: {what}")
        except (httpx.TransportError, httpx.StreamError) as error:
            log_attempt(call, address, f"no answer: {type(error).__name__}")
            return NotAnswered(True, f"no answer from {address.url}: {why(error)}")
        log_attempt(call, address, str(response.status))
        if not has_end(response):
            return NotAnswered(True, f"no whole answer from {address.url}")
        return response

    async def _exchange(self, request: Request, url: str) -> Response:
        import anyio
        import httpx

        parts: List[bytes] = []
        size = 0
        # The time-out of httpx is one for each piece; this one is for the whole answer.
        whole_seconds = self.settings.connect_timeout_seconds + self.settings.timeout_seconds
        with anyio.move_on_after(whole_seconds):
            async with self._client.stream(
                request.method, url + request.path, content=request.body, headers=request.headers
            ) as answer:
                async for part in answer.aiter_raw():
                    size += len(part)
                    if size > ANSWER_BYTES_MAX:
                        raise TooLong(answer.status_code)
                    parts.append(part)
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Response(answer.status_code, headers, b"".join(parts))
        raise httpx.ReadTimeout("the answer took too long")


def why(error: Exception) -> str:
    """A failure in words; nothing of the request is in them."""
    import httpx

    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    return f"the connection broke ({type(error).__name__})"

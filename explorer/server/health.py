"""GET /health: 200 once a face can be drawn, 503 and the reason while none can.

Streamlit's own /_stcore/health says only that its server runs, which a browser needs to know early;
whoever shares visitors out among servers needs to know this.
"""

import asyncio
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

PATH = "/health"
SECONDS = 10.0  # that a face may take


def health_route(draws: Callable[[], Awaitable[None]]) -> Route:
    """draws: draws a face, or raises what says why not."""

    async def answer(_: Request) -> PlainTextResponse:
        try:
            async with asyncio.timeout(SECONDS):
                await draws()
        except TimeoutError:
            return _answer(f"expected a face within {SECONDS:g} seconds; found none", 503)
        except Exception as error:
            return _answer(str(error), 503)
        return _answer("ok", 200)

    return Route(PATH, answer)


def _answer(text: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(text, status, {"Cache-Control": "no-store"})

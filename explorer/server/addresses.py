"""Where the routes lie: below the path that `server.baseUrlPath` names."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute


def below(base: str, routes: Sequence[BaseRoute]) -> list[BaseRoute]:
    """The routes below a path, "explorer" or "a/b"; as they are for none.

    A mount of them all would take Streamlit's routes of the same path, too, and answer 404.
    """
    base = "/".join(part for part in base.split("/") if part)
    if not base:
        return list(routes)
    # Relative: a proxy may have another name, another scheme and a path of its own before ours.
    entrance = Route(f"/{base}", RedirectTo(f"{base.rpartition('/')[2]}/"))
    return [entrance, *(_moved(f"/{base}", route) for route in routes)]


class RedirectTo:
    """An endpoint that sends the browser to another address, queries with it."""

    def __init__(self, address: str):
        self._address = address

    async def __call__(self, scope: dict, receive: object, send: object) -> None:
        query = Request(scope).url.query
        answer = RedirectResponse(f"{self._address}?{query}" if query else self._address)
        await answer(scope, receive, send)  # type: ignore[arg-type]


def _moved(base: str, route: BaseRoute) -> BaseRoute:
    if isinstance(route, Mount):
        return Mount(base + route.path, routes=route.routes)
    if isinstance(route, WebSocketRoute):
        return WebSocketRoute(base + route.path, route.endpoint)
    assert isinstance(route, Route)
    return Route(base + route.path, route.endpoint)

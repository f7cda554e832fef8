"""Who may see the page: who comes by a name that it is known by and, beyond this machine, has this start's token."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bokeh.server.auth_provider import AuthProvider
from tornado.web import RequestHandler

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

COOKIE = "simhedge-live"
REFUSED = "/token-needed"
LONGEST_NAME = 80  # characters shown of a name that is not known


class Refusal(RequestHandler):
    """The answer to who has no token."""

    def get(self) -> None:
        """Say where the token is."""
        refuse(self, "This page needs a token: open the whole address that `simhedge live` printed.")


class Visitors(AuthProvider):
    """Lets in who comes by one of `origins` (HOST:PORT) with the `token` (None: without one).

    The token is in the address of the first request, and in the cookie that this one is given from then on.

    The server compares the origin of a websocket with its list too, but from tornado 6.6 on it takes any origin that is
    the host asked for. Whoever owns a name can let it lead to 127.0.0.1 once their page is loaded from elsewhere,
    and that page then asks for a host that is its origin. So the host must be a known one, always.
    """

    def __init__(self, origins: Collection[str], token: str | None) -> None:
        self._origins, self._token = frozenset(origins), token
        super().__init__()

    @property
    def get_user_async(self) -> Callable[[Any], Awaitable[Any]]:
        """A function of a request: a name where it is let in, else None."""

        async def user(handler: RequestHandler) -> str | None:
            stranger = self._stranger(handler)
            if stranger is not None:
                refuse(handler, f"This page is not known as {stranger}. If that is you: --origin {stranger}")
                return None
            return "reader" if self._token is None or _has_token(handler, self._token) else None

        return user

    def _stranger(self, handler: RequestHandler) -> str | None:
        """The name that a request comes by, or from where a websocket is opened, if it is not known."""
        headers = handler.request.headers
        names = [headers.get("Host", "")]
        if headers.get("Upgrade", "").lower() == "websocket" and "Origin" in headers:
            names.append(urlsplit(headers["Origin"]).netloc)
        for name in map(str.lower, names):
            if (name if ":" in name else f"{name}:80") not in self._origins:
                return name[:LONGEST_NAME] or "nothing"
        return None

    @property
    def login_url(self) -> str:
        """Where those without a token are sent."""
        return REFUSED

    @property
    def login_handler(self) -> type[RequestHandler]:
        """What answers there."""
        return Refusal


def _has_token(handler: RequestHandler, token: str) -> bool:
    given = handler.get_query_argument("token", "") or handler.get_cookie(COOKIE) or ""
    if not secrets.compare_digest(given.encode(), token.encode()):
        return False
    if handler.get_cookie(COOKIE) != token:
        handler.set_cookie(COOKIE, token, httponly=True, samesite="Strict")
    return True


def refuse(handler: RequestHandler, told: str) -> None:
    """Answer a request with words instead of the page."""
    handler.set_status(403)
    handler.set_header("Content-Type", "text/plain; charset=utf-8")
    handler.finish(told + "\n")

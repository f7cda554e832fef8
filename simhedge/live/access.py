"""Who may see the page where it can be reached from other machines: who has the token of this start of the server."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from bokeh.server.auth_provider import AuthProvider
from tornado.web import RequestHandler

if TYPE_CHECKING:
    from collections.abc import Callable

COOKIE = "simhedge-live"
REFUSED = "/token-needed"


class Refusal(RequestHandler):
    """The answer to who has no token."""

    def get(self) -> None:
        """Say where the token is."""
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.finish("This page needs a token: open the whole address that `simhedge live` printed.\n")


class TokenRequired(AuthProvider):
    """Lets in requests with the token in the address, and those with the cookie that the first of them was given."""

    def __init__(self, token: str) -> None:
        self._token = token
        super().__init__()

    @property
    def get_user(self) -> Callable[[Any], Any]:
        """A function of a request: a name where it has the token, else None."""

        def user(handler: RequestHandler) -> str | None:
            given = handler.get_query_argument("token", "") or handler.get_cookie(COOKIE) or ""
            if not secrets.compare_digest(given.encode(), self._token.encode()):
                return None
            if handler.get_cookie(COOKIE) != self._token:
                handler.set_cookie(COOKIE, self._token, httponly=True, samesite="Strict")
            return "reader"

        return user

    @property
    def login_url(self) -> str:
        """Where those without a token are sent."""
        return REFUSED

    @property
    def login_handler(self) -> type[RequestHandler]:
        """What answers there."""
        return Refusal

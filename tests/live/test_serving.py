"""Where the page may be reached, and by whom: without a browser."""

from __future__ import annotations

import socket
from http.cookies import SimpleCookie
from typing import Any

import pytest
from bokeh.document import Document

from simhedge.errors import InputError
from simhedge.live.access import COOKIE, TokenRequired
from simhedge.live.serving import LARGEST_MESSAGE, serve


def nothing(document: Document) -> None:
    """A document without anything in it."""


class Request:
    """As much of a tornado handler as the token needs."""

    def __init__(self, token: str = "", cookie: str | None = None) -> None:
        self.token, self.cookie = token, cookie
        self.given: SimpleCookie = SimpleCookie()

    def get_query_argument(self, name: str, default: str) -> str:
        assert name == "token"
        return self.token or default

    def get_cookie(self, name: str) -> str | None:
        assert name == COOKIE
        return self.cookie

    def set_cookie(self, name: str, value: str, **options: Any) -> None:
        assert options == {"httponly": True, "samesite": "Strict"}
        self.given[name] = value


def test_the_token_lets_in_once_and_a_cookie_from_then_on() -> None:
    user = TokenRequired("secret").get_user
    first = Request(token="secret")
    assert user(first) == "reader"
    assert first.given[COOKIE].value == "secret"
    later = Request(cookie="secret")
    assert user(later) == "reader"
    assert not later.given


@pytest.mark.parametrize("request_", [Request(), Request(token="secre"), Request(cookie="other"), Request(token="é")])
def test_nobody_else_is_let_in(request_: Request) -> None:
    assert TokenRequired("secret").get_user(request_) is None
    assert not request_.given


def test_only_this_machine_by_default_and_only_pages_of_its_own() -> None:
    served = serve(nothing)
    try:
        assert served.url == f"http://127.0.0.1:{served.server.port}/"
        assert served.server.address == "127.0.0.1"
        tornado = served.server._tornado
        assert tornado.websocket_origins == {f"{name}:{served.server.port}" for name in ("127.0.0.1", "localhost")}
        assert tornado.settings["websocket_max_message_size"] == LARGEST_MESSAGE
        assert tornado.sign_sessions
        assert len(tornado.secret_key) == 32
    finally:
        served.server.stop()


def test_beyond_it_the_address_carries_a_token_that_is_new_each_time() -> None:
    tokens = set()
    for _ in range(2):
        served = serve(nothing, address="0.0.0.0")
        try:
            base, token = served.url.split("?token=")
            assert base == f"http://127.0.0.1:{served.server.port}/"
            assert isinstance(served.server._tornado.auth_provider, TokenRequired)
            assert "*" not in "".join(served.server._tornado.websocket_origins)
            tokens.add(token)
        finally:
            served.server.stop()
    assert len(tokens) == 2
    assert all(len(token) >= 32 for token in tokens)


def test_a_port_in_use_and_a_foreign_address_are_refused_in_words() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(InputError, match="choose another --port"):
            serve(nothing, port=taken.getsockname()[1])
    with pytest.raises(InputError, match="an address of this machine"):
        serve(nothing, address="192.0.2.1")
